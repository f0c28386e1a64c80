internal import Balancing
package import GatewayRules
package import GatewayServer
internal import Glibc
package import Logging
internal import NIOCore
internal import NIOPosix
package import RPC
internal import Synchronization
internal import TLS
package import Telemetry
package import TestSupport
package import TestingMessages
internal import TestingService
package import Transport
package import Wire

/// A test service, a gateway before it, and clients of both, over TLS on loopback, in this process. Instead of the
/// service there may be a script.
package final class GatewayBench: Sendable {
    package enum Path: CaseIterable, Sendable {
        case direct, throughGateway
    }

    /// What serves the calls in the end.
    package struct Backend: Sendable {
        package var count = 1
        package var limits = ConnectionLimits()
        package var rules = ConnectionRules.patient
        /// Whether the service may be called past the gateway.
        package var acceptsDirectCallers = true
        package var descriptors = DescriptorAllowance.unlimited
        package var register: @Sendable (inout Router) throws -> Void = { TestService().register(on: &$0) }

        package init() {}
    }

    /// Everyone may call everything.
    package static let open = AdmissionPolicy(
        grants: [AdmissionPolicy.Grant(role: AdmissionPolicy.everyone, methods: ["*"].compactMap(MethodPattern.init))],
        callerLimits: CallerLimits(callsPerSecond: 1_000_000, burstCalls: 1_000_000, concurrentCalls: 100_000))

    /// A gateway's limits are shared out to its loops: with this one alone it has them whole.
    package static let oneLoop = ConnectionLoops(threads: 1)

    package typealias Script = @Sendable (FramePeer, Int) async -> Void

    package let authority: TestAuthority
    private let revocations: String?
    private let loops: ConnectionLoops
    private let backend: Backend
    private let backends: Mutex<[RPCServer]>
    /// Set instead of `backends`.
    package let script: FrameServer?
    package let backendEndpoints: [Endpoint]
    package let plan: GatewayPlan
    package let gateway: GatewayServer
    package let gatewayEndpoint: Endpoint
    private let logger: Logger

    /// Says nothing to anybody.
    package static let silence = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// - Parameters:
    ///   - limits: the gateway's, on both its sides.
    ///   - rules: what the gateway holds its peers to.
    ///   - revocations: a list of the authority's, which everybody here knows; PEM.
    ///   - gatewayLoops: for the gateway alone.
    ///   - bytesInFlight: what may wait on the gateway's and the services' loops.
    ///   - isSingleLoop: everything on one event loop, so that one client has one connection.
    ///   - routedIdentity: the name that the gateway expects in its backends' certificates.
    ///   - scriptIdentity: what the script shows as its certificate.
    ///   - descriptors: the sockets that the gateway may have.
    ///   - logger: hears of everything but the script.
    ///   - own: makes what the gateway serves itself; is handed a closure that gives the names of its routes.
    package init(
        _ backend: Backend = Backend(), script: Script? = nil, limits: ConnectionLimits = ConnectionLimits(),
        rules: ConnectionRules = .patient, policy: AdmissionPolicy = open,
        gatewayLoops: ConnectionLoops? = nil, telemetry: TelemetryOptions = TelemetryOptions(),
        authority: TestAuthority = TestAuthority(),
        revocations: String? = nil, bytesInFlight: BytesInFlightLimits = BytesInFlightLimits(),
        isSingleLoop: Bool = false,
        routedIdentity: String = "testing",
        scriptIdentity: (TestAuthority) -> TestAuthority.Identity = { $0.issue(service: "testing") },
        descriptors: DescriptorAllowance = .unlimited, logger: Logger = silence,
        own: (_ routes: @escaping @Sendable () -> [String]) throws -> Router = { _ in Router() }
    ) async throws {
        let group: any EventLoopGroup =
            isSingleLoop ? MultiThreadedEventLoopGroup.singleton.next() : MultiThreadedEventLoopGroup.singleton
        let loops = ConnectionLoops(group, limits: bytesInFlight, telemetry: telemetry)
        var servers: [RPCServer] = []
        var endpoints: [Endpoint] = []
        if let script {
            let server = try await FrameServer(
                tls: try TLSContext(
                    server: authority.configuration(scriptIdentity(authority), revocations: revocations)),
                script: script)
            endpoints.append(Endpoint(host: "127.0.0.1", port: server.port))
            self.script = server
        } else {
            self.script = nil
            let tls = try TLSContext(
                server: authority.configuration(authority.issue(service: "testing"), revocations: revocations))
            for _ in 0..<backend.count {
                let server = try await Self.makeBackend(
                    backend, port: ServicePort.next(), tls: tls, loops: loops, logger: logger)
                endpoints.append(try await server.start())
                servers.append(server)
            }
        }
        self.authority = authority
        self.logger = logger
        self.revocations = revocations
        self.loops = loops
        self.backend = backend
        backends = Mutex(servers)
        backendEndpoints = endpoints
        let identity = authority.configuration(authority.issue(service: "gateway"), revocations: revocations)
        plan = GatewayPlan(
            routes: [TestingV1.TestService.name, Self.relayService].map {
                Route(service: $0, identity: routedIdentity, endpoints: endpoints.map(\.description))
            }, policy: policy)
        gateway = try await GatewayServer.make(
            ListenerConfiguration(
                host: "127.0.0.1", port: 0, limits: limits, rules: rules, handshakeTimeoutSeconds: Patience.seconds,
                descriptors: descriptors),
            plan: plan, backends: Self.patientBackends,
            serverTLS: try TLSContext(server: identity),
            clientTLS: try TLSContext(client: identity), loops: gatewayLoops ?? loops,
            logger: logger, own: own)
        gatewayEndpoint = try await gateway.start()
    }

    /// As ``init(_:script:limits:rules:policy:gatewayLoops:telemetry:authority:revocations:bytesInFlight:isSingleLoop:routedIdentity:scriptIdentity:descriptors:logger:own:)``, with the same limits everywhere.
    package convenience init(
        backendCount: Int, limits: ConnectionLimits = ConnectionLimits(), policy: AdmissionPolicy = open,
        gatewayLoops: ConnectionLoops? = nil, telemetry: TelemetryOptions = TelemetryOptions()
    ) async throws {
        var backend = Backend()
        backend.count = backendCount
        backend.limits = limits
        try await self.init(
            backend, limits: limits, policy: policy, gatewayLoops: gatewayLoops, telemetry: telemetry)
    }

    /// Another service that the gateway has a route for, on the same backends.
    package static let relayService = "quality.testing.v1.RelayService"

    private static func makeBackend(
        _ backend: Backend, port: Int, tls: TLSContext, loops: ConnectionLoops, logger: Logger
    ) async throws -> RPCServer {
        var router = Router()
        try backend.register(&router)
        return try await RPCServer.make(
            ListenerConfiguration(
                host: "127.0.0.1", port: port, limits: backend.limits, rules: backend.rules,
                handshakeTimeoutSeconds: Patience.seconds, descriptors: backend.descriptors),
            router: router,
            callers: CallerPolicy(acceptsDirectCallers: backend.acceptsDirectCallers), tls: tls, loops: loops,
            logger: logger)
    }

    private static var patientBackends: BackendSettings {
        var settings = BackendSettings()
        settings.connectTimeoutSeconds = Patience.seconds
        settings.helloTimeoutSeconds = Patience.seconds
        settings.patienceSeconds = UInt64(Patience.seconds)
        return settings
    }

    // MARK: Clients

    private func target(_ path: Path) -> (endpoint: Endpoint, service: String) {
        switch path {
        case .direct: (backendEndpoints[0], "testing")
        case .throughGateway: (gatewayEndpoint, "gateway")
        }
    }

    package static let reporter = "spiffe://quality.example/org/henan/reporter"

    /// A client with this identity.
    package func transport(
        _ path: Path, as uri: String = reporter, limits: ConnectionLimits = ConnectionLimits()
    ) async throws -> RPCClient {
        let (endpoint, service) = target(path)
        return try await transport(to: endpoint, expecting: service, as: uri, limits: limits)
    }

    /// A client of whoever listens there, if that is the service of this name.
    package func transport(
        to endpoint: Endpoint, expecting service: String, as uri: String = reporter,
        limits: ConnectionLimits = ConnectionLimits()
    ) async throws -> RPCClient {
        let identity = authority.issue("URI:\(uri)")
        return try await RPCClient.make(
            ConnectionPoolConfiguration(
                endpoints: [endpoint], limits: limits, rules: .patient, connectTimeoutSeconds: Patience.seconds,
                helloTimeoutSeconds: Patience.seconds, patienceSeconds: UInt64(Patience.seconds),
                server: .service(named: service)),
            tls: try TLSContext(client: authority.configuration(identity, revocations: revocations)), loops: loops,
            // Tests see what the other side answers.
            logger: logger, defaultTimeout: Patience.limit, retries: RetrySettings(maximumAttempts: 1))
    }

    package func client(_ path: Path) async throws -> TestingV1.TestServiceClient {
        TestingV1.TestServiceClient(try await transport(path))
    }

    /// A client played frame by frame. `identity`: another certificate than a reporter's.
    package func peer(_ path: Path, _ identity: TestAuthority.Identity? = nil) async throws -> FramePeer {
        try await FramePeer.connect(
            port: target(path).endpoint.port,
            tls: try TLSContext(
                client: authority.configuration(identity ?? authority.issue("URI:\(Self.reporter)"))))
    }

    /// What all loops counted; asked again until `condition` holds, for what no answer waits for.
    package func statistics(_ condition: (LoopSnapshot) -> Bool = { _ in true }) async -> LoopSnapshot {
        while true {
            var sum = LoopSnapshot()
            for loop in loops.all {
                if let snapshot = try? await loop.eventLoop.submit({ loop.telemetry.snapshot }).get() {
                    sum += snapshot
                }
            }
            if condition(sum) { return sum }
            try? await Task.sleep(for: .milliseconds(1))
        }
    }

    // MARK: The end

    /// Has whom callers of this path dial take its leave.
    package func drain(_ path: Path, _ times: DrainTimes) async {
        switch path {
        case .direct: await backends.withLock { $0[0] }.drain(times)
        case .throughGateway: await gateway.drain(times)
        }
    }

    /// Stops a backend: its open calls may not end.
    package func stopBackend(_ index: Int) async {
        await backends.withLock { $0[index] }.drain(grace: .zero)
    }

    /// Stops a backend when its calls have ended, and starts another in its place.
    package func restartBackend(_ index: Int) async throws {
        await backends.withLock { $0[index] }.drain(grace: .seconds(Patience.seconds))
        let server = try await Self.makeBackend(
            backend, port: backendEndpoints[index].port,
            tls: try TLSContext(
                server: authority.configuration(authority.issue(service: "testing"), revocations: revocations)),
            loops: loops, logger: logger)
        // Another test may start a process at this moment: until that has executed its program it holds a copy of the old
        // listening socket, which nobody can be asked about.
        for attempt in 1... {
            do {
                _ = try await server.start()
                break
            } catch let error as IOError where error.errnoCode == EADDRINUSE && attempt < 500 {
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        backends.withLock { $0[index] = server }
    }

    package func stop() async {
        await gateway.drain(grace: .zero)
        for server in backends.withLock({ $0 }) { await server.drain(grace: .zero) }
        await script?.stop()
    }
}
