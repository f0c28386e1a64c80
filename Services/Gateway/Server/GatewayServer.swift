public import GatewayRules
public import Logging
public import NIOCore
public import RPC
public import TLS
public import Transport
internal import Wire

/// The gateway: accepts calls, stamps who makes them, and forwards them by service name. Holds no state beyond its
/// connections, so any number of them may run.
public struct GatewayServer: Sendable {
    private let listener: Listener

    /// - Parameters:
    ///   - routes: checked, see `Route.problems(of:)`.
    ///   - own: what the gateway serves itself (health, reflection).
    ///   - backendConnections: connections to each endpoint from each loop.
    public static func make(
        _ configuration: ListenerConfiguration, routes: [Route], backendConnections: Int = 1,
        serverTLS: any TLSContextProvider, clientTLS: any TLSContextProvider, own: Router, loops: ConnectionLoops,
        logger: Logger
    ) async throws -> GatewayServer {
        // Bytes that wait for slow callers hold the credit of the backend's connection: with little of it, a few of them
        // would hold up everyone. What all of them may keep is bounded for the process.
        var backendLimits = configuration.limits
        backendLimits.connectionCreditBytes = max(backendLimits.connectionCreditBytes, 64 << 20)
        let pools = try routes.map { route in
            (
                service: route.service,
                configuration: ConnectionPoolConfiguration(
                    endpoints: try route.endpoints.map { try endpoint($0, of: route) },
                    connectionsPerEndpoint: backendConnections, limits: backendLimits,
                    rules: configuration.rules,
                    server: .service(named: route.identity))
            )
        }
        let listener = try await Listener.make(
            configuration, tls: serverTLS, loops: loops, logger: logger
        ) { loop in
            GatewayAcceptor(
                routes: pools.map {
                    ($0.service, ConnectionPool($0.configuration, tls: clientTLS, loop: loop, logger: logger))
                },
                own: RouterAcceptor(router: own, policy: CallerPolicy(acceptsDirectCallers: true)))
        }
        return GatewayServer(listener: listener)
    }

    private static func endpoint(_ text: String, of route: Route) throws(RouteProblem) -> Endpoint {
        guard let endpoint = Endpoint(text) else {
            throw RouteProblem(route: route.service, problem: "endpoint \"\(text)\" is not HOST:PORT")
        }
        return endpoint
    }

    /// Binds and begins to accept; returns the endpoint. Throws the system's error.
    public func start() async throws -> Endpoint {
        try await listener.start()
    }

    /// See ``Listener/drain(_:)``.
    public func drain(_ times: DrainTimes) async {
        await listener.drain(times)
    }

    /// The same with the usual time for calls without a deadline.
    public func drain(grace: TimeAmount) async {
        await listener.drain(grace: grace)
    }
}
