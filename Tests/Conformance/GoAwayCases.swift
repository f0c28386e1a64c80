import RPC
import Synchronization
import TestBench
import TestSupport
import Testing
import TestingMessages
import Transport
import Wire

/// Cases 15 and 16: servers that go away.
extension Cases {
    @Test(
        "15. after GOAWAY the next call takes a new connection, and the caller sees nothing", arguments: Path.allCases,
        [false, true])
    func case15BetweenCalls(_ path: Path, _ isAnnounced: Bool) async throws {
        let bench = try await GatewayBench.scripted { peer, number in
            await peer.serve { peer, call in
                if number == 0 {
                    // Whatever comes after this one call is not taken here.
                    guard call.stream == 1 else { return }
                    await peer.send(.status(call.stream, message: []))
                    if isAnnounced {
                        await peer.send(.goAway(.max))
                        _ = await peer.framesUntilPong()
                    }
                    await peer.send(.goAway(1))
                } else {
                    await peer.send(.status(call.stream, message: []))
                }
            }
        }
        let client = try await bench.client(path)
        for _ in 0..<5 { #expect(try await client.emptyCall(TestingV1.Empty()) == TestingV1.Empty()) }
        #expect(bench.script?.connectionCount == 2)
        await bench.stop()
    }

    @Test("15. a service that is restarted between two calls is not noticed", arguments: Path.allCases)
    func case15Restart(_ path: Path) async throws {
        let (bench, service) = try await GatewayBench.watched()
        let client = try await bench.client(path)
        for _ in 0..<5 {
            #expect(try await client.emptyCall(TestingV1.Empty()) == TestingV1.Empty())
            try await bench.restartBackend(0)
        }
        #expect(try await client.emptyCall(TestingV1.Empty()) == TestingV1.Empty())
        #expect(service.counts.answered == 6)
        await bench.stop()
    }

    @Test("15. calls that a GOAWAY's id covers go on to their end", arguments: Path.allCases)
    func case15OpenCallsGoOn(_ path: Path) async throws {
        let (bench, service) = try await GatewayBench.watched()
        let client = try await bench.client(path)
        let companion = try await Companion(client)
        async let restarted: Void = bench.restartBackend(0)
        for _ in 0..<20 { try await companion.expectAnswer() }
        try await companion.finish()
        try await restarted
        #expect(service.counts.cancelled == 0)
        #expect(try await client.emptyCall(TestingV1.Empty()) == TestingV1.Empty())
        await bench.stop()
    }

    @Test("16. calls above a GOAWAY's id are sent again exactly once, those below never", arguments: Path.allCases)
    func case16AboveTheLastID(_ path: Path) async throws {
        let calls = Mutex([Int: Int]())
        let bench = try await GatewayBench.scripted { peer, number in
            var open: [UInt32] = []
            await peer.serve { peer, call in
                calls.withLock { $0[number, default: 0] += 1 }
                guard number == 0 else { return await peer.send(.status(call.stream, message: [])) }
                open.append(call.stream)
                guard open.count == 3 else { return }
                // All three are here; one is taken.
                await peer.send(.goAway(open[0]), .status(open[0], message: []))
            }
        }
        let client = try await bench.client(path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<3 { group.addTask { _ = try await client.unaryCall(TestingV1.SimpleRequest()) } }
            try await group.waitForAll()
        }
        #expect(calls.withLock { $0 } == [0: 3, 1: 2])
        await bench.stop()
    }

    @Test("16. a call that was maybe carried out is not sent again", arguments: Path.allCases)
    func case16MaybeIsNotRepeated(_ path: Path) async throws {
        let calls = Mutex(0)
        let bench = try await GatewayBench.scripted { peer, _ in
            await peer.serve { peer, call in
                calls.withLock { $0 += 1 }
                // It was taken, and the process died.
                await peer.send(.goAway(call.stream, .internal))
                await peer.end(.closeNotify)
            }
        }
        let client = try await bench.client(path)
        let error = await refusal { try await client.unaryCall(TestingV1.SimpleRequest()) }
        #expect(error?.code == .unavailable)
        #expect(error?.isNotStarted == false)
        #expect(calls.withLock { $0 } == 1)
        await bench.stop()
    }

    @Test("16. three services restarted one after the other under load lose no call")
    func case16RollingRestart() async throws {
        let service = WatchedService()
        var backend = GatewayBench.Backend()
        backend.count = 3
        backend.register = { service.register(on: &$0) }
        let bench = try await GatewayBench(backend)
        let client = try await bench.client(.throughGateway)
        let load = EndlessLoad()
        try await load.run(callers: 24) { () async throws(RPCError) in
            _ = try await client.unaryCall(TestingV1.SimpleRequest(responseBytes: 100))
        } meanwhile: {
            for round in 0..<6 {
                try await bench.restartBackend(round % 3)
                await load.makeCalls(200)
            }
        }
        #expect(load.seen.failures == [])
        // None was carried out twice.
        #expect(service.counts.answered == load.seen.calls)
        await bench.stop()
    }
}
