public import ArgumentParser
internal import Cryptography
internal import Glibc
internal import Storage

/// `qm-SERVICE store restore BACKUP STORE`.
public struct StoreRestoreCommand<Service: StoredService>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "restore", abstract: "Make a store of a backup, in a new epoch.",
            discussion: """
                STORE is a file that is not there, or an empty database; its engine need not be the one that was backed up. \
                Keys are put where the service looks for them first, unless they are in the backup. Rows are held against the \
                backup's digests, the journal is verified and goes on in a new epoch: followers build anew what came from it, \
                and units that have receipts are told. With checkpoints that were kept it is known what is lost.

                Example:
                  qm-\(Service.name) store restore backups/\(Service.name)-20190901T031500Z.backup \(Service.name).db \
                --checkpoints kept.txt
                """)
    }

    @Argument(help: "The file that 'store backup' made.") var backup: String
    @Argument(help: "Where the store is to be.") var store: String
    @OptionGroup var options: StoreEpochOptions
    @OptionGroup var wrapping: StoreWrappingOption
    @Option(
        help: ArgumentHelp(
            "A file of checkpoints that were kept, one after the other: they tell what is lost.", valueName: "file"))
    var checkpoints: String?
    @Option(help: "Why, for the journal: whoever follows it reads this.") var reason = "restored from a backup"

    public init() {}

    public func run() async throws {
        try await StoreWork<Service>.run {
            let place = try StorePlace(option: store, library: options.library)
            let signingKey = try place.signingKeyPath(named: options.key)
            let wrappingKey =
                wrapping.wrappingKey ?? place.besidePath(".wrap", key: signingKey) ?? signingKey + ".wrap"
            let (kept, reason) = (checkpoints, reason)
            let restore = StoreRestore(
                from: backup, to: place, service: Service.name, migrations: Service.migrations,
                prepare: { manifest in
                    for key in manifest.keys {
                        try StoreKeys.putBack(key, to: key.setting == StoreKeys.wrapping ? wrappingKey : signingKey)
                    }
                },
                renewal: {
                    try StoreWork<Service>.renewal(
                        of: place, key: try SigningKey.load(path: signingKey), kept: kept, reason: reason)
                }, progress: StoreWork<Service>.progress("restoring"))
            let (manifest, renewal) = try await restore.run()
            // Of the store that was there before, which this one stands in for by the operator's word.
            if let headFile = place.besidePath(".head", key: signingKey) { unlink(headFile) }
            print(
                "\(store): \(manifest.rowCount) rows, of them \(manifest.entryCount) entries of the journal, as they were backed "
                    + "up, verified")
            if let renewal { StoreWork<Service>.tell(renewal) }
        }
    }
}
