/// The kinds of frame. Numbers up to ``lastIgnorable`` that are not here are skipped by a receiver; numbers above it
/// end the connection (WIRE.md, "Frame types").
public enum FrameType: UInt8, Sendable, Hashable, CaseIterable {
    case hello = 0x01
    case call = 0x02
    case data = 0x03
    case headers = 0x04
    case status = 0x05
    case reset = 0x06
    case credit = 0x07
    case ping = 0x08
    case goAway = 0x09
    case waiting = 0x0a

    /// Unknown types up to here may be skipped without harm.
    public static let lastIgnorable: UInt8 = 0x7f
}

/// The flags of a frame. Bits of the low half are critical: one that its frame type does not define ends the
/// connection. Bits of the high half are ignored when unknown.
public struct FrameFlags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8

    @inlinable
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// CALL, DATA: the message these bytes belong to ends with this frame. STATUS: these bytes are a whole message.
    public static let messageEnd = FrameFlags(rawValue: 0x01)
    /// CALL, DATA: the sender sends no further message on this stream.
    public static let streamEnd = FrameFlags(rawValue: 0x02)
    /// CALL: the method may be carried out more than once for this call.
    public static let idempotent = FrameFlags(rawValue: 0x04)
    /// PING: an answer, with the bytes of the question.
    public static let acknowledgement = FrameFlags(rawValue: 0x01)

    static let criticalBits: UInt8 = 0x0f
}

/// The ten bytes that begin every frame: payload length (4), type (1), flags (1), stream id (4), big-endian.
public struct FrameHeader: Sendable, Hashable {
    public static let byteCount = 10

    /// Bytes that follow the header.
    public var payloadBytes: Int
    /// As on the wire; ``frameType`` names the known ones.
    public var type: UInt8
    public var flags: FrameFlags
    /// 0 for the connection itself.
    public var streamID: UInt32

    @inlinable
    public init(type: UInt8, flags: FrameFlags, streamID: UInt32, payloadBytes: Int) {
        self.type = type
        self.flags = flags
        self.streamID = streamID
        self.payloadBytes = payloadBytes
    }

    @inlinable
    public init(_ type: FrameType, flags: FrameFlags = [], streamID: UInt32 = 0, payloadBytes: Int) {
        self.init(type: type.rawValue, flags: flags, streamID: streamID, payloadBytes: payloadBytes)
    }

    /// Reads a header from the first ten bytes; `nil` when there are fewer.
    @inlinable
    public init?(parsing bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.byteCount else { return nil }
        payloadBytes = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self)))
        type = bytes[4]
        flags = FrameFlags(rawValue: bytes[5])
        streamID = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 6, as: UInt32.self))
    }

    /// Writes the header into the first ten bytes of `bytes`, which must have them.
    @inlinable
    public func write(to bytes: UnsafeMutableRawBufferPointer) {
        bytes.storeBytes(of: UInt32(payloadBytes).bigEndian, toByteOffset: 0, as: UInt32.self)
        bytes[4] = type
        bytes[5] = flags.rawValue
        bytes.storeBytes(of: streamID.bigEndian, toByteOffset: 6, as: UInt32.self)
    }

    /// The known type, or `nil`.
    @inlinable
    public var frameType: FrameType? { FrameType(rawValue: type) }
}

/// What a receiver does with a frame before it looks at the payload.
public enum OnFrameHeader: Sendable, Hashable {
    case handle(FrameType)
    /// An unknown type that may be skipped, payload and all.
    case skip
    case connectionError(ConnectionError)
}

extension FrameHeader {
    /// Judges type, flags, stream id and length against the rules that hold for every connection. A payload longer
    /// than this side allows is refused here, before a byte of it is buffered.
    public func judged(maximumPayloadBytes: Int) -> OnFrameHeader {
        if payloadBytes > maximumPayloadBytes {
            return .connectionError(
                ConnectionError(
                    .frameSize, "frame of \(payloadBytes) bytes; at most \(maximumPayloadBytes) are allowed"))
        }
        guard let frameType else {
            return type <= FrameType.lastIgnorable
                ? .skip
                : .connectionError(ConnectionError(.protocolViolation, "unknown critical frame type \(type)"))
        }
        let rule = frameType.rule
        guard flags.rawValue & FrameFlags.criticalBits & ~rule.flags == 0 else {
            return wrong(frameType, .protocolViolation, "with unknown flags \(flags.rawValue)")
        }
        guard rule.streamZero.allows(streamID) else {
            return wrong(frameType, .protocolViolation, "on stream \(streamID)")
        }
        guard payloadBytes >= rule.minimumBytes, payloadBytes <= rule.maximumBytes else {
            return wrong(frameType, .frameSize, "with a payload of \(payloadBytes) bytes")
        }
        return .handle(frameType)
    }

    /// A frame that is not as its type has it. One of a type that may be skipped is skipped: who knows the type is no
    /// stricter than who does not, so that it may grow.
    private func wrong(_ type: FrameType, _ code: ConnectionError.Code, _ how: String) -> OnFrameHeader {
        type.mayBeSkipped ? .skip : .connectionError(ConnectionError(code, "\(type) frame \(how)"))
    }
}

extension FrameType {
    enum StreamZero {
        case required, forbidden, either

        func allows(_ streamID: UInt32) -> Bool {
            switch self {
            case .required: streamID == 0
            case .forbidden: streamID != 0
            case .either: true
            }
        }
    }

    /// Whether it came after version 1 was first spoken: older peers skip it.
    var mayBeSkipped: Bool {
        switch self {
        case .hello, .call, .data, .headers, .status, .reset, .credit, .ping, .goAway: false
        case .waiting: true
        }
    }

    struct Rule {
        var flags: UInt8
        var streamZero: StreamZero
        var minimumBytes: Int
        var maximumBytes: Int
    }

    var rule: Rule {
        switch self {
        case .hello: Rule(flags: 0, streamZero: .required, minimumBytes: Hello.minimumBytes, maximumBytes: 1024)
        case .call: Rule(flags: 0x07, streamZero: .forbidden, minimumBytes: 2, maximumBytes: .max)
        case .data: Rule(flags: 0x03, streamZero: .forbidden, minimumBytes: 0, maximumBytes: .max)
        case .headers: Rule(flags: 0, streamZero: .forbidden, minimumBytes: 2, maximumBytes: .max)
        case .status: Rule(flags: 0x01, streamZero: .forbidden, minimumBytes: 2, maximumBytes: .max)
        case .reset: Rule(flags: 0, streamZero: .forbidden, minimumBytes: 4, maximumBytes: 4)
        case .credit: Rule(flags: 0, streamZero: .either, minimumBytes: 4, maximumBytes: 4)
        case .ping: Rule(flags: 0x01, streamZero: .required, minimumBytes: 8, maximumBytes: 8)
        case .goAway: Rule(flags: 0, streamZero: .required, minimumBytes: 10, maximumBytes: 1024)
        case .waiting: Rule(flags: 0, streamZero: .forbidden, minimumBytes: 0, maximumBytes: 0)
        }
    }
}
