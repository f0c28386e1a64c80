internal import Journal

/// Moves a store from one place to another, between engines or not: every row of every table as it is, then the log is
/// verified where it came to, and the place that was left says where it went.
///
/// The same epoch goes on there, with the same receipts. Nothing may write to the store meanwhile: a file is locked; of a
/// database it is noticed, and the copy fails.
public struct StoreCopy: Sendable {
    /// What was copied.
    public struct Summary: Sendable, Hashable {
        public var rowCount = 0
        /// Of the log, all of which were verified.
        public var entryCount: UInt64 = 0
        /// The log's head, a signed note; `nil` for a store without a log.
        public var checkpoint: String?
    }

    /// What goes into one transaction.
    private static let pageRows = 500

    private let from: StoreOptions
    private let to: StoreOptions
    private var tables: [Table] { (StorageSchema.migrations + from.migrations).flatMap(\.tables) }

    /// - Parameter migrations: the service's.
    public init(
        from: StorePlace, to: StorePlace, service: String, migrations: [Migration],
        synchronous: StoreOptions.Synchronous = .full
    ) {
        self.from = Self.options(from, service, migrations, synchronous)
        self.to = Self.options(to, service, migrations, synchronous)
    }

    private static func options(
        _ place: StorePlace, _ service: String, _ migrations: [Migration], _ synchronous: StoreOptions.Synchronous
    ) -> StoreOptions {
        var options = StoreOptions(place, service: service, migrations: migrations, wallClock: { 0 })
        options.synchronous = synchronous
        return options
    }

    /// Copies, verifies and marks. Errors name the place that they are about; whatever fails, the store that is left stays
    /// what it was, and the other one is refused by the service until it was made anew.
    public func run() async throws -> Summary {
        let source = try await Self.naming(from.place) {
            if case .file(let path) = from.place, !StoreFile.isThere(path) {
                throw StorageError(.cannotOpen, "is not there: name the store that is to be moved")
            }
            return try Store.driver(from)
        }
        defer { source.close() }
        let target = try await Self.naming(to.place) { try Store.driver(to) }
        defer { target.close() }
        let (settings, head) = try await Self.naming(from.place) { try await look(at: source) }
        try await Self.naming(to.place) { try target.withWriter { try begin(on: $0, settings) } }
        var summary = Summary()
        for table in tables { summary.rowCount += try await copy(table, from: source, to: target) }
        summary.checkpoint = try await source.read { try $0.lastLogGroup()?.checkpoint }
        // Of what was written meanwhile a part may have come over: nobody is to think that the copy is damaged.
        try await Self.naming(from.place) {
            try Self.check(try await source.read { try $0.row(LogHeadRow.self, LogHeadRow.name) }, isStill: head)
        }
        if let checkpoint = summary.checkpoint {
            summary.entryCount = try await Self.naming(to.place) { try await verify(target, checkpoint, settings) }
        }
        // The store goes on at one place: first it is left here, then it may be opened there.
        try await Self.naming(from.place) { try source.withWriter { try leave($0, head) } }
        try await Self.naming(to.place) { try target.withWriter { try finish(on: $0, settings) } }
        return summary
    }

    private static func naming<Value>(_ place: StorePlace, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as StorageError {
            throw StorageError(error.code, "store \(place): \(error.message)", detail: error.detail)
        }
    }

    // MARK: Where it is

    private func look(at source: any StoreDriver) async throws -> ([String: String], LogHeadRow?) {
        try await source.read { [from] connection in
            guard try connection.hasTable("store_setting") else {
                throw StorageError(.mismatch, "holds no store: name the one that is to be moved")
            }
            let settings = try connection.settings()
            try StoreSettings.check(settings, belongsTo: from)
            for (component, migrations) in [
                (Migration.Component.storage, StorageSchema.migrations), (.service, from.migrations),
            ] {
                let version = try Migration.version(of: component, connection) ?? 0
                guard version == migrations.count else {
                    throw StorageError(
                        .mismatch,
                        "has schema version \(version) of \(component.rawValue), this program knows \(migrations.count): "
                            + "start the service with it once, then move it")
                }
            }
            return (settings, try connection.row(LogHeadRow.self, LogHeadRow.name))
        }
    }

    private static func check(_ now: LogHeadRow?, isStill head: LogHeadRow?) throws {
        guard now == head else {
            throw StorageError(
                .busy, "was written to while it was copied: stop the service, make the other place anew, and try again")
        }
    }

    private func leave(_ connection: any DriverConnection, _ head: LogHeadRow?) throws {
        try connection.inTransaction {
            try Self.check(try connection.lockedHead(), isStill: head)
            try connection.set(StoreSettings.movedSetting, "\(to.place)")
            // Whoever has the store open all the same begins no group commit any more.
            try connection.make(.deleting(LogHeadRow.self, [LogHeadRow.name]))
        }
    }

    // MARK: Where it goes

    private func begin(on connection: any DriverConnection, _ settings: [String: String]) throws {
        if try connection.hasTable(StorageSchema.settings.name) {
            try StoreSettings.check(connection.settings(), belongsTo: to)
            throw StorageError(.mismatch, "is not empty: name a file or a database that is")
        }
        try connection.refuseForeignTables(tables)
        for table in StorageSchema.bootstrap { try connection.make(table) }
        try connection.set("service", settings["service"] ?? "")
        try connection.set(StoreSettings.unfinishedSetting, "\(from.place)")
        for table in tables { try connection.make(table) }
    }

    private func finish(on connection: any DriverConnection, _ settings: [String: String]) throws {
        try connection.inTransaction {
            try connection.execute(
                "DELETE FROM store_setting WHERE name = ?", [.text(StoreSettings.unfinishedSetting)])
            for (name, value) in settings where name != "service" { try connection.set(name, value) }
            for (component, migrations) in [
                (Migration.Component.storage, StorageSchema.migrations), (.service, to.migrations),
            ] {
                try connection.execute(
                    "INSERT INTO schema_version (component, version) VALUES (?, ?)",
                    [.text(component.rawValue), .number(migrations.count)])
            }
        }
    }

    /// In pages, each a transaction.
    private func copy(_ table: Table, from source: any StoreDriver, to target: any StoreDriver) async throws -> Int {
        let columns = table.key + table.values
        let names = columns.map(\.name).joined(separator: ", ")
        let key = table.key.map(\.name).joined(separator: ", ")
        let places = table.key.map { _ in "?" }.joined(separator: ", ")
        let first = "SELECT \(names) FROM \(table.name) ORDER BY \(key) LIMIT ?"
        let further = "SELECT \(names) FROM \(table.name) WHERE (\(key)) > (\(places)) ORDER BY \(key) LIMIT ?"
        var count = 0
        var last: [SQLValue] = []
        while true {
            let rows = try await Self.naming(from.place) {
                try await source.read { [last] connection in
                    try connection.all(
                        last.isEmpty ? first : further, last + [.number(Self.pageRows)]
                    ) { row in
                        try columns.enumerated().map { try row.value($0.offset, $0.element) }
                    }
                }
            }
            guard let end = rows.last else { return count }
            count += rows.count
            last = Array(end.prefix(table.key.count))
            try await Self.naming(to.place) {
                try target.withWriter { connection in
                    try connection.inTransaction {
                        try connection.make(
                            RowChanges(kind: .insert, table: table, count: rows.count) { index, writer in
                                for value in rows[index] { writer.add(value) }
                            })
                    }
                }
            }
        }
    }

    /// Under the key that the store was made with.
    private func verify(
        _ target: any StoreDriver, _ checkpoint: String, _ settings: [String: String]
    ) async throws -> UInt64 {
        guard let signed = try? SignedCheckpoint(parsing: Array(checkpoint.utf8)),
            let key = try await target.logKey(settings, to.service)
        else { throw StorageError(.journalBroken, "the log's last checkpoint is damaged") }
        return try await target.verifyLog(end: signed.checkpoint.size, key: key).entryCount
    }
}

extension Row {
    /// A column as it is.
    func value(_ index: Int, _ column: Column) throws -> SQLValue {
        if isNull(index) { return .null }
        return switch column.kind {
        case .integer: .integer(try integer(index))
        case .text: .text(try text(index))
        case .bytes: .bytes(try bytes(index))
        }
    }
}
