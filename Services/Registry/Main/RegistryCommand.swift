internal import ArgumentParser
internal import Messages
internal import RPC
internal import RegistryServer
internal import RegistryStorage
internal import ServiceKit
internal import Storage

/// The registry: who reports what, in which form, by when.
@main
struct RegistryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qm-registry",
        abstract: "The registry: campaigns, forms, organisations and divisions, and the journal others follow.",
        discussion: """
            Keeps one database of its own and is called through the gateway.

              qm-registry --config registry.yaml
              qm-registry --listen-port 7101 --store-path registry.db --set tls.certificate=cert.pem \\
                  --set tls.key=key.pem --set tls.authority=ca.pem
            """,
        version: SuiteVersion.text, subcommands: [StoreCommand<StoredHere>.self])

    @OptionGroup var arguments: ServiceArguments

    func run() async throws {
        await ServiceProcess.run("registry", arguments, defaultPort: 7101) { process in
            let store = try process.openStore(
                migrations: RegistrySchema.migrations, key: try process.signingKey(), projection: RegistryProjection())
            let clock = process.clock
            let handler = RegistryHandler(
                store, divisions: try .shipped(), logger: process.logger, wallClock: { clock.now() })
            var router = Router()
            handler.serve(on: &router)
            try await process.serve(router)
        }
    }
}

private struct StoredHere: StoredService {
    static let name = "registry"
    static let migrations = RegistrySchema.migrations
    static var projection: (any LogProjection)? { RegistryProjection() }
}
