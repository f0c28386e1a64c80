// Rows by prepared statements, one at a time: for a database that is in the same process.

extension DriverConnection {
    /// Loads rows by their keys; `found` is told of each key, with its row if there is one.
    func load<Row: StoredRow>(_ type: Row.Type, _ keys: [Row.Key], _ found: (Row.Key, Row?) -> Void) throws {
        let statement = try statement(Row.table.selectValues)
        var columns = ColumnWriter()
        for key in keys {
            columns.removeAll()
            key.write(to: &columns)
            defer { statement.reset() }
            try statement.bind(columns.values)
            guard try statement.step() else {
                found(key, nil)
                continue
            }
            var reader = ColumnReader(statement)
            found(key, try Row(key: key, values: &reader))
        }
    }

    /// The row of this key; `nil` if there is none.
    func row<Row: StoredRow>(_ type: Row.Type, _ key: Row.Key) throws -> Row? {
        var row: Row?
        try load(type, [key]) { row = $1 }
        return row
    }

    func insert<Row: StoredRow>(_ rows: [Row]) throws {
        try change(Row.table.insertRow, rows, of: Row.table) { row, columns in
            row.key.write(to: &columns)
            row.writeValues(to: &columns)
        }
    }

    func update<Row: StoredRow>(_ rows: [Row]) throws {
        // A row that is nothing but its key is what it was.
        guard !Row.table.values.isEmpty else { return }
        try change(Row.table.updateRow, rows, of: Row.table) { row, columns in
            row.writeValues(to: &columns)
            row.key.write(to: &columns)
        }
    }

    func delete<Row: StoredRow>(_ type: Row.Type, _ keys: [Row.Key]) throws {
        try change(Row.table.deleteRow, keys, of: Row.table) { key, columns in key.write(to: &columns) }
    }

    func forget(_ rows: Forgetting) throws {
        let condition = rows.column.map { " WHERE \($0.name) = ?" } ?? ""
        try execute("DELETE FROM \(rows.table.name)\(condition)", rows.column.map { [$0.value] } ?? [])
    }

    private func change<Item>(
        _ sql: String, _ items: [Item], of table: Table, _ write: (Item, inout ColumnWriter) -> Void
    ) throws {
        let statement = try statement(sql)
        var columns = ColumnWriter()
        for item in items {
            columns.removeAll()
            write(item, &columns)
            defer { statement.reset() }
            try statement.bind(columns.values)
            while try statement.step() {}
            guard statement.changedRows == 1 else {
                throw StorageError(
                    .damaged, "a row of \(table.name) is not there any more: another program changed the store")
            }
        }
    }
}
