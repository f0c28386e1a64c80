// Rows by prepared statements, one at a time: for a database that is in the same process.

extension DriverConnection {
    func loadOneByOne(_ rows: WantedRows) throws {
        let statement = try statement(rows.table.selectValues)
        var columns = ColumnWriter()
        for index in 0..<rows.count {
            columns.removeAll()
            rows.writeKey(index, &columns)
            defer { statement.reset() }
            try statement.bind(columns.values)
            guard try statement.step() else { continue }
            var reader = ColumnReader(statement)
            try rows.take(index, &reader)
        }
    }

    func makeOneByOne(_ changes: RowChanges) throws {
        let table = changes.table
        switch changes.kind {
        case .insert: try change(table.insertRow, changes)
        case .update: try change(table.updateRow, changes)
        case .delete: try change(table.deleteRow, changes)
        case .forget(let rows): try execute(rows.statement, rows.arguments)
        }
    }

    private func change(_ sql: String, _ changes: RowChanges) throws {
        let statement = try statement(sql)
        var columns = ColumnWriter()
        for index in 0..<changes.count {
            columns.removeAll()
            changes.write(index, &columns)
            defer { statement.reset() }
            try statement.bind(columns.values)
            while try statement.step() {}
            guard statement.changedRows == 1 else { throw changes.lost }
        }
    }
}
