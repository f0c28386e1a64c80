import GatewayRules
import GatewayServer
import RPC
import TestBench
import Testing
import TestingMessages
import Transport
import Wire

/// Case 32: places of a service that callers hold while others wait. Only the gateway has places that callers share;
/// what a call that waits inside a service holds is case 36.
extension Cases {
    private typealias Duplex = BidirectionalCall<
        TestingV1.StreamingOutputRequest, TestingV1.StreamingOutputResponse
    >

    /// A stream that is open at the service.
    private func openStream(_ client: TestingV1.TestServiceClient) async throws -> Duplex {
        let call = try await client.fullDuplexCall()
        try await call.send(TestingV1.StreamingOutputRequest(responseBytes: [1]))
        var responses = call.responses.makeAsyncIterator()
        #expect(try await responses.next() != nil)
        return call
    }

    /// Three identities and sixteen places, fourteen for streams and unary calls, which are pushes.
    private func placeBench() async throws -> (bench: GatewayBench, clients: [TestingV1.TestServiceClient]) {
        // Nothing is shed for its delay while a test runs.
        var policy = GatewayBench.open
        policy.classes = [.push: ["*/FullDuplexCall", "*/UnaryCall"].compactMap(MethodPattern.init)]
        policy.serviceLimits = ServiceLimits(
            concurrentCalls: 16, queuedCalls: 100, queueTargetMicroseconds: 600_000_000,
            queueIntervalMicroseconds: 600_000_000)
        let bench = try await GatewayBench(policy: policy, gatewayLoops: GatewayBench.oneLoop)
        var clients: [TestingV1.TestServiceClient] = []
        for place in ["henan", "fujian", "gansu"] {
            clients.append(
                TestingV1.TestServiceClient(
                    try await bench.transport(
                        .throughGateway, as: "spiffe://quality.example/org/\(place)/reporter")))
        }
        return (bench, clients)
    }

    /// The errors of those that have not gone on.
    private func errors(of streams: [Duplex]) async -> [RPCError] {
        var errors: [RPCError] = []
        for stream in streams {
            do throws(RPCError) {
                stream.finishSending()
                for try await _ in stream.responses {}
            } catch {
                errors.append(error)
            }
        }
        return errors
    }

    private func expectOneDisplaced(_ errors: [RPCError]) {
        #expect(errors.count == 1)
        #expect(errors.first?.code == .unavailable)
        #expect(errors.first?.isNotStarted == false)
        #expect((errors.first?.retryPushbackMilliseconds ?? 0) > 0)
        #expect(errors.first?.message.contains("more than its share") == true)
        #expect(errors.first?.message.contains(TestingV1.TestService.name) == true)
    }

    @Test("32. two identities that fill all that pushes may hold with idle streams do not keep out a third")
    func case32IdleStreams() async throws {
        let (bench, clients) = try await placeBench()
        var streams: [Duplex] = []
        for index in 0..<14 { streams.append(try await openStream(clients[index % 2])) }
        #expect(try await clients[2].unaryCall(TestingV1.SimpleRequest(responseBytes: 7)).payload?.body.count == 7)
        expectOneDisplaced(await errors(of: streams))
        await bench.stop()
    }

    @Test("32. whole requests with deadlines of two identities that fill all places of pushes do not keep out a third")
    func case32WholeRequests() async throws {
        let (bench, clients) = try await placeBench()
        let calls = (0..<14).map { index in
            Task {
                try await clients[index % 2].unaryCall(
                    TestingV1.SimpleRequest(delayMs: 600_000), options: CallOptions(timeout: .seconds(600)))
            }
        }
        while try await bench.gateway.load().reduce(0, { $0 + $1.callsInFlight }) != 14 { await Task.yield() }
        #expect(try await clients[2].unaryCall(TestingV1.SimpleRequest(responseBytes: 7)).payload?.body.count == 7)
        for call in calls { call.cancel() }
        var errors: [RPCError] = []
        for call in calls {
            let error = await #expect(throws: RPCError.self) { try await call.value }
            if let error, error.code != .cancelled { errors.append(error) }
        }
        expectOneDisplaced(errors)
        await bench.stop()
    }

    @Test("32. streams that were opened this moment and say nothing keep nobody out; another's only one stays")
    func case32NewStreams() async throws {
        let (bench, clients) = try await placeBench()
        let only = try await openStream(clients[1])
        var streams: [Duplex] = []
        for _ in 0..<13 { streams.append(try await clients[0].fullDuplexCall()) }
        while try await bench.gateway.load().reduce(0, { $0 + $1.callsInFlight }) != 14 { await Task.yield() }
        #expect(try await clients[2].unaryCall(TestingV1.SimpleRequest(responseBytes: 7)).payload?.body.count == 7)
        expectOneDisplaced(await errors(of: streams))
        #expect(await errors(of: [only]).isEmpty)
        await bench.stop()
    }
}
