internal import GRDB
internal import GRDBSQLite

/// SQLite through GRDB: a pool of reading connections beside one that writes, in WAL mode.
final class SQLiteDriver: StoreDriver {
    private let pool: DatabasePool
    private let checkpoints: Checkpoints

    /// 16 KiB: the measured best for rows of about 1 KB in groups (128,000 reports/s against 89,000 with 4 KiB).
    private static let pageBytes = 16_384
    private static let cacheKibibytes = 65_536
    private static let busySeconds = 5.0

    init(path: String, _ options: StoreOptions) throws {
        let level = options.synchronous == .full ? 2 : 0
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
            checkpoints = try Checkpoints(path: path, intervalPages: options.checkpointPages, synchronous: level)
            try pool.writeWithoutTransaction { [checkpoints] database in
                checkpoints.follow(database)
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
    }

    func withWriter<Value>(_ body: (any DriverConnection) throws -> Value) throws -> Value {
        do {
            return try pool.writeWithoutTransaction { try body(SQLiteConnection(database: $0)) }
        } catch {
            throw StorageError.translating(error)
        }
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any DriverConnection) throws -> Value
    ) async throws -> Value {
        do {
            return try await pool.read { try body(SQLiteConnection(database: $0)) }
        } catch {
            // A read whose task is cancelled is interrupted, which SQLite reports as a failed statement.
            if Task.isCancelled { throw CancellationError() }
            throw StorageError.translating(error)
        }
    }

    func close() {
        checkpoints.close()
        // Fails only when a statement is still being stepped; the file is then closed with the process.
        try? pool.close()
    }
}

/// A connection of GRDB's. Transactions go through GRDB, which keeps count of them; statements are stepped directly.
struct SQLiteConnection: DriverConnection {
    let database: Database

    var isInTransaction: Bool { database.isInsideTransaction }

    func begin() throws { try database.beginTransaction(.immediate) }

    func commit() throws { try database.commit() }

    func rollback() throws { try database.rollback() }

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

    func define(_ sql: String) throws(StorageError) {
        // Without rowid, a table is clustered on its primary key: one tree to write instead of two.
        let isTable = sql.hasPrefix("CREATE TABLE")
        do {
            try database.execute(sql: isTable ? sql + " WITHOUT ROWID" : sql)
        } catch {
            throw StorageError.translating(error) as? StorageError
                ?? StorageError(.badStatement, "a migration failed", detail: "\(error)")
        }
    }
}
