/// A SHA-256 hash, 32 bytes, held in place: an entry of a journal is made without an allocation for its hashes.
public struct JournalHash: Hashable, Sendable {
    public static let byteCount = 32

    /// 32 zero bytes: what stands before the first entry of a partition.
    public static let zero = JournalHash(words: (0, 0, 0, 0))

    // The 32 bytes as they lie in memory, not numbers: never compared by order.
    private var word0: UInt64
    private var word1: UInt64
    private var word2: UInt64
    private var word3: UInt64

    private init(words: (UInt64, UInt64, UInt64, UInt64)) {
        (word0, word1, word2, word3) = words
    }

    /// `nil` unless there are exactly 32 bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init { $0.copyBytes(from: bytes) }
    }

    /// Lets `fill` write the 32 bytes, which are zero before.
    public init(filledBy fill: (UnsafeMutableRawBufferPointer) -> Void) {
        self = .zero
        withUnsafeMutableBytes(of: &self, fill)
    }

    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        Swift.withUnsafeBytes(of: self, body)
    }

    public var bytes: [UInt8] {
        withUnsafeBytes { Array($0) }
    }
}

extension JournalHash: CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    public var description: String {
        withUnsafeBytes { bytes in
            String(decoding: bytes.flatMap { [Self.digit($0 >> 4), Self.digit($0 & 15)] }, as: UTF8.self)
        }
    }

    private static func digit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }
}

/// SHA-256 as the journal's encodings are handed it: this room has no cryptography of its own.
public typealias JournalHashFunction = @Sendable (UnsafeRawBufferPointer) -> JournalHash

/// Names one history of a journal, 16 bytes: new whenever a store is made or restored from a backup, so that a cursor
/// into the history that was lost is never taken for one into the history that is.
public struct JournalEpoch: Hashable, Sendable {
    public static let byteCount = 16

    public let bytes: [UInt8]

    /// `nil` unless there are exactly 16 bytes.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = Array(bytes)
    }

    /// A fresh one, of 128 bits from `generator`.
    public init(using generator: inout some RandomNumberGenerator) {
        bytes = (0..<Self.byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
}
