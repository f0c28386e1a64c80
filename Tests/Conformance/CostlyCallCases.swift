import NIOPosix
import RPC
import Synchronization
import TestBench
import TestSupport
import Testing
import TestingMessages
import Transport
import Wire

/// A service whose unary call is long work. Without a payload it works in turns until an empty call has come in, and says
/// whether one has; else it says where it works.
private final class LongWork: Sendable {
    private typealias Methods = TestingV1.TestService.Methods
    private let state = Mutex((hasBegun: false, isOver: false))

    var hasBegun: Bool { state.withLock { $0.hasBegun } }
    private var isOver: Bool { state.withLock { $0.isOver } }

    func register(on router: inout Router) {
        router.register(
            UnaryHandler<TestingV1.SimpleRequest, TestingV1.SimpleResponse>(Methods.unaryCall) {
                (request, context) async throws(RPCError) in
                guard request.payload == nil else { return TestingV1.SimpleResponse(caller: Self.place) }
                self.state.withLock { $0.hasBegun = true }
                // A bound, so that a loop that never looks at its sockets fails and does not hang.
                for _ in 0..<100_000 where !self.isOver { await context.call.letOthersRun() }
                return TestingV1.SimpleResponse(caller: self.isOver ? "came in" : "shut out")
            })
        router.register(
            UnaryHandler<TestingV1.Empty, TestingV1.Empty>(Methods.emptyCall) { (request, _) throws(RPCError) in
                self.state.withLock { $0.isOver = true }
                return request
            })
    }

    /// Where a handler's code runs, from the reading of its request on.
    private static var place: String {
        MultiThreadedEventLoopGroup.currentEventLoop == nil ? "elsewhere" : "on an event loop"
    }
}

/// A service whose unary call has an answer that may be large, and takes a few steps to make.
private final class LargeAnswers: Sendable {
    private let state = Mutex((making: 0, mostAtOnce: 0))

    var mostAtOnce: Int { state.withLock { $0.mostAtOnce } }

    func register(on router: inout Router) {
        let method = TestingV1.TestService.Methods.unaryCall
        router.register(
            UnaryHandler<TestingV1.SimpleRequest, TestingV1.SimpleResponse>(method) {
                (request, _) throws(RPCError) in
                self.state.withLock { state in
                    state.making += 1
                    state.mostAtOnce = max(state.mostAtOnce, state.making)
                }
                for _ in 0..<20 { await Task.yield() }
                self.state.withLock { $0.making -= 1 }
                return TestingV1.SimpleResponse(payload: payload(Int(request.responseBytes)))
            })
        router.continueOffLoop([method])
    }
}

/// Case 37: one call that costs much. All loops here are one, that of the caller's neighbour too.
extension Cases {
    private func busyBench() async throws -> (bench: GatewayBench, work: LongWork) {
        let work = LongWork()
        var backend = GatewayBench.Backend()
        backend.register = { work.register(on: &$0) }
        return (try await GatewayBench(backend, isSingleLoop: true), work)
    }

    @Test(
        "37. while a handler works for long another caller's call comes in over the same event loop",
        arguments: Path.allCases)
    func case37LongWork(_ path: Path) async throws {
        let (bench, work) = try await busyBench()
        let client = try await bench.client(path)
        let other = TestingV1.TestServiceClient(
            try await bench.transport(path, as: "spiffe://quality.example/org/fujian/reporter"))
        let long = Task { try await client.unaryCall(TestingV1.SimpleRequest()) }
        try await Patience.until("the long work has begun") { work.hasBegun }
        _ = try await other.emptyCall(TestingV1.Empty())
        #expect(try await long.value.caller == "came in")
        await bench.stop()
    }

    @Test(
        "37. a large request is read and worked on elsewhere than on the event loop of its neighbours",
        arguments: Path.allCases)
    func case37LargeRequest(_ path: Path) async throws {
        let (bench, _) = try await busyBench()
        let client = try await bench.client(path)
        let neighbour = TestingV1.TestServiceClient(
            try await bench.transport(path, as: "spiffe://quality.example/org/fujian/reporter"))
        // The longest that fits, and one that is read at once.
        let large = Task { try await client.unaryCall(TestingV1.SimpleRequest(payload: payload(4_194_000))) }
        for _ in 0..<20 { _ = try await neighbour.emptyCall(TestingV1.Empty()) }
        #expect(try await large.value.caller == "elsewhere")
        #expect(try await client.unaryCall(TestingV1.SimpleRequest(payload: payload(100))).caller == "on an event loop")
        await bench.stop()
    }

    // Through a gateway the end of an answer waits there behind its beginning: its caller hears nothing of it.
    @Test("37. large answers that nobody reads are made two at a time, and those beyond what may wait give way at once")
    func case37UnreadLargeAnswers() async throws {
        let answers = LargeAnswers()
        var backend = GatewayBench.Backend()
        backend.register = { answers.register(on: &$0) }
        let limit = 4_000_000, count: UInt32 = 40
        let bench = try await GatewayBench(
            backend, bytesInFlight: BytesInFlightLimits(bytes: 1 << 30, callerBytes: limit), isSingleLoop: true)
        let peer = try await bench.peer(.direct)
        await peer.greet(ConnectionLimits(streamCreditBytes: 1))
        let request = try TestingV1.SimpleRequest(responseBytes: 1_000_000).encodedBytes()
        for index in 0..<count { await peer.send(.call(index * 2 + 1, Method.unary, request)) }
        // Nothing more is sent: no frame that comes in makes the service look at what waits.
        var given = 0
        while given < Int(count) - limit / 1_000_000, let frame = await peer.next() {
            guard let status = frame.status else { continue }
            #expect(status.code == .resourceExhausted, "\(status.text)")
            given += 1
        }
        #expect(given == Int(count) - limit / 1_000_000)
        #expect(answers.mostAtOnce <= CostlyPlaces.usualShare)
        await bench.stop()
    }
}
