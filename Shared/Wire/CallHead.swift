/// What opens a call, as it stands in a CALL frame: a length (2) and that many bytes of head, then message bytes.
///
/// The head: timeout in microseconds (8; all ones for none), path length (1) and path, caller length (1) and caller,
/// trace length (1; 0 or 25) and trace, metadata. All parts are borrowed from the frame, so that a gateway rewrites
/// timeout and caller without building anything.
public struct CallHead {
    public static let noTimeout = UInt64.max
    static let traceBytes = 25

    /// From the sending of the frame to the end of the call, in microseconds; ``noTimeout`` for none.
    public var timeoutMicroseconds: UInt64
    /// "SERVICE/METHOD", UTF-8, 3 to 255 bytes.
    public var path: UnsafeRawBufferPointer
    /// The verified caller's URI. Only a gateway may say it; empty from everyone else.
    public var caller: UnsafeRawBufferPointer
    /// Empty, or trace id (16), span id (8) and flags (1) of W3C trace context.
    public var trace: UnsafeRawBufferPointer
    /// A ``MetadataBlock``, not yet validated.
    public var metadata: UnsafeRawBufferPointer

    public init(
        timeoutMicroseconds: UInt64, path: UnsafeRawBufferPointer, caller: UnsafeRawBufferPointer,
        trace: UnsafeRawBufferPointer, metadata: UnsafeRawBufferPointer
    ) {
        self.timeoutMicroseconds = timeoutMicroseconds
        self.path = path
        self.caller = caller
        self.trace = trace
        self.metadata = metadata
    }

    /// Reads a CALL payload; returns the head and the message bytes behind it.
    public static func parse(
        _ payload: UnsafeRawBufferPointer
    ) throws(ConnectionError) -> (head: CallHead, message: UnsafeRawBufferPointer) {
        var reader = ByteReader(payload)
        guard let length = reader.readUInt16(), let block = reader.readBytes(Int(length)) else {
            throw ConnectionError(.protocolViolation, "CALL head is cut short")
        }
        let message = UnsafeRawBufferPointer(rebasing: payload[(2 + block.count)...])
        reader = ByteReader(block)
        guard let timeout = reader.readUInt64(),
            let path = reader.readUInt8().flatMap({ reader.readBytes(Int($0)) }),
            let caller = reader.readUInt8().flatMap({ reader.readBytes(Int($0)) }),
            let trace = reader.readUInt8().flatMap({ reader.readBytes(Int($0)) }),
            let metadata = reader.readBytes(reader.remaining)
        else { throw ConnectionError(.protocolViolation, "CALL head is cut short") }
        guard path.count >= 3, trace.isEmpty || trace.count == traceBytes else {
            throw ConnectionError(.protocolViolation, "CALL head has a path or trace of a wrong length")
        }
        return (
            CallHead(timeoutMicroseconds: timeout, path: path, caller: caller, trace: trace, metadata: metadata),
            message
        )
    }

    /// Bytes that ``write(to:)`` writes.
    public var encodedBytes: Int { 2 + 8 + 3 + path.count + caller.count + trace.count + metadata.count }

    /// Writes length and head into the first ``encodedBytes`` of `bytes`, which must have them. Path, caller and trace
    /// are at most 255 bytes each and the whole head at most 65,535: `parse` and `MetadataBlock` see to it.
    public func write(to bytes: UnsafeMutableRawBufferPointer) {
        var offset = 0
        func put(_ part: UnsafeRawBufferPointer) {
            guard let source = part.baseAddress else { return }
            (bytes.baseAddress! + offset).copyMemory(from: source, byteCount: part.count)
            offset += part.count
        }
        func put(counted part: UnsafeRawBufferPointer) {
            bytes[offset] = UInt8(part.count)
            offset += 1
            put(part)
        }
        bytes.storeBytes(of: UInt16(encodedBytes - 2).bigEndian, as: UInt16.self)
        bytes.storeBytes(of: timeoutMicroseconds.bigEndian, toByteOffset: 2, as: UInt64.self)
        offset = 10
        put(counted: path)
        put(counted: caller)
        put(counted: trace)
        put(metadata)
    }
}
