import ArgumentParser
import GatewayRules
import GatewayServer
import RPC
import ServiceKit
import TLS
import Transport

@main
struct Gateway: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qm-gateway",
        abstract: "Routes calls to the services, by service name.",
        discussion: """
            The configuration file says where each service is; endpoints are taken in turn, and one that does not \
            answer is skipped:

              listen: {host: 0.0.0.0, port: 7100}
              tls: {certificate: cert.pem, key: key.pem, authority: ca.pem}
              routes:
                quality.registry.v1.RegistryService: [127.0.0.1:7101]
                quality.submission.v1.SubmissionService: [127.0.0.1:7102, 127.0.0.1:7112]

              qm-gateway --config gateway.yaml
            """)

    @OptionGroup var arguments: ServiceArguments

    func run() async throws {
        try await ServiceProcess.run(
            "gateway", arguments, defaultPort: 7100, keys: [.routes, .identities, .backendConnections]
        ) { process in
            let routes = try Self.routes(process.configuration)
            let tls = try process.configuration.tls()
            var own = Router()
            process.health.serve(on: &own)
            try process.serveReflection(on: &own, routes: routes.map(\.service))
            let connections = try process.configuration.value(
                .backendConnections, expected: "a number of connections, 1 to 64"
            ) { text in Int(text).flatMap { (1...64).contains($0) ? $0 : nil } }
            let gateway = try await GatewayServer.make(
                process.settings.listener, routes: routes, backendConnections: connections ?? 1,
                serverTLS: try TLSContext(server: tls),
                clientTLS: try TLSContext(client: tls), own: own, loops: process.loops, logger: process.logger)
            try await process.serve(start: gateway.start, drain: gateway.drain)
        }
    }

    private static func routes(_ configuration: ServiceConfiguration) throws -> [Route] {
        let identities = Dictionary(
            configuration.mapping(.identities).map { ($0.name, $0.values.first ?? "") }, uniquingKeysWith: { $1 })
        let routes = configuration.mapping(.routes).map { name, endpoints in
            Route(service: name, identity: identities[name] ?? Route.usualIdentity(of: name), endpoints: endpoints)
        }
        let problems = Route.problems(of: routes)
        guard problems.isEmpty else {
            throw StartError(.configuration, problems.map(\.description).joined(separator: "; "))
        }
        return routes
    }
}

extension ConfigurationKey {
    static let routes = ConfigurationKey(
        "routes", "for each service name the list of its endpoints, HOST:PORT", isMapping: true)
    static let identities = ConfigurationKey(
        "identities", "for a service name the name in its endpoints' certificates, if it is not the usual one",
        isMapping: true)
    static let backendConnections = ConfigurationKey(
        "backend.connections", "connections to each endpoint from each event loop")
}
