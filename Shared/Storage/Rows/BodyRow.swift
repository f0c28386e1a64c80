/// A row that is a code and an encoded message.
public protocol BodyRow: StoredRow where Key == String {
    var body: [UInt8] { get }
    init(_ code: String, body: [UInt8])
}

extension BodyRow {
    public init(key: String, values columns: inout ColumnReader) throws(StorageError) {
        self.init(key, body: try columns.bytes())
    }

    public func writeValues(to columns: inout ColumnWriter) { columns.add(.bytes(body)) }

    /// Such a table.
    public static func bodies(in name: String) -> Table {
        Table(name, key: [.text("code")], values: [.bytes("body")])
    }
}
