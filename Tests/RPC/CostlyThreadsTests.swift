import Dispatch
import Glibc
import RPC
import Testing
import Wire

@Suite("Threads for what costs much") struct CostlyThreadsTests {
    /// The nice value of the thread that asks.
    private static var niceness: Int32 { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }

    private static let asked = UnaryHandler(Methods.unary) { (_: Note, _) throws(RPCError) -> Note in
        Note("\(niceness)")
    }

    private func niceness(of request: String, _ router: Router) async throws -> Int32? {
        let answer = try await InProcessTransport(router, caller: city)
            .unary(Methods.unary, Note(request), returning: Note.self, options: .init())
        return Int32(answer.text)
    }

    @Test("what is large goes on below the priority of what is small")
    func priority() async throws {
        let process = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), UInt32(getpid()))
        let below = min(19, process + CostlyThreads.addedNiceness)
        var router = Router()
        router.register(Self.asked)
        #expect(try await niceness(of: "small", router) == process)
        #expect(try await niceness(of: String(repeating: "a", count: 5_000), router) == below)
    }

    @Test("a call that is given up while it waits for its place is gone at once, whatever those threads do")
    func givenUp() async throws {
        let places = CostlyPlaces(limit: 1, share: 1)
        let first = CostlyPlace(places, of: city)
        try await first.take()
        let context = ServerContext(
            method: Methods.unary, caller: city, metadata: Metadata(), deadline: nil, trace: nil,
            call: CallForAPlace(places))
        let task = Array(repeating: UInt8(ascii: "a"), count: 5_000).withUnsafeBytes {
            Self.asked.start(context, request: $0, executor: globalConcurrentExecutor)
        }
        while places.waiting == 0 { await Task.yield() }
        let held = await HeldThreads()
        task?.cancel()
        await task?.value
        #expect(await held.letGo(), "they did not hold the call up")
        first.leave()
    }

    @Test("every job is carried out, whoever hands it over")
    func jobs() async {
        let sum = await withTaskGroup(of: Int.self) { group in
            for number in 1...1_000 {
                group.addTask(executorPreference: CostlyThreads.shared) {
                    await Task.yield()
                    return number
                }
            }
            return await group.reduce(0, +)
        }
        #expect(sum == 500_500)
    }
}

/// All of the threads, doing something large.
private struct HeldThreads {
    private let gate = DispatchSemaphore(value: 0)
    private let jobs: [Task<Bool, Never>]

    init() async {
        let started = AsyncStream.makeStream(of: Void.self)
        jobs = (0..<CostlyThreads.count).map { [gate] _ in
            Task(executorPreference: CostlyThreads.shared) {
                started.continuation.yield()
                return Self.wait(gate)
            }
        }
        var isStarted = started.stream.makeAsyncIterator()
        for _ in jobs { await isStarted.next() }
    }

    /// So that a test that fails ends.
    private static func wait(_ gate: DispatchSemaphore) -> Bool { gate.wait(timeout: .now() + 60) == .success }

    /// False when somebody needed them before.
    func letGo() async -> Bool {
        for _ in jobs { gate.signal() }
        var isHeld = true
        for job in jobs where await !job.value { isHeld = false }
        return isHeld
    }
}

/// Knows of its place and of nothing else.
private final class CallForAPlace: ServerCall {
    private let place: CostlyPlace

    init(_ places: CostlyPlaces) {
        place = CostlyPlace(places, of: city)
    }

    func takePlace() async throws(RPCError) { try await place.take() }
    func leavePlace() -> Bool { place.leave() }
    func receive<M: Message>(_ type: M.Type) async throws(RPCError) -> M? { nil }
    func send<M: Message>(_ message: M) async throws(RPCError) {}
    func sendLeadingMetadata(_ metadata: Metadata) {}
    func setTrailingMetadata(_ metadata: Metadata) {}
    func finish<M: Message>(with message: M) {}
    func finish(_ error: RPCError?) {}
}
