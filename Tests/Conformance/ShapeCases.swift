import RPC
import TestBench
import TestSupport
import Testing
import TestingMessages
import Wire

/// Cases 1 to 5: gRPC's interoperability tests for the four shapes.
extension Cases {
    @Test("1. a message of no bytes arrives as a message", arguments: Path.allCases)
    func case01EmptyUnary(_ path: Path) async throws {
        let (bench, service) = try await GatewayBench.watched()
        let peer = try await bench.peer(path)
        await peer.greet()
        await peer.send(.call(1, Method.empty))
        let answer = await peer.frames(ofCall: 1).status(1)
        #expect(answer?.code == .ok)
        // There, and empty: not absent.
        #expect(answer?.message == [])
        #expect(service.counts.answered == 1)
        let client = try await bench.client(path)
        #expect(try await client.emptyCall(TestingV1.Empty()) == TestingV1.Empty())
        await bench.stop()
    }

    @Test("2. 271,828 bytes go out and 314,159 come back through windows of 64 KiB", arguments: Path.allCases)
    func case02LargeUnary(_ path: Path) async throws {
        let limits = ConnectionLimits(streamCreditBytes: 65_536, connectionCreditBytes: 65_536)
        let (bench, _) = try await GatewayBench.watched(limits: limits)
        let client = TestingV1.TestServiceClient(try await bench.transport(path, limits: limits))
        // Thrice: a window that does not come back whole shows at the second or third.
        for _ in 0..<3 {
            let response = try await client.unaryCall(
                TestingV1.SimpleRequest(responseBytes: 314_159, payload: payload(271_828)))
            #expect(response.payload?.body.count == 314_159)
        }
        await bench.stop()
    }

    @Test("3. a client stream of 27,182, 8, 1,828 and 45,904 bytes sums to 74,922", arguments: Path.allCases)
    func case03ClientStream(_ path: Path) async throws {
        let bench = try await GatewayBench()
        let call = try await bench.client(path).streamingInputCall()
        for bytes in [27_182, 8, 1_828, 45_904] {
            try await call.send(TestingV1.StreamingInputRequest(payload: payload(bytes)))
        }
        #expect(try await call.response().aggregatedPayloadBytes == 74_922)
        await bench.stop()
    }

    @Test("4. a server stream of 31,415, 9, 2,653 and 58,979 bytes comes in order", arguments: Path.allCases)
    func case04ServerStream(_ path: Path) async throws {
        let bench = try await GatewayBench()
        let sizes: [UInt32] = [31_415, 9, 2_653, 58_979]
        let responses = try await bench.client(path).streamingOutputCall(
            TestingV1.StreamingOutputRequest(responseBytes: sizes))
        var received: [UInt32] = []
        for try await response in responses { received.append(UInt32(response.payload?.body.count ?? 0)) }
        #expect(received == sizes)
        await bench.stop()
    }

    @Test("5. ping and pong alternate on a bidirectional call", arguments: Path.allCases)
    func case05PingPong(_ path: Path) async throws {
        let bench = try await GatewayBench()
        let call = try await bench.client(path).fullDuplexCall()
        var responses = call.responses.makeAsyncIterator()
        for bytes: UInt32 in [31_415, 9, 2_653, 58_979] {
            try await call.send(
                TestingV1.StreamingOutputRequest(responseBytes: [bytes], payload: payload(Int(bytes) / 2)))
            #expect(try await responses.next()?.payload?.body.count == Int(bytes))
        }
        call.finishSending()
        #expect(try await responses.next() == nil)
        await bench.stop()
    }

    @Test("5. a bidirectional call without messages ends OK, without a message", arguments: Path.allCases)
    func case05EmptyStream(_ path: Path) async throws {
        let bench = try await GatewayBench()
        let call = try await bench.client(path).fullDuplexCall()
        call.finishSending()
        var responses = call.responses.makeAsyncIterator()
        #expect(try await responses.next() == nil)
        await bench.stop()
    }
}
