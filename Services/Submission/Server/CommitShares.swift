internal import Synchronization
package import Wire

/// How many pushes of a batch or a stream share a commit. Other callers' pushes wait for as long as that takes: beside others
/// they are few. A caller that is alone need not pay for commits that nobody waits for.
package final class CommitShares: Sendable {
    /// Beside others: about a quarter of a millisecond of the one thread that writes. Their p99 was 30 ms with 32, and about 10
    /// with 8 (README.md, "Figures").
    package static let besideOthers = 8
    package static let alone = 128
    /// Others are there for so long after one of their commits.
    private static let othersMicroseconds: UInt64 = 1_000_000

    private struct Latest {
        var caller = ""
        /// When one caller's commit last came after another's.
        var changedAt: MonotonicInstant?
    }

    private let latest = Mutex(Latest())

    package init() {}

    /// A commit of this caller's comes now: how many of its pushes may share it.
    package func pushes(of caller: String, at now: MonotonicInstant) -> Int {
        latest.withLock { latest in
            if latest.caller != caller {
                if !latest.caller.isEmpty { latest.changedAt = now }
                latest.caller = caller
            }
            guard let changedAt = latest.changedAt, now.microseconds(since: changedAt) < Self.othersMicroseconds else {
                return Self.alone
            }
            return Self.besideOthers
        }
    }
}
