internal import Journal

/// The log's end while it is written: the tree, the group commit in progress, the next checkpoint. Used by the writer's
/// thread only. Since the store has one opener, what is in memory is what is in the tables.
final class LogWriter {
    let epoch: JournalEpoch
    /// `nil`: nothing may be appended.
    private let signer: NoteSigner?
    private var log: TiledLog
    private var lastSealedUnixMicroseconds: Int64

    /// Of the group commit in progress.
    private(set) var sealedUnixMicroseconds: Int64 = 0
    private(set) var entries: [JournalEntry] = []
    private var logEntries: [LogEntry] = []

    /// At the end of a log.
    init(
        epoch: JournalEpoch, signer: NoteSigner?, log: TiledLog = TiledLog(), lastSealedUnixMicroseconds: Int64 = .min
    ) {
        self.epoch = epoch
        self.signer = signer
        self.log = log
        self.lastSealedUnixMicroseconds = lastSealedUnixMicroseconds
    }

    /// Where the log durably ends.
    var head: LogHead {
        LogHead(
            cursor: LogCursor(epoch: epoch, size: log.frontier.size), root: log.frontier.root(journalSHA256))
    }

    /// Begins a group commit. A wall clock that went back does not take the log with it.
    func begin(unixMicroseconds: Int64) {
        sealedUnixMicroseconds = max(unixMicroseconds, lastSealedUnixMicroseconds)
        reset(to: 0)
    }

    /// Entries of the group commit in progress: what ``reset(to:)`` goes back to.
    var count: Int { entries.count }

    func reset(to count: Int) {
        entries.removeLast(entries.count - count)
        logEntries.removeLast(logEntries.count - count)
    }

    func append(kind: String, statement: [UInt8], body: [UInt8]) -> JournalPosition {
        let entry = JournalEntry(
            index: log.frontier.size + UInt64(entries.count), sealedUnixMicroseconds: sealedUnixMicroseconds,
            kind: kind, statement: statement, body: body)
        entries.append(entry)
        logEntries.append(entry.logEntry(journalSHA256))
        return entry.position(in: epoch)
    }

    /// Stores and seals what was appended since ``begin(unixMicroseconds:)``; `nil` when that is nothing. The log ends there
    /// once ``committed(_:)`` is told.
    func seal(to connection: any DriverConnection) throws -> SealedBatch? {
        guard !entries.isEmpty else { return nil }
        guard let signer else {
            throw StorageError(.notSealed, "this store has no key to sign its log with", detail: "append")
        }
        var longer = log
        let appended = longer.append(logEntries.map { $0.leafHash(journalSHA256) }, journalSHA256)
        let checkpoint: SignedCheckpoint
        do {
            checkpoint = try Checkpoint(
                origin: signer.key.name, size: appended.tree.size, root: appended.tree.root
            ).signed(by: [signer])
        } catch {
            throw StorageError(.notSealed, "the log's checkpoint could not be signed", detail: "\(error)")
        }
        try connection.insert(entries.map(LogEntryRow.init))
        try connection.insert([LogGroupRow(appended.tree, checkpoint)])
        if !appended.tiles.isEmpty { try connection.insert(appended.tiles.map(LogTileRow.init)) }
        return SealedBatch(
            epoch: epoch, tree: appended.tree, checkpoint: checkpoint, entries: logEntries, log: longer)
    }

    /// Takes note that what ``seal(to:)`` gave is durable.
    func committed(_ batch: SealedBatch) {
        log = batch.log
        lastSealedUnixMicroseconds = sealedUnixMicroseconds
    }
}

/// Where a log durably ends.
struct LogHead: Sendable {
    let cursor: LogCursor
    /// Of its tree.
    let root: JournalHash
}

/// A group commit after its seal: enough to prove any of its entries.
struct SealedBatch: Sendable {
    let epoch: JournalEpoch
    let tree: GroupTree
    let checkpoint: SignedCheckpoint
    /// In the order they were appended.
    let entries: [LogEntry]
    /// The log with them.
    let log: TiledLog

    func proof(at position: JournalPosition) -> LogProof? {
        guard position.epoch == epoch, let inclusion = tree.inclusionProof(of: position.index) else { return nil }
        return LogProof(
            entry: entries[Int(position.index - tree.before.size)], index: position.index, path: inclusion.path,
            checkpoint: checkpoint)
    }
}
