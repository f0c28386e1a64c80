internal import Journal

/// The one row that every group commit changes. Where several processes write, they take turns by it: a group commit begins
/// with locking it.
struct LogHeadRow: StoredRow, Equatable {
    static let table = Table(
        "log_head", key: [.text("head_name")],
        values: [.integer("log_size"), .integer("sealed_unix_us"), .bytes("token")])

    /// There is only this one.
    static let name = "log"

    let key: String
    /// How many entries the log has.
    let size: UInt64
    /// What the log has come to.
    let instant: LogInstant
    /// Random, of each group commit another: tells whether one took place.
    let token: [UInt8]

    init(size: UInt64, instant: LogInstant, token: [UInt8]) {
        key = Self.name
        self.size = size
        self.instant = instant
        self.token = token
    }

    init(key: String, values columns: inout ColumnReader) throws(StorageError) {
        self.key = key
        size = try columns.number()
        instant = LogInstant(unixMicroseconds: try columns.integer())
        token = try columns.bytes()
    }

    func writeValues(to columns: inout ColumnWriter) {
        columns.add(.number(size))
        columns.add(.integer(max(instant.unixMicroseconds, 0)))
        columns.add(.bytes(token))
    }

    static var missing: StorageError {
        StorageError(
            .ioFailure,
            "the store's log has no head any more: the store was moved, or another program changed it. Nothing is taken in; "
                + "start again with the store that goes on (store.url)")
    }

    static func makeToken() -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<2).flatMap { _ in withUnsafeBytes(of: generator.next(), Array.init) }
    }
}

/// How far others have brought the log.
struct LogAdvance {
    let head: LogHeadRow
    /// The group commits beyond what was known, in order.
    let groups: [LogGroupRow]
}
