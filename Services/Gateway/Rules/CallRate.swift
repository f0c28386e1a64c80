public import Wire

/// A token bucket without a bucket (the generic cell rate algorithm, ITU-T I.371): all it remembers is the instant at
/// which the bucket would be full again, so that one word holds it.
public struct CallRate: Sendable, Hashable {
    /// From one token to the next.
    public var intervalNanoseconds: UInt64
    /// How far ahead of its time a call may come: what a full bucket holds beside the first token.
    public var toleranceNanoseconds: UInt64

    /// See ``CallerLimits`` for the ranges.
    public init(callsPerSecond: Int, burstCalls: Int) {
        intervalNanoseconds = 1_000_000_000 / UInt64(max(1, callsPerSecond))
        toleranceNanoseconds = intervalNanoseconds * UInt64(max(0, burstCalls - 1))
    }

    public init(intervalNanoseconds: UInt64, toleranceNanoseconds: UInt64) {
        self.intervalNanoseconds = intervalNanoseconds
        self.toleranceNanoseconds = toleranceNanoseconds
    }

    public enum OnCall: Sendable, Hashable {
        /// The instant to remember from now on, in nanoseconds.
        case admit(fullAtNanoseconds: UInt64)
        /// No token is there; the next one comes after this time.
        case refuse(waitNanoseconds: UInt64)
    }

    /// A call asks for a token. `fullAtNanoseconds`: what was remembered last; 0 for a full bucket.
    public func callArrived(fullAtNanoseconds: UInt64, now: MonotonicInstant) -> OnCall {
        let now = now.nanoseconds
        if fullAtNanoseconds > now + toleranceNanoseconds {
            return .refuse(waitNanoseconds: fullAtNanoseconds - now - toleranceNanoseconds)
        }
        return .admit(fullAtNanoseconds: max(fullAtNanoseconds, now) + intervalNanoseconds)
    }
}
