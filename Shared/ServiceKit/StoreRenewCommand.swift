public import ArgumentParser
internal import Cryptography
internal import PostgreSQL
internal import Storage

/// `qm-SERVICE store renew STORE`.
public struct StoreRenewCommand<Service: StoredService>: AsyncParsableCommand {
    public static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: "renew", abstract: "Let the journal go on in a new epoch.",
            discussion: """
                For a store that was put back to an earlier state by other means than 'store restore': what came after that \
                state may have been acknowledged. Stop all copies of the service first. Entries stay at their places, every \
                checkpoint is signed again, followers build anew what came from the journal, and the units that have receipts \
                are told. What stops half-way is gone on with by the same command; until then no service opens the store.

                Example:
                  qm-\(Service.name) store renew \(Service.name).db --reason 'snapshot of 3 June put back' --lost-after kept.txt
                """)
    }

    @Argument(help: "The store: a file, or a database.") var store: String
    @Option(help: "Why, for the journal: whoever follows it reads this.") var reason: String
    @OptionGroup var options: StoreEpochOptions
    @Option(
        name: .customLong("lost-after"),
        help: ArgumentHelp(
            "A file of checkpoints that were kept, one after the other: they tell what is lost.", valueName: "file"))
    var lostAfter: String?

    public init() {}

    public func run() async throws {
        try await StoreWork<Service>.run {
            let place = try StorePlace(option: store, library: options.library)
            let key = try SigningKey.load(path: try place.signingKeyPath(named: options.key))
            let renewal = try StoreWork<Service>.renewal(of: place, key: key, kept: lostAfter, reason: reason)
            StoreWork<Service>.tell(try await renewal.run())
        }
    }
}

/// What commands are told that sign a journal.
public struct StoreEpochOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The key that signs the journal (store.signingKey); by default STORE.key beside a file.", valueName: "file")
    )
    var key: String?
    @Option(name: .customLong("library"), help: "PostgreSQL's client library (store.library).")
    var library = PostgresLibrary.defaultName

    public init() {}
}
