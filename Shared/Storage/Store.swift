public import Journal

/// A service's own database: tables, a journal, one writer that shares its commits, several readers.
///
/// A store has one opener at a time, one service, one epoch. Closures run synchronously on the writer's thread or on a
/// reader's; they get rows out and must not wait for anything.
public final class Store: Sendable {
    /// The journal's.
    public let epoch: JournalEpoch
    public let partitionCount: Int
    let driver: any StoreDriver
    private let groupCommit: GroupCommit
    private let heads: Watched<JournalCursor>
    // Let go when everything above is closed.
    private let lock: StoreLock

    /// Opens the store at `options.path`, making it if it is not there, and brings its schema up to date. Blocks while
    /// it does. The errors name the path and the remedy.
    public init(opening options: StoreOptions) throws(StorageError) {
        precondition((1...256).contains(options.partitionCount), "a journal has 1 to 256 partitions")
        let path = StoreLock.resolved(options.path)
        lock = try StoreLock(storePath: path)
        do {
            try StoreLock.createPrivately(storePath: path)
            let driver = try SQLiteDriver(path: path, options)
            let (settings, journal) = try driver.withWriter { connection in
                try Self.prepare(connection, options)
            }
            try StoreLock.syncDirectory(ofStoreAt: path)
            epoch = settings.epoch
            partitionCount = options.partitionCount
            self.driver = driver
            heads = Watched(journal.cursor)
            groupCommit = GroupCommit(
                driver: driver, file: try StoreFile(path: path), options: options, heads: heads)
            groupCommit.start(journal)
        } catch let error as StorageError {
            throw StorageError(error.code, "store \(options.path): \(error.message)", detail: error.detail)
        } catch {
            throw StorageError(.cannotOpen, "store \(options.path): cannot be opened", detail: "\(error)")
        }
    }

    private static func prepare(
        _ connection: any DriverConnection, _ options: StoreOptions
    ) throws -> (StoreSettings, JournalWriter) {
        if try !connection.hasTable("schema_version") {
            try connection.inTransaction {
                for statement in StorageSchema.bootstrap { try connection.define(statement) }
            }
        }
        // Before any migration: a store of another service is not to be touched.
        let settings = try StoreSettings.establish(options, on: connection)
        try Migration.apply(StorageSchema.migrations, of: .storage, to: connection)
        try Migration.apply(options.migrations, of: .service, to: connection)
        let journal = try JournalWriter(
            epoch: settings.epoch, partitionCount: options.partitionCount, signer: options.signer,
            connection: connection)
        return (settings, journal)
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

// MARK: - The journal

extension Store {
    /// Where the journal durably ends.
    public var journalHeads: JournalCursor { heads.value }

    /// Returns when the journal has an entry that `cursor` does not cover: at once, or after the commit that appends
    /// it. Throws `CancellationError` when the task is cancelled and `.closed` when the store is.
    public func waitForEntries(beyond cursor: JournalCursor) async throws {
        _ = try await heads.wait { !cursor.covers($0) }
    }

    /// Ends the waits for entries, those under way and those to come, with `.closed`: a service that is about to stop lets
    /// its followers go. Reads and writes go on.
    public func endWaits() {
        heads.end(StorageError(.closed, "the store is closed"))
    }

    /// Entries after `cursor`, in order within each partition, until they have about `limitBytes` (at least one if
    /// there is any). `.cursorOfAnotherHistory` when the cursor is not a place of this journal.
    public func journalEntries(after cursor: JournalCursor, limitBytes: Int) async throws -> [JournalEntry] {
        try await driver.read { [epoch, partitionCount] connection in
            try connection.journalEntries(
                after: cursor, epoch: epoch, partitionCount: partitionCount, limitBytes: limitBytes)
        }
    }

    /// The proof of the entry at `position`, the same bytes each time; `nil` if there is no such entry.
    public func proof(at position: JournalPosition) async throws -> JournalProof? {
        guard position.epoch == epoch else { return nil }
        return try await driver.read { try $0.proof(at: position) }
    }
}
