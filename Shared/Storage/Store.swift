public import Journal

/// A service's own database: tables, a journal, one writer that shares its commits, several readers.
///
/// A store has one opener at a time, one service, one epoch. Closures run synchronously on the writer's thread or on a
/// reader's; they get rows out and must not wait for anything.
public final class Store: Sendable {
    /// The journal's.
    public let epoch: JournalEpoch
    /// The key that signs the log, with its name; `nil` for a store without one.
    public let logKey: NoteKey?
    let driver: any StoreDriver
    private let groupCommit: GroupCommit
    private let head: Watched<LogHead>
    // Let go when everything above is closed.
    private let lock: StoreLock

    /// Opens the store at `options.path`, making it if it is not there, and brings its schema up to date. Blocks while
    /// it does. The errors name the path and the remedy.
    public init(opening options: StoreOptions) throws(StorageError) {
        let path = StoreLock.resolved(options.path)
        lock = try StoreLock(storePath: path)
        do {
            try StoreLock.createPrivately(storePath: path)
            let driver = try SQLiteDriver(path: path, options)
            let (settings, signer, log) = try driver.withWriter { connection in
                try Self.prepare(connection, options)
            }
            try StoreLock.syncDirectory(ofStoreAt: path)
            epoch = settings.epoch
            logKey = signer?.key
            self.driver = driver
            head = Watched(log.head)
            groupCommit = GroupCommit(
                driver: driver, file: try StoreFile(path: path), options: options, head: head)
            groupCommit.start(log)
        } catch let error as StorageError {
            throw StorageError(error.code, "store \(options.path): \(error.message)", detail: error.detail)
        } catch {
            throw StorageError(.cannotOpen, "store \(options.path): cannot be opened", detail: "\(error)")
        }
    }

    private static func prepare(
        _ connection: any DriverConnection, _ options: StoreOptions
    ) throws -> (StoreSettings, NoteSigner?, LogWriter) {
        if try !connection.hasTable("schema_version") {
            try connection.inTransaction {
                for statement in StorageSchema.bootstrap { try connection.define(statement) }
            }
        }
        // Before any migration: a store of another service is not to be touched.
        let settings = try StoreSettings.establish(options, on: connection)
        try Migration.apply(StorageSchema.migrations, of: .storage, to: connection)
        try Migration.apply(options.migrations, of: .service, to: connection)
        let signer = try options.logKey?.signer(service: options.service, epoch: settings.epoch)
        guard let (log, lastSealed) = try connection.logEnd() else {
            return (settings, signer, LogWriter(epoch: settings.epoch, signer: signer))
        }
        return (
            settings, signer,
            LogWriter(epoch: settings.epoch, signer: signer, log: log, lastSealedUnixMicroseconds: lastSealed)
        )
    }

    deinit {
        close()
    }

    /// Carries out what is queued, then closes. Blocks until it is done; a second call does nothing. Writes and waits
    /// that come later throw `.closed`.
    public func close() {
        groupCommit.stop()
        endWaits()
        driver.close()
        lock.release()
    }

    /// Has a decision made in a group commit and returns when what it did is durable. What it throws comes out here, and
    /// then it did nothing. Also thrown: `.overloaded` (nothing was done), and the errors of a commit that failed (nothing
    /// was kept). A decision that is queued is made, whether its task is cancelled or not.
    @discardableResult
    public func commit<D: Decision>(_ decision: D) async throws -> Committed<D.Answer> {
        try await withUnsafeThrowingContinuation { continuation in
            let write = WaitingDecision(continuation, decision)
            if let refusal = groupCommit.enqueue(write) { write.fail(refusal) }
        }
    }

    /// Carries out `body` on a consistent view that holds every write acknowledged before.
    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (ReadTransaction) throws -> Value
    ) async throws -> Value {
        try await driver.read { try body(ReadTransaction(connection: $0)) }
    }

    /// Why the store takes no more writes; `nil` when all is well. Only opening it again helps.
    public var failure: StorageError? { groupCommit.failure }
}

// MARK: - The log

extension Store {
    /// Where the log durably ends.
    public var journalHead: LogCursor { head.value.cursor }

    /// Returns when the log has an entry that `cursor` does not cover: at once, or after the commit that appends it. Throws
    /// `CancellationError` when the task is cancelled and `.closed` when the store is.
    public func waitForEntries(beyond cursor: LogCursor) async throws {
        _ = try await head.wait { !cursor.covers($0.cursor) }
    }

    /// Ends the waits for entries, those under way and those to come, with `.closed`: a service that is about to stop lets
    /// its followers go. Reads and writes go on.
    public func endWaits() {
        head.end(StorageError(.closed, "the store is closed"))
    }

    /// Entries behind `cursor`, in order, until they have about `limitBytes` (at least one if there is any), with the
    /// checkpoint behind them. `.cursorOfAnotherHistory` when the cursor is not a place of this log.
    public func logPiece(after cursor: LogCursor, limitBytes: Int) async throws -> LogPiece {
        guard cursor.epoch == epoch, journalHead.size >= cursor.size else { throw Self.otherHistory }
        return try await driver.read { try $0.logPiece(after: cursor.size, limitBytes: limitBytes) }
    }

    /// Throws `.cursorOfAnotherHistory` unless the log had this root at that size.
    public func check(_ cursor: LogCursor, root: JournalHash) async throws {
        let head = head.value
        guard cursor.epoch == epoch, head.cursor.size >= cursor.size else { throw Self.otherHistory }
        // Most who ask are where the log is, and ask often.
        let isEnd = cursor.size == head.cursor.size
        let known: JournalHash? = isEnd ? head.root : try await driver.read { try $0.logRoot(ofFirst: cursor.size) }
        guard known == root else { throw Self.otherHistory }
    }

    private static var otherHistory: StorageError {
        StorageError(
            .cursorOfAnotherHistory,
            "the cursor is not a place in this journal, which was made anew or restored since: rebuild from its start")
    }

    /// The proof of the entry at `position`, the same bytes each time; `nil` if there is no such entry.
    public func proof(at position: JournalPosition) async throws -> LogProof? {
        guard position.epoch == epoch else { return nil }
        return try await driver.read { try $0.proof(at: position.index) }
    }
}
