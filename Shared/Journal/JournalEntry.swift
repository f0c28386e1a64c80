/// A place in a service's log.
public struct JournalPosition: Hashable, Sendable {
    public var epoch: JournalEpoch
    /// From 0, without gaps.
    public var index: UInt64

    public init(epoch: JournalEpoch, index: UInt64) {
        self.epoch = epoch
        self.index = index
    }
}

extension LogCursor {
    /// True when the entry at `position` took effect. False for a position of another epoch.
    public func covers(_ position: JournalPosition) -> Bool {
        position.epoch == epoch && position.index < size
    }
}

/// An entry as followers read it, with its body.
public struct JournalEntry: Hashable, Sendable {
    /// What kind, statement and body may take together: a follower is sent whole entries, and takes messages of 4 MiB.
    public static let maximumBytes = (4 << 20) - (16 << 10)

    /// From 0.
    public var index: UInt64
    /// When the group commit was sealed, microseconds since 1970-01-01T00:00:00Z: never earlier than the entry before, but as
    /// ``LogInstant`` says.
    public var sealedUnixMicroseconds: Int64
    /// What the body is, e.g. "report.accepted".
    public var kind: String
    /// The acknowledged facts in the canonical bytes of their kind; empty for kinds without receipts.
    public var statement: [UInt8]
    /// An encoded message of the service's package, named by kind.
    public var body: [UInt8]

    public init(index: UInt64, sealedUnixMicroseconds: Int64, kind: String, statement: [UInt8], body: [UInt8]) {
        self.index = index
        self.sealedUnixMicroseconds = sealedUnixMicroseconds
        self.kind = kind
        self.statement = statement
        self.body = body
    }

    /// Of kind, statement and body.
    public var byteCount: Int { kind.utf8.count + statement.count + body.count }

    public func position(in epoch: JournalEpoch) -> JournalPosition {
        JournalPosition(epoch: epoch, index: index)
    }

    /// What stands in the log for it.
    public func logEntry(_ sha256: JournalHashFunction) -> LogEntry {
        LogEntry(
            kind: kind, sealedUnixMicroseconds: sealedUnixMicroseconds, statement: statement,
            bodyHash: body.withUnsafeBytes { sha256($0) })
    }
}
