/// What stands in a log for one entry: the leaf of the tree, without the body itself, so that the entry can be proved to
/// somebody who may not see the body, or has it elsewhere. Neither its position nor the entry before is part of it: the
/// tree has both.
public struct LogEntry: Hashable, Sendable {
    /// The longest that ``canonicalBytes`` may be: what a tlog-tiles entry bundle can hold. Whoever appends refuses more.
    public static let maximumCanonicalBytes = 65_535

    private static let tag: StaticString = "quality log entry 1"

    /// What the body is, e.g. "report.accepted".
    public var kind: String
    /// When the group commit was sealed, microseconds since 1970-01-01T00:00:00Z: never earlier than the entry before, but as
    /// ``LogInstant`` says.
    public var sealedUnixMicroseconds: Int64
    /// The acknowledged facts in the canonical bytes of their kind; empty for kinds without receipts.
    public var statement: [UInt8]
    /// SHA-256 of the body.
    public var bodyHash: JournalHash

    /// Whoever appends it has made sure that it is not longer than ``maximumCanonicalBytes``.
    public init(kind: String, sealedUnixMicroseconds: Int64, statement: [UInt8], bodyHash: JournalHash) {
        self.kind = kind
        self.sealedUnixMicroseconds = sealedUnixMicroseconds
        self.statement = statement
        self.bodyHash = bodyHash
    }

    /// How many bytes ``canonicalBytes`` are.
    public var canonicalByteCount: Int {
        Self.tag.utf8CodeUnitCount + 1 + 4 + kind.utf8.count + 8 + 4 + statement.count + JournalHash.byteCount
    }

    /// The bytes of the leaf: "quality log entry 1\0", kind (text), sealed instant (i64), statement (bytes), body hash
    /// (32 bytes). Integers are big-endian; text and bytes have their length before them as u32.
    public var canonicalBytes: [UInt8] {
        var encoding = JournalEncoding(capacityBytes: canonicalByteCount)
        encode(into: &encoding)
        return encoding.bytes
    }

    /// Reads canonical bytes back; `nil` unless they are exactly what ``canonicalBytes`` writes, and no more than
    /// ``maximumCanonicalBytes``.
    public init?(canonicalBytes bytes: [UInt8]) {
        guard bytes.count <= Self.maximumCanonicalBytes else { return nil }
        var reader = CanonicalReader(bytes)
        guard reader.skip(tag: Self.tag), let kind = reader.text(), let sealed = reader.integer(UInt64.self),
            let length = reader.integer(UInt32.self), let statement = reader.bytes(Int(length)),
            let bodyHash = reader.bytes(JournalHash.byteCount).flatMap({ JournalHash($0) }), reader.isAtEnd
        else { return nil }
        self.init(
            kind: kind, sealedUnixMicroseconds: Int64(bitPattern: sealed), statement: Array(statement),
            bodyHash: bodyHash)
    }

    /// The hash of the entry as a leaf of the log's tree: SHA-256(0x00 | ``canonicalBytes``).
    public func leafHash(_ sha256: JournalHashFunction) -> JournalHash {
        var encoding = JournalEncoding(capacityBytes: 1 + canonicalByteCount)
        encoding.append(UInt8(0))
        encode(into: &encoding)
        return encoding.bytes.withUnsafeBytes { sha256($0) }
    }

    private func encode(into encoding: inout JournalEncoding) {
        encoding.append(tag: Self.tag)
        encoding.append(kind)
        encoding.append(sealedUnixMicroseconds)
        encoding.append(statement)
        encoding.append(fixed: bodyHash)
    }

    /// Byte by byte, as the leaf is: two texts that only look alike are two kinds.
    public static func == (left: LogEntry, right: LogEntry) -> Bool {
        left.sealedUnixMicroseconds == right.sealedUnixMicroseconds && left.bodyHash == right.bodyHash
            && left.statement == right.statement && left.kind.utf8.elementsEqual(right.kind.utf8)
    }
}

/// How far a follower has come in a log, or where a log ends.
public struct LogCursor: Hashable, Sendable {
    /// Which history of the log.
    public var epoch: JournalEpoch
    /// How many entries took effect, which is also the index of the next one.
    public var size: UInt64

    /// Behind the first `size` entries of `epoch`.
    public init(epoch: JournalEpoch, size: UInt64) {
        self.epoch = epoch
        self.size = size
    }

    /// True when every entry that `other` covers took effect. False for a cursor of another epoch.
    public func covers(_ other: LogCursor) -> Bool {
        other.epoch == epoch && other.size <= size
    }
}
