import GatewayRules
import GatewayServer
import RPC
import Synchronization
import TestBench
import TestTurns
import Testing
import TestingMessages
import Transport
import Wire

/// Places of a service that callers hold while others wait, over TLS with a real service behind the gateway. A call
/// stands after a second or two without a byte; these tests wait for what follows from it, and for no time. That
/// pushes of others find a place is case 32 in Tests/Conformance.
@Suite("Places that callers hold, through a gateway", .takesTurns)
struct HeldPlacesTests {
    private typealias Duplex = BidirectionalCall<
        TestingV1.StreamingOutputRequest, TestingV1.StreamingOutputResponse
    >

    private final class Flag: Sendable {
        let isSet = Mutex(false)
    }

    private func uri(_ place: String) -> String { "spiffe://quality.example/org/\(place)/reporter" }

    /// Streams and unary calls are pushes. Nothing is shed for its delay while a test runs.
    private func bench(_ concurrentCalls: Int) async throws -> GatewayBench {
        var policy = GatewayBench.open
        policy.classes = [.push: ["*/FullDuplexCall", "*/UnaryCall"].compactMap(MethodPattern.init)]
        policy.serviceLimits = ServiceLimits(
            concurrentCalls: concurrentCalls, queuedCalls: 100, queueTargetMicroseconds: 600_000_000,
            queueIntervalMicroseconds: 600_000_000)
        return try await GatewayBench(policy: policy, gatewayLoops: GatewayBench.oneLoop)
    }

    private func client(_ bench: GatewayBench, _ place: String) async throws -> TestingV1.TestServiceClient {
        TestingV1.TestServiceClient(try await bench.transport(.throughGateway, as: uri(place)))
    }

    /// A stream that is open at the service.
    private func stream(_ client: TestingV1.TestServiceClient) async throws -> Duplex {
        let call = try await client.fullDuplexCall()
        try await exchange(on: call)
        return call
    }

    /// Moves on with a call, before another's call comes and for as long as it waits, which is served in the end.
    private func keepMoving(_ moving: Duplex, until other: TestingV1.TestServiceClient) async throws {
        // A call that has carried nothing so far gives way first, however soon it would have.
        try await exchange(on: moving, bytes: 4_096)
        let isServed = Mutex(false)
        let waiting = Task {
            _ = try await other.unaryCall(TestingV1.SimpleRequest())
            isServed.withLock { $0 = true }
        }
        while !isServed.withLock({ $0 }) { try await exchange(on: moving, bytes: 4_096) }
        try await waiting.value
    }

    private func exchange(on call: Duplex, bytes: UInt32 = 1) async throws {
        try await call.send(TestingV1.StreamingOutputRequest(responseBytes: [bytes]))
        var responses = call.responses.makeAsyncIterator()
        #expect(try await responses.next() != nil)
    }

    /// Ends a stream; the error that it ended with before that.
    private func end(_ call: Duplex) async -> RPCError? {
        do throws(RPCError) {
            call.finishSending()
            for try await _ in call.responses {}
            return nil
        } catch {
            return error
        }
    }

    @Test("a call that waits for its service keeps its place, and a stream beside it gives its own")
    func busyCall() async throws {
        let bench = try await bench(3)
        let holder = try await client(bench, "henan")
        let slow = Task {
            try await holder.unaryCall(
                TestingV1.SimpleRequest(delayMs: 600_000), options: CallOptions(timeout: .seconds(600)))
        }
        while try await bench.gateway.load().reduce(0, { $0 + $1.callsInFlight }) != 1 { await Task.yield() }
        let streams = [try await stream(holder), try await stream(holder)]
        let other = try await client(bench, "gansu")
        _ = try await other.unaryCall(TestingV1.SimpleRequest())
        let errors = [await end(streams[0]), await end(streams[1])]
        // The one that was idle for longest.
        #expect(errors[0]?.code == .unavailable)
        #expect(errors[1] == nil)
        slow.cancel()
        let error = await #expect(throws: RPCError.self) { try await slow.value }
        #expect(error?.code == .cancelled)
        await bench.stop()
    }

    @Test("whole requests that the service works on give one place to who has none when they are a second old")
    func wholeRequests() async throws {
        let bench = try await bench(4)
        let holder = try await client(bench, "henan")
        let (endings, ended) = AsyncStream<RPCError?>.makeStream()
        let slow = (0..<4).map { _ in
            Task {
                do throws(RPCError) {
                    _ = try await holder.unaryCall(
                        TestingV1.SimpleRequest(delayMs: 600_000), options: CallOptions(timeout: .seconds(600)))
                    ended.yield(nil)
                } catch {
                    ended.yield(error)
                }
            }
        }
        while try await bench.gateway.load().reduce(0, { $0 + $1.callsInFlight }) != 4 { await Task.yield() }
        _ = try await client(bench, "gansu").emptyCall(TestingV1.Empty())
        var each = endings.makeAsyncIterator()
        // Before the others are cancelled: its answer is on its way when the other caller has its own.
        let error = await each.next() ?? nil
        #expect(error?.code == .unavailable)
        #expect(error?.isNotStarted == false)
        #expect(error?.message.contains("more than its share") == true)
        for call in slow { call.cancel() }
        for _ in 1..<4 { #expect(await each.next()??.code == .cancelled) }
        await bench.stop()
    }

    @Test("a call whose caller does not read what the service answers gives its place to one that waits")
    func unreadResponse() async throws {
        let bench = try await bench(1)
        let holder = try await client(bench, "henan")
        let request = TestingV1.StreamingOutputRequest(responseBytes: [UInt32](repeating: 60_000, count: 100))
        let unread = try await holder.streamingOutputCall(request, options: CallOptions(timeout: .seconds(600)))
        var responses = unread.makeAsyncIterator()
        #expect(try await responses.next() != nil)
        _ = try await client(bench, "gansu").emptyCall(TestingV1.Empty())
        let error = await #expect(throws: RPCError.self) {
            while try await responses.next() != nil {}
        }
        #expect(error?.code == .unavailable)
        await bench.stop()
    }

    @Test("a stream that exchanges messages keeps its place while it does")
    func movingStream() async throws {
        let bench = try await bench(2)
        let holder = try await client(bench, "henan")
        let (moving, idle) = (try await stream(holder), try await stream(holder))
        let other = try await client(bench, "gansu")
        try await keepMoving(moving, until: other)
        #expect(await end(moving) == nil)
        #expect(await end(idle)?.code == .unavailable)
        await bench.stop()
    }

    @Test("of streams that all move one gives way; a call that waits for its service and another's only stream do not")
    func movingStreams() async throws {
        let bench = try await bench(6)
        let holder = try await client(bench, "henan")
        let slow = Task {
            try await holder.unaryCall(
                TestingV1.SimpleRequest(delayMs: 600_000), options: CallOptions(timeout: .seconds(600)))
        }
        while try await bench.gateway.load().reduce(0, { $0 + $1.callsInFlight }) != 1 { await Task.yield() }
        var streams: [Duplex] = []
        for _ in 0..<4 { streams.append(try await stream(holder)) }
        let only = try await stream(try await client(bench, "fujian"))
        let other = try await client(bench, "gansu")
        let isServed = Flag()
        var errors: [RPCError] = []
        let moving = streams.map { stream in
            Task { () async -> (any Error)? in
                do {
                    while !isServed.isSet.withLock({ $0 }) { try await exchange(on: stream, bytes: 4_096) }
                    return nil
                } catch {
                    return error
                }
            }
        }
        _ = try await other.unaryCall(TestingV1.SimpleRequest())
        isServed.isSet.withLock { $0 = true }
        for (stream, task) in zip(streams, moving) {
            if let error = await task.value {
                errors.append(try #require(error as? RPCError))
            }
            // What one hears of between two exchanges it hears here.
            else if let error = await end(stream) {
                errors.append(error)
            }
        }
        #expect(errors.map(\.code) == [.unavailable])
        #expect(errors.first?.message.contains("more than its share") == true)
        #expect(await end(only) == nil)
        slow.cancel()
        let error = await #expect(throws: RPCError.self) { try await slow.value }
        #expect(error?.code == .cancelled)
        await bench.stop()
    }

    @Test("a stream that trickles, a few bytes ten times a second, gives its place to one that waits")
    func tricklingStream() async throws {
        let bench = try await bench(2)
        let holder = try await client(bench, "henan")
        let (moving, trickling) = (try await stream(holder), try await stream(holder))
        let trickle = Task {
            while true {
                try await exchange(on: trickling)
                // The rhythm of who means to seem busy; nothing here waits for it.
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        let other = try await client(bench, "gansu")
        try await keepMoving(moving, until: other)
        let error = await #expect(throws: RPCError.self) { try await trickle.value }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains("1024 bytes") == true, "\(error?.message ?? "")")
        #expect(await end(moving) == nil)
        await bench.stop()
    }
}
