import GatewayRules
import RPC
import TestBench
import TestSupport
import Testing
import TestingMessages
import Wire

/// Case 17: how many calls at once.
extension Cases {
    @Test("17. ten calls to a server that takes one at a time all succeed, one at a time", arguments: Path.allCases)
    func case17InTurn(_ path: Path) async throws {
        // Those beyond the service's one wait for it at the gateway. Nothing is shed for its delay while a test runs.
        var policy = GatewayBench.open
        policy.serviceLimits = ServiceLimits(
            queueTargetMicroseconds: 600_000_000, queueIntervalMicroseconds: 600_000_000)
        let (bench, service) = try await GatewayBench.watched(
            limits: ConnectionLimits(concurrentStreams: 1), gatewayLimits: ConnectionLimits(), policy: policy)
        let client = try await bench.client(path)
        try await withThrowingTaskGroup(of: Int?.self) { group in
            for index in 1...10 {
                group.addTask {
                    try await client.unaryCall(TestingV1.SimpleRequest(responseBytes: UInt32(index), delayMs: 1))
                        .payload?.body.count
                }
            }
            var answers: [Int] = []
            for try await answer in group { answers.append(answer ?? 0) }
            #expect(answers.sorted() == Array(1...10))
        }
        #expect(service.counts.mostAtOnce == 1)
        #expect(service.counts.answered == 10)
        await bench.stop()
    }

    @Test(
        "17. a peer that ignores the limit is refused, not started, and its open call goes on",
        arguments: Path.allCases)
    func case17Ignored(_ path: Path) async throws {
        let (bench, service) = try await GatewayBench.watched(limits: ConnectionLimits(concurrentStreams: 1))
        let peer = try await bench.peer(path)
        #expect(await peer.greet()?.concurrentStreams == 1)
        await peer.send(.call(1, Method.input, flags: []))
        await service.until { $0.begun == 1 }
        await peer.send(.call(3, Method.empty), .call(5, Method.empty))
        for stream: UInt32 in [3, 5] {
            let refusal = await peer.frames(ofCall: stream).status(stream)
            #expect(refusal?.code == .resourceExhausted)
            #expect(refusal?.isNotStarted == true)
        }
        await peer.send(.data(1, [], flags: .streamEnd))
        #expect(await peer.frames(ofCall: 1).status(1)?.code == .ok)
        await peer.send(.call(7, Method.empty))
        #expect(await peer.frames(ofCall: 7).status(7)?.code == .ok)
        #expect(service.counts.begun == 2)
        await bench.stop()
    }
}
