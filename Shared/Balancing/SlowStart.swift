public import Wire

/// Lets a new or recovered endpoint warm up: its share of the calls grows evenly over a window, from a tenth.
///
/// The share is the chance that the endpoint takes a call it was drawn for; otherwise the other one that was drawn takes
/// it. So an endpoint alone gets all calls at once (Envoy, "slow start mode", aggression 1, min_weight_percent 10).
public struct SlowStart: Sendable, Hashable {
    private static let firstShare: UInt64 = 26  // of 256

    private let beganAt: MonotonicInstant
    private let windowMicroseconds: UInt64

    /// A window of 0 is none.
    public init(beganAt: MonotonicInstant, windowMicroseconds: UInt64) {
        self.beganAt = beganAt
        self.windowMicroseconds = windowMicroseconds
    }

    public func isOver(at now: MonotonicInstant) -> Bool {
        now.microseconds(since: beganAt) >= windowMicroseconds
    }

    /// Whether the endpoint leaves a call to another. `random`: 0 to 255.
    public func declines(at now: MonotonicInstant, random: UInt8) -> Bool {
        let elapsed = now.microseconds(since: beganAt)
        guard elapsed < windowMicroseconds else { return false }
        let share = max(Self.firstShare, elapsed * 256 / windowMicroseconds)
        return UInt64(random) >= share
    }
}
