public import RPC
public import TestingMessages
internal import Transport
internal import Wire

/// Serves `quality.testing.v1.TestService` in the manner of gRPC's interoperability server: it does what the request
/// asks for.
public struct TestService: TestingV1.TestServiceHandler {
    public init() {}

    public func emptyCall(
        _ request: TestingV1.Empty, context: ServerContext
    ) async throws(RPCError) -> TestingV1.Empty {
        request
    }

    public func unaryCall(
        _ request: TestingV1.SimpleRequest, context: ServerContext
    ) async throws(RPCError) -> TestingV1.SimpleResponse {
        echoMetadata(context)
        if request.delayMs > 0 {
            do {
                try await Task.sleep(for: .milliseconds(request.delayMs))
            } catch {
                throw RPCError(.cancelled, "the call was cancelled while it slept")
            }
        }
        try refuse(request.statusCode, request.statusMessage)
        return TestingV1.SimpleResponse(
            payload: TestingV1.Payload(body: [UInt8](repeating: 0, count: Int(request.responseBytes))),
            caller: context.caller.uri,
            remainingUs: context.deadline.map { $0.microseconds(since: .now) } ?? 0)
    }

    public func streamingInputCall(
        _ requests: RequestStream<TestingV1.StreamingInputRequest>, context: ServerContext
    ) async throws(RPCError) -> TestingV1.StreamingInputResponse {
        var total = 0
        for try await request in requests {
            total += request.payload?.body.count ?? 0
        }
        return TestingV1.StreamingInputResponse(aggregatedPayloadBytes: UInt64(total))
    }

    public func streamingOutputCall(
        _ request: TestingV1.StreamingOutputRequest, responses: ResponseWriter<TestingV1.StreamingOutputResponse>,
        context: ServerContext
    ) async throws(RPCError) {
        try await answer(request, responses)
    }

    public func fullDuplexCall(
        _ requests: RequestStream<TestingV1.StreamingOutputRequest>,
        responses: ResponseWriter<TestingV1.StreamingOutputResponse>, context: ServerContext
    ) async throws(RPCError) {
        echoMetadata(context)
        for try await request in requests {
            try await answer(request, responses)
        }
    }

    private func answer(
        _ request: TestingV1.StreamingOutputRequest, _ responses: ResponseWriter<TestingV1.StreamingOutputResponse>
    ) async throws(RPCError) {
        for bytes in request.responseBytes {
            let body = [UInt8](repeating: 0, count: Int(bytes))
            try await responses.write(TestingV1.StreamingOutputResponse(payload: TestingV1.Payload(body: body)))
        }
        try refuse(request.statusCode, request.statusMessage)
    }

    private func refuse(_ code: UInt32, _ message: String) throws(RPCError) {
        guard code != 0 else { return }
        throw RPCError(StatusCode(rawValue: UInt8(truncatingIfNeeded: code)) ?? .unknown, message)
    }

    /// Text metadata `x-echo-initial` comes back before the response, binary `x-echo-trailing-bin` after it.
    private func echoMetadata(_ context: ServerContext) {
        let initial = context.metadata.entries.filter { $0.key == "x-echo-initial" }
        if !initial.isEmpty { context.call.sendLeadingMetadata(Metadata(initial)) }
        let trailing = context.metadata.entries.filter { $0.key == "x-echo-trailing-bin" }
        if !trailing.isEmpty { context.call.setTrailingMetadata(Metadata(trailing)) }
    }
}

/// Serves `quality.testing.v1.BenchmarkService`: the call the peers are measured on, without storage.
public struct BenchmarkService: TestingV1.BenchmarkServiceHandler {
    public init() {}

    public func submit(
        _ request: TestingV1.SubmitRequest, context: ServerContext
    ) async throws(RPCError) -> TestingV1.SubmitResponse {
        TestingV1.SubmitResponse(
            receiptID: request.idempotencyKey, sequence: UInt64(request.values.count),
            receivedUnixMs: 1_700_000_000_000)
    }
}
