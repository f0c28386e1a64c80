import GatewayRules
import GatewayServer
import Logging
import MessageRuntime
import Messages
import NIOCore
import NIOPosix
import RPC
import Reflection
import TLS
import Telemetry
import TestSupport
import TestingMessages
import TestingService
import Transport
import Wire

/// A test service, a gateway before it, and clients of both, over TLS on loopback, in this process.
final class GatewayBench: Sendable {
    enum Path: CaseIterable, Sendable {
        case direct, throughGateway
    }

    let authority: TestAuthority
    private let loops: ConnectionLoops
    private let backends: [RPCServer]
    let backendEndpoints: [Endpoint]
    let plan: GatewayPlan
    let gateway: GatewayServer
    let gatewayEndpoint: Endpoint
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Everyone may call everything.
    static let open = AdmissionPolicy(
        grants: [AdmissionPolicy.Grant(role: AdmissionPolicy.everyone, methods: ["*"].compactMap(MethodPattern.init))],
        callerLimits: CallerLimits(callsPerSecond: 1_000_000, burstCalls: 1_000_000, concurrentCalls: 100_000))

    /// A gateway's limits are shared out to its loops: with this one alone it has them whole.
    static let oneLoop = ConnectionLoops(MultiThreadedEventLoopGroup(numberOfThreads: 1))

    init(
        backendCount: Int = 1, limits: ConnectionLimits = ConnectionLimits(), policy: AdmissionPolicy = open,
        gatewayLoops: ConnectionLoops? = nil, telemetry: TelemetryOptions = TelemetryOptions()
    ) async throws {
        authority = TestAuthority()
        loops = ConnectionLoops(MultiThreadedEventLoopGroup.singleton, telemetry: telemetry)
        var backends: [RPCServer] = []
        var endpoints: [Endpoint] = []
        for _ in 0..<backendCount {
            var router = Router()
            TestService().register(on: &router)
            NamedHealth(name: "backend").register(on: &router)
            try ReflectionHandler(services: router.services, catalogs: [.suite, .testing]).register(on: &router)
            let backend = try await RPCServer.make(
                ListenerConfiguration(host: "127.0.0.1", port: 0, limits: limits), router: router,
                callers: CallerPolicy(acceptsDirectCallers: true),
                tls: try TLSContext(server: authority.configuration(authority.issue(service: "testing"))),
                loops: loops, logger: logger)
            endpoints.append(try await backend.start())
            backends.append(backend)
        }
        self.backends = backends
        backendEndpoints = endpoints
        var own = Router()
        NamedHealth(name: "gateway").register(on: &own)
        try ReflectionHandler(services: own.services, routes: [TestingV1.TestService.name], catalogs: [.suite])
            .register(on: &own)
        let identity = authority.configuration(authority.issue(service: "gateway"))
        let route = Route(
            service: TestingV1.TestService.name, identity: "testing", endpoints: endpoints.map(\.description))
        plan = GatewayPlan(routes: [route], policy: policy)
        gateway = try await GatewayServer.make(
            ListenerConfiguration(host: "127.0.0.1", port: 0, limits: limits), plan: plan, domain: "quality.example",
            serverTLS: try TLSContext(server: identity), clientTLS: try TLSContext(client: identity), own: own,
            loops: gatewayLoops ?? loops, logger: logger)
        gatewayEndpoint = try await gateway.start()
    }

    /// What all loops counted; asked again until `condition` holds, for what no answer waits for.
    func statistics(_ condition: (LoopSnapshot) -> Bool = { _ in true }) async -> LoopSnapshot {
        while true {
            var sum = LoopSnapshot()
            for loop in loops.all {
                if let snapshot = try? await loop.eventLoop.submit({ loop.telemetry.snapshot }).get() {
                    sum += snapshot
                }
            }
            if condition(sum) { return sum }
            await Task.yield()
        }
    }

    /// A client with this identity.
    func transport(
        _ path: Path, as uri: String = "spiffe://quality.example/org/henan/reporter",
        limits: ConnectionLimits = ConnectionLimits()
    ) async throws -> RPCClient {
        let identity = authority.issue("URI:\(uri)")
        let (endpoint, service) =
            switch path {
            case .direct: (backendEndpoints[0], "testing")
            case .throughGateway: (gatewayEndpoint, "gateway")
            }
        return try await RPCClient.make(
            ConnectionPoolConfiguration(endpoints: [endpoint], limits: limits, server: .service(named: service)),
            tls: try TLSContext(client: authority.configuration(identity)), loops: loops, logger: logger)
    }

    func client(_ path: Path) async throws -> TestingV1.TestServiceClient {
        TestingV1.TestServiceClient(try await transport(path))
    }

    /// Stops a backend: its open calls may not end.
    func stopBackend(_ index: Int) async {
        await backends[index].drain(grace: .zero)
    }

    func stop() async {
        await gateway.drain(grace: .zero)
        for backend in backends { await backend.drain(grace: .zero) }
    }
}
