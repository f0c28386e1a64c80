import Balancing
import Logging
import NIOCore
import NIOPosix
import RPC
import Synchronization
import TLS
import TestSupport
import TestTurns
import Testing
import TestingMessages
import TestingService
import Wire

@testable import Transport

/// A listener and its clients over TLS on loopback.
@Suite("A listener", .takesTurns)
struct ListenerTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    private let authority = TestAuthority()
    // One loop: a client has one connection then.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let loops = ConnectionLoops(Self.group)

    private func server(
        serving service: (any TestingV1.TestServiceHandler)? = nil,
        _ change: (inout ListenerConfiguration) -> Void = { _ in }
    ) async throws -> (server: RPCServer, endpoint: Endpoint) {
        var configuration = ListenerConfiguration(
            host: "127.0.0.1", port: 0, rules: .patient, handshakeTimeoutSeconds: Patience.seconds)
        change(&configuration)
        var router = Router()
        if let service { service.register(on: &router) } else { TestService().register(on: &router) }
        let server = try await RPCServer.make(
            configuration, router: router, callers: CallerPolicy(acceptsDirectCallers: true),
            tls: try TLSContext(server: authority.configuration(authority.issue(service: "testing"))), loops: loops,
            logger: Self.logger)
        return (server, try await server.start())
    }

    private func client(
        _ endpoints: [Endpoint], as uri: String = "spiffe://quality.example/org/henan/reporter",
        retries: RetrySettings = RetrySettings()
    ) async throws -> RPCClient {
        try await RPCClient.make(
            ConnectionPoolConfiguration(
                endpoints: endpoints, rules: .patient, connectTimeoutSeconds: Patience.seconds,
                helloTimeoutSeconds: Patience.seconds, patienceSeconds: UInt64(Patience.seconds),
                server: .service(named: "testing")),
            tls: try TLSContext(client: authority.configuration(authority.issue("URI:\(uri)"))), loops: loops,
            logger: Self.logger, defaultTimeout: Patience.limit, retries: retries)
    }

    /// A TCP connection that says nothing.
    private func silentPeer(_ endpoint: Endpoint) async throws -> any Channel {
        try await ClientBootstrap(group: Self.group)
            .connect(host: endpoint.host, port: endpoint.port).get()
    }

    // MARK: Caps

    @Test("however many say nothing, a peer that wants to be served is, and the oldest of them give way")
    func handshakes() async throws {
        let (server, endpoint) = try await server { $0.maximumHandshakes = 2 }
        // Accepted in the order of arrival.
        var silent: [any Channel] = []
        for _ in 0..<3 { silent.append(try await silentPeer(endpoint)) }
        try await silent[0].closeFuture.get()
        #expect(silent[1].isActive && silent[2].isActive)
        let client = try await client([endpoint])
        #expect(try await TestingV1.TestServiceClient(client).emptyCall(TestingV1.Empty()) == TestingV1.Empty())
        try await silent[1].closeFuture.get()
        #expect(silent[2].isActive)
        await client.close()
        await server.drain(grace: .zero)
    }

    @Test("a peer that begins no handshake is closed when its time is over")
    func silentHandshake() async throws {
        let (server, endpoint) = try await server { $0.handshakeTimeoutSeconds = 1 }
        try await silentPeer(endpoint).closeFuture.get()
        await server.drain(grace: .zero)
    }

    @Test("one identity's connections beyond the limit are told why, and another identity's are served")
    func connectionsOfAnIdentity() async throws {
        let (server, endpoint) = try await server { $0.maximumConnectionsPerIdentity = 1 }
        let first = try await client([endpoint])
        let second = try await client([endpoint], retries: RetrySettings(maximumAttempts: 1))
        let other = try await client([endpoint], as: "spiffe://quality.example/org/fujian/reporter")
        let firstService = TestingV1.TestServiceClient(first), secondService = TestingV1.TestServiceClient(second)
        let stream = try await firstService.transport.open(
            TestingV1.TestService.Methods.fullDuplexCall, options: CallOptions())
        do {
            _ = try await secondService.emptyCall(TestingV1.Empty())
            Issue.record("a second connection was served")
        } catch {
            #expect(error.code == .unavailable)
            #expect(error.isNotStarted)
            #expect(error.message.contains("has 1 connections here"))
        }
        _ = try await TestingV1.TestServiceClient(other).emptyCall(TestingV1.Empty())
        stream.cancel()
        for client in [first, second, other] { await client.close() }
        await server.drain(grace: .zero)
    }

    @Test("strangers who have all places of a service give way to its gateway, and never its gateway to them")
    func strangersAtAService() async throws {
        let (server, endpoint) = try await server { $0.maximumConnections = 2 }
        let stranger = try TLSContext(
            client: authority.configuration(authority.issue("URI:spiffe://quality.example/org/fujian/reporter")))
        var strangers: [FramePeer] = []
        for _ in 0..<2 {
            strangers.append(try await FramePeer.connect(port: endpoint.port, tls: stranger))
            await strangers.last?.greet()
        }
        let gateway = try TLSContext(client: authority.configuration(authority.issue(service: "gateway")))
        var gateways: [FramePeer] = []
        for place in 0..<2 {
            gateways.append(try await FramePeer.connect(port: endpoint.port, tls: gateway))
            await gateways.last?.greet()
            #expect(await strangers[place].framesUntilEnd().last?.goAway?.error.code == ConnectionError.Code.none)
        }
        let last = try await FramePeer.connect(port: endpoint.port, tls: stranger)
        let refusal = await last.framesUntilEnd().last?.goAway
        #expect(refusal?.error.code == .excessiveLoad)
        #expect(refusal?.error.reason.contains("2 connections are open, of which none gives way") == true)
        for gateway in gateways {
            #expect(await gateway.framesUntilPong().isEmpty)
            await gateway.end(.closeNotify)
        }
        await server.drain(grace: .zero)
    }

    @Test(
        "a connection whose last answer waits for its socket is in use: nobody takes its place until all of it is out")
    func unsentAnswer() async throws {
        var configuration = ListenerConfiguration(
            host: "127.0.0.1", port: 0, rules: .patient, maximumConnections: 1,
            handshakeTimeoutSeconds: Patience.seconds)
        configuration.maximumConnectionsPerIdentity = 1
        var router = Router()
        TestService().register(on: &router)
        let handlers = router
        let listener = try await Listener.make(
            configuration,
            tls: try TLSContext(server: authority.configuration(authority.issue(service: "testing"))), loops: loops,
            logger: Self.logger
        ) { _ in RouterAcceptor(router: handlers, policy: CallerPolicy(acceptsDirectCallers: true)) }
        let port = try await listener.start().port
        let peer = try await FramePeer.connect(port: port, tls: clientContext("henan"))
        await peer.greet(ConnectionLimits(streamCreditBytes: 0x7fff_ffff, connectionCreditBytes: 0x7fff_ffff))
        await peer.stopReading()
        // Less than a socket's buffer each: whatever is left of the first that does not fit is all of it there.
        let question = try TestingV1.SimpleRequest(responseBytes: 200_000).encodedBytes()
        var stream: UInt32 = 1
        while try await listener.unsentBytes(on: loops) == 0 {
            await peer.send(.call(stream, TestingV1.TestService.Methods.unaryCall.path, question))
            try await Patience.until("call \(stream) ends") { try await listener.hasEnded(stream, loops) }
            stream += 2
        }
        await #expect(throws: (any Error).self) {
            let other = try await FramePeer.connect(port: port, tls: clientContext("fujian"))
            try #require(await other.greet() != nil)
        }
        await peer.resumeReading()
        #expect(await peer.frames(ofCall: stream - 2).status(stream - 2)?.code == .ok)
        try await Patience.until("another is served") {
            let other = try? await FramePeer.connect(port: port, tls: clientContext("fujian"))
            return await other?.greet() != nil
        }
        await listener.drain(grace: .zero)
    }

    private func clientContext(_ unit: String) throws -> TLSContext {
        try TLSContext(
            client: authority.configuration(authority.issue("URI:spiffe://quality.example/org/\(unit)/reporter")))
    }

    @Test("ten calls at once on a connection that may have one all succeed in turn")
    func oneAtATime() async throws {
        let (server, endpoint) = try await server { $0.limits.concurrentStreams = 1 }
        let client = try await client([endpoint])
        let service = TestingV1.TestServiceClient(client)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<10 {
                group.addTask { _ = try await service.unaryCall(TestingV1.SimpleRequest(responseBytes: 1, delayMs: 1)) }
            }
            try await group.waitForAll()
        }
        await client.close()
        await server.drain(grace: .zero)
    }

    @Test("a handler's task that waits for a message can be cancelled from any thread, at any time")
    func cancelledReader() async throws {
        let (server, endpoint) = try await server(serving: ScriptedService())
        let client = try await client([endpoint])
        let call = try await client.open(TestingV1.TestService.Methods.fullDuplexCall, options: CallOptions())
        for _ in 0..<200 {
            try await call.send(
                TestingV1.StreamingOutputRequest(
                    responseBytes: [1], statusMessage: ScriptedService.cancelsReader))
            #expect(try await call.receive(TestingV1.StreamingOutputResponse.self) != nil)
        }
        call.finishSending()
        #expect(try await call.receive(TestingV1.StreamingOutputResponse.self) == nil)
        await client.close()
        await server.drain(grace: .zero)
    }

    // MARK: Draining

    private final class Progress: Sendable {
        let done = Mutex(0)
        let isDrained = Mutex(false)
    }

    @Test("calls that go on while one of two servers drains all succeed")
    func drainUnderLoad() async throws {
        let (first, firstEndpoint) = try await server(), (second, secondEndpoint) = try await server()
        let client = try await client([firstEndpoint, secondEndpoint])
        let service = TestingV1.TestServiceClient(client)
        let progress = Progress()
        let failures = await withTaskGroup(of: [RPCError].self) { group in
            for _ in 0..<16 {
                group.addTask {
                    var failures: [RPCError] = []
                    var after = 0
                    while after < 50 {
                        do throws(RPCError) {
                            _ = try await service.emptyCall(TestingV1.Empty())
                        } catch {
                            failures.append(error)
                        }
                        progress.done.withLock { $0 += 1 }
                        if progress.isDrained.withLock({ $0 }) { after += 1 }
                    }
                    return failures
                }
            }
            try? await Patience.until("500 calls") { progress.done.withLock { $0 } >= 500 }
            await first.drain(grace: .seconds(Patience.seconds))
            progress.isDrained.withLock { $0 = true }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(failures == [])
        await client.close()
        await second.drain(grace: .zero)
    }

    @Test("a call without a deadline ends early in the drain, and tells its caller to come back elsewhere")
    func drainWithOpenEndedCall() async throws {
        let (server, endpoint) = try await server()
        let client = try await client([endpoint])
        var options = CallOptions()
        options.timeout = .seconds(2_000_000_000)
        let call = try await client.open(TestingV1.TestService.Methods.fullDuplexCall, options: options)
        try await call.send(TestingV1.StreamingOutputRequest(responseBytes: [1]))
        #expect(try await call.receive(TestingV1.StreamingOutputResponse.self) != nil)
        await server.drain(DrainTimes(total: .seconds(3_600), openEnded: .zero))
        do throws(RPCError) {
            _ = try await call.receive(TestingV1.StreamingOutputResponse.self)
            Issue.record("the call ended well")
        } catch {
            #expect(error.code == .unavailable)
            #expect(!error.isNotStarted)
            #expect((50...500).contains(error.retryPushbackMilliseconds ?? 0))
        }
        await client.close()
    }

    @Test("a call with a deadline that outlasts the drain ends UNAVAILABLE, maybe carried out")
    func drainWithLongCall() async throws {
        let (server, endpoint) = try await server()
        let client = try await client([endpoint])
        let call = try await client.open(TestingV1.TestService.Methods.fullDuplexCall, options: CallOptions())
        try await call.send(TestingV1.StreamingOutputRequest(responseBytes: [1]))
        #expect(try await call.receive(TestingV1.StreamingOutputResponse.self) != nil)
        await server.drain(DrainTimes(total: .zero))
        do throws(RPCError) {
            _ = try await call.receive(TestingV1.StreamingOutputResponse.self)
            Issue.record("the call ended well")
        } catch {
            #expect(error.code == .unavailable)
            #expect(!error.isNotStarted)
            #expect(error.message.contains("draining"))
        }
        await client.close()
    }
}

extension Listener {
    /// Of the one connection on the one loop.
    private func look<Answer: Sendable>(
        _ loops: ConnectionLoops, _ body: @escaping @Sendable (ServerConnection) -> Answer
    ) async throws -> Answer? {
        let loop = loops.all[0].eventLoop
        let lane = lanes[ObjectIdentifier(loop)]
        return try await loop.submit { lane?.value.connections.values.first.map(body) }.get()
    }

    fileprivate func unsentBytes(on loops: ConnectionLoops) async throws -> Int {
        try await look(loops) { $0.drainObservation.pendingBytes } ?? 0
    }

    fileprivate func hasEnded(_ call: UInt32, _ loops: ConnectionLoops) async throws -> Bool {
        try await look(loops) { $0.lastTakenStreamID >= call && $0.openCalls == 0 } ?? false
    }
}
