public import Wire

/// Which failures of calls are sent again, and how often.
public struct RetrySettings: Sendable, Hashable {
    /// Attempts of one call, the first one included; 1: no retries but of what an endpoint that goes away did not start.
    public var maximumAttempts: Int
    /// See ``RetryBudget``.
    public var budgetPercent: Int
    public var firstPauseMicroseconds: UInt64
    public var longestPauseMicroseconds: UInt64

    public init(
        maximumAttempts: Int = 4, budgetPercent: Int = 20, firstPauseMicroseconds: UInt64 = 1_000_000,
        longestPauseMicroseconds: UInt64 = 120_000_000
    ) {
        self.maximumAttempts = maximumAttempts
        self.budgetPercent = budgetPercent
        self.firstPauseMicroseconds = firstPauseMicroseconds
        self.longestPauseMicroseconds = longestPauseMicroseconds
    }
}

/// The attempts of one call at the first hop's client, as WIRE.md ("Sending again") has it.
///
/// What was "not started" goes again once, freely. All else only for methods marked idempotent, only when UNAVAILABLE,
/// with pauses that grow, within the budget and the call's one deadline. What the server says about the pause
/// (pushback) comes before this side's own reckoning, and a negative one ends it.
public struct RetrySequence: Sendable {
    /// What an attempt failed with.
    public struct Failure: Sendable, Hashable {
        public var code: StatusCode
        public var isNotStarted: Bool
        public var pushbackMilliseconds: Int32?

        public init(code: StatusCode, isNotStarted: Bool, pushbackMilliseconds: Int32?) {
            self.code = code
            self.isNotStarted = isNotStarted
            self.pushbackMilliseconds = pushbackMilliseconds
        }
    }

    public enum OnFailure: Sendable, Hashable {
        case giveUp
        /// Send the call again after a pause. `isBudgeted`: only if the budget has a place for it.
        case sendAgain(afterMicroseconds: UInt64, isBudgeted: Bool)
    }

    private let settings: RetrySettings
    private let isIdempotent: Bool
    private let deadline: MonotonicInstant?
    private var attempts = 1
    private var hasUsedFreeRetry = false
    private var pauseMicroseconds: UInt64

    public init(settings: RetrySettings, isIdempotent: Bool, deadline: MonotonicInstant?) {
        self.settings = settings
        self.isIdempotent = isIdempotent
        self.deadline = deadline
        pauseMicroseconds = settings.firstPauseMicroseconds
    }

    /// `random`: 0 to 1.
    public mutating func failed(_ failure: Failure, at now: MonotonicInstant, random: Double) -> OnFailure {
        let pushback = failure.pushbackMilliseconds.map { $0 < 0 ? nil : UInt64($0) * 1000 }
        if case .some(nil) = pushback { return .giveUp }
        let asked = pushback ?? nil
        switch failure.code {
        case .unavailable: break
        case .resourceExhausted where asked != nil: break
        default: return .giveUp
        }
        let isFree = failure.code == .unavailable
        if failure.isNotStarted, !hasUsedFreeRetry, isFree || settings.maximumAttempts > 1 {
            hasUsedFreeRetry = true
            // Of a server that has too much to do it is not free: it waits as it was told, and the budget is asked.
            return send(after: asked ?? 0, isBudgeted: !isFree, at: now)
        }
        guard isIdempotent, attempts < settings.maximumAttempts else { return .giveUp }
        attempts += 1
        if let asked { return send(after: asked, isBudgeted: true, at: now) }
        // Give or take 20 %, as between attempts to connect.
        let pause = UInt64(Double(pauseMicroseconds) * (0.8 + 0.4 * random))
        pauseMicroseconds = min(pauseMicroseconds * 8 / 5, settings.longestPauseMicroseconds)
        return send(after: pause, isBudgeted: true, at: now)
    }

    /// No pause that the deadline ends: the caller learns the reason now.
    private func send(after pause: UInt64, isBudgeted: Bool, at now: MonotonicInstant) -> OnFailure {
        if let deadline, now.advanced(byMicroseconds: pause) >= deadline { return .giveUp }
        return .sendAgain(afterMicroseconds: pause, isBudgeted: isBudgeted)
    }
}
