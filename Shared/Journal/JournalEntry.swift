/// A place in a journal.
public struct JournalPosition: Hashable, Sendable {
    public var epoch: JournalEpoch
    public var partition: UInt32
    /// From 1, without gaps in a partition.
    public var sequence: UInt64

    public init(epoch: JournalEpoch, partition: UInt32, sequence: UInt64) {
        self.epoch = epoch
        self.partition = partition
        self.sequence = sequence
    }
}

/// What an entry's hash covers, without the body itself: enough to prove the entry to somebody who may not see the
/// body, or has it elsewhere.
public struct JournalEntryHeader: Hashable, Sendable {
    public var position: JournalPosition
    /// The hash of the entry before it in the same partition; ``JournalHash/zero`` before the first.
    public var previousHash: JournalHash
    /// When the group commit was sealed, microseconds since 1970-01-01T00:00:00Z: never earlier than the entry before.
    public var sealedUnixMicroseconds: Int64
    /// What the body is, e.g. "report.accepted".
    public var kind: String
    /// The acknowledged facts in the canonical bytes of their kind; empty for kinds without receipts.
    public var statement: [UInt8]
    /// SHA-256 of the body.
    public var bodyHash: JournalHash

    public init(
        position: JournalPosition, previousHash: JournalHash, sealedUnixMicroseconds: Int64, kind: String,
        statement: [UInt8], bodyHash: JournalHash
    ) {
        self.position = position
        self.previousHash = previousHash
        self.sealedUnixMicroseconds = sealedUnixMicroseconds
        self.kind = kind
        self.statement = statement
        self.bodyHash = bodyHash
    }

    /// The bytes that are hashed: "quality journal entry 1\0", epoch, partition (u32), sequence (u64), previous hash,
    /// sealed instant (i64), kind, statement, body hash.
    public var canonicalBytes: [UInt8] {
        var encoding = JournalEncoding(capacityBytes: 160 + kind.utf8.count + statement.count)
        encoding.append(tag: "quality journal entry 1")
        encoding.append(fixed: position.epoch)
        encoding.append(position.partition)
        encoding.append(position.sequence)
        encoding.append(fixed: previousHash)
        encoding.append(sealedUnixMicroseconds)
        encoding.append(kind)
        encoding.append(statement)
        encoding.append(fixed: bodyHash)
        return encoding.bytes
    }

    /// The entry's hash, which the next entry of the partition carries.
    public func hash(_ sha256: JournalHashFunction) -> JournalHash {
        canonicalBytes.withUnsafeBytes { sha256($0) }
    }
}

/// An entry as followers read it.
public struct JournalEntry: Hashable, Sendable {
    public var partition: UInt32
    public var sequence: UInt64
    public var previousHash: JournalHash
    public var hash: JournalHash
    public var sealedUnixMicroseconds: Int64
    public var kind: String
    public var statement: [UInt8]
    /// An encoded message of the service's package, named by kind.
    public var body: [UInt8]

    public init(
        partition: UInt32, sequence: UInt64, previousHash: JournalHash, hash: JournalHash,
        sealedUnixMicroseconds: Int64, kind: String, statement: [UInt8], body: [UInt8]
    ) {
        self.partition = partition
        self.sequence = sequence
        self.previousHash = previousHash
        self.hash = hash
        self.sealedUnixMicroseconds = sealedUnixMicroseconds
        self.kind = kind
        self.statement = statement
        self.body = body
    }

    public func position(in epoch: JournalEpoch) -> JournalPosition {
        JournalPosition(epoch: epoch, partition: partition, sequence: sequence)
    }

    public func header(in epoch: JournalEpoch, _ sha256: JournalHashFunction) -> JournalEntryHeader {
        JournalEntryHeader(
            position: position(in: epoch), previousHash: previousHash,
            sealedUnixMicroseconds: sealedUnixMicroseconds, kind: kind, statement: statement,
            bodyHash: body.withUnsafeBytes { sha256($0) })
    }

    /// True when ``hash`` is the hash of what the entry holds.
    public func isIntact(in epoch: JournalEpoch, _ sha256: JournalHashFunction) -> Bool {
        header(in: epoch, sha256).hash(sha256) == hash
    }
}
