import GatewayRules
import Messages
import RPC
import TestBench
import TestSupport
import TestTurns
import Testing
import TestingMessages
import Transport
import Wire

/// Calls that the gateway answers itself, over TLS: they count among their caller's open calls like those that it forwards.
@Suite("Calls of the gateway itself", .takesTurns)
struct OwnCallsTests {
    private static let watchPath = "\(RPCV1.HealthService.name)/Watch"

    private func uri(_ name: String) -> String { "spiffe://quality.example/org/\(name)/viewer" }

    /// `callers`: how many calls an identity may have open.
    private func bench(callers: Int) async throws -> GatewayBench {
        var policy = GatewayBench.open
        policy.callerLimits.concurrentCalls = callers
        return try await GatewayBench(
            policy: policy,
            own: { _ in
                var own = Router()
                PatientHealth().register(on: &own)
                return own
            })
    }

    private func health(_ bench: GatewayBench, _ name: String) async throws -> RPCV1.HealthServiceClient {
        RPCV1.HealthServiceClient(try await bench.transport(.throughGateway, as: uri(name)))
    }

    /// A watch of the gateway's own health, played frame by frame, which has been answered. Asked for again while the
    /// caller has too many open: the end of those of before may take a moment.
    private func ownWatch(_ peer: FramePeer, _ stream: inout UInt32) async throws {
        try await Patience.until("a watch is let in") { [peer] in
            stream += 2
            let opened = stream
            await peer.send(.call(opened, Self.watchPath))
            let frames = await peer.frames { $0.stream == opened && ($0.status != nil || $0.frameType == .data) }
            return frames.last?.frameType == .data
        }
    }

    @Test("watches of the gateway's own health count among their caller's open calls, until they end, however they do")
    func ownWatches() async throws {
        let bench = try await bench(callers: 3)
        let identity = bench.authority.issue("URI:\(uri("henan"))")
        let staying = try await bench.peer(.throughGateway, identity)
        await staying.greet()
        var stream: UInt32 = 1
        let transport = try await bench.transport(.throughGateway, as: uri("henan"))
        let other = TestingV1.TestServiceClient(transport)
        for _ in 0..<3 {
            // One will be lost with its connection, two are given up.
            let lost = try await bench.peer(.throughGateway, identity)
            await lost.greet()
            var first: UInt32 = 1
            try await ownWatch(lost, &first)
            try await ownWatch(staying, &stream)
            let givenUp = stream
            let left = try await health(bench, "henan")
            let responses = try await left.watch(.init(), options: CallOptions())
            var watch = responses.makeAsyncIterator()
            #expect(try await watch.next()?.status == .serving)
            let refusals = await [
                refusal { _ = try await other.emptyCall(.init()) },
                refusal { _ = try await RPCV1.HealthServiceClient(transport).check(.init()) },
            ]
            for refusal in refusals {
                #expect(refusal?.code == .resourceExhausted)
                #expect(refusal?.isNotStarted == true)
                #expect(refusal?.message.contains("3 calls open") == true)
            }
            _ = try await health(bench, "fujian").check(.init())
            await lost.abandon()
            await staying.send(.reset(givenUp, .cancel))
            responses.cancel()
        }
        await bench.stop()
    }

    @Test("calls that the gateway answers at once, or refuses, are open no longer")
    func ownCalls() async throws {
        let bench = try await bench(callers: 1)
        let peer = try await bench.peer(.throughGateway)
        await peer.greet()
        let calls: [(path: String, metadata: [UInt8], code: StatusCode)] = [
            ("\(RPCV1.HealthService.name)/Check", [0, 0], .ok),
            ("\(RPCV1.HealthService.name)/NoSuchMethod", [0, 0], .unimplemented),
            ("\(RPCV1.HealthService.name)/Check", [0, 1], .invalidArgument),
        ]
        for round: UInt32 in 0..<20 {
            for (index, call) in calls.enumerated() {
                let stream = (round * 3 + UInt32(index)) * 2 + 1
                await peer.send(.call(stream, call.path, metadata: call.metadata))
                #expect(await peer.frames(ofCall: stream).status(stream)?.code == call.code)
            }
        }
        await bench.stop()
    }

    private func refusal(_ call: () async throws -> Void) async -> RPCError? {
        await #expect(throws: RPCError.self) { try await call() }
    }
}
