internal import GRDB
internal import GRDBSQLite

/// A statement that GRDB prepared and owns, bound and stepped through SQLite's own functions: GRDB's arguments and rows
/// cost several times what a small insert does.
struct SQLiteStatement: DriverStatement {
    let statement: Statement
    let database: OpaquePointer

    private var pointer: OpaquePointer { statement.sqliteStatement }

    // SQLITE_TRANSIENT, a macro that Swift does not see: SQLite copies what it is given.
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    func bind(_ arguments: [SQLValue]) throws(StorageError) {
        guard arguments.count == Int(sqlite3_bind_parameter_count(pointer)) else {
            throw StorageError(
                .badStatement, "a statement was given \(arguments.count) arguments and takes another number",
                detail: statement.sql)
        }
        for (index, argument) in arguments.enumerated() {
            let code = bind(argument, at: Int32(index + 1))
            guard code == SQLITE_OK else { throw .sqlite(code, database) }
        }
    }

    private func bind(_ argument: SQLValue, at index: Int32) -> Int32 {
        switch argument {
        case .null:
            return sqlite3_bind_null(pointer, index)
        case .integer(let value):
            return sqlite3_bind_int64(pointer, index, value)
        case .text(var text):
            return text.withUTF8 { utf8 in
                utf8.withMemoryRebound(to: CChar.self) {
                    // A null pointer would bind NULL; the empty text has none.
                    guard let start = $0.baseAddress else {
                        return sqlite3_bind_text(pointer, index, "", 0, Self.transient)
                    }
                    return sqlite3_bind_text64(
                        pointer, index, start, UInt64($0.count), Self.transient, UInt8(SQLITE_UTF8))
                }
            }
        case .bytes(let bytes):
            return bytes.withUnsafeBytes {
                guard let start = $0.baseAddress, !$0.isEmpty else { return sqlite3_bind_zeroblob(pointer, index, 0) }
                return sqlite3_bind_blob64(pointer, index, start, UInt64($0.count), Self.transient)
            }
        }
    }

    func step() throws(StorageError) -> Bool {
        let code = sqlite3_step(pointer)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw .sqlite(code, database)
        }
    }

    var changedRows: Int { Int(sqlite3_changes(database)) }

    func reset() {
        sqlite3_reset(pointer)
        // Bound values may be large and personal: they do not stay.
        sqlite3_clear_bindings(pointer)
    }

    func kind(of column: Int) -> ColumnKind {
        switch sqlite3_column_type(pointer, Int32(column)) {
        case SQLITE_NULL: .null
        case SQLITE_INTEGER: .integer
        case SQLITE_TEXT: .text
        case SQLITE_BLOB: .bytes
        default: .other
        }
    }

    func integer(_ column: Int) -> Int64 { sqlite3_column_int64(pointer, Int32(column)) }

    func text(_ column: Int) -> String? {
        guard let start = sqlite3_column_text(pointer, Int32(column)) else { return "" }
        let count = Int(sqlite3_column_bytes(pointer, Int32(column)))
        return String(validating: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func bytes(_ column: Int) -> [UInt8] {
        guard let start = sqlite3_column_blob(pointer, Int32(column)) else { return [] }
        let count = Int(sqlite3_column_bytes(pointer, Int32(column)))
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }
}
