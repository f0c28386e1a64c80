import RPC
import Synchronization
import TestSupport
import TestingMessages
import Wire

/// The test service, in the manner of gRPC's interoperability tests, with an eye on what its handlers go through.
final class ScriptedService: TestingV1.TestServiceHandler {
    struct Sightings: Equatable {
        var begun = 0
        var cancelled = 0
        var returned = 0
    }

    private let sightings = Mutex(Sightings())

    var seen: Sightings { sightings.withLock { $0 } }

    private func watch<Result>(_ body: () async throws(RPCError) -> Result) async throws(RPCError) -> Result {
        sightings.withLock { $0.begun += 1 }
        defer {
            sightings.withLock {
                $0.returned += 1
                if Task.isCancelled { $0.cancelled += 1 }
            }
        }
        return try await body()
    }

    func emptyCall(_ request: TestingV1.Empty, context: ServerContext) async throws(RPCError) -> TestingV1.Empty {
        try await watch { () throws(RPCError) in
            context.call.sendLeadingMetadata(context.metadata)
            context.call.setTrailingMetadata(context.metadata)
            return TestingV1.Empty()
        }
    }

    /// As a status message of a unary request: the handler says that it waits for others, and again when it has sent leading
    /// metadata.
    static let waitsForOthers = "wait for others"

    /// With a delay it answers never, but ends when the call is over.
    func unaryCall(
        _ request: TestingV1.SimpleRequest, context: ServerContext
    ) async throws(RPCError) -> TestingV1.SimpleResponse {
        try await watch { () throws(RPCError) in
            if request.statusMessage == Self.waitsForOthers {
                for _ in 0..<2 { context.call.waitsForOthers() }
            }
            if request.delayMs > 0 {
                _ = try await context.call.receive(TestingV1.Empty.self)
                await untilCancelled()
            }
            if request.statusMessage == Self.waitsForOthers {
                context.call.sendLeadingMetadata(Metadata())
                context.call.waitsForOthers()
            }
            if let code = StatusCode(rawValue: UInt8(request.statusCode)), code != .ok {
                throw RPCError(code, request.statusMessage)
            }
            return TestingV1.SimpleResponse(payload: payload(request.responseBytes), caller: context.caller.uri)
        }
    }

    private func untilCancelled() async {
        let (ends, end) = AsyncStream<Never>.makeStream()
        await withTaskCancellationHandler {
            for await _ in ends {}
        } onCancel: {
            end.finish()
        }
    }

    /// Sums what comes; a payload that begins with a zero byte makes it fail without reading on.
    func streamingInputCall(
        _ requests: RequestStream<TestingV1.StreamingInputRequest>, context: ServerContext
    ) async throws(RPCError) -> TestingV1.StreamingInputResponse {
        try await watch { () throws(RPCError) in
            var sum: UInt64 = 0
            for try await request in requests {
                let body = request.payload?.body ?? []
                guard body.first != 0 else { throw RPCError(.aborted, "a payload begins with zero") }
                sum += UInt64(body.count)
            }
            return TestingV1.StreamingInputResponse(aggregatedPayloadBytes: sum)
        }
    }

    /// Zero bytes are a message without any.
    private func response(_ bytes: UInt32) -> TestingV1.StreamingOutputResponse {
        TestingV1.StreamingOutputResponse(payload: bytes == 0 ? nil : payload(bytes))
    }

    func streamingOutputCall(
        _ request: TestingV1.StreamingOutputRequest, responses: ResponseWriter<TestingV1.StreamingOutputResponse>,
        context: ServerContext
    ) async throws(RPCError) {
        try await watch { () throws(RPCError) in
            for bytes in request.responseBytes {
                try await responses.write(response(bytes))
            }
        }
    }

    func fullDuplexCall(
        _ requests: RequestStream<TestingV1.StreamingOutputRequest>,
        responses: ResponseWriter<TestingV1.StreamingOutputResponse>, context: ServerContext
    ) async throws(RPCError) {
        try await watch { () throws(RPCError) in
            for try await request in requests {
                if request.statusMessage == Self.cancelsReader { await cancelReader(context) }
                for bytes in request.responseBytes {
                    try await responses.write(response(bytes))
                }
            }
        }
    }

    /// As a status message of a request: before it answers, a task of the handler's waits for a message, and is
    /// cancelled.
    static let cancelsReader = "cancel a reader"

    private func cancelReader(_ context: ServerContext) async {
        let reader = Task { try? await context.call.receive(TestingV1.StreamingOutputRequest.self) }
        reader.cancel()
        _ = await reader.value
    }

    private func payload(_ bytes: UInt32) -> TestingV1.Payload {
        TestingV1.Payload(body: [UInt8](repeating: 0x71, count: Int(bytes)))
    }
}
