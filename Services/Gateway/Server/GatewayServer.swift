public import GatewayRules
public import Logging
public import NIOCore
public import RPC
internal import Synchronization
public import TLS
internal import Telemetry
public import Transport
internal import Wire

/// What the gateway goes by, all of which may change while it runs.
public struct GatewayPlan: Sendable, Hashable {
    /// Checked, see `Route.problems(of:)`.
    public var routes: [Route]
    public var policy: AdmissionPolicy

    public init(routes: [Route], policy: AdmissionPolicy) {
        self.routes = routes
        self.policy = policy
    }
}

/// What is going on at one service, of what one loop forwards to it.
public struct ServiceLoad: Sendable, Hashable {
    /// As the route has it.
    public var service: String
    public var callsInFlight: Int
    public var waitingCalls: Int
}

/// The gateway: accepts calls, decides whether to let them in, stamps who makes them, and forwards them by service name.
/// Holds no state beyond its connections, so any number of them may run.
public struct GatewayServer: Sendable {
    private struct Lane {
        var eventLoop: any EventLoop
        var acceptor: NIOLoopBound<GatewayAcceptor>
    }

    private final class Shared: Sendable {
        let lanes = Mutex<[Lane]>([])
    }

    private let listener: Listener
    private let shared: Shared
    private let budgets: CallerBudgets

    /// - Parameters:
    ///   - domain: the trust domain of those who may connect, as it stands in the gateway's own certificate.
    ///   - own: what the gateway serves itself (health, reflection).
    ///   - backendConnections: connections to each endpoint from each loop.
    public static func make(
        _ configuration: ListenerConfiguration, plan: GatewayPlan, domain: String, backendConnections: Int = 1,
        serverTLS: any TLSContextProvider, clientTLS: any TLSContextProvider, own: Router, loops: ConnectionLoops,
        logger: Logger
    ) async throws -> GatewayServer {
        let backendLimits = limits(ofBackends: configuration.limits)
        // Before any loop is asked: an endpoint that cannot be read is refused here.
        for route in plan.routes { _ = try endpoints(of: route) }
        let shared = Shared()
        let budgets = CallerBudgets(plan.policy)
        let listener = try await Listener.make(configuration, tls: serverTLS, loops: loops, logger: logger) { loop in
            for handler in own.allHandlers {
                loop.telemetry.statistics.register(method: handler.descriptor.path)
            }
            let acceptor = GatewayAcceptor(
                domain: domain, budgets: budgets,
                own: RouterAcceptor(router: own, policy: CallerPolicy(acceptsDirectCallers: true)), loop: loop,
                loopCount: loops.all.count, logger: logger
            ) { route in
                ConnectionPool(
                    ConnectionPoolConfiguration(
                        endpoints: try endpoints(of: route), connectionsPerEndpoint: backendConnections,
                        limits: backendLimits, rules: configuration.rules, server: .service(named: route.identity)),
                    tls: clientTLS, loop: loop, logger: logger)
            }
            let lane = Lane(
                eventLoop: loop.eventLoop, acceptor: NIOLoopBound(acceptor, eventLoop: loop.eventLoop))
            shared.lanes.withLock { $0.append(lane) }
            return acceptor
        }
        let gateway = GatewayServer(listener: listener, shared: shared, budgets: budgets)
        try await gateway.apply(plan)
        return gateway
    }

    /// Bytes that wait for slow callers hold the credit of the backend's connection: with little of it, a few of them
    /// would hold up everyone. What all of them may keep is bounded for the process.
    private static func limits(ofBackends limits: ConnectionLimits) -> ConnectionLimits {
        var limits = limits
        limits.connectionCreditBytes = max(limits.connectionCreditBytes, 64 << 20)
        return limits
    }

    private static func endpoints(of route: Route) throws(RouteProblem) -> [Endpoint] {
        var endpoints: [Endpoint] = []
        for text in route.endpoints {
            guard let endpoint = Endpoint(text) else {
                throw RouteProblem(route: route.service, problem: "endpoint \"\(text)\" is not HOST:PORT")
            }
            endpoints.append(endpoint)
        }
        return endpoints
    }

    /// Goes by another plan from now on; no open call notices. Throws what is wrong with a route, and then nothing has
    /// changed.
    public func apply(_ plan: GatewayPlan) async throws {
        for route in plan.routes { _ = try Self.endpoints(of: route) }
        budgets.policyChanged(plan.policy)
        for lane in shared.lanes.withLock({ $0 }) {
            try await lane.eventLoop.submit { try lane.acceptor.value.apply(plan) }.get()
        }
    }

    /// How much is going on, a service of a loop each.
    public func load() async throws -> [ServiceLoad] {
        var load: [ServiceLoad] = []
        for lane in shared.lanes.withLock({ $0 }) {
            load += try await lane.eventLoop.submit { lane.acceptor.value.load }.get()
        }
        return load
    }

    /// Counts an attempt to go by another plan.
    public func countReload(applied: Bool) {
        AdmissionMetrics.countReload(applied: applied)
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
