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
