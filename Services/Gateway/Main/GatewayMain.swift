import ArgumentParser
import Balancing
import GatewayRules
import GatewayServer
import Logging
import RPC
import Reporting
import ServiceKit
import TLS
import Transport

@main
struct Gateway: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "qm-gateway",
        abstract: "Routes calls to the services, by service name.",
        discussion: """
            The configuration file says where each service is: HOST:PORT (a name stands for all its addresses) or \
            file:PATH with one HOST:PORT a line. Calls go to the less busy of two endpoints, and to none that is down. \
            The policy file says who may call what (compose/policy.yaml is the suite's own). Routes and policy are \
            read anew when their files change, and on SIGHUP:

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
        await ServiceProcess.run(
            "gateway", arguments, defaultPort: 7100, keys: [.routes, .identities, .health, .policy] + Self.backendKeys,
            logsAccess: true
        ) { process in
            let watch = FileWatch(
                [process.configurationPath, try process.configuration.required(.policy)].compactMap { $0 })
            let plan = try Self.plan(process.configuration, process.logger)
            let gateway = try await GatewayServer.make(
                process.listener(), plan: plan,
                backends: try Self.backends(process.configuration),
                serverTLS: process.serverTLS, clientTLS: process.clientTLS, loops: process.loops,
                logger: process.logger
            ) { routes in
                var own = Router()
                process.health.serve(on: &own)
                try process.serveReflection(on: &own, routes: routes)
                return own
            }
            let reloading = BackgroundTask("reloading") {
                try await watch.run { await Self.reload(gateway, process) }
            }
            try await process.serve(start: gateway.start, drain: gateway.drain, background: [reloading])
        }
    }

    /// Routes and policy anew. What is wrong with them is said, and the old ones stay.
    private static func reload(_ gateway: GatewayServer, _ process: ServiceProcess) async {
        do {
            try await gateway.apply(try plan(try await process.reloadedConfiguration(), process.logger))
            gateway.countReload(applied: true)
            process.logger.notice("routes and policy were read anew")
        } catch {
            gateway.countReload(applied: false)
            process.logger.error(
                "routes and policy stay as they were",
                metadata: ["reason": "\(StartError(wrapping: error).message)"])
        }
    }

    private static func plan(_ configuration: ServiceConfiguration, _ logger: Logger) throws -> GatewayPlan {
        let (path, text) = try configuration.requiredFile(.policy)
        do {
            let routes = try routes(configuration)
            let reading = try PolicyFile.read(
                text, name: path, organisationRoles: OrganisationRole.allCases.map(\.rawValue))
            for warning in reading.warnings.prefix(mostWarnings) {
                logger.warning("the policy is for nobody here", metadata: ["reason": "\(warning)"])
            }
            if reading.warnings.count > mostWarnings {
                logger.warning(
                    "the policy is for nobody in more places",
                    metadata: ["places": "\(reading.warnings.count - mostWarnings)"])
            }
            return GatewayPlan(routes: routes, policy: reading.policy)
        } catch let refusal as PolicyFile.Refusal {
            throw StartError(.configuration, refusal.description)
        }
    }

    private static let mostWarnings = 20

    private static func routes(_ configuration: ServiceConfiguration) throws -> [Route] {
        let identities = Dictionary(
            configuration.mapping(.identities).map { ($0.name, $0.values.first ?? "") }, uniquingKeysWith: { $1 })
        let health = Dictionary(
            configuration.mapping(.health).map { ($0.name, $0.values.first ?? "") }, uniquingKeysWith: { $1 })
        let routes = configuration.mapping(.routes).map { name, endpoints in
            let asked = health[name] ?? Route.usualHealthService(of: name)
            return Route(
                service: name, identity: identities[name] ?? Route.usualIdentity(of: name), endpoints: endpoints,
                healthService: asked == "off" ? nil : asked)
        }
        let problems = Route.problems(of: routes)
        guard problems.isEmpty else {
            throw StartError(.configuration, problems.map(\.description).joined(separator: "; "))
        }
        return routes
    }

    static let backendKeys: [ConfigurationKey] = [
        .backendConnections, .discoverySeconds, .slowStartSeconds, .ejectionFailures, .ejectionSeconds,
        .ejectionMaximumPercent,
    ]

    private static func backends(_ configuration: ServiceConfiguration) throws -> BackendSettings {
        let number = configuration.number
        var settings = BackendSettings()
        settings.connectionsPerEndpoint = try number(.backendConnections, 1...64) ?? 1
        settings.resolutionSeconds = UInt64(try number(.discoverySeconds, 1...3600) ?? 3)
        settings.connectTimeoutSeconds = try configuration.connectTimeoutSeconds()
        settings.helloTimeoutSeconds = try configuration.dialHelloTimeoutSeconds()
        settings.longestDialPauseSeconds = try configuration.longestDialPauseSeconds()
        settings.slowStartSeconds = UInt64(try number(.slowStartSeconds, 0...3600) ?? 10)
        let ejectionSeconds = UInt64(try number(.ejectionSeconds, 1...3600) ?? 30)
        settings.ejection = EjectionSettings(
            consecutiveFailures: try number(.ejectionFailures, 1...1000) ?? 5, baseSeconds: ejectionSeconds,
            maximumSeconds: 10 * ejectionSeconds, maximumPercent: try number(.ejectionMaximumPercent, 0...100) ?? 50)
        settings.healthProbe = { HealthProbe(service: $0) }
        return settings
    }
}

extension ConfigurationKey {
    static let routes = ConfigurationKey(
        "routes", "for each service name the list of its endpoints, HOST:PORT or file:PATH", isMapping: true)
    static let identities = ConfigurationKey(
        "identities", "for a service name the name in its endpoints' certificates, if it is not the usual one",
        isMapping: true)
    static let policy = ConfigurationKey(
        "policy", "the YAML file that says who may call what and how much, such as compose/policy.yaml")
    static let backendConnections = ConfigurationKey(
        "backend.connections", "connections to each endpoint from each event loop")
    static let health = ConfigurationKey(
        "health", "for a service name the one whose health is asked, if it is not the same; or off", isMapping: true)
    static let discoverySeconds = ConfigurationKey(
        "discovery.seconds", "how often names and files of endpoints are read again")
    static let slowStartSeconds = ConfigurationKey(
        "balancing.slowStartSeconds", "how long a new endpoint's share of the calls grows")
    static let ejectionFailures = ConfigurationKey(
        "ejection.failures", "failures in a row for which an endpoint is left out for a while")
    static let ejectionSeconds = ConfigurationKey(
        "ejection.seconds", "how long it is left out the first time; up to ten times as long later")
    static let ejectionMaximumPercent = ConfigurationKey(
        "ejection.maximumPercent", "how many endpoints of a service may be left out at once; never the last")
}
