/// Rows that are removed whatever they are: all of a table, or those in which a column has a value.
public struct Forgetting: Sendable {
    let table: Table
    let column: (name: String, value: SQLValue)?

    /// All rows.
    public init(_ table: Table) {
        self.table = table
        column = nil
    }

    /// Those with this value in this column.
    public init(_ table: Table, where column: String, is value: SQLValue) {
        precondition((table.key + table.values).contains { $0.name == column }, "\(table.name) has no \(column)")
        self.table = table
        self.column = (column, value)
    }

    var statement: String { "DELETE FROM \(table.name)\(column.map { " WHERE \($0.name) = ?" } ?? "")" }

    var arguments: [SQLValue] { column.map { [$0.value] } ?? [] }
}
