import Messages
import RPC
import Testing
import TestingMessages
import Wire

@Suite("Generated clients and handlers meet")
struct ServiceStubTests {
    /// Answers with what it was asked.
    private struct Handler: TestingV1.TestServiceHandler {
        func emptyCall(
            _ request: TestingV1.Empty, context: ServerContext
        ) async throws(RPCError) -> TestingV1.Empty {
            request
        }

        func unaryCall(
            _ request: TestingV1.SimpleRequest, context: ServerContext
        ) async throws(RPCError) -> TestingV1.SimpleResponse {
            TestingV1.SimpleResponse(payload: request.payload, caller: context.caller.uri)
        }

        func streamingInputCall(
            _ requests: RequestStream<TestingV1.StreamingInputRequest>, context: ServerContext
        ) async throws(RPCError) -> TestingV1.StreamingInputResponse {
            var bytes = 0
            for try await request in requests { bytes += request.payload?.body.count ?? 0 }
            return TestingV1.StreamingInputResponse(aggregatedPayloadBytes: UInt64(bytes))
        }

        func streamingOutputCall(
            _ request: TestingV1.StreamingOutputRequest,
            responses: ResponseWriter<TestingV1.StreamingOutputResponse>, context: ServerContext
        ) async throws(RPCError) {
            for bytes in request.responseBytes {
                let body = [UInt8](repeating: 0, count: Int(bytes))
                try await responses.write(TestingV1.StreamingOutputResponse(payload: .init(body: body)))
            }
        }

        func fullDuplexCall(
            _ requests: RequestStream<TestingV1.StreamingOutputRequest>,
            responses: ResponseWriter<TestingV1.StreamingOutputResponse>, context: ServerContext
        ) async throws(RPCError) {
            for try await request in requests {
                try await responses.write(TestingV1.StreamingOutputResponse(payload: request.payload))
            }
        }
    }

    private func client() throws -> TestingV1.TestServiceClient {
        var router = Router()
        Handler().register(on: &router)
        let caller = try #require(CallerIdentity(uri: "spiffe://example.org/service/test"))
        return TestingV1.TestServiceClient(InProcessTransport(router, caller: caller))
    }

    @Test("one request, one response")
    func unary() async throws {
        let response = try await client().unaryCall(TestingV1.SimpleRequest(payload: .init(body: [1, 2])))
        #expect(response.payload?.body == [1, 2])
        #expect(response.caller == "spiffe://example.org/service/test")
        #expect(try await client().emptyCall(TestingV1.Empty()) == TestingV1.Empty())
    }

    @Test("many requests, one response")
    func clientStreaming() async throws {
        let call = try await client().streamingInputCall()
        for bytes in [27182, 8, 1828, 45904] {
            try await call.send(.init(payload: .init(body: Array(repeating: 0, count: bytes))))
        }
        #expect(try await call.response().aggregatedPayloadBytes == 74922)
    }

    @Test("one request, many responses in order")
    func serverStreaming() async throws {
        let responses = try await client().streamingOutputCall(.init(responseBytes: [31415, 9, 2653, 58979]))
        var sizes: [Int] = []
        for try await response in responses { sizes.append(response.payload?.body.count ?? 0) }
        #expect(sizes == [31415, 9, 2653, 58979])
    }

    @Test("many requests, many responses")
    func bidirectional() async throws {
        let call = try await client().fullDuplexCall()
        var responses = call.responses.makeAsyncIterator()
        for byte: UInt8 in 0..<3 {
            try await call.send(.init(payload: .init(body: [byte])))
            #expect(try await responses.next()?.payload?.body == [byte])
        }
        call.finishSending()
        #expect(try await responses.next() == nil)
    }

    @Test("descriptors say what the .proto file says")
    func descriptors() {
        let methods = TestingV1.TestService.Methods.self
        #expect(TestingV1.TestService.name == "quality.testing.v1.TestService")
        #expect(methods.all.map(\.name).count == 5)
        #expect(methods.emptyCall.idempotency == .noSideEffects)
        #expect(methods.unaryCall.idempotency == .none)
        #expect(methods.unaryCall.path == "quality.testing.v1.TestService/UnaryCall")
        #expect(methods.streamingInputCall.isClientStreaming && !methods.streamingInputCall.isServerStreaming)
        #expect(!methods.streamingOutputCall.isClientStreaming && methods.streamingOutputCall.isServerStreaming)
        #expect(methods.fullDuplexCall.isClientStreaming && methods.fullDuplexCall.isServerStreaming)
        #expect(SubmissionV1.SubmissionService.Methods.push.idempotency == .idempotent)
        #expect(SubmissionV1.PushRequest.messageName == "quality.submission.v1.PushRequest")
    }
}
