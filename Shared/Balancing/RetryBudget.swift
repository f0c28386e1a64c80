/// How many calls may be sent again at a time: a share of the calls under way, and a few in any case. Attempts in their
/// pause count, since they will all be sent (Envoy, "retry budget").
///
/// So a service that fails altogether is met by 20 % more calls than usual, not by several times as many.
public struct RetryBudget: Sendable {
    private let percent: Int
    private let minimum: Int
    private var retries = 0

    public init(percent: Int = 20, minimum: Int = 3) {
        self.percent = percent
        self.minimum = minimum
    }

    public var retriesUnderWay: Int { retries }

    /// Takes a place for a retry, from its pause to its end; `false` when there is none. `activeCalls`: calls under way,
    /// those in a pause included.
    public mutating func take(activeCalls: Int) -> Bool {
        guard retries < max(minimum, activeCalls * percent / 100) else { return false }
        retries += 1
        return true
    }

    /// The retry ended.
    public mutating func giveBack() {
        assert(retries > 0, "a retry ended that was not counted")
        retries -= 1
    }
}
