import ArgumentParser
import Cryptography
internal import Journal
import Messages
import RPC
import ServiceKit
import Storage
import SubmissionServer
import SubmissionStorage

@main
struct SubmissionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qm-submission",
        abstract: "Takes reports in: checks them, keeps them, and gives receipts.",
        discussion: """
            Follows the registry's journal through the gateway, to know the campaigns, their forms and who reports to \
            whom. Every acknowledged report is on the disk before its receipt is sent.

            The key that signs receipts is made together with a new store, in a file beside it (store.signingKey, by \
            default the store's path with ".key" after it). Keep a copy of it; the store is backed up with 'store backup'.
            The key that wraps the keys of personal data (store.wrappingKey, ".wrap") is made so too: keep its backup apart
            from the store's, since who has both reads personal data.

            Example:
              qm-submission --config submission.yaml --store-path /var/lib/quality/submission.db
            """,
        version: SuiteVersion.text, subcommands: [StoreCommand<StoredHere>.self])

    @OptionGroup var arguments: ServiceArguments

    func run() async throws {
        await ServiceProcess.run("submission", arguments, defaultPort: 7102) { process in
            let key = try process.signingKey()
            let wrappingKey = try process.wrappingKey()
            let store = try process.openStore(
                migrations: SubmissionSchema.migrations, key: key, projection: PushProjection())
            try await store.establishWrapping(by: wrappingKey)
            let registry = try await RegistryFollowing(
                store: store, registry: RegistryV1.RegistryServiceClient(try await process.gatewayClient()),
                logger: process.logger)
            try process.watch(registry.follower)
            var router = Router()
            let refusals = RefusalJournal(logger: process.logger)
            SubmissionService(
                store: store, registry: registry, receiptKey: key.verifyingKey, wrappingKey: wrappingKey,
                refusals: refusals, clock: ProcessClock(), logger: process.logger
            ).serve(on: &router)
            let wallClock = process.clock
            try await process.serve(
                router,
                background: [
                    BackgroundTask("registry's journal") { try await registry.run() },
                    BackgroundTask("journaled refusals") { await refusals.run { wallClock.now() } },
                ])
        }
    }
}

private struct StoredHere: StoredService {
    static let name = "submission"
    static let migrations = SubmissionSchema.migrations
    static var storeCommands: [any ParsableCommand.Type] { [RewrapCommand.self] }
    static var projection: (any LogProjection)? { PushProjection() }

    static func receiptHolders(_ transaction: ReadTransaction) throws -> [String] {
        try ReportingUnits.withReceipts(transaction)
    }

    static func wrappingKeyIdentifier(_ transaction: ReadTransaction) throws -> [UInt8]? {
        try transaction.wrappingKeyIdentifier()
    }
}
