// What a database must do to stand behind the face: SQLite and PostgreSQL do.

/// A database that is open: one connection that writes, others that read.
protocol StoreDriver: Sendable {
    /// Whether other processes may write to it too, each with a group commit of its own.
    var isShared: Bool { get }

    /// What was written and is not in the database's file yet; 0 where that is the database's own affair.
    var walBytes: Int { get }

    /// Calls `body` with the writing connection, outside of a transaction; connects again first where that was lost. Called
    /// by one thread at a time, the group commit's.
    func withWriter<Value>(_ body: (any DriverConnection) throws -> Value) throws -> Value

    /// The store is open, with all its tables: from now on nobody waits long for a statement.
    func opened() throws

    /// Calls `body` with a reading connection, inside a transaction that sees one moment. It may be called again, when the
    /// first time came to no end.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any DriverConnection) throws -> Value) async throws -> Value

    /// Why nothing can be read, whoever asks; `nil` when all is well.
    var readFailure: StorageError? { get }

    /// Has ``readFailure`` looked into once more, elsewhere.
    func tryReading()

    func close()
}

extension StoreDriver {
    /// Of a file that is open.
    var readFailure: StorageError? { nil }

    func tryReading() {}
}

/// One connection. Used by one thread at a time.
protocol DriverConnection {
    /// The statement for `sql`, prepared before if it was.
    func statement(_ sql: String) throws(StorageError) -> any DriverStatement

    func begin() throws
    func commit() throws
    /// Gives up what was begun, if anything was. Where that fails the database gives it up by itself.
    func rollback()

    func hasTable(_ name: String) throws -> Bool
    /// Makes a table with its indices, clustered on its key where the engine can; the same again does nothing where
    /// several processes may open the store at once.
    func make(_ table: Table) throws
    /// Throws unless the table is there as it was made.
    func check(_ table: Table) throws

    // MARK: A group commit

    /// Begins one and loads rows. Until its end nobody else's is under way: what others have committed is seen, and given
    /// back where the log has grown by it beyond `size`. One that need not reach the disk may be answered before, where
    /// the store cannot lose it without this program: a server that ends takes what is not on its disk from programs that
    /// go on, and count on it.
    func beginGroup(loading rows: [WantedRows], log size: UInt64, mustReachDisk: Bool) throws -> LogAdvance?

    /// Loads further rows.
    func load(_ rows: [WantedRows]) throws

    /// Makes the changes, in their order, and commits. `.outcomeUnknown` when nobody knows whether it did.
    func commitGroup(_ changes: [RowChanges]) throws

    /// What others have appended to the log beyond `size`; `nil` where there are no others.
    func advance(beyond size: UInt64) throws -> LogAdvance?

    /// The log's head, once nobody's group commit is under way; in a transaction nobody begins one until its end.
    func lockedHead() throws -> LogHeadRow?

    // MARK: Outside of one

    /// Makes changes in the transaction that was begun.
    func make(_ changes: RowChanges) throws
}

/// Rows of a table that somebody wants, by their keys.
struct WantedRows {
    let table: Table
    let count: Int
    /// Adds the columns of a key.
    let writeKey: (Int, inout ColumnWriter) -> Void
    /// Takes the value columns of a row that is there. Those that are not there are never given.
    let take: (Int, inout ColumnReader) throws -> Void
}

/// Changes of one kind to rows of a table.
struct RowChanges {
    enum Kind {
        case insert, update, delete
        /// Whatever rows there are: ``Forgetting``.
        case forget(Forgetting)
    }

    let kind: Kind
    let table: Table
    let count: Int
    /// Adds what the kind has of a row: key and values, or the key alone.
    let write: (Int, inout ColumnWriter) -> Void

    static func inserting<Row: StoredRow>(_ rows: [Row]) -> RowChanges { whole(rows, .insert) }

    static func updating<Row: StoredRow>(_ rows: [Row]) -> RowChanges { whole(rows, .update) }

    private static func whole<Row: StoredRow>(_ rows: [Row], _ kind: Kind) -> RowChanges {
        RowChanges(kind: kind, table: Row.table, count: rows.count) { index, columns in
            rows[index].key.write(to: &columns)
            rows[index].writeValues(to: &columns)
        }
    }

    static func deleting<Row: StoredRow>(_ type: Row.Type, _ keys: [Row.Key]) -> RowChanges {
        RowChanges(kind: .delete, table: Row.table, count: keys.count) { keys[$0].write(to: &$1) }
    }

    static func forgetting(_ rows: Forgetting) -> RowChanges {
        RowChanges(kind: .forget(rows), table: rows.table, count: 1) { _, _ in }
    }

    /// A row of it is not there, or is there already.
    var lost: StorageError {
        StorageError(.damaged, "a row of \(table.name) is not there any more: another program changed the store")
    }
}

enum ColumnKind {
    case null, integer, text, bytes
    /// A kind that the face does not have, such as a floating-point number.
    case other
}

/// A prepared statement: bind, step until there is no row, reset.
protocol DriverStatement {
    func bind(_ arguments: [SQLValue]) throws(StorageError)
    /// True when there is a row.
    func step() throws(StorageError) -> Bool
    /// Rows that the statement inserted, updated or deleted.
    var changedRows: Int { get }
    func reset()

    func kind(of column: Int) -> ColumnKind
    func integer(_ column: Int) -> Int64
    /// `nil` when it is not UTF-8.
    func text(_ column: Int) -> String?
    func bytes(_ column: Int) -> [UInt8]
}

extension DriverConnection {
    func forEach(_ sql: String, _ arguments: [SQLValue], _ body: (borrowing Row) throws -> Void) throws {
        let statement = try statement(sql)
        defer { statement.reset() }
        try statement.bind(arguments)
        let row = Row(statement: statement)
        while try statement.step() { try body(row) }
    }

    func first<Value>(
        _ sql: String, _ arguments: [SQLValue], _ value: (borrowing Row) throws -> Value
    ) throws -> Value? {
        let statement = try statement(sql)
        defer { statement.reset() }
        try statement.bind(arguments)
        guard try statement.step() else { return nil }
        return try value(Row(statement: statement))
    }

    func all<Value>(
        _ sql: String, _ arguments: [SQLValue], _ value: (borrowing Row) throws -> Value
    ) throws -> [Value] {
        var values: [Value] = []
        try forEach(sql, arguments) { values.append(try value($0)) }
        return values
    }

    @discardableResult
    func execute(_ sql: String, _ arguments: [SQLValue] = []) throws(StorageError) -> Int {
        let statement = try statement(sql)
        defer { statement.reset() }
        try statement.bind(arguments)
        while try statement.step() {}
        return statement.changedRows
    }

    /// The row of this key; `nil` if there is none.
    func row<Row: StoredRow>(_ type: Row.Type, _ key: Row.Key) throws -> Row? {
        var row: Row?
        try load([
            WantedRows(table: Row.table, count: 1, writeKey: { key.write(to: &$1) }) {
                row = try Row(key: key, values: &$1)
            }
        ])
        return row
    }

    func inTransaction<Value>(_ body: () throws -> Value) throws -> Value {
        try begin()
        do {
            let value = try body()
            try commit()
            return value
        } catch {
            rollback()
            throw error
        }
    }
}
