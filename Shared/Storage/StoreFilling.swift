internal import Journal

// Whole rows of a table, whatever they mean: for a store that is moved, backed up or put back.

extension Table {
    /// Its rows behind the key `last` in the order of their keys, at most so many; from the first one where it is empty.
    func rows(
        after last: [SQLValue], limit: Int, on connection: any DriverConnection
    ) throws -> [[SQLValue]] {
        let columns = key + values
        let names = columns.map(\.name).joined(separator: ", ")
        let keyNames = key.map(\.name).joined(separator: ", ")
        let places = key.map { _ in "?" }.joined(separator: ", ")
        let beyond = last.isEmpty ? "" : "WHERE (\(keyNames)) > (\(places)) "
        return try connection.all(
            "SELECT \(names) FROM \(name) \(beyond)ORDER BY \(keyNames) LIMIT ?", last + [.number(limit)]
        ) { row in
            try columns.enumerated().map { try row.value($0.offset, $0.element) }
        }
    }

    /// Has `take` take all of its rows, a page of them at a time, and digests them. `progress` is told of each page.
    func digestingRows(
        pageRows: Int, on connection: any DriverConnection, progress: (String, Int) -> Void,
        take: ([[SQLValue]]) throws -> Void
    ) throws -> BackupManifest.Part {
        var digest = RowsDigest()
        var last: [SQLValue] = []
        while true {
            let rows = try rows(after: last, limit: pageRows, on: connection)
            guard let end = rows.last else { return digest.part(of: self) }
            for row in rows { digest.add(row) }
            try take(rows)
            last = key(of: end)
            progress(name, digest.rowCount)
        }
    }

    /// The key of a row.
    func key(of row: [SQLValue]) -> [SQLValue] { Array(row.prefix(key.count)) }

    /// Adds rows, in the transaction that was begun.
    func insert(_ rows: [[SQLValue]], on connection: any DriverConnection) throws {
        try connection.make(
            RowChanges(kind: .insert, table: self, count: rows.count) { index, writer in
                for value in rows[index] { writer.add(value) }
            })
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

extension StorePlace {
    /// Has errors of `body` name the place.
    func naming<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as StorageError {
            throw StorageError(error.code, "store \(self): \(error.message)", detail: error.detail)
        }
    }
}

extension StoreOptions {
    /// All of a store's tables but those that say what it is.
    var tables: [Table] { (StorageSchema.migrations + migrations).flatMap(\.tables) }

    init(
        _ place: StorePlace, service: String, migrations: [Migration], synchronous: Synchronous,
        wallClock: @escaping @Sendable () -> Int64 = { 0 },
        makeEpoch: @escaping @Sendable () -> JournalEpoch = StoreOptions.randomEpoch
    ) {
        self.init(place, service: service, migrations: migrations, wallClock: wallClock, makeEpoch: makeEpoch)
        self.synchronous = synchronous
    }
}

/// A place that is made a store out of another one's rows. Until ``finish(_:on:)`` no service opens it.
struct StoreFilling {
    let options: StoreOptions

    /// - Parameter origin: what the rows are from, for whoever finds it unfinished.
    func begin(from origin: String, on connection: any DriverConnection) throws {
        if try connection.hasTable(StorageSchema.settings.name) {
            try StoreSettings.check(connection.settings(), belongsTo: options)
            throw StorageError(.mismatch, "is not empty: name a file or a database that is")
        }
        try connection.refuseForeignTables(options.tables)
        for table in StorageSchema.bootstrap { try connection.make(table) }
        try connection.set("service", options.service)
        try connection.set(StoreSettings.unfinishedSetting, origin)
        for table in options.tables { try connection.make(table) }
    }

    /// Checks the log under the key that the store was made with.
    func verify(
        _ driver: any StoreDriver, _ checkpoint: String, _ settings: [String: String]
    ) async throws -> UInt64 {
        guard let signed = try? SignedCheckpoint(parsing: Array(checkpoint.utf8)),
            let publicKey = settings["log_key"].flatMap({ Base64.decode(Array($0.utf8)[...]) }),
            let key = try? NoteKey(name: signed.checkpoint.origin, publicKey: publicKey, journalSHA256)
        else { throw StorageError(.journalBroken, "the log's last checkpoint is damaged") }
        return try await driver.verifyLog(end: signed.checkpoint.size, key: key).entryCount
    }

    /// Makes it a store with these settings. `also`: what else is to be so at the same moment.
    func finish(
        _ settings: [String: String], on connection: any DriverConnection, also: () throws -> Void = {}
    ) throws {
        try connection.inTransaction {
            try connection.remove(StoreSettings.unfinishedSetting)
            for (name, value) in settings where name != "service" { try connection.set(name, value) }
            for (component, version) in options.versions {
                try connection.execute(
                    "INSERT INTO schema_version (component, version) VALUES (?, ?)",
                    [.text(component.rawValue), .number(version)])
            }
            try also()
        }
    }
}

extension StoreOptions {
    /// Of the schema that this program has.
    var versions: [(Migration.Component, Int)] {
        [(.storage, StorageSchema.migrations.count), (.service, migrations.count)]
    }
}

extension StoreSettings {
    /// The settings of a store of that service with the schema that this program has, or why it is none.
    static func whole(
        _ options: StoreOptions, _ connection: any DriverConnection, mayBeHalfRenewed: Bool = false,
        isBackup: Bool = false
    ) throws -> [String: String] {
        guard try connection.hasTable(StorageSchema.settings.name) else {
            throw StorageError(.mismatch, "holds no store: name one that does")
        }
        var settings = try connection.settings()
        if isBackup { settings[backupSetting] = nil }
        try check(
            mayBeHalfRenewed ? settings.filter { $0.key != renewingSetting } : settings, belongsTo: options)
        for (component, known) in options.versions {
            let version = try Migration.version(of: component, connection) ?? 0
            guard version == known else {
                throw StorageError(
                    .mismatch,
                    "has schema version \(version) of \(component.rawValue), this program knows \(known): "
                        + "start the service with it once, then try again")
            }
        }
        return settings
    }
}
