internal import CPostgreSQL

/// What a statement answered: rows, or how many it changed. Rows and columns are numbered from 0.
///
/// The values stay where libpq has them, for as long as this object. Used by one thread at a time.
public final class PostgresResult {
    private let library: PostgresLibrary
    private let result: OpaquePointer
    private var functions: UnsafePointer<cpostgresql_functions> { library.functions }

    /// How many rows came; none of a statement that gives no rows.
    public let rowCount: Int
    /// How many values each has.
    public let columnCount: Int

    /// Takes `result` over.
    init(owning result: OpaquePointer, _ library: PostgresLibrary) {
        self.library = library
        self.result = result
        rowCount = Int(library.functions.pointee.ntuples(result))
        columnCount = Int(library.functions.pointee.nfields(result))
    }

    deinit {
        functions.pointee.clear(result)
    }

    /// What a column holds.
    public enum ColumnKind: Sendable, Hashable {
        /// BIGINT and the shorter ones; NUMERIC too, which is what sums of BIGINT are: one with a fraction is no integer.
        case integer
        /// TEXT and the other types of characters.
        case text
        /// BYTEA.
        case bytes
        /// What the types that all of the family have do not come to.
        case other
    }

    /// What a column holds, where it is not NULL.
    public func kind(of column: Int) -> ColumnKind {
        precondition(column >= 0 && column < columnCount, "no column \(column) of \(columnCount)")
        // OIDs of pg_type, the same in all that speak the protocol.
        return switch functions.pointee.ftype(result, Int32(column)) {
        case 20, 21, 23, 1700: .integer
        case 18, 19, 25, 705, 1042, 1043: .text
        case 17: .bytes
        default: .other
        }
    }

    /// How many rows the statement inserted, updated, deleted or selected; 0 of any other.
    public var affectedRowCount: Int {
        functions.pointee.cmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
    }

    /// What the server says that it did, e.g. "INSERT 0 1", "COMMIT".
    public var commandTag: String { functions.pointee.cmdStatus(result).map { String(cString: $0) } ?? "" }

    /// Whether a value is NULL.
    public func isNull(_ row: Int, _ column: Int) -> Bool {
        check(row, column)
        return functions.pointee.getisnull(result, Int32(row), Int32(column)) != 0
    }

    /// `nil` for NULL; `.malformedAnswer` when it is no integer of 64 bits.
    public func integer(_ row: Int, _ column: Int) throws(PostgresError) -> Int64? {
        guard let text = value(row, column) else { return nil }
        guard let number = Int64(decimal: text) else { throw Self.malformed("an integer", column) }
        return number
    }

    /// `nil` for NULL; `.malformedAnswer` when it is not UTF-8.
    public func text(_ row: Int, _ column: Int) throws(PostgresError) -> String? {
        guard let text = value(row, column) else { return nil }
        guard let text = String(validating: text.bindMemory(to: UInt8.self), as: UTF8.self) else {
            throw Self.malformed("UTF-8", column)
        }
        return text
    }

    /// `nil` for NULL; `.malformedAnswer` when it is no BYTEA in hexadecimal digits.
    public func bytes(_ row: Int, _ column: Int) throws(PostgresError) -> [UInt8]? {
        var bytes: [UInt8] = []
        return try appendBytes(row, column, to: &bytes) ? bytes : nil
    }

    /// Appends a value's bytes to `bytes`: what is read over and over keeps its memory. False for NULL;
    /// `.malformedAnswer` when it is no BYTEA in hexadecimal digits, and then `bytes` is what it was.
    public func appendBytes(_ row: Int, _ column: Int, to bytes: inout [UInt8]) throws(PostgresError) -> Bool {
        guard let text = value(row, column) else { return false }
        guard Hexadecimal.appendDecoded(text, to: &bytes) else { throw Self.malformed("bytes", column) }
        return true
    }

    /// Calls `body` with a value's text as the server sent it (of BYTEA the digits), `nil` for NULL. What it is handed must
    /// not be kept.
    public func withText<Value, Failure: Error>(
        _ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer?) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        try body(value(row, column))
    }

    private func value(_ row: Int, _ column: Int) -> UnsafeRawBufferPointer? {
        check(row, column)
        let (row, column) = (Int32(row), Int32(column))
        // NULL and an empty text look the same but for this.
        guard let start = functions.pointee.getvalue(result, row, column),
            functions.pointee.getisnull(result, row, column) == 0
        else { return nil }
        return UnsafeRawBufferPointer(start: start, count: Int(functions.pointee.getlength(result, row, column)))
    }

    /// libpq would print to standard error, and go on with a null pointer.
    private func check(_ row: Int, _ column: Int) {
        precondition(
            row >= 0 && row < rowCount && column >= 0 && column < columnCount,
            "no value \(row), \(column) of \(rowCount) rows, \(columnCount) columns")
    }

    private static func malformed(_ what: String, _ column: Int) -> PostgresError {
        PostgresError(.malformedAnswer, "column \(column) of an answer does not hold \(what)")
    }
}

extension Int64 {
    /// Of a sign and digits, and nothing else.
    init?(decimal text: UnsafeRawBufferPointer) {
        let isNegative = text.first == UInt8(ascii: "-")
        let digits = UnsafeRawBufferPointer(rebasing: text.dropFirst(isNegative ? 1 : 0))
        guard !digits.isEmpty else { return nil }
        var value: Int64 = 0
        for byte in digits {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            let digit = Int64(byte - UInt8(ascii: "0"))
            // Downwards, since there is one more below zero than above.
            let (product, isOver) = value.multipliedReportingOverflow(by: 10)
            let (difference, isUnder) = product.subtractingReportingOverflow(digit)
            guard !isOver, !isUnder else { return nil }
            value = difference
        }
        if isNegative {
            self = value
        } else {
            guard value != .min else { return nil }
            self = -value
        }
    }
}
