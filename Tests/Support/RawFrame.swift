package import Wire

/// A frame as it lies on the wire, made and read by hand: tests speak to one end of a connection with these.
package struct RawFrame: Equatable, Sendable {
    package var type: UInt8
    package var flags: FrameFlags = []
    package var stream: UInt32 = 0
    package var payload: [UInt8] = []

    package init(_ type: FrameType, flags: FrameFlags = [], stream: UInt32 = 0, _ payload: [UInt8] = []) {
        self.init(type: type.rawValue, flags: flags, stream: stream, payload)
    }

    package init(type: UInt8, flags: FrameFlags = [], stream: UInt32 = 0, _ payload: [UInt8] = []) {
        self.type = type
        self.flags = flags
        self.stream = stream
        self.payload = payload
    }

    package var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: FrameHeader.byteCount)
        let header = FrameHeader(type: type, flags: flags, streamID: stream, payloadBytes: payload.count)
        bytes.withUnsafeMutableBytes { header.write(to: $0) }
        return bytes + payload
    }

    /// Every whole frame in `bytes`, and what is left behind them.
    package static func parse(_ bytes: [UInt8]) -> (frames: [RawFrame], rest: [UInt8]) {
        var frames: [RawFrame] = []
        var rest = bytes[...]
        while let header = rest.withUnsafeBytes({ FrameHeader(parsing: $0) }),
            rest.count >= FrameHeader.byteCount + header.payloadBytes
        {
            let payload = rest.dropFirst(FrameHeader.byteCount).prefix(header.payloadBytes)
            frames.append(
                RawFrame(type: header.type, flags: header.flags, stream: header.streamID, Array(payload)))
            rest = rest.dropFirst(FrameHeader.byteCount + header.payloadBytes)
        }
        return (frames, Array(rest))
    }

    // MARK: Frames of a client

    package static let wholeCall: FrameFlags = [.messageEnd, .streamEnd]

    package static func hello(_ limits: ConnectionLimits = ConnectionLimits()) -> RawFrame {
        RawFrame(.hello, Hello(limits: limits).encoded())
    }

    package static func call(
        _ stream: UInt32, _ method: String, _ message: [UInt8] = [], flags: FrameFlags = wholeCall,
        timeoutMicroseconds: UInt64 = CallHead.noTimeout, caller: String = "",
        metadata: [UInt8] = MetadataBlock.empty
    ) -> RawFrame {
        let head = Array(method.utf8).withUnsafeBytes { path in
            Array(caller.utf8).withUnsafeBytes { caller in
                metadata.withUnsafeBytes { metadata in
                    let head = CallHead(
                        timeoutMicroseconds: timeoutMicroseconds, path: path, caller: caller,
                        trace: UnsafeRawBufferPointer(start: nil, count: 0), metadata: metadata)
                    var bytes = [UInt8](repeating: 0, count: head.encodedBytes)
                    bytes.withUnsafeMutableBytes { head.write(to: $0) }
                    return bytes
                }
            }
        }
        return RawFrame(.call, flags: flags, stream: stream, head + message)
    }

    package static func data(_ stream: UInt32, _ message: [UInt8], flags: FrameFlags = .messageEnd) -> RawFrame {
        RawFrame(.data, flags: flags, stream: stream, message)
    }

    package static func credit(_ stream: UInt32, _ increment: Int32) -> RawFrame {
        number(.credit, stream, UInt32(bitPattern: increment))
    }

    package static func reset(_ stream: UInt32, _ code: ResetCode = .cancel) -> RawFrame {
        number(.reset, stream, code.rawValue)
    }

    private static func number(_ type: FrameType, _ stream: UInt32, _ value: UInt32) -> RawFrame {
        RawFrame(type, stream: stream, withUnsafeBytes(of: value.bigEndian) { Array($0) })
    }

    // MARK: Frames of a server

    package static func status(
        _ stream: UInt32, _ code: StatusCode = .ok, _ text: String = "", message: [UInt8]? = nil
    ) -> RawFrame {
        RawFrame(
            .status, flags: message == nil ? [] : .messageEnd, stream: stream,
            StatusHead.encoded(code: code, message: text) + (message ?? []))
    }

    package static func goAway(_ lastStreamID: UInt32, _ code: ConnectionError.Code = .none) -> RawFrame {
        RawFrame(.goAway, GoAway(lastStreamID: lastStreamID, error: ConnectionError(code, "because")).encoded())
    }

    // MARK: What a frame says

    /// The type, if it is a known one.
    package var frameType: FrameType? { FrameType(rawValue: type) }

    /// The end that a STATUS frame tells of.
    package struct Status: Equatable, Sendable {
        package var code: StatusCode
        package var text: String
        package var isNotStarted: Bool
        package var metadata: Metadata
        package var message: [UInt8]?
    }

    package var status: Status? {
        guard type == FrameType.status.rawValue else { return nil }
        return payload.withUnsafeBytes { payload in
            guard let (head, message) = try? StatusHead.parse(payload) else { return nil }
            return Status(
                code: head.code, text: String(decoding: head.message, as: UTF8.self),
                isNotStarted: head.isNotStarted, metadata: MetadataBlock.decoded(head.metadata),
                message: flags.contains(.messageEnd) ? Array(message) : nil)
        }
    }

    /// SERVICE/METHOD of a CALL frame.
    package var path: String? {
        guard type == FrameType.call.rawValue else { return nil }
        return payload.withUnsafeBytes { payload in
            (try? CallHead.parse(payload)).map { String(decoding: $0.head.path, as: UTF8.self) }
        }
    }

    /// The timeout of a CALL frame; `nil` for none.
    package var timeoutMicroseconds: UInt64? {
        guard type == FrameType.call.rawValue else { return nil }
        return payload.withUnsafeBytes { payload in
            guard let head = try? CallHead.parse(payload).head else { return nil }
            return head.timeoutMicroseconds == CallHead.noTimeout ? nil : head.timeoutMicroseconds
        }
    }

    /// The metadata of a CALL frame.
    package var metadata: Metadata? {
        guard type == FrameType.call.rawValue else { return nil }
        return payload.withUnsafeBytes { payload in
            (try? CallHead.parse(payload)).map { MetadataBlock.decoded($0.head.metadata) }
        }
    }

    /// Who calls, as a CALL frame says.
    package var caller: String? {
        guard type == FrameType.call.rawValue else { return nil }
        return payload.withUnsafeBytes { payload in
            (try? CallHead.parse(payload)).map { String(decoding: $0.head.caller, as: UTF8.self) }
        }
    }

    package var goAway: GoAway? {
        guard type == FrameType.goAway.rawValue else { return nil }
        return payload.withUnsafeBytes { try? GoAway(parsing: $0) }
    }

    /// The number of a CREDIT or RESET frame.
    package var number: Int32? {
        guard type == FrameType.credit.rawValue || type == FrameType.reset.rawValue else { return nil }
        return payload.withUnsafeBytes { Int32(bigEndian: $0.loadUnaligned(as: Int32.self)) }
    }
}

extension [RawFrame] {
    package var bytes: [UInt8] { flatMap(\.bytes) }

    package func of(_ type: FrameType, stream: UInt32? = nil) -> [RawFrame] {
        filter { $0.type == type.rawValue && (stream == nil || $0.stream == stream) }
    }

    /// How the call on this stream ended.
    package func status(_ stream: UInt32) -> RawFrame.Status? {
        of(.status, stream: stream).first?.status
    }

    /// Message bytes of DATA frames on this stream.
    package func dataBytes(_ stream: UInt32) -> Int {
        of(.data, stream: stream).reduce(0) { $0 + $1.payload.count }
    }

    /// The sum of the credit given on this stream.
    package func credit(_ stream: UInt32) -> Int {
        of(.credit, stream: stream).reduce(0) { $0 + Int($1.number ?? 0) }
    }
}
