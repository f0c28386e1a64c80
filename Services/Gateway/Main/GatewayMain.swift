import ArgumentParser
import GatewayRules
import GatewayServer
import Logging
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
            answer is skipped. The policy file says who may call what (compose/policy.yaml is the suite's own). Routes \
            and policy are read anew when their files change, and on SIGHUP:

              listen: {host: 0.0.0.0, port: 7100}
              tls: {certificate: cert.pem, key: key.pem, authority: ca.pem}
              policy: policy.yaml
              routes:
                quality.registry.v1.RegistryService: [127.0.0.1:7101]
                quality.submission.v1.SubmissionService: [127.0.0.1:7102, 127.0.0.1:7112]

              qm-gateway --config gateway.yaml
            """,
        version: SuiteVersion.text)

    @OptionGroup var arguments: ServiceArguments

    func run() async throws {
        try await ServiceProcess.run(
            "gateway", arguments, defaultPort: 7100, keys: [.routes, .identities, .backendConnections, .policy],
            logsAccess: true
        ) { process in
            let watch = FileWatch(
                [process.configurationPath, try process.configuration.required(.policy)].compactMap { $0 })
            let plan = try Self.plan(process.configuration)
            guard let identity = try process.ownCertificate().uri.flatMap(CallerIdentity.init(uri:)) else {
                throw StartError(
                    .configuration,
                    "tls.certificate: names no spiffe://DOMAIN/service/gateway: issue one (qmctl pki issue)")
            }
            var own = Router()
            process.health.serve(on: &own)
            try process.serveReflection(on: &own, routes: plan.routes.map(\.service))
            let connections = try process.configuration.value(
                .backendConnections, expected: "a number of connections, 1 to 64"
            ) { text in Int(text).flatMap { (1...64).contains($0) ? $0 : nil } }
            let gateway = try await GatewayServer.make(
                process.settings.listener, plan: plan, domain: identity.domain, backendConnections: connections ?? 1,
                serverTLS: process.serverTLS, clientTLS: process.clientTLS, own: own,
                loops: process.loops, logger: process.logger)
            let reloading = BackgroundTask("reloading") {
                try await watch.run { await Self.reload(gateway, process) }
            }
            try await process.serve(start: gateway.start, drain: gateway.drain, background: [reloading])
        }
    }

    /// Routes and policy anew. What is wrong with them is said, and the old ones stay.
    private static func reload(_ gateway: GatewayServer, _ process: ServiceProcess) async {
        do {
            try await gateway.apply(try plan(try await process.reloadedConfiguration()))
            gateway.countReload(applied: true)
            process.logger.notice("routes and policy were read anew")
        } catch {
            gateway.countReload(applied: false)
            process.logger.error(
                "routes and policy stay as they were",
                metadata: ["reason": "\(StartError(wrapping: error).message)"])
        }
    }

    private static func plan(_ configuration: ServiceConfiguration) throws -> GatewayPlan {
        let (path, text) = try configuration.requiredFile(.policy)
        do {
            return GatewayPlan(routes: try routes(configuration), policy: try PolicyFile.policy(text, name: path))
        } catch let refusal as PolicyFile.Refusal {
            throw StartError(.configuration, refusal.description)
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
    static let policy = ConfigurationKey(
        "policy", "the YAML file that says who may call what and how much, such as compose/policy.yaml")
    static let backendConnections = ConfigurationKey(
        "backend.connections", "connections to each endpoint from each event loop")
}
