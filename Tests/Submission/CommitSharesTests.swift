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
            #expect(shares.pushes(of: "henan", at: after(milliseconds: milliseconds)) == CommitShares.alone)
        }
    }

    @Test("beside others it has few, until they have been away for a second")
    func besideOthers() {
        let shares = CommitShares()
        _ = shares.pushes(of: "henan", at: start)
        #expect(shares.pushes(of: "fujian", at: after(milliseconds: 10)) == CommitShares.besideOthers)
        #expect(shares.pushes(of: "fujian", at: after(milliseconds: 20)) == CommitShares.besideOthers)
        #expect(shares.pushes(of: "fujian", at: after(milliseconds: 1_009)) == CommitShares.besideOthers)
        #expect(shares.pushes(of: "fujian", at: after(milliseconds: 1_010)) == CommitShares.alone)
        #expect(shares.pushes(of: "henan", at: after(milliseconds: 1_020)) == CommitShares.besideOthers)
        #expect(shares.pushes(of: "fujian", at: after(milliseconds: 1_030)) == CommitShares.besideOthers)
    }
}
