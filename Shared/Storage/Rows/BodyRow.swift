/// A table whose rows are a code and an encoded message.
public protocol BodyTable: Sendable {
    static var table: Table { get }
}

extension BodyTable {
    /// Such a table.
    public static func bodies(in name: String) -> Table {
        Table(name, key: [.text("code")], values: [.bytes("body")])
    }
}

/// A row that is a code and an encoded message.
public struct BodyRow<Bodies: BodyTable>: StoredRow {
    public static var table: Table { Bodies.table }

    public let key: String
    public let body: [UInt8]

    public init(_ code: String, body: [UInt8]) {
        key = code
        self.body = body
    }

    public init(key: String, values columns: inout ColumnReader) throws(StorageError) {
        self.init(key, body: try columns.bytes())
    }

    public func writeValues(to columns: inout ColumnWriter) { columns.add(.bytes(body)) }
}
