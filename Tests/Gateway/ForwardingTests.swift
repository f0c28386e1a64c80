import RPC
import TestBench
import TestTurns
import Testing
import TestingMessages
import Transport
import Wire

@Suite(.takesTurns) struct ForwardingTests {
    @Test("the service sees the identity in the caller's certificate")
    func stampedCaller() async throws {
        let bench = try await GatewayBench()
        let uri = "spiffe://quality.example/org/henan-zhengzhou/reporter"
        let client = TestingV1.TestServiceClient(try await bench.transport(.throughGateway, as: uri))
        #expect(try await client.unaryCall(TestingV1.SimpleRequest()).caller == uri)
        await bench.stop()
    }

    @Test("the service sees less time than the caller gave")
    func shrinkingDeadline() async throws {
        let bench = try await GatewayBench()
        let client = try await bench.client(.throughGateway)
        let response = try await client.unaryCall(
            TestingV1.SimpleRequest(), options: CallOptions(timeout: .seconds(60)))
        #expect(response.remainingUs > 0)
        #expect(response.remainingUs < 60_000_000)
        await bench.stop()
    }

    @Test("endpoints are taken in turn, and a dead one is skipped")
    func deadEndpoint() async throws {
        let bench = try await GatewayBench(backendCount: 2)
        let client = try await bench.client(.throughGateway)
        for _ in 0..<8 { _ = try await client.emptyCall(TestingV1.Empty()) }
        await bench.stopBackend(0)
        for _ in 0..<8 { _ = try await client.emptyCall(TestingV1.Empty()) }
        await bench.stop()
    }

    @Test("without any endpoint a call is UNAVAILABLE, not started, and says where nobody answers")
    func noEndpoint() async throws {
        let bench = try await GatewayBench()
        let client = try await bench.client(.throughGateway)
        await bench.stopBackend(0)
        let error = await #expect(throws: RPCError.self) { try await client.emptyCall(TestingV1.Empty()) }
        #expect(error?.code == .unavailable)
        #expect(error?.isNotStarted == true)
        #expect(error?.message.contains(bench.backendEndpoints[0].description) == true)
        await bench.stop()
    }

    @Test("a slow reader holds up its own stream only, and loses nothing")
    func slowReader() async throws {
        let bench = try await GatewayBench()
        let client = try await bench.client(.throughGateway)
        let sizes = [UInt32](repeating: 60_000, count: 100)
        let slow = try await client.streamingOutputCall(TestingV1.StreamingOutputRequest(responseBytes: sizes))
        var responses = slow.makeAsyncIterator()
        #expect(try await responses.next()?.payload?.body.count == 60_000)
        // The slow call's windows are full now or soon; others go on.
        for _ in 0..<100 { _ = try await client.unaryCall(TestingV1.SimpleRequest(responseBytes: 10_000)) }
        var received = 1
        while try await responses.next() != nil { received += 1 }
        #expect(received == sizes.count)
        await bench.stop()
    }

    @Test("many calls at once on one connection all end with their own answer")
    func manyCalls() async throws {
        let bench = try await GatewayBench()
        let client = try await bench.client(.throughGateway)
        try await withThrowingTaskGroup(of: (UInt32, Int?).self) { group in
            for index: UInt32 in 0..<500 {
                group.addTask {
                    let response = try await client.unaryCall(TestingV1.SimpleRequest(responseBytes: index * 100))
                    return (index, response.payload?.body.count)
                }
            }
            for try await (index, count) in group { #expect(count == Int(index) * 100) }
        }
        await bench.stop()
    }
}
