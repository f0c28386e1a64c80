internal import GatewayRules
internal import RPC
internal import Synchronization
internal import Wire

/// What one identity has left of its rate and of its concurrent calls, for all of its connections on every loop. Each
/// call costs two atomic operations and no lock; loops that ask at once are served in the order of the hardware, so
/// none of them has a share of its own that could go unused.
final class CallerBudget: Sendable {
    private let fullAtNanoseconds = Atomic<UInt64>(0)
    private let openCalls = Atomic<Int>(0)
    private let intervalNanoseconds: Atomic<UInt64>
    private let toleranceNanoseconds: Atomic<UInt64>
    private let maximumOpenCalls: Atomic<Int>

    init(_ limits: CallerLimits) {
        let rate = CallRate(callsPerSecond: limits.callsPerSecond, burstCalls: limits.burstCalls)
        intervalNanoseconds = Atomic(rate.intervalNanoseconds)
        toleranceNanoseconds = Atomic(rate.toleranceNanoseconds)
        maximumOpenCalls = Atomic(limits.concurrentCalls)
    }

    /// The limits are others now; what is spent stays spent.
    func limitsChanged(_ limits: CallerLimits) {
        let rate = CallRate(callsPerSecond: limits.callsPerSecond, burstCalls: limits.burstCalls)
        intervalNanoseconds.store(rate.intervalNanoseconds, ordering: .relaxed)
        toleranceNanoseconds.store(rate.toleranceNanoseconds, ordering: .relaxed)
        maximumOpenCalls.store(limits.concurrentCalls, ordering: .relaxed)
    }

    private var rate: CallRate {
        CallRate(
            intervalNanoseconds: intervalNanoseconds.load(ordering: .relaxed),
            toleranceNanoseconds: toleranceNanoseconds.load(ordering: .relaxed))
    }

    var maximumCalls: Int { maximumOpenCalls.load(ordering: .relaxed) }

    /// Takes the token of a call; `nil` if there was one, else nanoseconds until the next.
    func takeToken(now: MonotonicInstant) -> UInt64? {
        let rate = rate
        var remembered = fullAtNanoseconds.load(ordering: .relaxed)
        while true {
            switch rate.callArrived(fullAtNanoseconds: remembered, now: now) {
            case .refuse(let wait): return wait
            case .admit(let fullAt):
                let (exchanged, original) = fullAtNanoseconds.weakCompareExchange(
                    expected: remembered, desired: fullAt, ordering: .relaxed)
                if exchanged { return nil }
                remembered = original
            }
        }
    }

    /// Takes a place for a call; ``leave()`` gives it back. `false` if all are taken.
    func enter() -> Bool {
        if openCalls.add(1, ordering: .relaxed).newValue <= maximumCalls { return true }
        openCalls.subtract(1, ordering: .relaxed)
        return false
    }

    func leave() {
        openCalls.subtract(1, ordering: .relaxed)
    }

    /// Whether a new budget would be just like this one.
    func isWhole(now: MonotonicInstant) -> Bool {
        openCalls.load(ordering: .relaxed) == 0 && fullAtNanoseconds.load(ordering: .relaxed) <= now.nanoseconds
    }
}

/// The budgets of all identities that are connected, or were a moment ago. Asked once a connection.
final class CallerBudgets: Sendable {
    /// So many are remembered; beyond it those that nobody uses are forgotten. Each connection uses one, and connections
    /// are limited too.
    static let usualCount = 4096

    private struct State {
        var policy: AdmissionPolicy
        var budgets: [String: (caller: CallerIdentity, budget: CallerBudget)] = [:]
        /// Looked through when there are so many.
        var sweepAt = CallerBudgets.usualCount
    }

    private let state: Mutex<State>

    init(_ policy: AdmissionPolicy) {
        state = Mutex(State(policy: policy))
    }

    func budget(of caller: CallerIdentity, now: MonotonicInstant) -> CallerBudget {
        state.withLock { state in
            if let known = state.budgets[caller.uri] { return known.budget }
            if state.budgets.count >= state.sweepAt { Self.sweep(&state, now) }
            let budget = CallerBudget(state.policy.limits(of: caller))
            state.budgets[caller.uri] = (caller, budget)
            return budget
        }
    }

    func policyChanged(_ policy: AdmissionPolicy) {
        state.withLock { state in
            state.policy = policy
            for (caller, budget) in state.budgets.values { budget.limitsChanged(policy.limits(of: caller)) }
        }
    }

    var count: Int { state.withLock { $0.budgets.count } }

    /// Forgets whom no connection uses and who has everything left: coming back it finds the same. If most are in use
    /// or not whole, the next look is taken when there are twice as many, so that looking costs little.
    private static func sweep(_ state: inout State, _ now: MonotonicInstant) {
        for uri in Array(state.budgets.keys) {
            guard var entry = state.budgets.removeValue(forKey: uri) else { continue }
            // Only this lock gives out references, so one that is unique stays so.
            if !isKnownUniquelyReferenced(&entry.budget) || !entry.budget.isWhole(now: now) {
                state.budgets[uri] = entry
            }
        }
        state.sweepAt = max(usualCount, state.budgets.count * 2)
    }
}
