/// Rows as a log has them, in memory, to be held against those that a store has.
public struct ExpectedRows: Sendable {
    private struct Expected: Sendable {
        let table: Table
        /// Their value columns by their keys.
        var rows: [[SQLValue]: [SQLValue]] = [:]
    }

    private var tables: [Expected]

    /// - Parameter tables: all of whose rows follow from the log.
    public init(of tables: [Table]) {
        self.tables = tables.map { Expected(table: $0) }
    }

    /// From now on it is the row of its key.
    public mutating func put<Row: StoredRow>(_ row: Row) {
        guard let index = tables.firstIndex(where: { $0.table.name == Row.table.name }) else {
            preconditionFailure("\(Row.table.name) is none of the tables that are expected")
        }
        var (key, values) = (ColumnWriter(), ColumnWriter())
        row.key.write(to: &key)
        row.writeValues(to: &values)
        tables[index].rows[key.values] = values.values
    }

    /// Names the rows that are missing, extra or changed.
    public func check(in view: ReadTransaction, _ faults: inout StoreFaults) throws {
        for expected in tables {
            let (table, keyCount) = (expected.table, expected.table.key.count)
            let columns = table.key + table.values
            var missing = expected.rows
            try view.forEach("SELECT \(columns.map(\.name).joined(separator: ", ")) FROM \(table.name)") { row in
                let found = try columns.enumerated().map { try row.value($0.offset, $0.element) }
                let (key, values) = (Array(found.prefix(keyCount)), Array(found.dropFirst(keyCount)))
                guard let wanted = missing.removeValue(forKey: key) else {
                    return faults.add("\(table.name) \(Self.text(key)): no entry of the log brings it about")
                }
                for (column, (value, wanted)) in zip(table.values, zip(values, wanted)) where value != wanted {
                    faults.add(
                        "\(table.name) \(Self.text(key)): \(column.name) is \(Self.text(value)) and should be "
                            + Self.text(wanted))
                }
            }
            for (key, values) in missing {
                faults.add("\(table.name) \(Self.text(key)): is missing; it should be \(Self.text(values))")
            }
        }
    }

    private static func text(_ values: [SQLValue]) -> String {
        "(" + values.map { text($0) }.joined(separator: ", ") + ")"
    }

    /// Bytes by their beginning.
    private static func text(_ value: SQLValue) -> String {
        switch value {
        case .null: return "NULL"
        case .integer(let number): return "\(number)"
        case .text(let text): return "'\(text)'"
        case .bytes(let bytes):
            let digits = bytes.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            return "\(digits)\(bytes.count > 8 ? "..." : "") (\(bytes.count) bytes)"
        }
    }
}
