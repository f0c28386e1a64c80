import GatewayRules
import GatewayServer
import RPC
import Synchronization
import TestBench
import TestSupport
import TestTurns
import Testing
import TestingMessages
import Transport
import Wire

/// What the gateway lets in, over TLS with a real service behind it.
@Suite(.takesTurns) struct AdmissionTests {
    private static let henan = "spiffe://quality.example/org/henan/reporter"
    private static let fujian = "spiffe://quality.example/org/fujian/reporter"
    private static let service = TestingV1.TestService.name

    private func policy(
        _ grants: [String: [String]] = ["*": ["*"]], callers: CallerLimits = GatewayBench.open.callerLimits,
        services: ServiceLimits = ServiceLimits(), control: [String] = [], queuedBytes: Int = 1 << 20
    ) -> AdmissionPolicy {
        AdmissionPolicy(
            grants: grants.map { AdmissionPolicy.Grant(role: $0, methods: $1.compactMap(MethodPattern.init)) },
            classes: [.control: control.compactMap(MethodPattern.init)], callerLimits: callers, serviceLimits: services,
            queuedBytes: queuedBytes)
    }

    /// Long enough that nothing is shed for its delay while a test runs.
    private func services(_ concurrentCalls: Int, queuedCalls: Int = 100) -> ServiceLimits {
        ServiceLimits(
            concurrentCalls: concurrentCalls, queuedCalls: queuedCalls, queueTargetMicroseconds: 600_000_000,
            queueIntervalMicroseconds: 600_000_000)
    }

    private func client(_ bench: GatewayBench, _ uri: String = henan) async throws -> TestingV1.TestServiceClient {
        TestingV1.TestServiceClient(try await bench.transport(.throughGateway, as: uri))
    }

    /// A call that is open at the service until ``end(_:)``.
    private func openCall(
        _ client: TestingV1.TestServiceClient
    ) async throws -> BidirectionalCall<TestingV1.StreamingOutputRequest, TestingV1.StreamingOutputResponse> {
        let call = try await client.fullDuplexCall()
        try await call.send(TestingV1.StreamingOutputRequest(responseBytes: [1]))
        var responses = call.responses.makeAsyncIterator()
        #expect(try await responses.next() != nil)
        return call
    }

    private func end(
        _ call: BidirectionalCall<TestingV1.StreamingOutputRequest, TestingV1.StreamingOutputResponse>
    ) async throws {
        call.finishSending()
        for try await _ in call.responses {}
    }

    /// Returns when so many calls wait at the gateway.
    private func waiting(_ bench: GatewayBench, _ calls: Int) async throws {
        try await Patience.until("\(calls) calls wait") {
            try await bench.gateway.load().reduce(0) { $0 + $1.waitingCalls } == calls
        }
    }

    private func expectRefusal(
        _ code: StatusCode, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation,
        _ call: () async throws -> Void
    ) async -> RPCError? {
        let error = await #expect(throws: RPCError.self, sourceLocation: sourceLocation) { try await call() }
        #expect(error?.code == code, sourceLocation: sourceLocation)
        #expect(error?.isNotStarted == true, sourceLocation: sourceLocation)
        for word in words {
            #expect(
                error?.message.contains(word) == true, "\(error?.message ?? "")", sourceLocation: sourceLocation)
        }
        return error
    }

    // MARK: Authority

    @Test("a role without a grant is PERMISSION_DENIED, not started, naming role and method, and the connection lives")
    func denied() async throws {
        let bench = try await GatewayBench(policy: policy(["reporter": ["\(Self.service)/EmptyCall"]]))
        let reporter = try await client(bench)
        _ = await expectRefusal(.permissionDenied, "'reporter'", "\(Self.service)/UnaryCall") {
            _ = try await reporter.unaryCall(TestingV1.SimpleRequest())
        }
        _ = try await reporter.emptyCall(TestingV1.Empty())
        let viewer = try await client(bench, "spiffe://quality.example/org/henan/viewer")
        _ = await expectRefusal(.permissionDenied, "'viewer'") {
            _ = try await viewer.emptyCall(TestingV1.Empty())
        }
        // Neither is a service of that name.
        let service = try await client(bench, "spiffe://quality.example/service/reporter")
        _ = await expectRefusal(.permissionDenied, "'service:reporter'") {
            _ = try await service.emptyCall(TestingV1.Empty())
        }
        await bench.stop()
    }

    @Test("what is not granted is denied before anybody says whether it exists")
    func deniedUnknown() async throws {
        let bench = try await GatewayBench(policy: policy(["reporter": ["\(Self.service)/*"]]))
        let transport = try await bench.transport(.throughGateway, as: Self.henan)
        _ = await expectRefusal(.permissionDenied) {
            _ = try await transport.unary(
                MethodDescriptor(service: "quality.nosuch.v1.NoService", name: "Any"), TestingV1.Empty(),
                returning: TestingV1.Empty.self, options: CallOptions())
        }
        await bench.stop()
    }

    @Test(
        "metadata that breaks the rules is refused at the gateway, and takes no place",
        arguments: [
            [], [0], [0, 1], [0, 0, 0], [0xff, 0xff], [0, 1, 1, 0x41, 0, 1, 0x61], [0, 1, 1, 0x61, 0, 1, 0x0a],
            [0, 1, 0, 0, 0], [0, 2, 1, 0x61, 0, 1, 0x61],
        ] as [[UInt8]])
    func badMetadata(block: [UInt8]) async throws {
        let seen = Mutex(0)
        let bench = try await GatewayBench(
            script: { peer, _ in
                await peer.serve { peer, call in
                    seen.withLock { $0 += 1 }
                    await peer.send(.status(call.stream, message: []))
                }
            }, policy: policy(callers: CallerLimits(callsPerSecond: 100, burstCalls: 100, concurrentCalls: 1)))
        let peer = try await bench.peer(.throughGateway)
        await peer.greet()
        for stream: UInt32 in [1, 3] {
            await peer.send(.call(stream, "\(Self.service)/EmptyCall", metadata: block))
            let status = await peer.frames(ofCall: stream).status(stream)
            #expect(status?.code == .invalidArgument)
            #expect(status?.isNotStarted == true)
        }
        #expect(seen.withLock { $0 } == 0)
        await peer.send(.call(5, "\(Self.service)/EmptyCall"))
        #expect(await peer.frames(ofCall: 5).status(5)?.code == .ok)
        await bench.stop()
    }

    // MARK: Reload

    @Test("another policy holds from the next call on, and an open call does not notice")
    func anotherPolicy() async throws {
        let bench = try await GatewayBench()
        let client = try await client(bench)
        let open = try await openCall(client)
        try await bench.gateway.apply(
            GatewayPlan(routes: bench.plan.routes, policy: policy(["viewer": ["*"]])))
        _ = await expectRefusal(.permissionDenied) { _ = try await client.emptyCall(TestingV1.Empty()) }
        try await open.send(TestingV1.StreamingOutputRequest(responseBytes: [2]))
        try await end(open)
        try await bench.gateway.apply(bench.plan)
        _ = try await client.emptyCall(TestingV1.Empty())
        await bench.stop()
    }

    @Test("calls of a route that is taken away go on to their end, new ones are UNIMPLEMENTED")
    func routeTakenAway() async throws {
        let bench = try await GatewayBench()
        let client = try await client(bench)
        let open = try await openCall(client)
        let elsewhere = Route(service: "quality.other.v1.Other", identity: "other", endpoints: ["127.0.0.1:1"])
        try await bench.gateway.apply(GatewayPlan(routes: [elsewhere], policy: bench.plan.policy))
        _ = await expectRefusal(.unimplemented) { _ = try await client.emptyCall(TestingV1.Empty()) }
        try await open.send(TestingV1.StreamingOutputRequest(responseBytes: [2]))
        try await end(open)
        // Back again, over a new connection.
        try await bench.gateway.apply(bench.plan)
        _ = try await client.emptyCall(TestingV1.Empty())
        await bench.stop()
    }

    @Test("a route that cannot be read changes nothing")
    func brokenRoute() async throws {
        let bench = try await GatewayBench()
        var plan = bench.plan
        plan.policy = policy([:])
        plan.routes[0].endpoints = ["nonsense"]
        await #expect(throws: RouteProblem.self) { try await bench.gateway.apply(plan) }
        _ = try await client(bench).emptyCall(TestingV1.Empty())
        await bench.stop()
    }

    // MARK: One identity's limits

    @Test("an identity that calls too often is refused with the wait for its next token; another is not")
    func rate() async throws {
        let limits = CallerLimits(callsPerSecond: 1, burstCalls: 5, concurrentCalls: 100)
        let bench = try await GatewayBench(policy: policy(callers: limits))
        // Two connections, one identity.
        let clients = [try await client(bench), try await client(bench)]
        var passed = 0
        var refusals: [RPCError] = []
        // At one a second not all of them can pass, however slow the machine is.
        for index in 0..<60 {
            do throws(RPCError) {
                _ = try await clients[index % 2].emptyCall(TestingV1.Empty())
                passed += 1
            } catch {
                refusals.append(error)
            }
        }
        #expect(passed >= 5)
        #expect(!refusals.isEmpty)
        for refusal in refusals {
            #expect(refusal.code == .resourceExhausted)
            #expect(refusal.isNotStarted)
            #expect((1...1000).contains(refusal.retryPushbackMilliseconds ?? 0))
            #expect(refusal.message.contains(Self.henan))
        }
        _ = try await client(bench, Self.fujian).emptyCall(TestingV1.Empty())
        await bench.stop()
    }

    @Test("an identity has no more calls open than it may, over all its connections; a place is free when one ends")
    func concurrency() async throws {
        var limits = GatewayBench.open.callerLimits
        limits.concurrentCalls = 2
        let bench = try await GatewayBench(policy: policy(callers: limits))
        let (first, second) = (try await client(bench), try await client(bench))
        let open = [try await openCall(first), try await openCall(second)]
        let error = await expectRefusal(.resourceExhausted, "2 calls open") {
            _ = try await first.emptyCall(TestingV1.Empty())
        }
        #expect((error?.retryPushbackMilliseconds ?? 0) > 0)
        _ = try await client(bench, Self.fujian).emptyCall(TestingV1.Empty())
        try await end(open[0])
        _ = try await second.emptyCall(TestingV1.Empty())
        try await end(open[1])
        await bench.stop()
    }

    @Test("a call that was given up keeps its place for as long as the policy says", arguments: [true, false])
    func givenUp(keepsPlace: Bool) async throws {
        var limits = GatewayBench.open.callerLimits
        limits.concurrentCalls = 1
        let services = ServiceLimits(givenUpMicroseconds: keepsPlace ? 600_000_000 : 0)
        // On one connection the end of the first call comes before the second.
        let bench = try await GatewayBench(policy: policy(callers: limits, services: services), isSingleLoop: true)
        let client = try await client(bench)
        let call = try await openCall(client)
        call.responses.cancel()
        if keepsPlace {
            _ = await expectRefusal(.resourceExhausted, "1 calls open") {
                _ = try await client.emptyCall(TestingV1.Empty())
            }
        } else {
            _ = try await client.emptyCall(TestingV1.Empty())
        }
        _ = try await self.client(bench, Self.fujian).emptyCall(TestingV1.Empty())
        await bench.stop()
    }

    // MARK: A service's limits

    @Test("a call beyond the service's limit waits, and is served when another ends")
    func queued() async throws {
        let bench = try await GatewayBench(policy: policy(services: services(1)), gatewayLoops: GatewayBench.oneLoop)
        let client = try await client(bench)
        let open = try await openCall(client)
        async let second = client.unaryCall(TestingV1.SimpleRequest(responseBytes: 7))
        try await waiting(bench, 1)
        try await end(open)
        #expect(try await second.payload?.body.count == 7)
        await bench.stop()
    }

    @Test("a stream that waits keeps all that its caller sends meanwhile")
    func queuedStream() async throws {
        let bench = try await GatewayBench(policy: policy(services: services(1)), gatewayLoops: GatewayBench.oneLoop)
        let client = try await client(bench)
        let open = try await openCall(client)
        let call = try await client.streamingInputCall()
        let body = [UInt8](repeating: 1, count: 10_000)
        async let sending: Void = {
            for _ in 0..<20 {
                try await call.send(TestingV1.StreamingInputRequest(payload: TestingV1.Payload(body: body)))
            }
        }()
        try await waiting(bench, 1)
        try await end(open)
        try await sending
        #expect(try await call.response().aggregatedPayloadBytes == 200_000)
        await bench.stop()
    }

    @Test("a call of the class control does not wait")
    func control() async throws {
        let bench = try await GatewayBench(
            policy: policy(services: services(1), control: ["\(Self.service)/EmptyCall"]),
            gatewayLoops: GatewayBench.oneLoop)
        let client = try await client(bench)
        let open = try await openCall(client)
        _ = try await client.emptyCall(TestingV1.Empty())
        try await end(open)
        await bench.stop()
    }

    @Test("a call that waits too long is UNAVAILABLE, not started, with a pushback")
    func shed() async throws {
        let limits = ServiceLimits(
            concurrentCalls: 1, queueTargetMicroseconds: 1_000, queueIntervalMicroseconds: 20_000)
        let bench = try await GatewayBench(policy: policy(services: limits), gatewayLoops: GatewayBench.oneLoop)
        let client = try await client(bench)
        let open = try await openCall(client)
        let error = await expectRefusal(.unavailable, Self.service, "waited too long") {
            _ = try await client.emptyCall(TestingV1.Empty())
        }
        #expect(error?.retryPushbackMilliseconds == 20)
        try await end(open)
        _ = try await client.emptyCall(TestingV1.Empty())
        await bench.stop()
    }

    @Test("when too many wait the caller with most of them gives way, not the others")
    func evicted() async throws {
        let bench = try await GatewayBench(
            policy: policy(services: services(1, queuedCalls: 3)), gatewayLoops: GatewayBench.oneLoop)
        let (many, one) = (try await client(bench), try await client(bench, Self.fujian))
        // It waits for its service, so that nobody else is given its place.
        let busy = Task {
            try await many.unaryCall(
                TestingV1.SimpleRequest(delayMs: 600_000), options: CallOptions(timeout: .seconds(600)))
        }
        while try await bench.gateway.load().reduce(0, { $0 + $1.callsInFlight }) != 1 { await Task.yield() }
        let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    do throws(RPCError) {
                        _ = try await many.emptyCall(TestingV1.Empty())
                        return true
                    } catch {
                        #expect(error.code == .unavailable && error.isNotStarted && error.message.contains("too many"))
                        return false
                    }
                }
            }
            try await waiting(bench, 3)
            async let other = one.emptyCall(TestingV1.Empty())
            // One of the three has given way.
            var answers: [Bool] = []
            if let first = try await group.next() { answers.append(first) }
            busy.cancel()
            _ = try await other
            for try await answer in group { answers.append(answer) }
            return answers
        }
        #expect(answers == [false, true, true])
        await bench.stop()
    }

    @Test("a caller that goes away leaves the queue")
    func cancelled() async throws {
        let bench = try await GatewayBench(policy: policy(services: services(1)), gatewayLoops: GatewayBench.oneLoop)
        let client = try await client(bench)
        let open = try await openCall(client)
        let call = Task { _ = try await client.emptyCall(TestingV1.Empty()) }
        try await waiting(bench, 1)
        call.cancel()
        try await waiting(bench, 0)
        _ = await call.result
        try await end(open)
        _ = try await client.emptyCall(TestingV1.Empty())
        await bench.stop()
    }

    @Test("more bytes than may wait are refused, and the rest goes on")
    func heldBytes() async throws {
        let bench = try await GatewayBench(
            policy: policy(services: services(1), queuedBytes: 5_000), gatewayLoops: GatewayBench.oneLoop)
        let client = try await client(bench)
        let open = try await openCall(client)
        let body = [UInt8](repeating: 1, count: 10_000)
        _ = await expectRefusal(.resourceExhausted, "message bytes wait") {
            _ = try await client.unaryCall(TestingV1.SimpleRequest(payload: TestingV1.Payload(body: body)))
        }
        async let small = client.emptyCall(TestingV1.Empty())
        try await waiting(bench, 1)
        try await end(open)
        _ = try await small
        // Nothing is counted twice: what waited and went has left room.
        let again = try await openCall(client)
        async let other = client.unaryCall(
            TestingV1.SimpleRequest(payload: TestingV1.Payload(body: Array(body.prefix(4_000)))))
        try await waiting(bench, 1)
        try await end(again)
        _ = try await other
        await bench.stop()
    }

    @Test("who fills the room for bytes that wait does not keep others' calls from waiting")
    func heldBytesOfOthers() async throws {
        let bench = try await GatewayBench(
            policy: policy(services: services(1), queuedBytes: 10_000), gatewayLoops: GatewayBench.oneLoop)
        let client = try await client(bench)
        let open = try await openCall(client)
        func waits(_ client: TestingV1.TestServiceClient, _ bytes: Int) -> Task<TestingV1.SimpleResponse, any Error> {
            let request = TestingV1.SimpleRequest(
                payload: TestingV1.Payload(body: [UInt8](repeating: 1, count: bytes)))
            return Task { try await client.unaryCall(request) }
        }
        let small = waits(client, 3_000)
        try await waiting(bench, 1)
        let large = waits(client, 6_000)
        try await waiting(bench, 2)
        let others = waits(try await self.client(bench, Self.fujian), 4_000)
        _ = await expectRefusal(.resourceExhausted, "message bytes wait") { _ = try await large.value }
        try await waiting(bench, 2)
        // To itself it does not give way, and neither do those who have less.
        _ = await expectRefusal(.resourceExhausted, "message bytes wait") {
            _ = try await waits(client, 6_000).value
        }
        try await end(open)
        _ = try await (small.value, others.value)
        await bench.stop()
    }
}
