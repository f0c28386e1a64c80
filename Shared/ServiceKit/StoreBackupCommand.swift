public import ArgumentParser
internal import Cryptography
internal import Glibc
internal import Journal
internal import Storage

/// `qm-SERVICE store backup STORE TO`.
public struct StoreBackupCommand<Service: StoredService>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "backup", abstract: "Write all of the store, as of one moment, into one file.",
            discussion: """
                While the service runs or not: it is read beside it. TO is a file that is not there yet, or a directory, in \
                which it is named by the service and the instant. What is said of it, digests included, stands in its table \
                backup_manifest (SQLite). Keys are named in it, and in it only with --with-keys: keep it then as you keep a key.

                Examples:
                  qm-\(Service.name) store backup \(Service.name).db backups/
                  qm-\(Service.name) store backup 'postgresql://quality@/\(Service.name)?host=/run/postgresql' one.backup \
                --key \(Service.name).key
                """)
    }

    @Argument(help: "The store: a file, or a database.") var store: String
    @Argument(help: "The backup: a file that is not there, or a directory.") var to: String
    @OptionGroup var options: StoreEpochOptions
    @OptionGroup var wrapping: StoreWrappingOption
    @Flag(name: .customLong("with-keys"), help: "Keeps the keys in the backup too.") var withKeys = false

    public init() {}

    public func run() async throws {
        try await StoreWork<Service>.run {
            let place = try StorePlace(option: store, library: options.library)
            let taken = StoreWork<Service>.now()
            let (key, wrappingKey, withContents) = (options.key, wrapping.wrappingKey, withKeys)
            let path = StoreFiles.isDirectory(to) ? "\(to)/\(Service.name)-\(Self.name(of: taken)).backup" : to
            let backup = StoreBackup(
                of: place, to: path, service: Service.name, migrations: Service.migrations, wallClock: { taken },
                keys: { settings, transaction in
                    try StoreKeys.needed(
                        by: settings, wrappedBy: try Service.wrappingKeyIdentifier(transaction), at: place, key: key,
                        wrapping: wrappingKey, withContents: withContents)
                }, progress: StoreWork<Service>.progress("backing up"))
            let manifest = try await backup.run()
            noteBackup(of: place)
            print("\(path): \(manifest.rowCount) rows, of them \(manifest.entryCount) entries of the journal")
            print("digest \(manifest.digest)")
            for key in manifest.keys {
                print("needs the key of \(key.setting)\(key.contents == nil ? ": keep it apart" : ", which is in it")")
            }
            if let checkpoint = manifest.checkpoint { print("\n\(checkpoint)", terminator: "") }
        }
    }

    /// For the service's metric. Who may only read the store cannot say so.
    private func noteBackup(of place: StorePlace) {
        guard let path = place.besidePath(StoreFiles.backupNoteSuffix, key: options.key) else { return }
        let note = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard note >= 0, futimens(note, nil) == 0 else {
            StoreWork<Service>.say(
                "\(path) cannot be written (\(String(cString: strerror(errno)))): the service's metric does not know of this "
                    + "backup")
            return
        }
        close(note)
    }

    /// "20190901T031500Z".
    private static func name(of unixMicroseconds: Int64) -> String {
        var seconds = Int(unixMicroseconds / 1_000_000)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        strftime(&text, text.count, "%Y%m%dT%H%M%SZ", &parts)
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// The second key of a store that has one.
public struct StoreWrappingOption: ParsableArguments {
    @Option(
        name: .customLong("wrapping-key"),
        help: ArgumentHelp(
            "The key of personal data's keys (store.wrappingKey); by default STORE.wrap beside a file, or KEY.wrap.",
            valueName: "file"))
    var wrappingKey: String?

    public init() {}
}

/// The keys that a store needs, which are not in it.
enum StoreKeys {
    static let signing = "store.signingKey"
    static let wrapping = "store.wrappingKey"

    /// - Parameter identifier: of the key that keys in the store are wrapped by, if any are.
    static func needed(
        by settings: [String: String], wrappedBy identifier: [UInt8]?, at place: StorePlace, key: String?,
        wrapping: String?, withContents: Bool
    ) throws -> [BackupManifest.Key] {
        var keys: [BackupManifest.Key] = []
        // A backup is of no use with other ones: that is to be known now.
        if let known = settings["log_key"] {
            let path = try place.signingKeyPath(named: key)
            guard Base64.encode(try SigningKey.load(path: path).verifyingKey.rawRepresentation) == known else {
                throw StartError(.configuration, "--key \(path): not the key that this store's journal was signed with")
            }
            keys.append(try listed(signing, path, withContents))
        }
        if let identifier {
            guard let path = wrapping ?? place.besidePath(".wrap", key: key) else {
                throw StartError(.configuration, "--wrapping-key: name the file of store.wrappingKey")
            }
            guard try WrappingKey.load(path: path).identifier == identifier else {
                throw StartError(
                    .configuration,
                    "--wrapping-key \(path): not the key that this store's keys of personal data are wrapped by: name the file "
                        + "of store.wrappingKey (after 'store rewrap' the one that was given with --to)")
            }
            keys.append(try listed(Self.wrapping, path, withContents))
        }
        return keys
    }

    private static func listed(
        _ setting: String, _ path: String, _ withContents: Bool
    ) throws -> BackupManifest.Key {
        let contents = try StoreFiles.contents(of: path, "the key of \(setting)")
        return BackupManifest.Key(
            setting: setting, digest: contents.withUnsafeBytes { journalSHA256($0) },
            contents: withContents ? contents : nil)
    }

    /// Puts a key that lies in a backup where the service looks for it, unless it is there. Throws where another one is, or
    /// none at all.
    static func putBack(_ key: BackupManifest.Key, to path: String) throws {
        if StoreFiles.isThere(path) {
            let contents = try StoreFiles.contents(of: path, "the key of \(key.setting)")
            guard contents.withUnsafeBytes({ journalSHA256($0) }) == key.digest else {
                throw StartError(
                    .configuration,
                    "\(path): another key of \(key.setting) is there than the one that the backup needs (SHA-256 of its file: "
                        + "\(key.digest)): put that there, or name another file")
            }
            return
        }
        guard let contents = key.contents else {
            throw StartError(
                .configuration,
                "\(path): the key of \(key.setting) is neither there nor in the backup: put it there first (SHA-256 of its file: "
                    + "\(key.digest))")
        }
        try StoreFiles.save(contents, to: path)
    }
}
