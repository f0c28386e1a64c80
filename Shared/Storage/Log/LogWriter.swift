internal import Journal

/// The log's end while it is written: the tree, the group commit in progress, the next checkpoint. Used by the writer's
/// thread only.
///
/// What is in memory is what is in the tables: a file has one opener, and of a database that others write to too, each group
/// commit begins with what they have appended (``takeOver(_:)``).
final class LogWriter {
    let epoch: JournalEpoch
    /// `nil`: nothing may be appended.
    private let signer: NoteSigner?
    /// Where the head is noted before anybody is told of it.
    var headFile: HeadFile?
    private var log: TiledLog
    /// What the log has come to.
    private(set) var instant: LogInstant
    /// Of the head that the group commit in progress began with, where others may write too.
    private(set) var token: [UInt8] = []

    /// Of the group commit in progress.
    private(set) var sealedUnixMicroseconds: Int64 = 0
    private(set) var entries: [JournalEntry] = []
    private var logEntries: [LogEntry] = []

    /// At the end of a log.
    init(
        epoch: JournalEpoch, signer: NoteSigner?, log: TiledLog = TiledLog(), instant: LogInstant = LogInstant()
    ) {
        self.epoch = epoch
        self.signer = signer
        self.log = log
        self.instant = instant
    }

    /// Where the log durably ends.
    var head: LogHead {
        LogHead(
            cursor: LogCursor(epoch: epoch, size: log.frontier.size), root: log.frontier.root(journalSHA256),
            instant: instant)
    }

    var size: UInt64 { log.frontier.size }

    /// Goes on from what others have appended and sealed. Throws `.ioFailure` when that does not continue what is known
    /// here: then the store went back, or forked.
    func takeOver(_ advance: LogAdvance) throws {
        var longer = log
        for group in advance.groups {
            guard group.key.index == longer.frontier.size else { throw Self.otherHistory }
            let appended = longer.append(try group.leafHashes(), journalSHA256)
            guard try group.signedCheckpoint().checkpoint.root == appended.tree.root else { throw Self.otherHistory }
        }
        guard longer.frontier.size == advance.head.size else { throw Self.otherHistory }
        log = longer
        token = advance.head.token
        instant = advance.head.instant
    }

    private static var otherHistory: StorageError {
        StorageError(
            .ioFailure,
            "the store's log does not continue what was there before: it was put back to an earlier state while this "
                + "program ran", detail: "stop all programs that write to it, and see what was done to the database")
    }

    /// Begins a group commit. A wall clock that went back does not take the log with it. Throws `.held` when it went back
    /// beyond the tolerance: either it is wrong, or it was.
    func begin(unixMicroseconds: Int64, toleranceMicroseconds: Int64? = nil) throws(StorageError) {
        if let toleranceMicroseconds, instant.isAhead(of: unixMicroseconds, byMoreThan: toleranceMicroseconds) {
            throw StorageError(
                .held,
                "the journal was sealed last at a later time than the machine's clock shows: one of them is wrong")
        }
        sealedUnixMicroseconds = max(unixMicroseconds, instant.unixMicroseconds)
        reset(to: 0)
    }

    /// Has the group commit in progress, which is still empty, sealed with an earlier instant than the log has come to: for
    /// a ``ClockCorrection``, which alone may be.
    func goBack(toUnixMicroseconds instant: Int64) {
        precondition(entries.isEmpty, "a log goes back with the first entry of a group commit")
        sealedUnixMicroseconds = instant
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

    /// Throws `.entryTooLarge` for one of the entries behind the first `count`.
    func checkEntries(from count: Int) throws {
        guard let large = entries[count...].first(where: { $0.byteCount > JournalEntry.maximumBytes }) else { return }
        throw StorageError(
            .entryTooLarge,
            "an entry '\(large.kind)' of \(large.byteCount) bytes; the journal takes at most \(JournalEntry.maximumBytes)"
        )
    }

    /// Seals what was appended since ``begin(unixMicroseconds:)``. The log ends there once ``committed(_:)`` is told.
    func seal() throws -> SealedGroup {
        guard !entries.isEmpty else {
            return SealedGroup(
                head: head(of: log.frontier.size, instant), batch: nil, changes: [])
        }
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
        let head = try head(of: appended.tree.size, instantAfterwards())
        var changes = [
            RowChanges.inserting(entries.map(LogEntryRow.init)),
            .inserting([LogGroupRow(appended.tree, checkpoint, token: head.token)]),
        ]
        if !appended.tiles.isEmpty { changes.append(.inserting(appended.tiles.map(LogTileRow.init))) }
        return SealedGroup(
            head: head,
            batch: SealedBatch(
                epoch: epoch, tree: appended.tree, checkpoint: checkpoint, entries: logEntries, log: longer),
            changes: changes)
    }

    private func head(of size: UInt64, _ instant: LogInstant) -> LogHeadRow {
        LogHeadRow(size: size, instant: instant, token: LogHeadRow.makeToken())
    }

    /// What the log comes to with the entries of the group commit in progress.
    private func instantAfterwards() throws(StorageError) -> LogInstant {
        var instant = instant
        do throws(LogInstant.Fault) {
            for entry in entries { try instant.take(entry) }
        } catch {
            throw StorageError(.notSealed, "an entry's instant does not follow those before it", detail: "\(error)")
        }
        return instant
    }

    /// Takes note that what ``seal()`` gave is durable.
    func committed(_ group: SealedGroup, _ batch: SealedBatch) {
        log = batch.log
        instant = group.head.instant
    }
}

/// Where a log durably ends.
struct LogHead: Sendable {
    let cursor: LogCursor
    /// Of its tree.
    let root: JournalHash
    let instant: LogInstant
}

/// A group commit that is sealed and not stored yet.
struct SealedGroup {
    /// Of the log with it.
    let head: LogHeadRow
    /// `nil` when nothing was appended.
    let batch: SealedBatch?
    /// Rows of the log.
    let changes: [RowChanges]

    /// What is stored with `changes` of decisions; none when nothing was done at all.
    func changes(with changes: [RowChanges]) -> [RowChanges] {
        let all = changes + self.changes
        return all.isEmpty ? [] : all + [.updating([head])]
    }
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
