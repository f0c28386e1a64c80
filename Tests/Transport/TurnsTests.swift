import Balancing
import Logging
import NIOCore
import RPC
import Synchronization
import TLS
import TestSupport
import TestTurns
import Testing
import TestingMessages
import Transport
import Wire

/// Works for ever, standing back now and then, until another call says that it came in.
private final class LongWork: Sendable {
    private typealias Methods = TestingV1.TestService.Methods
    private let state = Mutex((isOver: false, turns: 0))

    var turns: Int { state.withLock { $0.turns } }

    func register(on router: inout Router) {
        router.register(
            UnaryHandler<TestingV1.SimpleRequest, TestingV1.SimpleResponse>(Methods.unaryCall) {
                (_, context) async throws(RPCError) in
                // A bound, so that a loop that never looks at its sockets fails and does not hang.
                while !self.state.withLock({ $0.isOver }), self.turns < 100_000 {
                    self.state.withLock { $0.turns += 1 }
                    await context.call.letOthersRun()
                }
                return TestingV1.SimpleResponse(caller: self.state.withLock { $0.isOver } ? "came in" : "shut out")
            })
        router.register(
            UnaryHandler<TestingV1.Empty, TestingV1.Empty>(Methods.emptyCall) { (request, _) throws(RPCError) in
                self.state.withLock { $0.isOver = true }
                return request
            })
    }
}

@Suite("Turns on an event loop", .takesTurns)
struct TurnsTests {
    @Test("a handler that stands back in long work lets another connection's call in, on the same event loop")
    func sockets() async throws {
        let authority = TestAuthority()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let serverLoops = ConnectionLoops(threads: 1)
        let clientLoops = ConnectionLoops(threads: 1)
        let work = LongWork()
        var router = Router()
        work.register(on: &router)
        let server = try await RPCServer.make(
            ListenerConfiguration(
                host: "127.0.0.1", port: 0, rules: .patient, handshakeTimeoutSeconds: Patience.seconds),
            router: router, callers: CallerPolicy(acceptsDirectCallers: true),
            tls: try TLSContext(server: authority.configuration(authority.issue(service: "testing"))),
            loops: serverLoops, logger: logger)
        let endpoint = try await server.start()
        var clients: [RPCClient] = []
        for unit in ["henan", "fujian"] {
            let identity = authority.issue("URI:spiffe://quality.example/org/\(unit)/reporter")
            clients.append(
                try await RPCClient.make(
                    ConnectionPoolConfiguration(
                        service: TestingV1.TestService.name, sources: [.endpoint(endpoint)], rules: .patient,
                        connectTimeoutSeconds: Patience.seconds, helloTimeoutSeconds: Patience.seconds,
                        server: .service(named: "testing"), resolutionSeconds: 1, slowStartSeconds: 0),
                    tls: try TLSContext(client: authority.configuration(identity)), loops: clientLoops,
                    logger: logger, defaultTimeout: Patience.limit))
        }
        let first = TestingV1.TestServiceClient(clients[0])
        let long = Task { try await first.unaryCall(TestingV1.SimpleRequest()) }
        try await Patience.until("the long work has begun") { work.turns > 0 }
        _ = try await TestingV1.TestServiceClient(clients[1]).emptyCall(TestingV1.Empty())
        #expect(try await long.value.caller == "came in")
        for client in clients { await client.close() }
        await server.drain(grace: .zero)
        try await serverLoops.shutDown()
        try await clientLoops.shutDown()
    }

    @Test("a request too large to read on the loop is answered all the same, and one that is no message is refused")
    func large() async throws {
        let replicas = try await Replicas(hosts: ["127.0.0.1"])
        let client = try await replicas.client(replicas.configuration())
        var request = TestingV1.SimpleRequest(responseBytes: 3)
        request.payload = TestingV1.Payload(body: [UInt8](repeating: 1, count: 1 << 20))
        for _ in 0..<50 { #expect(try await client.unaryCall(request).payload?.body.count == 3) }
        await replicas.stopAll()
    }
}
