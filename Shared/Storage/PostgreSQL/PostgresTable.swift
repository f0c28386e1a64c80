internal import PostgreSQL

/// The statements that load and change rows of a table in PostgreSQL: many rows each, column by column as arrays, or one row
/// each where arrays are not taken.
struct PostgresTable {
    /// A statement, what it is given, and which rows it is for.
    struct Piece {
        let sql: String
        let parameters: [PostgresParameter]
        /// The number of its first row.
        let first: Int
        let count: Int
    }

    /// What goes into one statement.
    private static let rowsLimit = 1_000
    private static let bytesLimit = 4 << 20

    private let table: Table
    private let columns: [Column]
    private let loadArrays: String
    private let loadRow: String
    private let insertArrays: String
    private let insertRow: String
    private let updateArrays: String
    private let updateRow: String
    private let deleteArrays: String
    private let deleteRow: String

    init(_ table: Table) {
        self.table = table
        columns = table.key + table.values
        let (key, values, name) = (table.key, table.values, table.name)
        let keyCount = key.count
        let list = { (columns: [Column]) in columns.map(\.name).joined(separator: ", ") }
        // The columns of the arrays are c0, c1, ..., the key first.
        let arrays = { (columns: [Column], first: Int) in
            columns.indices.map { "$\($0 + first + 1)::\(columns[$0].kind.rawValue)[]" }.joined(separator: ", ")
        }
        let names = { (count: Int) in (0..<count).map { "c\($0)" }.joined(separator: ", ") }
        let sameKey = key.indices.map { "t.\(key[$0].name) = k.c\($0)" }.joined(separator: " AND ")
        let isKey = key.indices.map { "\(key[$0].name) = $\($0 + 1)" }.joined(separator: " AND ")
        let all = key + values

        let loaded = values.map { ", t.\($0.name)" }.joined()
        loadArrays =
            "SELECT k.n\(loaded) FROM unnest($1::BIGINT[], \(arrays(key, 1))) AS k (n, \(names(keyCount))) "
            + "JOIN \(name) t ON \(sameKey)"
        loadRow = "SELECT 0::BIGINT\(values.map { ", \($0.name)" }.joined()) FROM \(name) WHERE \(isKey)"
        insertArrays = "INSERT INTO \(name) (\(list(all))) SELECT * FROM unnest(\(arrays(all, 0)))"
        insertRow =
            "INSERT INTO \(name) (\(list(all))) VALUES (\(all.indices.map { "$\($0 + 1)" }.joined(separator: ", ")))"
        let assigned = values.indices.map { "\(values[$0].name) = k.c\(keyCount + $0)" }.joined(separator: ", ")
        updateArrays =
            "UPDATE \(name) t SET \(assigned) FROM unnest(\(arrays(all, 0))) AS k (\(names(all.count))) WHERE \(sameKey)"
        let set = values.indices.map { "\(values[$0].name) = $\(keyCount + $0 + 1)" }.joined(separator: ", ")
        updateRow = "UPDATE \(name) SET \(set) WHERE \(isKey)"
        deleteArrays =
            "DELETE FROM \(name) t USING unnest(\(arrays(key, 0))) AS k (\(names(keyCount))) WHERE \(sameKey)"
        deleteRow = "DELETE FROM \(name) WHERE \(isKey)"
    }

    /// Each answers with a row's number, counted from the piece's first, and its value columns.
    func statements(for rows: WantedRows, inArrays: Bool) -> [Piece] {
        inArrays
            ? arrays(loadArrays, table.key, rows.count, isNumbered: true, rows.writeKey)
            : singles(loadRow, table.key, rows.count, rows.writeKey)
    }

    func statements(for changes: RowChanges, inArrays: Bool) -> [Piece] {
        let (many, one, columns) =
            switch changes.kind {
            case .insert: (insertArrays, insertRow, columns)
            case .update: (updateArrays, updateRow, columns)
            case .delete: (deleteArrays, deleteRow, table.key)
            case .forget: preconditionFailure("what is forgotten has a statement of its own")
            }
        return inArrays
            ? arrays(many, columns, changes.count, isNumbered: false, changes.write)
            : singles(one, columns, changes.count, changes.write)
    }

    private func arrays(
        _ sql: String, _ columns: [Column], _ count: Int, isNumbered: Bool,
        _ write: (Int, inout ColumnWriter) -> Void
    ) -> [Piece] {
        var pieces: [Piece] = []
        var writer = ColumnWriter()
        var index = 0
        while index < count {
            let first = index
            var numbers = PostgresArray(.integer)
            var arrays = columns.map { PostgresArray($0.kind.inArrays) }
            var bytes = 0
            while index < count, index - first < Self.rowsLimit, bytes < Self.bytesLimit {
                writer.removeAll()
                write(index, &writer)
                for (column, value) in writer.values.enumerated() { bytes += arrays[column].append(value) }
                if isNumbered { numbers.append(Int64(index - first)) }
                index += 1
            }
            pieces.append(
                Piece(
                    sql: sql, parameters: (isNumbered ? [.array(numbers)] : []) + arrays.map { .array($0) },
                    first: first,
                    count: index - first))
        }
        return pieces
    }

    private func singles(
        _ sql: String, _ columns: [Column], _ count: Int, _ write: (Int, inout ColumnWriter) -> Void
    ) -> [Piece] {
        var writer = ColumnWriter()
        return (0..<count).map { index in
            writer.removeAll()
            write(index, &writer)
            let parameters = zip(columns, writer.values).map { column, value in
                value == .null ? .null(column.kind.type) : PostgresParameter(value)
            }
            return Piece(sql: sql, parameters: parameters, first: index, count: 1)
        }
    }
}

extension Column.Kind {
    fileprivate var inArrays: PostgresArray.Element {
        switch self {
        case .integer: .integer
        case .text: .text
        case .bytes: .bytes
        }
    }

    fileprivate var type: PostgresType {
        switch self {
        case .integer: .integer
        case .text: .text
        case .bytes: .bytes
        }
    }
}

extension PostgresArray {
    /// Appends a value of its kind; gives back about how many bytes that takes.
    fileprivate mutating func append(_ value: SQLValue) -> Int {
        switch value {
        case .null: appendNull()
        case .integer(let value): append(value)
        case .text(let text):
            append(text)
            return 16 + text.utf8.count
        case .bytes(let bytes):
            append(bytes)
            return 16 + 2 * bytes.count
        }
        return 16
    }
}

extension PostgresParameter {
    init(_ value: SQLValue) {
        self =
            switch value {
            case .null: .null(.unspecified)
            case .integer(let value): .integer(value)
            case .text(let text): .text(text)
            case .bytes(let bytes): .bytes(bytes)
            }
    }
}
