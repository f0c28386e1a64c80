internal import Cryptography
public import Journal

/// What a backup says of itself, in its tables backup_manifest, backup_part and backup_key.
public struct BackupManifest: Sendable, Hashable {
    /// A table of the store.
    public struct Part: Sendable, Hashable {
        public var table: String
        public var rowCount: Int
        /// The root of an RFC 6962 tree whose leaves are the rows, in the order of their keys, each as the bytes of its columns.
        public var digest: JournalHash
    }

    /// A key without which the store is of no use, or not of full use.
    public struct Key: Sendable, Hashable {
        /// The setting that names its file, such as "store.signingKey".
        public var setting: String
        /// Tells whether a file is it; what it is the hash of, whoever wrote it knows.
        public var digest: JournalHash
        /// The file, where the operator wanted it in the backup.
        public var contents: [UInt8]?

        public init(setting: String, digest: JournalHash, contents: [UInt8]?) {
            self.setting = setting
            self.digest = digest
            self.contents = contents
        }
    }

    public static let format = "quality backup 1"

    public var service: String
    /// When its one moment was, microseconds since 1970-01-01T00:00:00Z.
    public var takenUnixMicroseconds: Int64
    public var epoch: JournalEpoch
    /// Of the log.
    public var entryCount: UInt64
    /// The log's head, a signed note; `nil` for a store without a log, or with an empty one.
    public var checkpoint: String?
    public var parts: [Part]
    public var keys: [Key]

    public var rowCount: Int { parts.reduce(0) { $0 + $1.rowCount } }

    static let tables = [manifest, part, key]
    private static let manifest = Table("backup_manifest", key: [.text("name")], values: [.text("value")])
    private static let part = Table(
        "backup_part", key: [.text("name")], values: [.integer("row_count"), .bytes("digest")])
    private static let key = Table(
        "backup_key", key: [.text("setting")], values: [.bytes("digest"), .bytes("contents", optional: true)])

    func write(to connection: any DriverConnection) throws {
        var values: [(String, String)] = [
            ("format", Self.format), ("service", service), ("taken_unix_us", "\(takenUnixMicroseconds)"),
            ("epoch", epoch.hexadecimal), ("entries", "\(entryCount)"), ("digest", "\(digest)"),
        ]
        if let checkpoint { values.append(("checkpoint", checkpoint)) }
        try Self.manifest.insert(values.map { [.text($0.0), .text($0.1)] }, on: connection)
        try Self.part.insert(
            parts.map { [.text($0.table), .number($0.rowCount), .hash($0.digest)] }, on: connection)
        try Self.key.insert(
            keys.map { [.text($0.setting), .hash($0.digest), .optional($0.contents)] }, on: connection)
    }

    /// Reads what ``write(to:)`` wrote. `.mismatch` for a file that is no backup, `.damaged` for one that was changed.
    init(from connection: any DriverConnection) throws {
        guard try connection.hasTable(Self.manifest.name) else {
            throw StorageError(.mismatch, "is no backup: name a file that 'store backup' made")
        }
        let values = Dictionary(
            try connection.all("SELECT name, value FROM backup_manifest", []) { (try $0.text(0), try $0.text(1)) },
            uniquingKeysWith: { first, _ in first })
        guard values["format"] == Self.format else {
            throw StorageError(.mismatch, "is a backup of another format: restore it with the program that made it")
        }
        service = values["service"] ?? ""
        takenUnixMicroseconds = values["taken_unix_us"].flatMap { Int64($0) } ?? 0
        epoch = try StoreSettings.epoch(values)
        entryCount = values["entries"].flatMap { UInt64($0) } ?? 0
        checkpoint = values["checkpoint"]
        parts = try connection.all("SELECT name, row_count, digest FROM backup_part ORDER BY name", []) {
            Part(table: try $0.text(0), rowCount: try $0.number(1), digest: try $0.hash(2))
        }
        keys = try connection.all("SELECT setting, digest, contents FROM backup_key ORDER BY setting", []) {
            Key(setting: try $0.text(0), digest: try $0.hash(1), contents: try $0.optionalBytes(2))
        }
        guard values["digest"] == "\(digest)" else {
            throw StorageError(.damaged, "its manifest was changed: take another backup")
        }
    }

    init(
        service: String, takenUnixMicroseconds: Int64, epoch: JournalEpoch, entryCount: UInt64, checkpoint: String?,
        parts: [Part], keys: [Key]
    ) {
        self.service = service
        self.takenUnixMicroseconds = takenUnixMicroseconds
        self.epoch = epoch
        self.entryCount = entryCount
        self.checkpoint = checkpoint
        self.parts = parts.sorted { $0.table < $1.table }
        self.keys = keys.sorted { $0.setting < $1.setting }
    }

    /// Of all that it says: what names a backup.
    public var digest: JournalHash {
        var encoding = JournalEncoding(capacityBytes: 1024)
        encoding.append(tag: "quality backup 1")
        encoding.append(service)
        encoding.append(takenUnixMicroseconds)
        encoding.append(fixed: epoch)
        encoding.append(entryCount)
        encoding.append(checkpoint ?? "")
        for part in parts {
            encoding.append(part.table)
            encoding.append(UInt64(part.rowCount))
            encoding.append(fixed: part.digest)
        }
        for key in keys {
            encoding.append(key.setting)
            encoding.append(fixed: key.digest)
            encoding.append(key.contents ?? [])
        }
        return encoding.bytes.withUnsafeBytes { journalSHA256($0) }
    }
}

/// The digest of a table's rows, one after the other.
struct RowsDigest {
    private var tree = CompactRange()

    mutating func add(_ row: [SQLValue]) {
        // A leaf of RFC 6962 begins with a zero.
        var encoding = JournalEncoding(capacityBytes: 256)
        encoding.append(UInt8(0))
        for value in row {
            switch value {
            case .null: encoding.append(UInt8(0))
            case .integer(let integer):
                encoding.append(UInt8(1))
                encoding.append(integer)
            case .text(let text):
                encoding.append(UInt8(2))
                encoding.append(text)
            case .bytes(let bytes):
                encoding.append(UInt8(3))
                encoding.append(bytes)
            }
        }
        tree.append(encoding.bytes.withUnsafeBytes { journalSHA256($0) }, journalSHA256)
    }

    var rowCount: Int { Int(tree.size) }

    func part(of table: Table) -> BackupManifest.Part {
        BackupManifest.Part(table: table.name, rowCount: rowCount, digest: tree.root(journalSHA256))
    }
}
