/// W3C trace context as the CALL frame carries it (w3.org/TR/trace-context): plain numbers, so that passing it on
/// allocates nothing.
public struct TraceContext: Sendable, Hashable {
    /// Bytes on the wire: trace id (16), span id (8), flags (1).
    public static let byteCount = 25
    public static let sampledFlag: UInt8 = 1

    public struct TraceID: Sendable, Hashable {
        public var high: UInt64
        public var low: UInt64

        public init(high: UInt64, low: UInt64) {
            self.high = high
            self.low = low
        }
    }

    public var traceID: TraceID
    public var spanID: UInt64
    public var flags: UInt8

    public init(traceID: TraceID, spanID: UInt64, flags: UInt8) {
        self.traceID = traceID
        self.spanID = spanID
        self.flags = flags
    }

    /// `nil` unless there are 25 bytes with a trace id and a span id that are not zero, as the standard has it.
    @inlinable
    public init?(parsing bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(
            traceID: TraceID(
                high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))),
            spanID: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)), flags: bytes[24])
        guard traceID.high | traceID.low != 0, spanID != 0 else { return nil }
    }

    /// Writes the 25 bytes to `bytes`, which must have them.
    @inlinable
    public func write(to bytes: UnsafeMutableRawBufferPointer) {
        bytes.storeBytes(of: traceID.high.bigEndian, as: UInt64.self)
        bytes.storeBytes(of: traceID.low.bigEndian, toByteOffset: 8, as: UInt64.self)
        bytes.storeBytes(of: spanID.bigEndian, toByteOffset: 16, as: UInt64.self)
        bytes[24] = flags
    }

    public var encoded: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.byteCount) { memory, count in
            write(to: UnsafeMutableRawBufferPointer(memory))
            count = Self.byteCount
        }
    }

    /// Whether spans of this trace are recorded.
    public var isSampled: Bool { flags & Self.sampledFlag != 0 }
}

extension TraceContext.TraceID: CustomStringConvertible {
    /// 32 digits of lower-case hexadecimal.
    public var description: String { high.traceDigits + low.traceDigits }
}

extension UInt64 {
    /// 16 digits of lower-case hexadecimal, as a span id is written.
    public var traceDigits: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

extension TraceContext {
    /// The trace that a handler's task belongs to: its calls to other services go on with it unless they say otherwise.
    /// Only set while a trace is sampled.
    @TaskLocal public static var current: TraceContext?
}
