package import Wire

/// What operators are told of something that is tried again and again while it fails: that it began, once a minute that it
/// goes on, and that it is over. Each attempt would be a line every few seconds, and the log of a night would say nothing
/// else. Pure.
///
///     well ──failed: told──▶ failing ──succeeded: told──▶ well
///                             │  ▲
///                             └──┘ failed: told after a minute, or for a reason that was not told in it
///
/// Invalid, and without effect: a success while all is well.
package struct OutageNotices: Sendable, Equatable {
    static let pauseMicroseconds: UInt64 = 60_000_000
    /// Other reasons than these are not told before the minute is over: they may be different each time.
    static let mostReasons = 4

    private struct Outage: Equatable {
        let began: MonotonicInstant
        var lastFailed: MonotonicInstant
        var minuteBegan: MonotonicInstant
        /// Told in this minute.
        var reasons: [String] = []
        var attempts = 0
        var untold = 0
    }

    private var outage: Outage?

    package init() {}

    package enum OnFailure: Equatable, Sendable {
        /// `attempts` failed since the last time it was told, this one among them.
        case tell(attempts: Int)
        case keep
    }

    package mutating func failed(_ reason: String, at now: MonotonicInstant) -> OnFailure {
        var outage = self.outage ?? Outage(began: now, lastFailed: now, minuteBegan: now)
        defer { self.outage = outage }
        outage.lastFailed = now
        outage.attempts += 1
        outage.untold += 1
        if now.microseconds(since: outage.minuteBegan) >= Self.pauseMicroseconds {
            outage.minuteBegan = now
            outage.reasons = []
        }
        guard !outage.reasons.contains(reason), outage.reasons.count < Self.mostReasons else { return .keep }
        // One line says that it goes on, whatever the reason; a new reason is news, too.
        outage.reasons.append(reason)
        defer { outage.untold = 0 }
        return .tell(attempts: outage.untold)
    }

    package enum OnSuccess: Equatable, Sendable {
        /// It had failed so many times, for so long.
        case tell(attempts: Int, microseconds: UInt64)
        case ignore
    }

    /// - Parameter settledMicroseconds: how long nothing must have failed for it to be over. For attempts of which some
    ///   succeed while others fail: each in turn would be a line otherwise.
    package mutating func succeeded(at now: MonotonicInstant, settledMicroseconds: UInt64 = 0) -> OnSuccess {
        guard let outage, now.microseconds(since: outage.lastFailed) >= settledMicroseconds else { return .ignore }
        self.outage = nil
        return .tell(attempts: outage.attempts, microseconds: now.microseconds(since: outage.began))
    }
}
