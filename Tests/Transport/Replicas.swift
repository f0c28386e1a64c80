import Balancing
import Foundation
import Logging
import Messages
import NIOCore
import RPC
import ServiceKit
import Synchronization
import TLS
import Telemetry
import TestSupport
import Testing
import TestingMessages
import TestingService
import Transport
import Wire

/// Copies of the test service over TLS on loopback, in this process, and clients that choose among them.
final class Replicas: Sendable {
    let authority = TestAuthority()
    let loops: ConnectionLoops
    let services: [ReplicaService]
    let boards: [HealthBoard]
    let endpoints: [Endpoint]
    private let servers: [RPCServer]
    private let clients = Mutex<[RPCClient]>([])
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// - Parameters:
    ///   - hosts: a copy listens on each; on one port, so that one name can stand for all.
    ///   - late: the last so many listen only when ``start(_:)`` is called.
    ///   - servesHealth: otherwise the copies know no health service at all.
    ///   - loops: of the copies and of their clients.
    init(
        hosts: [String], late: Int = 0, servesHealth: Bool = false, loops: ConnectionLoops = ConnectionLoops(threads: 1)
    ) async throws {
        self.loops = loops
        services = hosts.map { _ in ReplicaService() }
        boards = hosts.map { _ in HealthBoard() }
        var endpoints: [Endpoint] = []
        var servers: [RPCServer] = []
        for (index, host) in hosts.enumerated() {
            var router = Router()
            services[index].register(on: &router)
            if servesHealth {
                boards[index].set(TestingV1.TestService.name, .serving)
                boards[index].set("", .serving)
                boards[index].register(on: &router)
            }
            let server = try await RPCServer.make(
                ListenerConfiguration(
                    host: host, port: endpoints.first?.port ?? 0, rules: .patient,
                    handshakeTimeoutSeconds: Patience.seconds), router: router,
                callers: CallerPolicy(acceptsDirectCallers: true),
                tls: try TLSContext(server: authority.configuration(authority.issue(service: "testing"))),
                loops: loops, logger: logger)
            if index < hosts.count - late {
                endpoints.append(try await server.start())
            } else {
                endpoints.append(Endpoint(host: host, port: endpoints.first?.port ?? 0))
            }
            servers.append(server)
        }
        self.endpoints = endpoints
        self.servers = servers
    }

    /// A configuration that learns the copies by their addresses.
    func configuration() -> ConnectionPoolConfiguration {
        ConnectionPoolConfiguration(
            service: TestingV1.TestService.name, sources: endpoints.map { .endpoint($0) }, rules: .patient,
            connectTimeoutSeconds: Patience.seconds, helloTimeoutSeconds: Patience.seconds,
            patienceSeconds: UInt64(Patience.seconds), server: .service(named: "testing"), resolutionSeconds: 1,
            slowStartSeconds: 0, isEager: true)
    }

    func client(
        _ configuration: ConnectionPoolConfiguration, retries: RetrySettings = RetrySettings()
    ) async throws -> TestingV1.TestServiceClient {
        let identity = authority.issue("URI:spiffe://quality.example/org/henan/reporter")
        let client = try await RPCClient.make(
            configuration, tls: try TLSContext(client: authority.configuration(identity)), loops: loops,
            logger: logger, defaultTimeout: Patience.limit, retries: retries)
        clients.withLock { $0.append(client) }
        return TestingV1.TestServiceClient(client)
    }

    /// What operators see of a copy.
    func seen(_ index: Int) async throws -> EndpointSnapshot? {
        let loop = loops.all[0]
        return try await loop.eventLoop.submit { loop.telemetry.snapshot }.get().endpoints["\(endpoints[index])"]
    }

    func start(_ index: Int) async throws {
        _ = try await servers[index].start()
    }

    func stop(_ index: Int) async {
        await servers[index].drain(grace: .zero)
    }

    func stopAll() async {
        for client in clients.withLock({ $0 }) { await client.close() }
        for server in servers { await server.drain(grace: .zero) }
    }

    /// Makes calls until `condition` holds: what a client does about an endpoint it does soon, but in its own time.
    func call(
        _ client: TestingV1.TestServiceClient, until what: String, _ condition: () -> Bool,
        failuresAllowed: Bool = false
    ) async throws {
        let deadline = ContinuousClock.now + Patience.limit
        while !condition() {
            try #require(ContinuousClock.now < deadline, "never: \(what)")
            do {
                _ = try await client.unaryCall(TestingV1.SimpleRequest())
            } catch {
                if !failuresAllowed { throw error }
            }
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}
