import RPC
import TestBench
import TestSupport
import Testing
import TestingMessages
import Transport
import Wire

/// Cases 6 to 8: what goes beside the messages.
extension Cases {
    private static let echoed: Metadata = {
        var metadata = Metadata()
        metadata.append("x-echo-initial", "first")
        metadata.append("x-echo-trailing-bin", bytes: [0, 0xff, 0x0a])
        metadata.append("x-other", "not echoed")
        metadata.append("x-echo-initial", "second")
        metadata.append("x-echo-trailing-bin", bytes: [])
        metadata.append("x-echo-initial", "first")
        return metadata
    }()
    private static let initial = ["first", "second", "first"].map { Array($0.utf8) }
    private static let trailing: [[UInt8]] = [[0, 0xff, 0x0a], []]

    @Test(
        "6. text and binary metadata come back before and after the response, duplicates in their order",
        arguments: Path.allCases)
    func case06MetadataUnary(_ path: Path) async throws {
        let bench = try await GatewayBench()
        let received = ResponseMetadata()
        _ = try await bench.client(path).unaryCall(
            TestingV1.SimpleRequest(), options: CallOptions(metadata: Self.echoed, responseMetadata: received))
        #expect(received.leading.values(of: "x-echo-initial") == Self.initial)
        #expect(received.trailing.values(of: "x-echo-trailing-bin") == Self.trailing)
        #expect(received.leading.values(of: "x-other") == [])
        await bench.stop()
    }

    @Test("6. on a stream leading metadata is there with the first message", arguments: Path.allCases)
    func case06MetadataStream(_ path: Path) async throws {
        let bench = try await GatewayBench()
        let call = try await bench.client(path).fullDuplexCall(options: CallOptions(metadata: Self.echoed))
        try await call.send(TestingV1.StreamingOutputRequest(responseBytes: [1]))
        var responses = call.responses.makeAsyncIterator()
        #expect(try await responses.next() != nil)
        #expect(call.call.leadingMetadata.values(of: "x-echo-initial") == Self.initial)
        #expect(call.call.trailingMetadata.isEmpty)
        call.finishSending()
        #expect(try await responses.next() == nil)
        #expect(call.call.trailingMetadata.values(of: "x-echo-trailing-bin") == Self.trailing)
        await bench.stop()
    }

    @Test("6. trailing metadata comes with a failure too", arguments: Path.allCases)
    func case06MetadataOfFailure(_ path: Path) async throws {
        let bench = try await GatewayBench()
        let client = try await bench.client(path)
        let error = await refusal {
            try await client.unaryCall(
                TestingV1.SimpleRequest(statusCode: 9, statusMessage: "no"), options: CallOptions(metadata: Self.echoed)
            )
        }
        #expect(error?.code == .failedPrecondition)
        #expect(error?.trailingMetadata.values(of: "x-echo-trailing-bin") == Self.trailing)
        await bench.stop()
    }

    @Test("7. a status text with tabs, newlines and emoji comes through", arguments: Path.allCases)
    func case07StatusText(_ path: Path) async throws {
        let bench = try await GatewayBench()
        let text = "\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n"
        let client = try await bench.client(path)
        await #expect(throws: RPCError(.unknown, text)) {
            try await client.unaryCall(TestingV1.SimpleRequest(statusCode: 2, statusMessage: text))
        }
        let call = try await client.fullDuplexCall()
        try await call.send(TestingV1.StreamingOutputRequest(statusCode: 2, statusMessage: text))
        await #expect(throws: RPCError(.unknown, text)) {
            for try await _ in call.responses {}
        }
        await bench.stop()
    }

    @Test("7. every status code comes through as itself", arguments: Path.allCases)
    func case07StatusCodes(_ path: Path) async throws {
        let bench = try await GatewayBench()
        let client = try await bench.client(path)
        for code in StatusCode.allCases where code != .ok {
            await #expect(throws: RPCError(code, code.name)) {
                try await client.unaryCall(
                    TestingV1.SimpleRequest(statusCode: UInt32(code.rawValue), statusMessage: code.name))
            }
        }
        await bench.stop()
    }

    @Test("8. unknown methods and services are UNIMPLEMENTED and were not started", arguments: Path.allCases)
    func case08Unknown(_ path: Path) async throws {
        let (bench, service) = try await GatewayBench.watched()
        let transport = try await bench.transport(path)
        for (name, method) in [(TestingV1.TestService.name, "NoSuch"), ("quality.nosuch.v1.NoService", "Any")] {
            let error = await refusal {
                try await transport.unary(
                    MethodDescriptor(service: name, name: method), TestingV1.Empty(),
                    returning: TestingV1.Empty.self, options: CallOptions())
            }
            #expect(error?.code == .unimplemented)
            #expect(error?.isNotStarted == true)
        }
        #expect(service.counts.begun == 0)
        await bench.stop()
    }
}
