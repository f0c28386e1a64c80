public import Balancing
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
    /// Calls that the service lets wait for what another process has yet to bring, and that hold no place.
    public var placelessCalls: Int
}

/// How the gateway reaches the services.
public struct BackendSettings: Sendable {
    /// To each endpoint from each loop.
    public var connectionsPerEndpoint = 1
    /// Until TCP is connected, and from dialling until HELLO.
    public var connectTimeoutSeconds: Int64 = 5
    public var helloTimeoutSeconds: Int64 = 10
    public var resolutionSeconds: UInt64 = 3
    /// Between attempts to reach an endpoint that is down, give or take 20 %.
    public var longestDialPauseSeconds: UInt64 = 3
    /// How long a call waits while no endpoint can be reached.
    public var patienceSeconds: UInt64 = 2
    public var slowStartSeconds: UInt64 = 10
    public var ejection = EjectionSettings()
    /// Asks for the health of a service; `nil`: no endpoint is asked.
    public var healthProbe: (@Sendable (_ service: String) -> HealthProbe)?

    public init() {}
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
        /// Of each route of the plan, for the pools of all loops.
        let endpoints = Mutex<[Route: ServiceEndpoints]>([:])
        /// What calls are routed by now.
        let services = Mutex<[String]>([])
    }

    private let listener: Listener
    private let shared: Shared
    private let budgets: CallerBudgets
    private let loops: ConnectionLoops
    private let logger: Logger
    private let poolConfiguration: @Sendable (Route) throws -> ConnectionPoolConfiguration

    /// - Parameters:
    ///   - own: makes what the gateway serves itself (health, reflection). It is handed a closure that gives the names
    ///     of the routes as they are at that moment.
    public static func make(
        _ configuration: ListenerConfiguration, plan: GatewayPlan,
        backends: BackendSettings = BackendSettings(),
        serverTLS: any TLSContextProvider, clientTLS: any TLSContextProvider, loops: ConnectionLoops,
        logger: Logger, own makeOwn: (_ routes: @escaping @Sendable () -> [String]) throws -> Router
    ) async throws -> GatewayServer {
        let shared = Shared()
        let own = try makeOwn { shared.services.withLock { $0 } }
        let budgets = CallerBudgets(plan.policy)
        let scarceRoomLog = ScarceRoomLog(logger)
        let listener = try await Listener.make(configuration, tls: serverTLS, loops: loops, logger: logger) { loop in
            for handler in own.allHandlers {
                loop.telemetry.statistics.register(method: handler.descriptor.path)
            }
            let acceptor = GatewayAcceptor(
                budgets: budgets,
                // Nobody states a caller to a gateway, not even another one.
                own: RouterAcceptor(
                    router: own, policy: CallerPolicy(trustedStampers: [], acceptsDirectCallers: true)), loop: loop,
                loopCount: loops.all.count, logger: logger, scarceRoomLog: scarceRoomLog
            ) { route in
                guard let endpoints = shared.endpoints.withLock({ $0[route] }) else {
                    throw RouteProblem(route: route.service, problem: "its endpoints were not looked up")
                }
                return ConnectionPool(endpoints, tls: clientTLS, loop: loop)
            }
            let lane = Lane(
                eventLoop: loop.eventLoop, acceptor: NIOLoopBound(acceptor, eventLoop: loop.eventLoop))
            shared.lanes.withLock { $0.append(lane) }
            return acceptor
        }
        let gateway = GatewayServer(
            listener: listener, shared: shared, budgets: budgets, loops: loops, logger: logger,
            poolConfiguration: { route in
                try Self.poolConfiguration(
                    route, backends, configuration.limits, configuration.rules, configuration.descriptors)
            })
        try await gateway.apply(plan)
        return gateway
    }

    private static func poolConfiguration(
        _ route: Route, _ backends: BackendSettings, _ limits: ConnectionLimits, _ rules: ConnectionRules,
        _ descriptors: DescriptorAllowance
    ) throws(RouteProblem) -> ConnectionPoolConfiguration {
        var sources: [EndpointSource] = []
        for text in route.endpoints {
            guard let source = EndpointSource(text) else {
                throw RouteProblem(
                    route: route.service, problem: "endpoint \"\(text)\" is not \(EndpointSource.forms)")
            }
            sources.append(source)
        }
        let health = route.healthService.flatMap { name in backends.healthProbe.map { $0(name) } }
        return ConnectionPoolConfiguration(
            service: route.service, sources: sources, connectionsPerEndpoint: backends.connectionsPerEndpoint,
            limits: limits, rules: rules, connectTimeoutSeconds: backends.connectTimeoutSeconds,
            helloTimeoutSeconds: backends.helloTimeoutSeconds,
            longestDialPauseSeconds: backends.longestDialPauseSeconds, patienceSeconds: backends.patienceSeconds,
            server: .service(named: route.identity),
            resolutionSeconds: backends.resolutionSeconds, slowStartSeconds: backends.slowStartSeconds,
            ejection: backends.ejection, health: health,
            // Health is heard over a connection, so there is one before the first call.
            isEager: health != nil, descriptors: descriptors)
    }

    /// Looks up the endpoints of the routes that are new, all at once. What is no route any more closes with the last pool of
    /// it.
    private func lookUp(_ routes: [Route]) async throws {
        let known = shared.endpoints.withLock { $0 }
        let configurations = try routes.map { ($0, try poolConfiguration($0)) }
        let wanted = await withTaskGroup(of: (Route, ServiceEndpoints).self) { group in
            for (route, configuration) in configurations {
                group.addTask { [loops, logger] in
                    if let endpoints = known[route] { return (route, endpoints) }
                    return (route, await ServiceEndpoints.make(configuration, loops: loops, logger: logger))
                }
            }
            return await group.reduce(into: [Route: ServiceEndpoints]()) { $0[$1.0] = $1.1 }
        }
        shared.endpoints.withLock { $0 = wanted }
    }

    /// Goes by another plan from now on; no open call notices. Throws what is wrong with a route, and then nothing has
    /// changed.
    public func apply(_ plan: GatewayPlan) async throws {
        try await lookUp(plan.routes)
        budgets.policyChanged(plan.policy)
        for lane in shared.lanes.withLock({ $0 }) {
            try await lane.eventLoop.submit { try lane.acceptor.value.apply(plan) }.get()
        }
        shared.services.withLock { $0 = plan.routes.map(\.service) }
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

    /// See ``Listener/drain(_:)``. Takes leave of the backends then.
    public func drain(_ times: DrainTimes) async {
        await listener.drain(times)
        await closePools()
    }

    private func closePools() async {
        for lane in shared.lanes.withLock({ $0 }) {
            try? await lane.eventLoop.submit { lane.acceptor.value.closePools() }.get()
        }
    }

    /// The same with the usual time for calls without a deadline.
    public func drain(grace: TimeAmount) async {
        await listener.drain(grace: grace)
        await closePools()
    }
}
