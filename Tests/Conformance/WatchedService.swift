import RPC
import Synchronization
import TestingMessages
import TestingService

/// The test service, with an eye on what its handlers go through.
final class WatchedService: TestingV1.TestServiceHandler {
    struct Counts: Equatable, Sendable {
        var begun = 0
        /// Handlers that ended with an answer, not an error.
        var answered = 0
        /// Handlers that ended after their call was over.
        var cancelled = 0
        var ended = 0
        /// The most handlers at once.
        var mostAtOnce = 0
        /// What the handlers had read when they ended, in bytes.
        var sums: [UInt64] = []
        /// Payload bytes of streamed responses that the handlers got rid of.
        var writtenBytes = 0
    }

    private struct State {
        var counts = Counts()
        var waiters: [(condition: @Sendable (Counts) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let inner = TestService()
    private let state = Mutex(State())

    var counts: Counts { state.withLock { $0.counts } }

    /// Returns when `condition` holds: at once, or when a handler makes it so.
    func until(_ condition: @escaping @Sendable (Counts) -> Bool) async {
        await withCheckedContinuation { continuation in
            let isMet = state.withLock { state in
                if condition(state.counts) { return true }
                state.waiters.append((condition, continuation))
                return false
            }
            if isMet { continuation.resume() }
        }
    }

    private func change(_ body: (inout Counts) -> Void) {
        let met = state.withLock { state in
            body(&state.counts)
            let counts = state.counts
            let met = state.waiters.filter { $0.condition(counts) }
            state.waiters.removeAll { $0.condition(counts) }
            return met
        }
        for waiter in met { waiter.continuation.resume() }
    }

    private func watch<Result>(_ body: () async throws(RPCError) -> Result) async throws(RPCError) -> Result {
        change {
            $0.begun += 1
            $0.mostAtOnce = max($0.mostAtOnce, $0.begun - $0.ended)
        }
        var hasAnswered = false
        defer {
            change {
                $0.ended += 1
                if Task.isCancelled { $0.cancelled += 1 }
                if hasAnswered { $0.answered += 1 }
            }
        }
        let result = try await body()
        hasAnswered = true
        return result
    }

    // MARK: TestServiceHandler

    func emptyCall(_ request: TestingV1.Empty, context: ServerContext) async throws(RPCError) -> TestingV1.Empty {
        try await watch { () throws(RPCError) in try await inner.emptyCall(request, context: context) }
    }

    func unaryCall(
        _ request: TestingV1.SimpleRequest, context: ServerContext
    ) async throws(RPCError) -> TestingV1.SimpleResponse {
        try await watch { () throws(RPCError) in try await inner.unaryCall(request, context: context) }
    }

    func streamingInputCall(
        _ requests: RequestStream<TestingV1.StreamingInputRequest>, context: ServerContext
    ) async throws(RPCError) -> TestingV1.StreamingInputResponse {
        try await watch { () throws(RPCError) in
            let response = try await inner.streamingInputCall(requests, context: context)
            change { $0.sums.append(response.aggregatedPayloadBytes) }
            return response
        }
    }

    func streamingOutputCall(
        _ request: TestingV1.StreamingOutputRequest, responses: ResponseWriter<TestingV1.StreamingOutputResponse>,
        context: ServerContext
    ) async throws(RPCError) {
        try await watch { () throws(RPCError) in
            for bytes in request.responseBytes {
                try await inner.streamingOutputCall(
                    TestingV1.StreamingOutputRequest(responseBytes: [bytes]), responses: responses, context: context)
                change { $0.writtenBytes += Int(bytes) }
            }
        }
    }

    func fullDuplexCall(
        _ requests: RequestStream<TestingV1.StreamingOutputRequest>,
        responses: ResponseWriter<TestingV1.StreamingOutputResponse>, context: ServerContext
    ) async throws(RPCError) {
        try await watch { () throws(RPCError) in
            try await inner.fullDuplexCall(requests, responses: responses, context: context)
        }
    }
}
