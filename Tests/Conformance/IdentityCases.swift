import RPC
import Synchronization
import TLS
import TestBench
import TestSupport
import Testing
import TestingMessages
import Transport
import Wire

/// Case 25: callers and services that are not who they say.
extension Cases {
    private static let minister = "spiffe://quality.example/org/province/publisher"

    @Test("25. a caller's word about itself is overwritten by the gateway, and refused by a service dialled directly")
    func case25ForgedCaller() async throws {
        let (bench, service) = try await GatewayBench.watched()
        let request = try TestingV1.SimpleRequest().encodedBytes()
        let direct = try await bench.peer(.direct)
        await direct.greet()
        await direct.send(.call(1, Method.unary, request, caller: Self.minister))
        let refusal = await direct.frames(ofCall: 1).status(1)
        #expect(refusal?.code == .permissionDenied)
        #expect(refusal?.isNotStarted == true)
        #expect(service.counts.begun == 0)

        let routed = try await bench.peer(.throughGateway)
        await routed.greet()
        await routed.send(.call(1, Method.unary, request, caller: Self.minister))
        let answer = try #require(await routed.frames(ofCall: 1).status(1)?.message)
        #expect(try TestingV1.SimpleResponse.decode(answer).caller == GatewayBench.reporter)
        await bench.stop()
    }

    @Test("25. what the gateway sends on names the caller's certificate, whatever the caller wrote")
    func case25ForgedCallerOnTheWire() async throws {
        let (callers, caller) = AsyncStream<String?>.makeStream()
        let bench = try await GatewayBench.scripted { peer, _ in
            await peer.serve { peer, call in
                caller.yield(call.caller)
                await peer.send(.status(call.stream, message: []))
            }
        }
        let peer = try await bench.peer(.throughGateway)
        await peer.greet()
        var each = callers.makeAsyncIterator()
        for (stream, forged) in [(UInt32(1), ""), (3, Self.minister), (5, "spiffe://quality.example/service/gateway")] {
            await peer.send(.call(stream, Method.empty, caller: forged))
            #expect(await each.next() == .some(GatewayBench.reporter))
        }
        await bench.stop()
    }

    /// Certificates that let nobody in.
    enum BadCertificate: CaseIterable, Sendable {
        case withoutName, dnsName, twoNames, noRole, expired, notYetValid, foreign

        func identity(_ authority: TestAuthority) -> TestAuthority.Identity {
            let uri = "URI:\(GatewayBench.reporter)"
            return switch self {
            case .withoutName: authority.issue(nil)
            case .dnsName: authority.issue("DNS:gateway")
            case .twoNames: authority.issue("\(uri),URI:\(Cases.minister)")
            case .noRole: authority.issue("URI:spiffe://quality.example/org/henan")
            case .expired: authority.issue(uri, validSeconds: -7_200 ... -3_600)
            case .notYetValid: authority.issue(uri, validSeconds: 3_600...7_200)
            case .foreign: TestAuthority(name: "another authority").issue(uri)
            }
        }
    }

    @Test("25. a caller with a bad certificate is served nothing", arguments: Path.allCases, BadCertificate.allCases)
    func case25BadCaller(_ path: Path, _ bad: BadCertificate) async throws {
        let (bench, service) = try await GatewayBench.watched()
        let peer = try await bench.peer(path, bad.identity(bench.authority))
        // In TLS 1.3 the client is done before the server judges.
        await peer.send(.hello(), .call(1, Method.empty))
        #expect(await peer.framesUntilEnd().of(.status) == [])
        #expect(service.counts.begun == 0)
        // Others are.
        #expect(try await bench.client(path).emptyCall(TestingV1.Empty()) == TestingV1.Empty())
        await bench.stop()
    }

    @Test(
        "25. a server with a bad certificate is sent nothing: UNAVAILABLE, not started", arguments: Path.allCases)
    func case25BadServer(_ path: Path) async throws {
        // All at once: each client waits a second before its other attempt.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for bad in BadCertificate.allCases where bad != .noRole {
                group.addTask { try await expectNothingSent(path, bad.identity) }
            }
            try await group.waitForAll()
        }
    }

    /// A server that shows `identity` hears nothing, and its caller is told so.
    func expectNothingSent(
        _ path: Path, authority: TestAuthority = TestAuthority(), revocations: String? = nil,
        _ identity: @escaping (TestAuthority) -> TestAuthority.Identity
    ) async throws {
        let received = Mutex<[RawFrame]>([])
        let bench = try await GatewayBench(
            script: { peer, _ in
                await peer.send(.hello())
                let frames = await peer.framesUntilEnd()
                received.withLock { $0 += frames }
            }, authority: authority, revocations: revocations, isSingleLoop: true, scriptIdentity: identity)
        let client = try await bench.client(path)
        let error = await refusal { try await client.emptyCall(TestingV1.Empty()) }
        #expect(error?.code == .unavailable)
        #expect(error?.isNotStarted == true)
        #expect(received.withLock { $0 } == [])
        await bench.stop()
    }

    @Test("25. a caller whose certificate was taken back is served nothing, and another is", arguments: Path.allCases)
    func case25RevokedCaller(_ path: Path) async throws {
        let authority = TestAuthority()
        let lost = authority.issue("URI:\(GatewayBench.reporter)")
        let service = WatchedService()
        var backend = GatewayBench.Backend()
        backend.register = { service.register(on: &$0) }
        let bench = try await GatewayBench(
            backend, authority: authority, revocations: authority.revocations([lost]), isSingleLoop: true)
        let peer = try await bench.peer(path, lost)
        await peer.send(.hello(), .call(1, Method.empty))
        #expect(await peer.framesUntilEnd().of(.status) == [])
        #expect(service.counts.begun == 0)
        #expect(try await bench.client(path).emptyCall(TestingV1.Empty()) == TestingV1.Empty())
        await bench.stop()
    }

    @Test("25. a service whose certificate was taken back is sent nothing", arguments: Path.allCases)
    func case25RevokedServer(_ path: Path) async throws {
        let authority = TestAuthority()
        let lost = authority.issue(service: "testing")
        let revocations = authority.revocations([lost])
        try await expectNothingSent(path, authority: authority, revocations: revocations) { _ in lost }
    }

    @Test("25. a service that is not the one named is sent nothing", arguments: Path.allCases)
    func case25WrongServer(_ path: Path) async throws {
        // The gateway's route names another service than its backend is, and so does the client that dials it.
        let service = WatchedService()
        var backend = GatewayBench.Backend()
        backend.register = { service.register(on: &$0) }
        let bench = try await GatewayBench(backend, isSingleLoop: true, routedIdentity: "registry")
        let client =
            switch path {
            case .direct:
                TestingV1.TestServiceClient(
                    try await bench.transport(to: bench.backendEndpoints[0], expecting: "registry"))
            case .throughGateway: try await bench.client(path)
            }
        let error = await refusal { try await client.emptyCall(TestingV1.Empty()) }
        #expect(error?.code == .unavailable)
        #expect(error?.isNotStarted == true)
        #expect(error?.message.contains("registry") == true)
        #expect(service.counts.begun == 0)
        await bench.stop()
    }

    @Test("25. a backend that is dialled directly serves nobody, and through the gateway everybody")
    func case25DialledDirectly() async throws {
        let service = WatchedService()
        var backend = GatewayBench.Backend()
        backend.acceptsDirectCallers = false
        backend.register = { service.register(on: &$0) }
        let bench = try await GatewayBench(backend)
        for uri in [GatewayBench.reporter, "spiffe://quality.example/service/registry"] {
            let client = TestingV1.TestServiceClient(try await bench.transport(.direct, as: uri))
            let error = await refusal { try await client.emptyCall(TestingV1.Empty()) }
            #expect(error?.code == .permissionDenied)
            #expect(error?.isNotStarted == true)
        }
        #expect(service.counts.begun == 0)
        #expect(try await bench.client(.throughGateway).emptyCall(TestingV1.Empty()) == TestingV1.Empty())
        await bench.stop()
    }

    @Test(
        "25. all replicas gone: calls fail at once, not started, and few dials are made; back again: all is well",
        arguments: Path.allCases)
    func case25DialRate(_ path: Path) async throws {
        let dials = Mutex<[ContinuousClock.Instant]>([])
        let isRevived = Mutex(false)
        let bench = try await GatewayBench.scripted { peer, _ in
            guard isRevived.withLock({ $0 }) else {
                // As a process that is being killed: it takes the connection and is gone.
                dials.withLock { $0.append(.now) }
                return await peer.abandon()
            }
            await peer.serve { peer, call in await peer.send(.status(call.stream, message: [])) }
        }
        let client = try await bench.client(path)
        // Taken here and not by the script, which may hear of the first attempt late.
        let beforeFirst = ContinuousClock.now
        // Demand for as long as two attempts take.
        while dials.withLock({ $0.count }) < 2 {
            let error = await refusal { try await client.emptyCall(TestingV1.Empty()) }
            #expect(error?.code == .unavailable)
            #expect(error?.isNotStarted == true)
        }
        let second = dials.withLock { $0[1] }
        // Not earlier than the pause allows: 1 s, 20 % less at most.
        #expect(second - beforeFirst >= .milliseconds(800))
        isRevived.withLock { $0 = true }
        while true {
            do throws(RPCError) {
                _ = try await client.emptyCall(TestingV1.Empty())
                break
            } catch {
                #expect(error.code == .unavailable)
            }
        }
        await bench.stop()
    }
}
