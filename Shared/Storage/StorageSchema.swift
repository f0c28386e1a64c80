internal import Journal

/// Storage's own tables, in every store beside the service's.
enum StorageSchema {
    /// Where versions are kept: made before any migration.
    static let bootstrap = [
        settings, Table("schema_version", key: [.text("component")], values: [.integer("version")]),
    ]

    /// The first table that is made: where it is, a store is, or is being made.
    static let settings = Table("store_setting", key: [.text("name")], values: [.text("value")])

    static let migrations = [
        Migration(
            version: 1, name: "log and cursors",
            tables: [
                LogEntryRow.table, LogGroupRow.table, LogTileRow.table, LogHeadRow.table, FollowedLogRow.table,
            ])
    ]
}

/// What a store is: written once, when it is made, and compared each time it is opened.
struct StoreSettings {
    var epoch: JournalEpoch
    /// Those that it was renewed from, by the operator's word.
    var renewedFrom: [JournalEpoch] = []

    /// Where a store was moved to, in the one that was left behind.
    static let movedSetting = "moved_to"
    /// The epochs before this one, parted by spaces.
    static let renewedSetting = "renewed_from"
    /// Where a copy is from, until it is whole.
    static let unfinishedSetting = "copied_from"
    /// The epoch that a store is given, until it has it.
    static let renewingSetting = "renewing_to"
    /// Of what instant a backup is, in microseconds since 1970-01-01T00:00:00Z: it is no store.
    static let backupSetting = "backup_of"
    private static let trustDomainSetting = "trust_domain"

    /// Makes the settings of a new store, or checks those of one that is there against `options`.
    static func establish(_ options: StoreOptions, on connection: any DriverConnection) throws -> StoreSettings {
        var stored = try connection.settings()
        if stored.isEmpty {
            do {
                return try make(options, on: connection)
            } catch let error as StorageError where error.code == .conflict {
                // Another process, which began at the same time, has just done it.
                stored = try connection.settings()
            }
        }
        let settings = try check(stored, against: options)
        if let domain = options.trustDomain { try claim(for: domain, options, stored, on: connection) }
        return settings
    }

    /// One that was never claimed is of the suite that opens it first.
    private static func claim(
        for domain: String, _ options: StoreOptions, _ stored: [String: String], on connection: any DriverConnection
    ) throws {
        var owner = stored[trustDomainSetting]
        if owner == nil {
            do {
                return try connection.set(trustDomainSetting, domain)
            } catch let error as StorageError where error.code == .conflict {
                owner = try connection.settings()[trustDomainSetting]
            }
        }
        guard owner == domain else {
            throw StorageError(
                .mismatch,
                "belongs to the suite of trust domain \(owner ?? ""), and this program's certificate is of \(domain): name a "
                    + "store of its own (\(options.place.setting)), or give it a certificate of that suite (tls.certificate)"
            )
        }
    }

    private static func make(_ options: StoreOptions, on connection: any DriverConnection) throws -> StoreSettings {
        let epoch = options.makeEpoch()
        try connection.inTransaction {
            try connection.set("service", options.service)
            try connection.set("epoch", epoch.hexadecimal)
            try connection.set("rehearsal", "\(options.isRehearsal)")
            if let key = options.logKey { try connection.set("log_key", key.text) }
            if let domain = options.trustDomain { try connection.set(trustDomainSetting, domain) }
        }
        return StoreSettings(epoch: epoch)
    }

    /// Checks that it is a whole store of the service.
    static func check(_ stored: [String: String], belongsTo options: StoreOptions) throws {
        let remedy = options.place.setting
        guard let service = stored["service"] else {
            throw StorageError(.damaged, "has lost what service it belongs to: restore it from a backup")
        }
        if let place = stored[movedSetting] {
            throw StorageError(
                .mismatch,
                "was moved to \(place), which goes on from it: name that one (store.path or store.url), or its reports would "
                    + "have two histories")
        }
        if let place = stored[unfinishedSetting] {
            throw StorageError(
                .mismatch,
                "holds a part of \(place): a copy or restore was interrupted; remove the file and those named -wal and -shm, or "
                    + "make the database anew, empty, and do it again")
        }
        guard stored[renewingSetting] == nil else {
            throw StorageError(
                .mismatch,
                "is being given a new epoch, which was not finished: run 'store renew' again with the same words")
        }
        guard stored[backupSetting] == nil else {
            throw StorageError(.mismatch, "is a backup, and no store: put it back with 'store restore'")
        }
        // The first version's journal had partitions, and receipts of another form.
        guard stored["partition_count"] == nil else {
            throw StorageError(
                .mismatch,
                "was made by an earlier version, whose journal and receipts were others: keep it with that version's "
                    + "programs, and name another store (\(remedy)) for this one")
        }
        guard service == options.service else {
            throw StorageError(
                .mismatch,
                "belongs to the service \(service), not to \(options.service): give each service a store of its own "
                    + "(\(remedy))")
        }
    }

    private static func check(_ stored: [String: String], against options: StoreOptions) throws -> StoreSettings {
        try check(stored, belongsTo: options)
        let remedy = options.place.setting
        guard stored["rehearsal"] == "\(options.isRehearsal)" else {
            throw StorageError(
                .mismatch,
                options.isRehearsal
                    ? "holds real reports and was about to be opened under a rehearsal clock: remove "
                        + "rehearsal.clockStartsAt, or name another store (\(remedy))"
                    : "was made in a rehearsal and is never used for real reports: set rehearsal.clockStartsAt, or name "
                        + "another store (\(remedy))")
        }
        // Checkpoints, and receipts that were given out, verify against no other key.
        guard stored["log_key"] == options.logKey?.text else {
            throw StorageError(
                .mismatch,
                "store.signingKey: not the key that this store's journal was signed with; put that one back")
        }
        let earlier = (stored[renewedSetting] ?? "").split(separator: " ")
        return StoreSettings(
            epoch: try epoch(stored), renewedFrom: earlier.compactMap { JournalEpoch(hexadecimal: String($0)) })
    }

    static func epoch(_ stored: [String: String]) throws(StorageError) -> JournalEpoch {
        try epoch(hexadecimal: stored["epoch"] ?? "")
    }

    static func epoch(hexadecimal text: String) throws(StorageError) -> JournalEpoch {
        guard let epoch = JournalEpoch(hexadecimal: text) else {
            throw StorageError(.damaged, "has lost its epoch: restore it from a backup")
        }
        return epoch
    }
}

extension DriverConnection {
    func settings() throws -> [String: String] {
        var settings: [String: String] = [:]
        try forEach("SELECT name, value FROM store_setting", []) { settings[try $0.text(0)] = try $0.text(1) }
        return settings
    }

    func set(_ name: String, _ value: String) throws {
        try execute("INSERT INTO store_setting (name, value) VALUES (?, ?)", [.text(name), .text(value)])
    }

    func remove(_ name: String) throws { try execute("DELETE FROM store_setting WHERE name = ?", [.text(name)]) }

    /// In a transaction.
    func replace(_ name: String, _ value: String) throws {
        try remove(name)
        try set(name, value)
    }
}

extension JournalEpoch {
    /// 32 hexadecimal digits.
    var hexadecimal: String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    init?(hexadecimal: String) {
        let digits = Array(hexadecimal.utf8).compactMap { Character(UnicodeScalar($0)).hexDigitValue.map(UInt8.init) }
        guard digits.count == hexadecimal.utf8.count, digits.count == 2 * JournalEpoch.byteCount else { return nil }
        self.init(stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
    }
}
