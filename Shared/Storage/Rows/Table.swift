public import Journal

/// A column of a table: what SQLite and PostgreSQL have in common.
public struct Column: Sendable, Hashable {
    public enum Kind: String, Sendable {
        case integer = "BIGINT"
        /// UTF-8 without NUL, compared by its bytes.
        case text = "TEXT"
        case bytes = "BYTEA"
    }

    public let name: String
    public let kind: Kind
    /// May be NULL. Never a column of a key.
    public let isOptional: Bool

    public static func integer(_ name: String, optional: Bool = false) -> Column {
        Column(name: name, kind: .integer, isOptional: optional)
    }

    public static func text(_ name: String, optional: Bool = false) -> Column {
        Column(name: name, kind: .text, isOptional: optional)
    }

    public static func bytes(_ name: String, optional: Bool = false) -> Column {
        Column(name: name, kind: .bytes, isOptional: optional)
    }

}

/// A table, described once: what makes it, and what loads and changes its rows, follows from this on each engine.
///
/// Names are lower-case and no words that a database reserves. Make keys grow with time where rows are many: a table is
/// clustered on its key, unless it says otherwise (``Order``).
public struct Table: Sendable {
    /// How rows lie in a file of this program's own; a database has its own ways.
    public enum Order: Sendable {
        /// Clustered on the key.
        case ofKeys
        /// As they come, with an index of keys beside them. For long rows whose keys come in any order: what changes beside
        /// the last page are pages of an index, in each of which there are many keys.
        case ofArrival
    }

    public let name: String
    /// The primary key, 1 to 8 columns.
    public let key: [Column]
    public let values: [Column]
    /// Columns that rows are looked for by, beside the key.
    let indices: [[String]]
    let order: Order

    /// Made once, since statements are found again by their text.
    let selectValues: String
    let insertRow: String
    let updateRow: String
    let deleteRow: String

    /// - Parameter indices: names of columns, several for an index of several; at most one index begins with a column.
    public init(
        _ name: String, key: [Column], values: [Column], indices: [[String]] = [], order: Order = .ofKeys
    ) {
        precondition((1...8).contains(key.count), "table \(name): a key has 1 to 8 columns")
        precondition(!key.contains(where: \.isOptional), "table \(name): a column of a key is never NULL")
        self.name = name
        self.key = key
        self.values = values
        self.indices = indices
        self.order = order
        let condition = "WHERE " + key.map { "\($0.name) = ?" }.joined(separator: " AND ")
        let names = (key + values).map(\.name)
        let loaded = values.isEmpty ? "1" : values.map(\.name).joined(separator: ", ")
        selectValues = "SELECT \(loaded) FROM \(name) \(condition)"
        insertRow =
            "INSERT INTO \(name) (\(names.joined(separator: ", "))) "
            + "VALUES (\(names.map { _ in "?" }.joined(separator: ", ")))"
        // Arguments come in the order of a row, the key first.
        updateRow =
            "UPDATE \(name) SET \(Self.numbered(values, from: key.count)) WHERE \(Self.numbered(key, from: 0, " AND "))"
        deleteRow = "DELETE FROM \(name) \(condition)"
    }

    private static func numbered(_ columns: [Column], from first: Int, _ separator: String = ", ") -> String {
        columns.enumerated().map { "\($1.name) = ?\($0 + first + 1)" }.joined(separator: separator)
    }

    /// What makes it.
    ///
    /// - Parameters:
    ///   - again: does nothing where it is there already.
    ///   - text: how the engine writes the type of a text that is compared by its bytes.
    ///   - integerKey: the same of a key that is one integer.
    ///   - clustering: what follows the columns, so that rows lie in the order of their keys.
    func creation(
        again: Bool = false, text: String = "TEXT", integerKey: String = Column.Kind.integer.rawValue,
        clustering: String = ""
    ) -> [String] {
        let unless = again ? " IF NOT EXISTS" : ""
        let columns = (key + values).map { column in
            let kind =
                switch column.kind {
                case .text: text
                case .integer where key == [column]: integerKey
                case .integer, .bytes: column.kind.rawValue
                }
            return "\(column.name) \(kind)\(column.isOptional ? "" : " NOT NULL")"
        }
        let keyNames = key.map(\.name).joined(separator: ", ")
        return [
            "CREATE TABLE\(unless) \(name) (\(columns.joined(separator: ", ")), PRIMARY KEY (\(keyNames)))\(clustering)"
        ]
            + indices.map { columns in
                "CREATE INDEX\(unless) \(name)_by_\(columns[0]) ON \(name) (\(columns.joined(separator: ", ")))"
            }
    }
}

/// The key of a row, as its columns have it.
public protocol StoredKey: Hashable, Sendable {
    /// Adds each column of the table's key, in their order.
    func write(to columns: inout ColumnWriter)
}

/// A row of a table, as decisions read and change it.
public protocol StoredRow: Sendable {
    associatedtype Key: StoredKey

    static var table: Table { get }

    var key: Key { get }

    /// From the table's value columns, in their order. `.malformedData` when they hold something else.
    init(key: Key, values columns: inout ColumnReader) throws(StorageError)

    /// Adds each value column, in their order.
    func writeValues(to columns: inout ColumnWriter)
}

extension String: StoredKey {
    public func write(to columns: inout ColumnWriter) { columns.add(.text(self)) }
}

/// Takes the columns of a key or a row, one after the other.
public struct ColumnWriter {
    private(set) var values: [SQLValue] = []

    public mutating func add(_ value: SQLValue) { values.append(value) }

    mutating func removeAll() { values.removeAll(keepingCapacity: true) }
}

/// Gives the value columns of a row, one after the other. Each reader throws `.malformedData` when the column holds
/// something else.
public struct ColumnReader: ~Copyable {
    private let row: Row
    private var column: Int

    /// - Parameter first: where the row's columns begin.
    init(_ statement: any DriverStatement, from first: Int = 0) {
        row = Row(statement: statement)
        column = first
    }

    private mutating func next() -> Int {
        defer { column += 1 }
        return column
    }

    public mutating func integer() throws(StorageError) -> Int64 { try row.integer(next()) }

    public mutating func text() throws(StorageError) -> String { try row.text(next()) }

    public mutating func bytes() throws(StorageError) -> [UInt8] { try row.bytes(next()) }

    public mutating func flag() throws(StorageError) -> Bool { try row.flag(next()) }

    public mutating func hash() throws(StorageError) -> JournalHash { try row.hash(next()) }

    /// An integer that must fit `type`.
    public mutating func number<Number: FixedWidthInteger>(
        as type: Number.Type = Number.self
    ) throws(StorageError) -> Number {
        try row.number(next(), as: type)
    }

    public mutating func optionalInteger() throws(StorageError) -> Int64? { try row.optionalInteger(next()) }

    public mutating func optionalText() throws(StorageError) -> String? { try row.optionalText(next()) }

    public mutating func optionalBytes() throws(StorageError) -> [UInt8]? { try row.optionalBytes(next()) }
}
