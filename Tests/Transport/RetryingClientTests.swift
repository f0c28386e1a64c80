import Balancing
import RPC
import TestTurns
import Testing
import TestingMessages
import TestingService
import Transport
import Wire

@Suite("A client that sends calls again", .takesTurns)
struct RetryingClientTests {
    private let settings = RetrySettings(maximumAttempts: 4, firstPauseMicroseconds: 1000)

    private func bench(_ error: RPCError, times: Int = .max) async throws -> (Replicas, TestingV1.TestServiceClient) {
        let replicas = try await Replicas(hosts: ["127.0.0.1"])
        replicas.services[0].fail(times: times, error)
        return (replicas, try await replicas.client(replicas.configuration(), retries: settings))
    }

    @Test("an idempotent method is called until it succeeds")
    func idempotent() async throws {
        let (replicas, client) = try await bench(RPCError(.unavailable, "broken"), times: 3)
        _ = try await client.emptyCall(TestingV1.Empty())
        #expect(replicas.services[0].calls == 4)
        await replicas.stopAll()
    }

    @Test("and no more often than is allowed")
    func attempts() async throws {
        let (replicas, client) = try await bench(RPCError(.unavailable, "broken"))
        let error = await #expect(throws: RPCError.self) { try await client.emptyCall(TestingV1.Empty()) }
        #expect(error?.message == "broken")
        #expect(replicas.services[0].calls == 4)
        await replicas.stopAll()
    }

    @Test("another method may have been carried out: it is called once")
    func notIdempotent() async throws {
        let (replicas, client) = try await bench(RPCError(.unavailable, "broken"))
        await #expect(throws: RPCError.self) { try await client.unaryCall(TestingV1.SimpleRequest()) }
        #expect(replicas.services[0].calls == 1)
        await replicas.stopAll()
    }

    @Test("unless it was not started: then it is called once more")
    func notStarted() async throws {
        let (replicas, client) = try await bench(RPCError(.unavailable, "later", isNotStarted: true))
        let error = await #expect(throws: RPCError.self) { try await client.unaryCall(TestingV1.SimpleRequest()) }
        #expect(error?.isNotStarted == true)
        #expect(replicas.services[0].calls == 2)
        await replicas.stopAll()
    }

    @Test("a negative pushback forbids it")
    func pushback() async throws {
        let error = RPCError(.unavailable, "never", isNotStarted: true, retryPushbackMilliseconds: -1)
        let (replicas, client) = try await bench(error)
        await #expect(throws: RPCError.self) { try await client.emptyCall(TestingV1.Empty()) }
        #expect(replicas.services[0].calls == 1)
        await replicas.stopAll()
    }

    @Test("a pause that the deadline would end is not begun")
    func deadline() async throws {
        let error = RPCError(.unavailable, "in an hour", retryPushbackMilliseconds: 3_600_000)
        let (replicas, client) = try await bench(error)
        let failure = await #expect(throws: RPCError.self) { try await client.emptyCall(TestingV1.Empty()) }
        #expect(failure?.message == "in an hour")
        #expect(replicas.services[0].calls == 1)
        await replicas.stopAll()
    }

    @Test("many failing calls are met by a few retries only")
    func budget() async throws {
        let (replicas, client) = try await bench(RPCError(.unavailable, "broken", retryPushbackMilliseconds: 20))
        let calls = 100
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<calls {
                group.addTask { _ = try? await client.emptyCall(TestingV1.Empty()) }
            }
        }
        // Each of at most 20 places serves one call after another; without a budget there would be 400 attempts.
        #expect(replicas.services[0].calls < 2 * calls)
        #expect(replicas.services[0].calls > calls)
        await replicas.stopAll()
    }

    @Test("a call with a stream that was not started begins anew, with the message that it had sent")
    func streams() async throws {
        let later = RPCError(.unavailable, "later", isNotStarted: true)
        let (replicas, client) = try await bench(later, times: 1)
        var bytes: [Int] = []
        for try await response in try await client.streamingOutputCall(
            TestingV1.StreamingOutputRequest(responseBytes: [3, 1, 4]))
        {
            bytes.append(response.payload?.body.count ?? -1)
        }
        #expect(bytes == [3, 1, 4])
        replicas.services[0].fail(times: 2, later)
        let error = await #expect(throws: RPCError.self) {
            for try await _ in try await client.streamingOutputCall(TestingV1.StreamingOutputRequest()) {}
        }
        #expect(error?.message == "later")
        #expect(replicas.services[0].calls == 4)
        await replicas.stopAll()
    }

    @Test("a client stream that was not started goes on with what is sent later")
    func clientStream() async throws {
        let (replicas, client) = try await bench(RPCError(.unavailable, "later", isNotStarted: true), times: 1)
        let call = try await client.streamingInputCall()
        // The refusal comes at once; the message after it is the first.
        try await call.send(
            TestingV1.StreamingInputRequest(payload: TestingV1.Payload(body: [UInt8](repeating: 0, count: 27))))
        #expect(try await call.response().aggregatedPayloadBytes == 27)
        #expect(replicas.services[0].calls == 2)
        await replicas.stopAll()
    }
}
