public import Journal

/// A value that SQL takes or gives: what SQLite and PostgreSQL have in common.
public enum SQLValue: Sendable, Hashable {
    case null
    /// BIGINT.
    case integer(Int64)
    /// TEXT, UTF-8. May hold a NUL in SQLite, never in PostgreSQL: check text from outside before it comes here.
    case text(String)
    /// BYTEA.
    case bytes([UInt8])

    /// 1 or 0: there is no boolean in common.
    public static func flag(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }

    /// A number that is known to fit, such as a count or a sequence number. Storage holds 63 bits.
    public static func number(_ value: some BinaryInteger) -> SQLValue { .integer(Int64(value)) }

    public static func hash(_ value: JournalHash) -> SQLValue { .bytes(value.bytes) }

    /// `null` for `nil`.
    public static func optional(_ value: String?) -> SQLValue { value.map { .text($0) } ?? .null }

    /// `null` for the empty text, which is stored nowhere: some databases take it for NULL.
    public static func unlessEmpty(_ value: String) -> SQLValue { value.isEmpty ? .null : .text(value) }

    /// `null` for `nil`.
    public static func optional(_ value: Int64?) -> SQLValue { value.map { .integer($0) } ?? .null }

    /// `null` for `nil`.
    public static func optional(_ value: [UInt8]?) -> SQLValue { value.map { .bytes($0) } ?? .null }
}

extension SQLValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(stringLiteral value: String) { self = .text(value) }
}

/// A row of an answer, read in place: valid only inside the closure that is handed it. Columns are numbered from 0.
/// Each reader throws `.malformedData` when the column holds something else.
public struct Row: ~Copyable {
    let statement: any DriverStatement

    public func isNull(_ column: Int) -> Bool { statement.kind(of: column) == .null }

    public func integer(_ column: Int) throws(StorageError) -> Int64 {
        try expect(.integer, column)
        return statement.integer(column)
    }

    public func text(_ column: Int) throws(StorageError) -> String {
        try expect(.text, column)
        guard let text = statement.text(column) else {
            throw StorageError(.malformedData, "column \(column) holds text that is not UTF-8")
        }
        return text
    }

    public func bytes(_ column: Int) throws(StorageError) -> [UInt8] {
        try expect(.bytes, column)
        return statement.bytes(column)
    }

    public func flag(_ column: Int) throws(StorageError) -> Bool { try integer(column) != 0 }

    /// An integer that must fit `type`: `.malformedData` otherwise.
    public func number<Number: FixedWidthInteger>(
        _ column: Int, as type: Number.Type = Number.self
    ) throws(StorageError) -> Number {
        guard let number = Number(exactly: try integer(column)) else {
            throw StorageError(.malformedData, "column \(column) holds a number that does not fit")
        }
        return number
    }

    public func hash(_ column: Int) throws(StorageError) -> JournalHash {
        guard let hash = JournalHash(try bytes(column)) else {
            throw StorageError(.malformedData, "column \(column) does not hold a hash of 32 bytes")
        }
        return hash
    }

    public func optionalInteger(_ column: Int) throws(StorageError) -> Int64? {
        isNull(column) ? nil : try integer(column)
    }

    public func optionalText(_ column: Int) throws(StorageError) -> String? {
        isNull(column) ? nil : try text(column)
    }

    public func optionalBytes(_ column: Int) throws(StorageError) -> [UInt8]? {
        isNull(column) ? nil : try bytes(column)
    }

    private func expect(_ kind: ColumnKind, _ column: Int) throws(StorageError) {
        let found = statement.kind(of: column)
        guard found == kind else {
            throw StorageError(.malformedData, "column \(column) holds \(found), not \(kind)")
        }
    }
}

/// A consistent view of the store as of one moment. Valid only inside the closure that is handed it.
///
/// Questions only: what is written are rows (``StoredRow``). SQL is what SQLite and PostgreSQL both accept: BIGINT, TEXT and
/// BYTEA, `?` for arguments, no rowid, no PRAGMA. Statements are prepared once and kept for ever, so the texts are constants of
/// the program: values go into arguments, never into the text.
public struct ReadTransaction {
    let connection: any DriverConnection

    /// The row of this key; `nil` if there is none.
    public func row<Row: StoredRow>(_ type: Row.Type, _ key: Row.Key) throws -> Row? { try connection.row(type, key) }

    /// Hands each row of the answer to `body`, in the order of the answer. What `body` throws ends it.
    public func forEach(
        _ sql: String, _ arguments: [SQLValue] = [], _ body: (borrowing Row) throws -> Void
    ) throws {
        try connection.forEach(sql, arguments, body)
    }

    /// The first row's value, `nil` if there is no row. The rest of the answer is not read.
    public func first<Value>(
        _ sql: String, _ arguments: [SQLValue] = [], _ value: (borrowing Row) throws -> Value
    ) throws -> Value? {
        try connection.first(sql, arguments, value)
    }

    /// The value of every row, in the order of the answer. Bound the answer with LIMIT.
    public func all<Value>(
        _ sql: String, _ arguments: [SQLValue] = [], _ value: (borrowing Row) throws -> Value
    ) throws -> [Value] {
        try connection.all(sql, arguments, value)
    }

    /// True when there is a row.
    public func exists(_ sql: String, _ arguments: [SQLValue] = []) throws -> Bool {
        try first(sql, arguments) { _ in true } ?? false
    }
}
