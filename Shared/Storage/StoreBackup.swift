internal import Journal

/// Writes all of a store into one file, while its service runs or not, on both engines alike: every row of every table as of
/// one moment, with a manifest. The file is SQLite's; no service opens it.
///
/// The store is only read, beside whoever has it open: a group commit waits for nothing. What is written meanwhile stays in
/// an SQLite store's WAL until the backup has ended.
public struct StoreBackup: Sendable {
    private static let pageRows = 500

    private let options: StoreOptions
    private let path: String
    private let keys: @Sendable (_ settings: [String: String], ReadTransaction) throws -> [BackupManifest.Key]
    private let progress: @Sendable (_ table: String, _ rowCount: Int) -> Void

    /// - Parameters:
    ///   - path: the file that is made.
    ///   - keys: what keys a store with these settings, and with what can be read of it, needs.
    ///   - progress: is told now and then how many rows of a table are written.
    public init(
        of place: StorePlace, to path: String, service: String, migrations: [Migration],
        synchronous: StoreOptions.Synchronous = .full, wallClock: @escaping @Sendable () -> Int64,
        keys: @escaping @Sendable (_ settings: [String: String], ReadTransaction) throws -> [BackupManifest.Key] = {
            _, _ in []
        },
        progress: @escaping @Sendable (_ table: String, _ rowCount: Int) -> Void = { _, _ in }
    ) {
        options = StoreOptions(
            place, service: service, migrations: migrations, synchronous: synchronous, wallClock: wallClock)
        self.path = path
        self.keys = keys
        self.progress = progress
    }

    /// Errors name the store or the file.
    public func run() async throws -> BackupManifest {
        switch options.place {
        case .file(let store):
            return try await options.place.naming {
                guard StoreFile.isThere(store) else {
                    throw StorageError(.cannotOpen, "is not there: name the store that is to be backed up")
                }
                return try SQLiteFile.read(store) { try write(from: $0) }
            }
        case .database:
            return try await options.place.naming {
                let driver = try Store.driver(options)
                defer { driver.close() }
                return try await driver.read { try write(from: $0) }
            }
        }
    }

    /// All of what a connection sees at one moment.
    private func write(from source: any DriverConnection) throws -> BackupManifest {
        let settings = try StoreSettings.whole(options, source)
        let taken = try options.wallClock()
        let last = try source.lastLogGroup()
        let keys = try keys(settings, ReadTransaction(connection: source))
        let epoch = try StoreSettings.epoch(settings)
        return try naming {
            try SQLiteFile.make(path) { target in
                var parts: [BackupManifest.Part] = []
                try target.inTransaction {
                    for table in StorageSchema.bootstrap + BackupManifest.tables { try target.make(table) }
                    for (name, value) in settings { try target.set(name, value) }
                    try target.set(StoreSettings.backupSetting, "\(taken)")
                    for (component, version) in options.versions {
                        try target.execute(
                            "INSERT INTO schema_version (component, version) VALUES (?, ?)",
                            [.text(component.rawValue), .number(version)])
                    }
                }
                for table in options.tables {
                    try target.make(table)
                    parts.append(try copy(table, from: source, to: target))
                }
                let manifest = BackupManifest(
                    service: options.service, takenUnixMicroseconds: taken, epoch: epoch, entryCount: last?.size ?? 0,
                    checkpoint: last?.checkpoint, parts: parts, keys: keys)
                try target.inTransaction { try manifest.write(to: target) }
                return manifest
            }
        }
    }

    private func naming<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as StorageError where error.code == .cannotOpen || error.code == .full {
            throw StorageError(error.code, "backup \(path): \(error.message)", detail: error.detail)
        }
    }

    private func copy(
        _ table: Table, from source: any DriverConnection, to target: any DriverConnection
    ) throws -> BackupManifest.Part {
        try table.digestingRows(pageRows: Self.pageRows, on: source, progress: progress) { rows in
            try target.inTransaction { try table.insert(rows, on: target) }
        }
    }
}
