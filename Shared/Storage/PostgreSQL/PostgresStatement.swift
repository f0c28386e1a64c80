internal import PostgreSQL

/// A statement and its answer, which comes whole.
final class PostgresStatement: DriverStatement {
    private let execute: ([SQLValue]) throws(StorageError) -> PostgresResult
    private var arguments: [SQLValue] = []
    private var result: PostgresResult?
    /// The row that is read.
    private var row = -1

    init(_ execute: @escaping ([SQLValue]) throws(StorageError) -> PostgresResult) {
        self.execute = execute
    }

    /// One whose answer is there.
    init(answered result: PostgresResult) {
        execute = { _ throws(StorageError) in result }
        self.result = result
    }

    func bind(_ arguments: [SQLValue]) throws(StorageError) { self.arguments = arguments }

    func step() throws(StorageError) -> Bool {
        let result: PostgresResult
        if let known = self.result {
            result = known
        } else {
            result = try execute(arguments)
            self.result = result
        }
        row += 1
        return row < result.rowCount
    }

    var changedRows: Int { result?.affectedRowCount ?? 0 }

    func reset() {
        result = nil
        arguments = []
        row = -1
    }

    func kind(of column: Int) -> ColumnKind {
        guard let result, column < result.columnCount else { return .other }
        if result.isNull(row, column) { return .null }
        return switch result.kind(of: column) {
        // A sum may be too large, or have a fraction.
        case .integer: (try? result.integer(row, column)) == nil ? .other : .integer
        case .text: .text
        case .bytes: .bytes
        case .other: .other
        }
    }

    func integer(_ column: Int) -> Int64 { (try? result?.integer(row, column)) ?? 0 }

    func text(_ column: Int) -> String? { try? result?.text(row, column) }

    func bytes(_ column: Int) -> [UInt8] { (try? result?.bytes(row, column)) ?? [] }
}
