internal import Synchronization
public import Testing

/// A few of the tests that have this trait run side by side, the others wait: hundreds of servers, clients and processes
/// at once would only starve each other, and no time in them would mean anything.
public struct TakesTurns: TestTrait, SuiteTrait, TestScoping {
    /// For every test of a suite, and not for the suite.
    public var isRecursive: Bool { true }

    fileprivate let places: Int

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        await Places.all.take(places)
        defer { Places.all.give(places) }
        try await function()
    }
}

extension Trait where Self == TakesTurns {
    /// For tests with servers and clients in this process: four at once.
    public static var takesTurns: Self { TakesTurns(places: 1) }
    /// For tests that start processes: two at once.
    public static var takesTurnsWithProcesses: Self { TakesTurns(places: 2) }
}

/// The places of all test targets, which are one process. Whoever comes first is served first, however much it wants.
private final class Places: Sendable {
    static let all = Places()

    private struct State {
        var free = 4
        var waiting: [(wanted: Int, continuation: CheckedContinuation<Void, Never>)] = []

        mutating func admit() -> [CheckedContinuation<Void, Never>] {
            var admitted: [CheckedContinuation<Void, Never>] = []
            while let first = waiting.first, first.wanted <= free {
                free -= first.wanted
                admitted.append(waiting.removeFirst().continuation)
            }
            return admitted
        }
    }

    private let state = Mutex(State())

    func take(_ count: Int) async {
        await withCheckedContinuation { continuation in
            resume { $0.waiting.append((count, continuation)) }
        }
    }

    func give(_ count: Int) {
        resume { $0.free += count }
    }

    private func resume(after change: (inout State) -> Void) {
        let admitted = state.withLock { state in
            change(&state)
            return state.admit()
        }
        for continuation in admitted { continuation.resume() }
    }
}
