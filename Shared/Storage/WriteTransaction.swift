public import Journal

/// One write's part of a group commit. Valid only inside the closure that is handed it, on the writer's thread.
///
/// A closure that throws leaves nothing behind: neither rows nor journal entries. After an error from ``execute(_:_:)``
/// it must throw, since PostgreSQL takes no more statements then; a conflict that is expected is asked for with
/// `ON CONFLICT DO NOTHING` and seen in the number of changed rows.
public final class WriteTransaction: SQLReading {
    private let connection: any DriverConnection
    private let journal: JournalWriter
    /// True when earlier writes of the same group commit must survive a failure of this one.
    private let isShared: Bool
    private(set) var hasWritten = false

    init(connection: any DriverConnection, journal: JournalWriter, isShared: Bool) {
        self.connection = connection
        self.journal = journal
        self.isShared = isShared
    }

    /// The instant that the seal of this group commit carries, microseconds since 1970-01-01T00:00:00Z: the instant of
    /// every entry appended here. It alone decides whether a report is on time.
    public var sealedUnixMicroseconds: Int64 { journal.sealedUnixMicroseconds }

    /// The journal's.
    public var epoch: JournalEpoch { journal.epoch }

    public var partitionCount: Int { journal.heads.count }

    public func forEach(
        _ sql: String, _ arguments: [SQLValue] = [], _ body: (borrowing Row) throws -> Void
    ) throws {
        try connection.forEach(sql, arguments, body)
    }

    public func first<Value>(
        _ sql: String, _ arguments: [SQLValue] = [], _ value: (borrowing Row) throws -> Value
    ) throws -> Value? {
        try connection.first(sql, arguments, value)
    }

    /// Carries out an INSERT, UPDATE or DELETE; gives back how many rows it changed.
    @discardableResult
    public func execute(_ sql: String, _ arguments: [SQLValue] = []) throws -> Int {
        try beginWriting()
        return try connection.execute(sql, arguments)
    }

    /// Appends an entry to the journal; gives back where it stands and what its hash covers. Its proof exists once the
    /// group commit is sealed: ``Committed/proof(at:)``.
    ///
    /// - Parameters:
    ///   - partition: less than the store's number of partitions; ``JournalPartition/of(_:count:)`` chooses it.
    ///   - kind: what the body is, e.g. "report.accepted".
    ///   - statement: the acknowledged facts in canonical bytes; empty for kinds without receipts.
    ///   - body: an encoded message. Holds no personal data, which could never be erased again.
    @discardableResult
    public func append(
        partition: UInt32, kind: String, statement: [UInt8] = [], body: [UInt8]
    ) throws -> JournalEntryHeader {
        try beginWriting()
        return journal.append(partition: partition, kind: kind, statement: statement, body: body)
    }

    /// The proof of an entry of an earlier group commit; `nil` when the entry does not exist, or was appended in this
    /// very group commit: its proof is then ``Committed/proof(at:)``.
    public func proof(at position: JournalPosition) throws -> JournalProof? {
        try connection.proof(at: position)
    }

    /// A savepoint costs a copy of every page that the write touches: it is set only by a write that changes something
    /// while there is something to protect.
    private func beginWriting() throws {
        guard !hasWritten else { return }
        if isShared { try connection.setSavepoint() }
        hasWritten = true
    }

    /// Keeps what the closure did.
    func keep() throws {
        if hasWritten && isShared { try connection.releaseSavepoint() }
    }

    /// Undoes what the closure did, and only that.
    func undo() throws {
        guard hasWritten else { return }
        if isShared {
            try connection.rollbackToSavepoint()
        } else {
            try connection.rollback()
            try connection.begin()
        }
    }
}
