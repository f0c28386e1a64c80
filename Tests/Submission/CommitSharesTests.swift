import SubmissionServer
import Testing
import Wire

@Suite("How many pushes share a commit")
struct CommitSharesTests {
    private let start = MonotonicInstant(nanoseconds: 5_000_000_000)

    private func after(milliseconds: UInt64) -> MonotonicInstant {
        start.advanced(byMicroseconds: milliseconds * 1_000)
    }

    @Test("a caller that is alone has many, from its first on")
    func alone() {
        let shares = CommitShares()
        for milliseconds: UInt64 in [0, 1, 2_000] {
            let pushes = shares.pushes(of: "henan", total: 1_000, at: after(milliseconds: milliseconds))
            #expect(pushes == CommitShares.alone)
        }
    }

    @Test("beside others who push many it has few, until they have been away for a second")
    func besideOthers() {
        let shares = CommitShares()
        _ = shares.pushes(of: "henan", total: 1_000, at: start)
        for (caller, milliseconds, expected): (String, UInt64, Int) in [
            ("fujian", 10, CommitShares.besideOthers), ("fujian", 20, CommitShares.besideOthers),
            ("fujian", 1_009, CommitShares.besideOthers), ("fujian", 1_010, CommitShares.alone),
            ("henan", 1_020, CommitShares.besideOthers), ("fujian", 1_030, CommitShares.besideOthers),
        ] {
            let pushes = shares.pushes(of: caller, total: 1_000, at: after(milliseconds: milliseconds))
            #expect(pushes == expected, "\(caller) after \(milliseconds) ms")
        }
    }

    @Test("beside others who push one at a time it has fewer still, until they have been away for a second")
    func besideSingles() {
        let shares = CommitShares()
        for (caller, total, milliseconds, expected): (String, Int, UInt64, Int) in [
            ("henan", 1_000, 0, CommitShares.alone), ("fujian", 1, 10, CommitShares.besideOthers),
            // The rest of a batch is not one that was small from the start.
            ("henan", 1_000, 20, CommitShares.besideSingles), ("fujian", 1, 30, CommitShares.besideOthers),
            ("henan", 1_000, 40, CommitShares.besideSingles), ("henan", 1_000, 1_029, CommitShares.besideSingles),
            ("henan", 1_000, 1_030, CommitShares.besideOthers), ("henan", 1_000, 1_040, CommitShares.alone),
            // Its own single pushes do not stand beside it, but beside others' batches.
            ("henan", 1, 3_000, CommitShares.alone), ("fujian", 1_000, 3_010, CommitShares.besideSingles),
            ("henan", 1_000, 3_020, CommitShares.besideOthers),
        ] {
            let pushes = shares.pushes(of: caller, total: total, at: after(milliseconds: milliseconds))
            #expect(pushes == expected, "\(caller), \(total) after \(milliseconds) ms")
        }
    }
}
