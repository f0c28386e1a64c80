internal import Synchronization
package import Wire

/// How many pushes of a batch or a stream share a commit. Other callers' pushes wait for as long as that takes: beside others
/// they are few. A caller that is alone need not pay for commits that nobody waits for.
package final class CommitShares: Sendable {
    /// Beside callers who push one report at a time and wait for it: their p99 was 30 ms with 32, 9 with 8, and is 6 with 2,
    /// 2.4 times what it is without anybody else (README.md, "Figures").
    package static let besideSingles = 2
    /// Beside others who push many.
    package static let besideOthers = 8
    package static let alone = 256
    /// Others are there for so long after one of their commits.
    private static let othersMicroseconds: UInt64 = 1_000_000

    private struct Latest {
        var caller = ""
        /// When one caller's commit last came after another's.
        var changedAt: MonotonicInstant?
        /// Who last pushed no more than a few, and when.
        var single: (caller: String, at: MonotonicInstant)?
    }

    private let latest = Mutex(Latest())

    package init() {}

    /// A commit of this caller's comes now: how many of its pushes may share it. `total`: of the call, or of the part of a
    /// stream that came together.
    package func pushes(of caller: String, total: Int, at now: MonotonicInstant) -> Int {
        latest.withLock { latest in
            defer { if total <= Self.besideSingles { latest.single = (caller, now) } }
            if latest.caller != caller {
                if !latest.caller.isEmpty { latest.changedAt = now }
                latest.caller = caller
            }
            guard Self.isRecent(latest.changedAt, at: now) else { return Self.alone }
            guard let single = latest.single, single.caller != caller, Self.isRecent(single.at, at: now) else {
                return Self.besideOthers
            }
            return Self.besideSingles
        }
    }

    private static func isRecent(_ instant: MonotonicInstant?, at now: MonotonicInstant) -> Bool {
        instant.map { now.microseconds(since: $0) < othersMicroseconds } ?? false
    }
}
