import RPC
import Synchronization
import TLS
import TestBench
import TestSupport
import Testing
import TestingMessages
import Transport
import Wire

/// Case 35: one authority, several trust domains. Every hop and both its sides hold a peer to their own. Case 40: the
/// gateway, which speaks for everyone, is itself nobody, and whoever dials a service directly is told nothing.
extension Cases {
    private static let ownGateway = "spiffe://quality.example/service/gateway"
    private static let health = "quality.rpc.v1.HealthService/Check"

    /// What a service does that is called through the gateway only.
    private func behindTheGateway() async throws -> (bench: GatewayBench, service: WatchedService) {
        let service = WatchedService()
        var backend = GatewayBench.Backend()
        backend.acceptsDirectCallers = false
        backend.register = { service.register(on: &$0) }
        return (try await GatewayBench(backend, isSingleLoop: true), service)
    }

    @Test(
        "35. whoever is of another trust domain is told so and served nothing, whatever its name",
        arguments: Path.allCases,
        [
            "spiffe://other.example/service/gateway", "spiffe://other.example/org/henan/publisher",
            "spiffe://quality.example.org/service/gateway", "spiffe://Quality.example/service/gateway",
        ])
    func case35PeerOfAnotherDomain(_ path: Path, uri: String) async throws {
        let (bench, service) = try await GatewayBench.watched()
        let peer = try await bench.peer(path, bench.authority.issue("URI:\(uri)"))
        await peer.send(.hello(), .call(1, Method.empty, caller: path == .direct ? GatewayBench.reporter : ""))
        let frames = await peer.framesUntilEnd()
        #expect(frames.of(.status) == [])
        #expect(frames.of(.hello) == [])
        let goAway = frames.of(.goAway).last?.goAway
        #expect(goAway?.error.code == .protocolViolation)
        #expect(goAway?.error.reason.contains("trust domain") == true)
        #expect(service.counts.begun == 0)
        #expect(try await bench.client(path).emptyCall(TestingV1.Empty()) == TestingV1.Empty())
        await bench.stop()
    }

    @Test("35. a caller of another trust domain is not believed, not even from the own gateway")
    func case35StatedCallerOfAnotherDomain() async throws {
        let (bench, service) = try await behindTheGateway()
        let peer = try await bench.peer(.direct, bench.authority.issue("URI:\(Self.ownGateway)"))
        await peer.greet()
        await peer.send(.call(1, Method.empty, caller: "spiffe://other.example/org/henan/publisher"))
        let refusal = await peer.frames(ofCall: 1).status(1)
        #expect(refusal?.code == .permissionDenied)
        #expect(refusal?.isNotStarted == true)
        #expect(service.counts.begun == 0)
        await peer.send(.call(3, Method.empty, caller: GatewayBench.reporter))
        #expect(await peer.frames(ofCall: 3).status(3)?.code == .ok)
        await bench.stop()
    }

    @Test("40. the gateway itself gets nothing of a service but what quality.rpc.v1 has")
    func case40GatewayWithoutCaller() async throws {
        let (bench, service) = try await behindTheGateway()
        let peer = try await bench.peer(.direct, bench.authority.issue("URI:\(Self.ownGateway)"))
        await peer.greet()
        var stream: UInt32 = 1
        for caller in ["", Self.ownGateway] {
            for path in [Method.empty, "quality.nosuch.v1.NoService/Any", "quality.rpc.v1", "quality.rpc.v10.X/Y"] {
                await peer.send(.call(stream, path, caller: caller))
                let refusal = await peer.frames(ofCall: stream).status(stream)
                #expect(refusal?.code == .permissionDenied, "\(path) \(caller)")
                #expect(refusal?.isNotStarted == true)
                stream += 2
            }
            // This service has no health of its own: that it may be asked is all that counts.
            await peer.send(.call(stream, Self.health, caller: caller))
            #expect(await peer.frames(ofCall: stream).status(stream)?.code == .unimplemented)
            stream += 2
        }
        #expect(service.counts.begun == 0)
        await bench.stop()
    }

    @Test("40. dialled directly a service tells nobody what it has and what not")
    func case40DirectCallerLearnsNothing() async throws {
        let (bench, service) = try await behindTheGateway()
        let peer = try await bench.peer(.direct)
        await peer.greet()
        for (index, path) in [Method.empty, "quality.nosuch.v1.NoService/Any", "nonsense", Self.health].enumerated() {
            let stream = UInt32(index * 2 + 1)
            await peer.send(.call(stream, path))
            #expect(await peer.frames(ofCall: stream).status(stream)?.code == .permissionDenied, "\(path)")
        }
        #expect(service.counts.begun == 0)
        await bench.stop()
    }

    @Test(
        "35. a service of another trust domain is sent nothing by the gateway, nor by a client",
        arguments: Path.allCases)
    func case35ServiceOfAnotherDomain(_ path: Path) async throws {
        for uri in ["spiffe://other.example/service/testing", "spiffe://quality.example.org/service/testing"] {
            try await expectNothingSent(path) { $0.issue("URI:\(uri)") }
        }
    }

    @Test("35. a client of another trust domain sends the gateway nothing")
    func case35GatewayOfAnotherDomain() async throws {
        let (bench, service) = try await GatewayBench.watched()
        let client = TestingV1.TestServiceClient(
            try await bench.transport(.throughGateway, as: "spiffe://other.example/org/henan/reporter"))
        let error = await refusal { try await client.emptyCall(TestingV1.Empty()) }
        #expect(error?.code == .unavailable)
        #expect(error?.isNotStarted == true)
        #expect(error?.message.contains("expected spiffe://other.example/service/gateway") == true)
        #expect(service.counts.begun == 0)
        await bench.stop()
    }

    @Test("35. what a caller says about itself to the gateway's own services counts for nothing")
    func case35StatedCallerAtTheGateway() async throws {
        let bench = try await GatewayBench(own: { _ in Router() })
        let peer = try await bench.peer(.throughGateway)
        await peer.greet()
        await peer.send(.call(1, Self.health, caller: Self.ownGateway))
        // Not PERMISSION_DENIED: it was overwritten. This gateway was given no health to tell of.
        #expect(await peer.frames(ofCall: 1).status(1)?.code == .unimplemented)
        await bench.stop()
    }
}
