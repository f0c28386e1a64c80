/// Makes a store of a backup, at an empty place of whichever engine, in a new epoch: what came after the backup may have been
/// acknowledged, and is not here.
///
/// Every row goes back and is held against the manifest's digests, the log is verified, then ``StoreRenewal`` lets it go on.
/// Whatever stops it in between, no service opens what is there.
public struct StoreRestore: Sendable {
    private static let pageRows = 500

    private let path: String
    private let place: StorePlace
    private let options: StoreOptions
    private let prepare: @Sendable (BackupManifest) throws -> Void
    private let makeRenewal: @Sendable () throws -> StoreRenewal
    private let progress: @Sendable (_ table: String, _ rowCount: Int) -> Void

    /// - Parameters:
    ///   - path: the backup.
    ///   - prepare: sees to the keys that the backup needs, before anything is written.
    ///   - renewal: gives `place`, once it is filled, its new epoch; asked only for a store whose log has entries, before
    ///     anything is written.
    ///   - progress: is told now and then how many rows of a table are written.
    public init(
        from path: String, to place: StorePlace, service: String, migrations: [Migration],
        synchronous: StoreOptions.Synchronous = .full,
        prepare: @escaping @Sendable (BackupManifest) throws -> Void = { _ in },
        renewal: @escaping @Sendable () throws -> StoreRenewal,
        progress: @escaping @Sendable (_ table: String, _ rowCount: Int) -> Void = { _, _ in }
    ) {
        self.path = path
        self.place = place
        options = StoreOptions(place, service: service, migrations: migrations, synchronous: synchronous)
        self.prepare = prepare
        makeRenewal = renewal
        self.progress = progress
    }

    /// What was restored, and how it goes on; no renewal for a store without a log. Errors name the file or the place.
    public func run() async throws -> (manifest: BackupManifest, renewal: StoreRenewal.Summary?) {
        let (manifest, settings) = try inBackup { connection in
            let manifest = try BackupManifest(from: connection)
            guard manifest.service == options.service else {
                throw StorageError(
                    .mismatch, "is a backup of \(manifest.service), not of \(options.service): name another file")
            }
            return (manifest, try StoreSettings.whole(options, connection, isBackup: true))
        }
        // Before a key is put beside it.
        try await place.naming {
            if case .file(let file) = place, StoreFile.isThere(file) {
                throw StorageError(
                    .mismatch,
                    "is there already: name a place where nothing is, or remove it (and those named -wal and -shm) if it is what "
                        + "an interrupted restore left")
            }
        }
        try prepare(manifest)
        // An empty log has nothing that a new epoch could go on from.
        let renewal = manifest.checkpoint == nil ? nil : try makeRenewal()
        try await place.naming {
            if case .file(let file) = place { SQLiteFile.removeRemains(of: file) }
            try await fill(manifest, settings)
        }
        return (manifest, try await renewal?.run())
    }

    private func fill(_ manifest: BackupManifest, _ settings: [String: String]) async throws {
        let target = try Store.driver(options)
        defer { target.close() }
        let filling = StoreFilling(options: options)
        try target.withWriter { try filling.begin(from: "the backup \(path)", on: $0) }
        var parts: [BackupManifest.Part] = []
        try inBackup { source in
            for table in options.tables { parts.append(try copy(table, from: source, to: target)) }
        }
        guard parts.sorted(by: { $0.table < $1.table }) == manifest.parts else {
            let changed = parts.filter { !manifest.parts.contains($0) }.map(\.table).joined(separator: ", ")
            throw StorageError(
                .damaged,
                "is not what the backup \(path) was when it was made: other rows in \(changed); take another backup")
        }
        if let checkpoint = manifest.checkpoint {
            guard try await filling.verify(target, checkpoint, settings) == manifest.entryCount else {
                throw StorageError(.journalBroken, "the backup \(path) has not all entries of its journal")
            }
        }
        try target.withWriter { connection in
            try filling.finish(settings, on: connection) {
                guard manifest.checkpoint != nil else { return }
                // From here on it is a store that is half renewed.
                try StoreRenewal.mark(connection, as: options.makeEpoch())
            }
        }
    }

    private func copy(
        _ table: Table, from source: any DriverConnection, to target: any StoreDriver
    ) throws -> BackupManifest.Part {
        try table.digestingRows(pageRows: Self.pageRows, on: source, progress: progress) { rows in
            try target.withWriter { connection in
                try connection.inTransaction { try table.insert(rows, on: connection) }
            }
        }
    }

    private func inBackup<Value>(_ body: (any DriverConnection) throws -> Value) throws -> Value {
        guard StoreFile.isThere(path) else {
            throw StorageError(.cannotOpen, "backup \(path): is not there: name the file that 'store backup' made")
        }
        do {
            return try SQLiteFile.read(path, body)
        } catch let error as StorageError where !error.message.contains(path) {
            throw StorageError(error.code, "backup \(path): \(error.message)", detail: error.detail)
        }
    }
}
