import RPC
import Synchronization
import TestBench
import TestSupport
import Testing
import TestingMessages
import TestingService
import Transport
import Wire

/// Cases 10 and 11: time that runs out. That clocks an hour apart change nothing is shown by processes: see
/// ProcessCases.
extension Cases {
    @Test(
        "10. a call of 1 ms to a server that sleeps is DEADLINE_EXCEEDED, and cancelled there", arguments: Path.allCases
    )
    func case10Deadline(_ path: Path) async throws {
        let (bench, service) = try await GatewayBench.watched()
        let client = try await bench.client(path)
        let companion = try await Companion(client)
        let error = await refusal {
            try await client.unaryCall(
                TestingV1.SimpleRequest(delayMs: 600_000), options: CallOptions(timeout: .milliseconds(1)))
        }
        #expect(error?.code == .deadlineExceeded)
        await service.until { $0.ended == $0.begun - 1 }
        try await companion.expectAnswer()
        await bench.stop()
    }

    @Test("10. a server answers DEADLINE_EXCEEDED itself when nobody resets the call", arguments: Path.allCases)
    func case10DeadlineAtServer(_ path: Path) async throws {
        let (bench, service) = try await GatewayBench.watched()
        let peer = try await bench.peer(path)
        await peer.greet()
        let request = try TestingV1.SimpleRequest(delayMs: 600_000).encodedBytes()
        await peer.send(.call(1, Method.unary, request, timeoutMicroseconds: 50_000))
        #expect(await peer.frames(ofCall: 1).status(1)?.code == .deadlineExceeded)
        await service.until { $0.ended == $0.begun }
        // A timeout of nothing is not carried out at all.
        await peer.send(.call(3, Method.empty, timeoutMicroseconds: 0))
        #expect(await peer.frames(ofCall: 3).status(3)?.code == .deadlineExceeded)
        #expect(service.counts.begun <= 1)
        await bench.stop()
    }

    @Test("10. a thousand calls of 1 ms at once leak no slot, no window and no handler", arguments: Path.allCases)
    func case10ThousandDeadlines(_ path: Path) async throws {
        // As the programs have it: a gateway has a thousand places at a service whose connection allows for those, and more.
        let (bench, service) = try await GatewayBench.watched(limits: ConnectionLimits(concurrentStreams: 1_250))
        let client = try await bench.client(path)
        _ = try await client.emptyCall(TestingV1.Empty())
        let request = TestingV1.SimpleRequest(payload: payload(500), delayMs: 600_000)
        let codes = await withTaskGroup(of: StatusCode?.self) { group in
            for _ in 0..<1_000 {
                group.addTask {
                    await refusal {
                        try await client.unaryCall(request, options: CallOptions(timeout: .milliseconds(1)))
                    }?.code
                }
            }
            return await group.reduce(into: [StatusCode?]()) { $0.append($1) }
        }
        #expect(codes.allSatisfy { $0 == .deadlineExceeded })
        // What was sent comes before this call, so nothing begins after it.
        _ = try await client.emptyCall(TestingV1.Empty())
        await service.until { $0.ended == $0.begun }
        // Every slot is free: as many calls are open at once as ever may be.
        let before = service.counts
        try await withThrowingTaskGroup(of: Void.self) { group in
            var calls: [ClientStreamingCall<TestingV1.StreamingInputRequest, TestingV1.StreamingInputResponse>] = []
            for _ in 0..<1_000 { calls.append(try await client.streamingInputCall()) }
            await service.until { $0.begun == before.begun + 1_000 }
            for call in calls { group.addTask { _ = try await call.response() } }
            try await group.waitForAll()
        }
        // And every window is whole.
        let large = try await client.unaryCall(
            TestingV1.SimpleRequest(responseBytes: 3_000_000, payload: payload(3_000_000)))
        #expect(large.payload?.body.count == 3_000_000)
        await bench.stop()
    }

    @Test("11. over three hops the deadline only shrinks", arguments: Path.allCases)
    func case11ThreeHops(_ path: Path) async throws {
        let relay = RelayService()
        var backend = GatewayBench.Backend()
        backend.register = { router in
            TestService().register(on: &router)
            relay.register(on: &router)
        }
        let bench = try await GatewayBench(backend)
        // Caller, gateway, relay, gateway, service.
        relay.connect(try await bench.transport(path, as: "spiffe://quality.example/service/relay"))
        let received = ResponseMetadata()
        let given: UInt64 = 60_000_000
        let response = try await bench.transport(path).unary(
            RelayService.method, TestingV1.SimpleRequest(), returning: TestingV1.SimpleResponse.self,
            options: CallOptions(timeout: .microseconds(given), responseMetadata: received))
        let atRelay = UInt64(received.trailing.text(of: RelayService.remainingKey) ?? "") ?? 0
        #expect(atRelay > 0)
        #expect(atRelay < given)
        #expect(response.remainingUs > 0)
        #expect(response.remainingUs < atRelay)
        await bench.stop()
    }

    @Test("11. a hop sends on what is left, and none where none was given", arguments: Path.allCases)
    func case11RelativeOnTheWire(_ path: Path) async throws {
        let (timeouts, timeout) = AsyncStream<UInt64?>.makeStream()
        let bench = try await GatewayBench.scripted { peer, _ in
            await peer.serve { peer, call in
                timeout.yield(call.timeoutMicroseconds)
                await peer.send(.status(call.stream, message: []))
            }
        }
        let peer = try await bench.peer(path)
        await peer.greet()
        var each = timeouts.makeAsyncIterator()
        await peer.send(.call(1, Method.empty, timeoutMicroseconds: 60_000_000))
        let left = await each.next() ?? nil
        #expect(left.map { $0 <= 60_000_000 && $0 > 0 } == true)
        await peer.send(.call(3, Method.empty))
        #expect(await each.next() == .some(nil))
        await bench.stop()
    }

    @Test("11. the middle service's deadline ends the call behind it, too", arguments: Path.allCases)
    func case11DeadlineReachesTheEnd(_ path: Path) async throws {
        let service = WatchedService()
        let relay = RelayService()
        var backend = GatewayBench.Backend()
        backend.register = { router in
            service.register(on: &router)
            relay.register(on: &router)
        }
        let bench = try await GatewayBench(backend)
        relay.connect(try await bench.transport(path, as: "spiffe://quality.example/service/relay"))
        let transport = try await bench.transport(path)
        // Long enough that the call surely gets there, short enough that somebody waits for it.
        let error = await refusal {
            try await transport.unary(
                RelayService.method, TestingV1.SimpleRequest(delayMs: 600_000),
                returning: TestingV1.SimpleResponse.self, options: CallOptions(timeout: .milliseconds(500)))
        }
        #expect(error?.code == .deadlineExceeded)
        await service.until { $0.cancelled == 1 || $0.begun == 0 }
        await bench.stop()
    }
}
