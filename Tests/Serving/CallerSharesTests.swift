import RPC
import Testing

@Suite("What many callers share")
struct CallerSharesTests {
    @Test("a caller has its share, all together have the limit, and what does not fit takes nothing")
    func bounds() {
        var shares = CallerShares(limit: 5, share: 3)
        #expect(shares.take(2, for: "a") == .taken)
        #expect(shares.take(2, for: "a") == .shareIsFull)
        #expect(shares.take(1, for: "a") == .taken)
        #expect(shares.take(3, for: "b") == .isFull)
        #expect(shares.take(2, for: "b") == .taken)
        #expect(shares.take(1, for: "c") == .isFull)
        #expect(shares.taken == 5)
    }

    @Test("what is given back may be taken again, and nothing is left of a caller that has nothing")
    func givingBack() {
        var shares = CallerShares(limit: 5, share: 3)
        for _ in 0..<1_000 {
            #expect(shares.take(3, for: "a") == .taken)
            shares.giveBack(1, of: "a")
            #expect(shares.take(1, for: "a") == .taken)
            shares.giveBack(3, of: "a")
        }
        #expect(shares == CallerShares(limit: 5, share: 3))
    }

    @Test("a share is no more than there is")
    func share() {
        var shares = CallerShares(limit: 2, share: 10)
        #expect(shares.take(3, for: "a") == .shareIsFull)
        #expect(shares.take(2, for: "a") == .taken)
    }
}
