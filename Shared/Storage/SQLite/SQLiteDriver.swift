internal import CSQLite
internal import GRDB
internal import GRDBSQLite

/// SQLite through GRDB: a pool of reading connections beside one that writes, in WAL mode.
final class SQLiteDriver: StoreDriver {
    private let pool: DatabasePool
    private let checkpoints: Checkpoints
    private let reads: ReadsUnderWay
    private let file: StoreFile
    private let syncLevel: SyncLevel
    // Let go when everything above is closed.
    private let lock: StoreLock

    /// The lock sees to it.
    var isShared: Bool { false }

    /// SQLite's own default. Reports come in any order, so that of most tables each changes a page of its own: with 16 KiB
    /// single pushes were a tenth fewer a second and their p99 twice as long, though rows in order are written faster.
    private static let pageBytes = 4_096
    /// Of each connection: the system has in memory what is not here. Not more, since SQLite looks through all of it at the end
    /// of nearly every commit: a page that a B-tree's balancing moves has for a moment the number of the one that is never
    /// used, at 1 GiB, and pages beyond the end of the file are then looked for (its `pcache1TruncateUnsafe`). With 32 MiB
    /// streams were a tenth slower, and a million reports stored made a push 1.25 times as dear instead of 1.1.
    private static let cacheKibibytes = 4_096
    private static let busySeconds = 5.0
    private static let pageBytesInWAL = pageBytes + 24
    /// A twentieth of the writer's time went into counting.
    private static let countNoMemory: Void = csqlite_count_no_memory()

    /// Opens the file at `path`, making it if it is not there.
    init(path: String, _ options: StoreOptions) throws {
        Self.countNoMemory
        let path = StoreLock.resolved(path)
        lock = try StoreLock(storePath: path)
        try StoreLock.createPrivately(storePath: path)
        syncLevel = SyncLevel(options.synchronous)
        reads = ReadsUnderWay(limitPages: options.walLimitPages)
        let level = syncLevel.ofDurable
        var configuration = Configuration()
        configuration.maximumReaderCount = options.readerCount
        configuration.busyMode = .timeout(Self.busySeconds)
        configuration.persistentReadOnlyConnections = true
        configuration.prepareDatabase { database in
            // Takes effect on a database that has no page yet.
            try database.execute(sql: "PRAGMA page_size = \(Self.pageBytes)")
            try database.execute(sql: "PRAGMA cache_size = -\(Self.cacheKibibytes)")
        }
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            checkpoints = try Checkpoints(
                path: path, intervalPages: options.checkpointPages, synchronous: level, reads: reads)
            try pool.writeWithoutTransaction { [checkpoints] database in
                checkpoints.follow(database)
                // Whatever it grew to, once it is begun anew its file is no larger. Not smaller: to sync what makes a file
                // longer takes twice as long, and under load the WAL is some 100 MB most of the time.
                try database.execute(
                    sql: "PRAGMA journal_size_limit = \(options.walLimitPages * Self.pageBytesInWAL)")
                // GRDB sets NORMAL, with which a power cut loses acknowledged commits.
                try database.execute(sql: "PRAGMA synchronous = \(level)")
                let inForce = try Int.fetchOne(database, sql: "PRAGMA synchronous")
                guard inForce == level else {
                    throw StorageError(.cannotOpen, "SQLite does not take synchronous = \(level)")
                }
            }
        } catch {
            throw StorageError.translating(error)
        }
        try StoreLock.syncDirectory(ofStoreAt: path)
        file = try StoreFile(path: path)
    }

    func opened() {}

    func withWriter<Value>(_ body: (any DriverConnection) throws -> Value) throws -> Value {
        do {
            return try pool.writeWithoutTransaction {
                try body(SQLiteConnection(database: $0, writing: (file, syncLevel)))
            }
        } catch {
            throw StorageError.translating(error)
        }
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any DriverConnection) throws -> Value
    ) async throws -> Value {
        do {
            return try await pool.read { [reads] database in
                try reads.during(readOn: database) { try body(SQLiteConnection(database: database, writing: nil)) }
            }
        } catch {
            // A read whose task is cancelled is interrupted, which SQLite reports as a failed statement.
            if Task.isCancelled { throw CancellationError() }
            throw StorageError.translating(error)
        }
    }

    var walBytes: Int { reads.walPages * Self.pageBytesInWAL }

    func close() {
        checkpoints.close()
        copyWholeWAL()
        // Fails only when a statement is still being stepped; the file is then closed with the process.
        try? pool.close()
        lock.release()
    }

    /// So that the file alone is the store. SQLite does so when the last connection is closed, but not where that one only
    /// reads. Waits for readers as long as for anything: what they hold up then stays in the WAL, where it is found again.
    private func copyWholeWAL() {
        reads.interrupt()
        do {
            try pool.writeWithoutTransaction { database in
                // It may be closed already.
                guard database.sqliteConnection != nil else { return }
                _ = try database.checkpoint(.truncate)
                reads.truncated()
            }
        } catch {}
    }
}

/// What the writing connection's `synchronous` is: FULL, or NORMAL for commits that need not reach the disk. With that the
/// WAL is synced by the next commit of the other kind, or before it is copied. Touched by one thread at a time.
final class SyncLevel: @unchecked Sendable {
    /// As `PRAGMA synchronous` counts.
    let ofDurable: Int
    private var current: Int

    init(_ synchronous: StoreOptions.Synchronous) {
        ofDurable = synchronous == .full ? 2 : 0
        current = ofDurable
    }

    /// To be called outside of a transaction.
    func set(on database: Database, mustReachDisk: Bool) throws {
        let wanted = mustReachDisk ? ofDurable : min(ofDurable, 1)
        guard wanted != current else { return }
        try database.execute(sql: "PRAGMA synchronous = \(wanted)")
        current = wanted
    }
}

/// A connection of GRDB's. Transactions go through GRDB, which keeps count of them; statements are stepped directly.
struct SQLiteConnection: DriverConnection {
    let database: Database
    /// For group commits; `nil` for a connection that reads.
    let writing: (file: StoreFile, level: SyncLevel)?

    // Prepared once, unlike those of GRDB's own methods, which are as much to it.
    func begin() throws { try database.cachedStatement(sql: "BEGIN IMMEDIATE TRANSACTION").execute() }

    func commit() throws { try database.cachedStatement(sql: "COMMIT TRANSACTION").execute() }

    func rollback() {
        // SQLite itself gives some transactions up.
        if database.isInsideTransaction { try? database.rollback() }
    }

    func beginGroup(loading rows: [WantedRows], log size: UInt64, mustReachDisk: Bool) throws -> LogAdvance? {
        try writing?.file.check()
        try writing?.level.set(on: database, mustReachDisk: mustReachDisk)
        try begin()
        try load(rows)
        return nil
    }

    func load(_ rows: [WantedRows]) throws {
        for rows in rows { try loadOneByOne(rows) }
    }

    func make(_ changes: RowChanges) throws { try makeOneByOne(changes) }

    func commitGroup(_ changes: [RowChanges]) throws {
        for changes in changes { try make(changes) }
        try commit()
    }

    func advance(beyond size: UInt64) throws -> LogAdvance? { nil }

    func lockedHead() throws -> LogHeadRow? { try row(LogHeadRow.self, LogHeadRow.name) }

    func statement(_ sql: String) throws(StorageError) -> any DriverStatement {
        guard let connection = database.sqliteConnection else { throw StorageError(.closed, "the store is closed") }
        do {
            let cached = try database.cachedStatement(sql: sql)
            // A statement that is being stepped further out cannot be started again here.
            let isBusy = sqlite3_stmt_busy(cached.sqliteStatement) != 0
            return SQLiteStatement(
                statement: isBusy ? try database.makeStatement(sql: sql) : cached, database: connection)
        } catch {
            throw StorageError.translating(error) as? StorageError
                ?? StorageError(.badStatement, "a statement cannot be prepared", detail: "\(error)")
        }
    }

    func hasTable(_ name: String) throws -> Bool {
        try first("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", [.text(name)]) { _ in } != nil
    }

    func check(_ table: Table) throws {
        guard try hasTable(table.name) else { throw StorageError(.damaged, "the table \(table.name) is missing") }
    }

    func make(_ table: Table) throws {
        do {
            // Without rowid, a table is clustered on its primary key: one tree to write instead of two. An INTEGER PRIMARY KEY
            // is the rowid, and such a table keeps longer rows in one page. With rowid, other keys are an index beside rows
            // that lie as they come.
            let isByRowid = table.order == .ofArrival || table.key.map(\.kind) == [.integer]
            for statement in table.creation(integerKey: "INTEGER", clustering: isByRowid ? "" : " WITHOUT ROWID") {
                try database.execute(sql: statement)
            }
        } catch {
            throw StorageError.translating(error)
        }
    }
}
