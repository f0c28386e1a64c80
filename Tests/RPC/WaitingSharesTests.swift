import RPC
import TestRandom
import Testing

@Suite("Who waits, of many callers")
struct WaitingSharesTests {
    @Test("a caller has its share, and while there is room nobody takes anything from others")
    func bounds() {
        var shares = WaitingShares(limit: 5, share: 3)
        for ticket: WaitingShares.Ticket in 1...3 { #expect(shares.enter(ticket, of: "a") == .entered) }
        #expect(shares.enter(4, of: "a") == .shareIsFull)
        #expect(shares.enter(5, of: "b") == .entered)
        #expect(shares.enter(6, of: "c") == .entered)
        #expect(shares.taken == 5)
    }

    @Test("when all is taken, who has most gives its longest waiting one to who has fewer by two")
    func displacing() {
        var shares = WaitingShares(limit: 5, share: 3)
        for (ticket, caller): (WaitingShares.Ticket, String) in [(1, "b"), (2, "a"), (3, "a"), (4, "a"), (5, "b")] {
            #expect(shares.enter(ticket, of: caller) == .entered)
        }
        #expect(shares.enter(6, of: "c") == .enteredInPlace(of: 2))
        // Each of two has two now, and one has one: who gives has as many left as who gets.
        #expect(shares.enter(7, of: "c") == .isFull)
        // Of two that have the same, the one that has waited for longest.
        #expect(shares.enter(8, of: "d") == .enteredInPlace(of: 1))
        #expect(shares.enter(9, of: "e") == .enteredInPlace(of: 3))
        #expect(shares.enter(10, of: "f") == .isFull)
        #expect(shares.leave(2, of: "a") == false)
        #expect(shares.leave(4, of: "a") == true)
        #expect(shares.taken == 4)
    }

    @Test("no place at all is full for everybody")
    func none() {
        var shares = WaitingShares(limit: 0, share: 10)
        #expect(shares.enter(1, of: "a") == .shareIsFull)
    }

    @Test(
        "however they come and go, the bounds hold, and nobody is refused while another has two more", arguments: 0..<20
    )
    func randomWalk(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let limit = Int.random(in: 1...20, using: &random), share = Int.random(in: 1...limit, using: &random)
        var shares = WaitingShares(limit: limit, share: share)
        var model: [String: [WaitingShares.Ticket]] = [:]
        for ticket: WaitingShares.Ticket in 1...2_000 {
            let caller = "\(Int.random(in: 0..<8, using: &random))"
            if Bool.random(using: &random), let leaving = model[caller]?.randomElement(using: &random) {
                #expect(shares.leave(leaving, of: caller) == true)
                #expect(shares.leave(leaving, of: caller) == false)
                model[caller]?.removeAll { $0 == leaving }
                continue
            }
            let own = model[caller]?.count ?? 0, most = model.values.map(\.count).max() ?? 0
            let taken = model.values.reduce(0) { $0 + $1.count }
            switch shares.enter(ticket, of: caller) {
            case .entered:
                #expect(taken < limit && own < share)
                model[caller, default: []].append(ticket)
            case .enteredInPlace(let displaced):
                #expect(taken == limit && own < share && most >= own + 2)
                let giver = model.first { $0.value.first == displaced }
                #expect(giver?.value.count == most)
                if let giver { model[giver.key]?.removeFirst() }
                model[caller, default: []].append(ticket)
            case .shareIsFull: #expect(own == share)
            case .isFull: #expect(taken == limit && own < share && most < own + 2)
            }
            #expect(shares.taken == model.values.reduce(0) { $0 + $1.count })
        }
        for (caller, tickets) in model {
            for ticket in tickets { #expect(shares.leave(ticket, of: caller) == true) }
        }
        #expect(shares == WaitingShares(limit: limit, share: share))
    }
}
