// What a database must do to stand behind the face. SQLite does today; nothing below is particular to it.

/// A database that is open: one connection that writes, others that read.
protocol StoreDriver: Sendable {
    /// Calls `body` with the writing connection. Called by one thread at a time, the group commit's.
    func withWriter<Value>(_ body: (any DriverConnection) throws -> Value) throws -> Value

    /// Calls `body` with a reading connection, inside a transaction that sees one moment.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any DriverConnection) throws -> Value) async throws -> Value

    func close()
}

/// One connection. Used by one thread at a time.
protocol DriverConnection {
    /// False after the database itself gave up the transaction.
    var isInTransaction: Bool { get }

    func begin() throws
    func commit() throws
    func rollback() throws

    /// The statement for `sql`, prepared before if it was.
    func statement(_ sql: String) throws(StorageError) -> any DriverStatement

    func hasTable(_ name: String) throws -> Bool

    /// Carries out a statement of a migration. Tables are to be clustered on their primary key.
    func define(_ sql: String) throws(StorageError)
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
}
