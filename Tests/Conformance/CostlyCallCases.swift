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
}
