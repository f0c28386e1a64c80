public import RPC
internal import Synchronization
public import TestingMessages

/// One of several copies of the test service, which fails when it is told to and counts what reaches it.
public final class ReplicaService: TestingV1.TestServiceHandler {
    private struct Script {
        var calls = 0
        var failure: RPCError?
        var failures = 0
    }

    private let script = Mutex(Script())
    private let service = TestService()

    public init() {}

    /// Unary calls that have reached this copy.
    public var calls: Int { script.withLock { $0.calls } }

    /// The next `times` unary calls fail with this error.
    public func fail(times: Int = .max, _ error: RPCError) {
        script.withLock { script in
            script.failure = error
            script.failures = times
        }
    }

    public func recover() {
        script.withLock { $0.failures = 0 }
    }

    private func take() throws(RPCError) {
        let failure = script.withLock { script -> RPCError? in
            script.calls += 1
            guard script.failures > 0 else { return nil }
            script.failures -= 1
            return script.failure
        }
        if let failure { throw failure }
    }

    public func emptyCall(
        _ request: TestingV1.Empty, context: ServerContext
    ) async throws(RPCError) -> TestingV1.Empty {
        try take()
        return request
    }

    public func unaryCall(
        _ request: TestingV1.SimpleRequest, context: ServerContext
    ) async throws(RPCError) -> TestingV1.SimpleResponse {
        try take()
        return try await service.unaryCall(request, context: context)
    }

    public func streamingInputCall(
        _ requests: RequestStream<TestingV1.StreamingInputRequest>, context: ServerContext
    ) async throws(RPCError) -> TestingV1.StreamingInputResponse {
        try take()
        return try await service.streamingInputCall(requests, context: context)
    }

    public func streamingOutputCall(
        _ request: TestingV1.StreamingOutputRequest, responses: ResponseWriter<TestingV1.StreamingOutputResponse>,
        context: ServerContext
    ) async throws(RPCError) {
        try take()
        try await service.streamingOutputCall(request, responses: responses, context: context)
    }

    public func fullDuplexCall(
        _ requests: RequestStream<TestingV1.StreamingOutputRequest>,
        responses: ResponseWriter<TestingV1.StreamingOutputResponse>, context: ServerContext
    ) async throws(RPCError) {
        try take()
        try await service.fullDuplexCall(requests, responses: responses, context: context)
    }
}
