import RPC
import Testing
import TestingMessages
import Transport
import Wire

/// The cases of gRPC's interoperability tests that make up the four shapes, direct and through the gateway.
@Suite struct CallShapeTests {
    typealias Path = GatewayBench.Path

    private func payload(_ bytes: Int) -> TestingV1.Payload {
        TestingV1.Payload(body: [UInt8](repeating: 0x5a, count: bytes))
    }

    @Test("a message of no bytes arrives as a message", arguments: Path.allCases)
    func emptyUnary(_ path: Path) async throws {
        let bench = try await GatewayBench()
        let client = try await bench.client(path)
        #expect(try await client.emptyCall(TestingV1.Empty()) == TestingV1.Empty())
        await bench.stop()
    }

    @Test("271,828 bytes go out and 314,159 come back through windows of 64 KiB", arguments: Path.allCases)
    func largeUnary(_ path: Path) async throws {
        let bench = try await GatewayBench()
        let client = try await bench.client(path)
        let response = try await client.unaryCall(
            TestingV1.SimpleRequest(responseBytes: 314_159, payload: payload(271_828)))
        #expect(response.payload?.body.count == 314_159)
        await bench.stop()
    }

    @Test("a client stream of 27,182, 8, 1,828 and 45,904 bytes sums to 74,922", arguments: Path.allCases)
    func clientStream(_ path: Path) async throws {
        let bench = try await GatewayBench()
        let call = try await bench.client(path).streamingInputCall()
        for bytes in [27_182, 8, 1_828, 45_904] {
            try await call.send(TestingV1.StreamingInputRequest(payload: payload(bytes)))
        }
        #expect(try await call.response().aggregatedPayloadBytes == 74_922)
        await bench.stop()
    }

    @Test("a server stream comes in order", arguments: Path.allCases)
    func serverStream(_ path: Path) async throws {
        let bench = try await GatewayBench()
        let sizes: [UInt32] = [31_415, 9, 2_653, 58_979]
        let responses = try await bench.client(path).streamingOutputCall(
            TestingV1.StreamingOutputRequest(responseBytes: sizes))
        var received: [UInt32] = []
        for try await response in responses { received.append(UInt32(response.payload?.body.count ?? 0)) }
        #expect(received == sizes)
        await bench.stop()
    }

    @Test("ping and pong alternate on a bidirectional call", arguments: Path.allCases)
    func pingPong(_ path: Path) async throws {
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

    @Test("a bidirectional call without messages ends OK", arguments: Path.allCases)
    func emptyStream(_ path: Path) async throws {
        let bench = try await GatewayBench()
        let call = try await bench.client(path).fullDuplexCall()
        call.finishSending()
        var responses = call.responses.makeAsyncIterator()
        #expect(try await responses.next() == nil)
        await bench.stop()
    }

    @Test("text and binary metadata come back, in order, before and after the response", arguments: Path.allCases)
    func metadataEcho(_ path: Path) async throws {
        let bench = try await GatewayBench()
        let received = ResponseMetadata()
        var metadata = Metadata()
        metadata.append("x-echo-initial", "first")
        metadata.append("x-echo-initial", "second")
        metadata.append("x-echo-trailing-bin", bytes: [0, 0xff, 0x0a])
        _ = try await bench.client(path).unaryCall(
            TestingV1.SimpleRequest(), options: CallOptions(metadata: metadata, responseMetadata: received))
        #expect(received.leading.values(of: "x-echo-initial") == [Array("first".utf8), Array("second".utf8)])
        #expect(received.trailing.values(of: "x-echo-trailing-bin") == [[0, 0xff, 0x0a]])
        await bench.stop()
    }

    @Test("a status text with tabs, newlines and emoji comes through", arguments: Path.allCases)
    func statusText(_ path: Path) async throws {
        let bench = try await GatewayBench()
        let text = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
        let client = try await bench.client(path)
        await #expect(throws: RPCError(.unknown, text)) {
            try await client.unaryCall(TestingV1.SimpleRequest(statusCode: 2, statusMessage: text))
        }
        await bench.stop()
    }

    @Test("unknown methods and services are UNIMPLEMENTED and were not started", arguments: Path.allCases)
    func unknown(_ path: Path) async throws {
        let bench = try await GatewayBench()
        let transport = try await bench.transport(path)
        for (service, method) in [(TestingV1.TestService.name, "NoSuch"), ("quality.nosuch.v1.NoService", "Any")] {
            let error = await #expect(throws: RPCError.self) {
                try await transport.unary(
                    MethodDescriptor(service: service, name: method), TestingV1.Empty(),
                    returning: TestingV1.Empty.self, options: CallOptions())
            }
            #expect(error?.code == .unimplemented)
            #expect(error?.isNotStarted == true)
        }
        await bench.stop()
    }

    @Test("a sleeping server's call ends at its deadline", arguments: Path.allCases)
    func deadline(_ path: Path) async throws {
        let bench = try await GatewayBench()
        let client = try await bench.client(path)
        _ = try await client.emptyCall(TestingV1.Empty())
        let error = await #expect(throws: RPCError.self) {
            try await client.unaryCall(
                TestingV1.SimpleRequest(delayMs: 60_000), options: CallOptions(timeout: .milliseconds(1)))
        }
        #expect(error?.code == .deadlineExceeded)
        await bench.stop()
    }

    @Test("a cancelled task's call ends CANCELLED, and the connection lives", arguments: Path.allCases)
    func cancellation(_ path: Path) async throws {
        let bench = try await GatewayBench()
        let client = try await bench.client(path)
        let call = try await client.fullDuplexCall()
        try await call.send(TestingV1.StreamingOutputRequest(responseBytes: [1]))
        var responses = call.responses.makeAsyncIterator()
        #expect(try await responses.next() != nil)
        call.responses.cancel()
        let error = await #expect(throws: RPCError.self) { try await responses.next() }
        #expect(error?.code == .cancelled)
        #expect(try await client.emptyCall(TestingV1.Empty()) == TestingV1.Empty())
        await bench.stop()
    }

    @Test(
        "one byte over the limit of a message is RESOURCE_EXHAUSTED, and the connection lives", arguments: Path.allCases
    )
    func messageLimit(_ path: Path) async throws {
        let bench = try await GatewayBench(limits: ConnectionLimits(messageBytes: 100_000))
        let client = try await bench.client(path)
        let frame = try TestingV1.SimpleRequest(payload: payload(90_000)).encodedBytes().count - 90_000
        _ = try await client.unaryCall(TestingV1.SimpleRequest(payload: payload(100_000 - frame)))
        let error = await #expect(throws: RPCError.self) {
            try await client.unaryCall(TestingV1.SimpleRequest(payload: payload(100_001 - frame)))
        }
        #expect(error?.code == .resourceExhausted)
        _ = try await client.unaryCall(TestingV1.SimpleRequest())
        await bench.stop()
    }
}
