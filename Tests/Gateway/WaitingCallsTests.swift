import GatewayRules
import GatewayServer
import RPC
import Synchronization
import TestBench
import TestSupport
import TestTurns
import Testing
import TestingMessages
import TestingService
import Transport
import Wire

/// Something that many wait for, and that comes once.
private final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func passed() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiters.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiters = state.withLock { state in
            state.isOpen = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}

/// The test service, whose unary calls say that they wait for others until a test brings what they wait for.
private final class WaitingService: TestingV1.TestServiceHandler {
    let gate: Gate
    /// Handlers say so again, and after their answer has begun.
    private let repeatsItself: Bool
    /// The error with which the next unary calls end that have waited.
    private let failures: Failures
    private let service = TestService()

    /// Shared by the copies of a service.
    final class Failures: Sendable {
        let left = Mutex(0)

        func take() -> Bool {
            left.withLock { left in
                guard left > 0 else { return false }
                left -= 1
                return true
            }
        }
    }

    init(_ gate: Gate, repeatsItself: Bool = false, failures: Failures = Failures()) {
        self.gate = gate
        self.repeatsItself = repeatsItself
        self.failures = failures
    }

    func emptyCall(_ request: TestingV1.Empty, context: ServerContext) async throws(RPCError) -> TestingV1.Empty {
        request
    }

    func unaryCall(
        _ request: TestingV1.SimpleRequest, context: ServerContext
    ) async throws(RPCError) -> TestingV1.SimpleResponse {
        let fails = failures.take()
        context.call.waitsForOthers()
        if repeatsItself {
            context.call.waitsForOthers()
            context.call.sendLeadingMetadata(Metadata())
            context.call.waitsForOthers()
        }
        await gate.passed()
        if fails { throw RPCError(.unavailable, "this copy lags", isNotStarted: true) }
        return TestingV1.SimpleResponse(caller: context.caller.uri)
    }

    func streamingInputCall(
        _ requests: RequestStream<TestingV1.StreamingInputRequest>, context: ServerContext
    ) async throws(RPCError) -> TestingV1.StreamingInputResponse {
        try await service.streamingInputCall(requests, context: context)
    }

    func streamingOutputCall(
        _ request: TestingV1.StreamingOutputRequest, responses: ResponseWriter<TestingV1.StreamingOutputResponse>,
        context: ServerContext
    ) async throws(RPCError) {
        try await service.streamingOutputCall(request, responses: responses, context: context)
    }

    func fullDuplexCall(
        _ requests: RequestStream<TestingV1.StreamingOutputRequest>,
        responses: ResponseWriter<TestingV1.StreamingOutputResponse>, context: ServerContext
    ) async throws(RPCError) {
        try await service.fullDuplexCall(requests, responses: responses, context: context)
    }
}

/// Calls that a service lets wait for what another process has yet to bring, over TLS behind the gateway.
@Suite("Calls that wait for others, through a gateway", .takesTurns)
struct WaitingCallsTests {
    private typealias Duplex = BidirectionalCall<
        TestingV1.StreamingOutputRequest, TestingV1.StreamingOutputResponse
    >

    /// So long that no test sees it.
    private static let patient = CallOptions(timeout: Patience.limit)

    private func uri(_ place: String) -> String { "spiffe://quality.example/org/\(place)/viewer" }

    /// Nothing is shed for its delay while a test runs.
    private func policy(_ concurrentCalls: Int) -> AdmissionPolicy {
        var policy = GatewayBench.open
        policy.serviceLimits = ServiceLimits(
            concurrentCalls: concurrentCalls, queuedCalls: 100, queueTargetMicroseconds: 600_000_000,
            queueIntervalMicroseconds: 600_000_000, givenUpMicroseconds: 0)
        return policy
    }

    /// - Parameters:
    ///   - concurrentCalls: the gateway's places at the service.
    ///   - openCalls: what the service allows on a connection.
    private func bench(
        concurrentCalls: Int, openCalls: UInt32 = 1_000, copies: Int = 1, _ gate: Gate, repeatsItself: Bool = false,
        failures: WaitingService.Failures = WaitingService.Failures()
    ) async throws -> GatewayBench {
        var backend = GatewayBench.Backend()
        backend.count = copies
        backend.limits.concurrentStreams = openCalls
        backend.register = { router in
            WaitingService(gate, repeatsItself: repeatsItself, failures: failures).register(on: &router)
        }
        return try await GatewayBench(
            backend, policy: policy(concurrentCalls), gatewayLoops: GatewayBench.oneLoop)
    }

    private func client(_ bench: GatewayBench, _ place: String) async throws -> TestingV1.TestServiceClient {
        TestingV1.TestServiceClient(try await bench.transport(.throughGateway, as: uri(place)))
    }

    private func begin(_ client: TestingV1.TestServiceClient) -> Task<String, any Error> {
        Task { try await client.unaryCall(TestingV1.SimpleRequest(), options: Self.patient).caller }
    }

    /// Returns when so many calls hold places, wait for one, and go on without.
    private func reached(
        _ bench: GatewayBench, inFlight: Int, waiting: Int = 0, placeless: Int
    ) async throws {
        try await Patience.until("\(inFlight) calls with a place, \(waiting) that wait, \(placeless) without") {
            let load = try await bench.gateway.load()
            return load.reduce(0) { $0 + $1.callsInFlight } == inFlight
                && load.reduce(0) { $0 + $1.waitingCalls } == waiting
                && load.reduce(0) { $0 + $1.placelessCalls } == placeless
        }
    }

    /// A stream that is open at the service, and holds a place.
    private func stream(_ client: TestingV1.TestServiceClient) async throws -> Duplex {
        let call = try await client.fullDuplexCall(options: Self.patient)
        try await call.send(TestingV1.StreamingOutputRequest(responseBytes: [1]))
        var responses = call.responses.makeAsyncIterator()
        #expect(try await responses.next() != nil)
        return call
    }

    private func end(_ call: Duplex) async throws {
        call.finishSending()
        for try await _ in call.responses {}
    }

    // MARK: Places

    @Test("several identities have more calls waiting than there are places, and another's passes at once")
    func severalIdentities() async throws {
        let gate = Gate()
        let bench = try await bench(concurrentCalls: 4, gate)
        let places = ["henan", "fujian", "gansu"]
        var calls: [(uri: String, answer: Task<String, any Error>)] = []
        for place in places {
            let client = try await client(bench, place)
            for _ in 0..<6 { calls.append((uri(place), begin(client))) }
        }
        try await reached(bench, inFlight: 0, placeless: 18)
        _ = try await client(bench, "hainan").emptyCall(TestingV1.Empty())
        gate.open()
        for call in calls { #expect(try await call.answer.value == call.uri) }
        try await reached(bench, inFlight: 0, placeless: 0)
        await bench.stop()
    }

    @Test("calls that wait do not fill the service's connection either")
    func openCalls() async throws {
        let gate = Gate()
        let bench = try await bench(concurrentCalls: 1_000, openCalls: 4, gate)
        let henan = try await client(bench, "henan")
        let calls = (0..<20).map { _ in begin(henan) }
        try await reached(bench, inFlight: 0, placeless: 20)
        let fujian = try await client(bench, "fujian")
        _ = try await fujian.emptyCall(TestingV1.Empty())
        // Three may be open beside them, and no fourth: that place of the connection is for health.
        let streams = [try await stream(fujian), try await stream(fujian), try await stream(fujian)]
        let fourth = Task { try await fujian.emptyCall(TestingV1.Empty(), options: Self.patient) }
        try await reached(bench, inFlight: 3, waiting: 1, placeless: 20)
        gate.open()
        for call in calls { #expect(try await call.value == uri("henan")) }
        for stream in streams { try await end(stream) }
        _ = try await fourth.value
        try await reached(bench, inFlight: 0, placeless: 0)
        await bench.stop()
    }

    @Test("a service that says so again, or when it has begun to answer, frees one place and no more")
    func repeated() async throws {
        let gate = Gate()
        let bench = try await bench(concurrentCalls: 2, gate, repeatsItself: true)
        let henan = try await client(bench, "henan")
        let call = begin(henan)
        try await reached(bench, inFlight: 0, placeless: 1)
        let streams = [try await stream(henan), try await stream(henan)]
        let third = Task { try await henan.emptyCall(TestingV1.Empty(), options: Self.patient) }
        try await reached(bench, inFlight: 2, waiting: 1, placeless: 1)
        gate.open()
        #expect(try await call.value == uri("henan"))
        // Its end gives nothing back: it had no place any more.
        try await reached(bench, inFlight: 2, waiting: 1, placeless: 0)
        for stream in streams { try await end(stream) }
        _ = try await third.value
        await bench.stop()
    }

    @Test("a call that its caller gives up while it waits leaves nothing behind")
    func givenUp() async throws {
        let gate = Gate()
        let bench = try await bench(concurrentCalls: 1, gate)
        let henan = try await client(bench, "henan")
        let call = begin(henan)
        try await reached(bench, inFlight: 0, placeless: 1)
        let stream = try await stream(henan)
        call.cancel()
        try await reached(bench, inFlight: 1, placeless: 0)
        _ = await call.result
        gate.open()
        try await end(stream)
        _ = try await henan.emptyCall(TestingV1.Empty())
        try await reached(bench, inFlight: 0, placeless: 0)
        await bench.stop()
    }

    @Test("a call that has waited at a copy which lags goes to another without waiting for a place")
    func sentAgain() async throws {
        let gate = Gate()
        let failures = WaitingService.Failures()
        let bench = try await bench(concurrentCalls: 1, copies: 2, gate, failures: failures)
        let henan = try await client(bench, "henan")
        failures.left.withLock { $0 = 1 }
        let call = begin(henan)
        try await reached(bench, inFlight: 0, placeless: 1)
        let stream = try await stream(henan)
        try await reached(bench, inFlight: 1, placeless: 1)
        gate.open()
        #expect(try await call.value == uri("henan"))
        #expect(failures.left.withLock { $0 } == 0)
        try await reached(bench, inFlight: 1, placeless: 0)
        try await end(stream)
        await bench.stop()
    }

    @Test("a call that waits goes on to its end when its route is taken away")
    func routeTakenAway() async throws {
        let gate = Gate()
        let bench = try await bench(concurrentCalls: 4, gate)
        let call = begin(try await client(bench, "henan"))
        try await reached(bench, inFlight: 0, placeless: 1)
        let elsewhere = Route(service: "quality.other.v1.Other", identity: "other", endpoints: ["127.0.0.1:1"])
        try await bench.gateway.apply(GatewayPlan(routes: [elsewhere], policy: bench.plan.policy))
        gate.open()
        #expect(try await call.value == uri("henan"))
        await bench.stop()
    }

    // MARK: Backends that lie

    private static let call = "\(TestingV1.TestService.name)/EmptyCall"

    /// Whatever is not a WAITING of a call that is open and has not begun to answer.
    private static func lies(_ stream: UInt32) -> [RawFrame] {
        [
            RawFrame(.waiting), RawFrame(.waiting, stream: 2), RawFrame(.waiting, stream: stream + 2),
            RawFrame(.waiting, stream: 0xffff_ffff), RawFrame(.waiting, stream: stream, [1, 2, 3]),
            RawFrame(.waiting, flags: FrameFlags(rawValue: 0xff), stream: stream),
        ] + (stream > 1 ? [RawFrame(.waiting, stream: stream - 2)] : [])
    }

    @Test("what a backend says at the wrong time or of the wrong stream harms no call and no connection")
    func wrongFrames() async throws {
        let bench = try await GatewayBench(
            script: { peer, _ in
                await peer.serve { peer, call in
                    let stream = call.stream
                    let waiting = RawFrame(.waiting, stream: stream)
                    let frames =
                        Self.lies(stream) + [waiting, waiting, RawFrame(.headers, stream: stream, [0, 0]), waiting]
                        + Self.lies(stream) + [.status(stream, message: []), waiting, waiting]
                    await peer.send(bytes: frames.bytes)
                }
            }, policy: policy(1), gatewayLoops: GatewayBench.oneLoop)
        let henan = try await client(bench, "henan")
        for _ in 0..<20 { _ = try await henan.emptyCall(TestingV1.Empty()) }
        try await reached(bench, inFlight: 0, placeless: 0)
        #expect(bench.script?.connectionCount == 1)
        await bench.stop()
    }

    @Test("a backend that says it twice, or of streams that are not open, frees no place of others")
    func placesOfOthers() async throws {
        let told = Gate(), gate = Gate()
        let bench = try await GatewayBench(
            script: { peer, _ in
                guard await peer.greet() != nil, let first = await peer.next() else { return }
                await peer.send(RawFrame(.waiting, stream: first.stream))
                guard let second = await peer.next() else { return }
                let lies = [RawFrame(.waiting, stream: first.stream)] + Self.lies(second.stream)
                await peer.send(bytes: lies.bytes)
                // All of it has been read by the gateway when this is answered.
                _ = await peer.framesUntilPong()
                told.open()
                await gate.passed()
                await peer.send(.status(second.stream, message: []), .status(first.stream, message: []))
                while let call = await peer.next() { await peer.send(.status(call.stream, message: [])) }
            }, policy: policy(1), gatewayLoops: GatewayBench.oneLoop)
        let henan = try await client(bench, "henan")
        func begin() -> Task<TestingV1.Empty, any Error> {
            Task { try await henan.emptyCall(TestingV1.Empty(), options: Self.patient) }
        }
        let first = begin()
        try await reached(bench, inFlight: 0, placeless: 1)
        let second = begin()
        await told.passed()
        let third = begin()
        try await reached(bench, inFlight: 1, waiting: 1, placeless: 1)
        gate.open()
        for call in [first, second, third] { _ = try await call.value }
        try await reached(bench, inFlight: 0, placeless: 0)
        await bench.stop()
    }
}
