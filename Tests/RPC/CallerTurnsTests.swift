import RPC
import TestRandom
import Testing

@Suite("Who goes on next")
struct CallerTurnsTests {
    @Test("while there is room, and less than the caller's share is taken, a task goes on at once")
    func bounds() {
        var turns = CallerTurns(limit: 3, share: 2)
        #expect(turns.ask("a", 1) == .go)
        #expect(turns.ask("a", 2) == .go)
        #expect(turns.ask("a", 3) == .wait)
        #expect(turns.ask("b", 4) == .go)
        #expect(turns.ask("b", 5) == .wait)
        #expect(turns.taken == 3)
    }

    @Test("callers take turns, one task each, however many one of them has waiting and since when")
    func roundRobin() {
        var turns = CallerTurns(limit: 1, share: 1)
        #expect(turns.ask("flood", 0) == .go)
        for ticket in 1...450 { #expect(turns.ask("flood", CallerTurns.Ticket(ticket)) == .wait) }
        #expect(turns.ask("b", 1_001) == .wait)
        #expect(turns.ask("c", 1_002) == .wait)
        #expect(turns.ask("b", 1_003) == .wait)
        var order: [CallerTurns.Ticket] = []
        var holder = "flood"
        while let next = turns.giveBack(holder) {
            order.append(next)
            holder = next <= 450 ? "flood" : next == 1_002 ? "c" : "b"
        }
        #expect(order.prefix(5) == [1, 1_001, 1_002, 2, 1_003])
        #expect(order.dropFirst(5).elementsEqual(3...450))
        #expect(turns == CallerTurns(limit: 1, share: 1))
    }

    @Test("a caller that has its share passes its turn to others, and keeps its place in the order")
    func share() {
        var turns = CallerTurns(limit: 3, share: 2)
        for ticket: CallerTurns.Ticket in 1...4 { _ = turns.ask("a", ticket) }
        #expect(turns.ask("b", 5) == .go)
        #expect(turns.ask("b", 6) == .wait)
        // What b gives back is not for a, which has two.
        #expect(turns.giveBack("b") == 6)
        #expect(turns.giveBack("a") == 3)
        #expect(turns.giveBack("b") == nil)
        #expect(turns.ask("c", 7) == .go)
        #expect(turns.giveBack("a") == 4)
    }

    @Test("who has none goes before who has one, however long that has waited")
    func fewestFirst() {
        var turns = CallerTurns(limit: 4, share: 3)
        #expect(turns.ask("a", 1) == .go)
        #expect(turns.ask("a", 2) == .go)
        #expect(turns.ask("b", 3) == .go)
        #expect(turns.ask("b", 4) == .go)
        #expect(turns.ask("a", 5) == .wait)
        #expect(turns.ask("b", 6) == .wait)
        #expect(turns.ask("c", 7) == .wait)
        #expect(turns.giveBack("a") == 7)
        // One of a's, two of b's: a has waited for longer, and has fewer.
        #expect(turns.giveBack("b") == 5)
        #expect(turns.giveBack("c") == 6)
    }

    @Test("nobody is passed by: a free place goes to who waits, before to who comes")
    func noPassing() {
        var turns = CallerTurns(limit: 1, share: 1)
        #expect(turns.take("a") == true)
        #expect(turns.ask("b", 1) == .wait)
        #expect(turns.giveBack("a") == 1)
        #expect(turns.take("a") == false)
        #expect(turns.giveBack("b") == nil)
        #expect(turns.take("a") == true)
    }

    @Test("who gives up waiting is passed over, and leaves nothing behind")
    func withdrawing() {
        var turns = CallerTurns(limit: 1, share: 1)
        #expect(turns.take("a") == true)
        for ticket: CallerTurns.Ticket in 1...3 { #expect(turns.ask("b", ticket) == .wait) }
        #expect(turns.ask("c", 4) == .wait)
        #expect(turns.withdraw(1, of: "b") == true)
        #expect(turns.withdraw(1, of: "b") == false)
        #expect(turns.withdraw(4, of: "c") == true)
        #expect(turns.withdraw(9, of: "nobody") == false)
        #expect(turns.giveBack("a") == 2)
        #expect(turns.withdraw(2, of: "b") == false)
        #expect(turns.withdraw(3, of: "b") == true)
        #expect(turns.giveBack("b") == nil)
        #expect(turns == CallerTurns(limit: 1, share: 1))
    }

    @Test(
        "whatever comes, the bounds hold, a place is never idle while somebody may have it, and each is served in order"
    )
    func anything() {
        var random = SplitMix(seed: 450)
        for _ in 0..<200 {
            var turns = CallerTurns(
                limit: .random(in: 1...4, using: &random), share: .random(in: 1...3, using: &random))
            var holding: [String: Int] = [:]
            var waiting: [String: [CallerTurns.Ticket]] = [:]
            for ticket: CallerTurns.Ticket in 1...200 {
                let caller = ["a", "b", "c", "d"].randomElement(using: &random) ?? "a"
                switch Int.random(in: 0..<5, using: &random) {
                case 0...2:
                    if turns.ask(caller, ticket) == .go {
                        holding[caller, default: 0] += 1
                    } else {
                        waiting[caller, default: []].append(ticket)
                    }
                case 3:
                    guard let holder = holding.filter({ $0.value > 0 }).keys.sorted().randomElement(using: &random)
                    else { continue }
                    holding[holder, default: 0] -= 1
                    guard let next = turns.giveBack(holder) else { continue }
                    let owner = waiting.first { $0.value.first == next }?.key
                    #expect(owner != nil, "\(next) is not the first of its caller")
                    waiting[owner ?? "", default: [0]].removeFirst()
                    holding[owner ?? "", default: 0] += 1
                default:
                    guard let given = waiting[caller]?.randomElement(using: &random) else { continue }
                    #expect(turns.withdraw(given, of: caller) == true)
                    waiting[caller]?.removeAll { $0 == given }
                }
                let taken = holding.values.reduce(0, +)
                #expect(taken == turns.taken && taken <= turns.limit)
                #expect(holding.values.allSatisfy { $0 <= turns.share })
                let mayGo = waiting.contains { !$0.value.isEmpty && holding[$0.key, default: 0] < turns.share }
                #expect(!mayGo || taken == turns.limit)
            }
        }
    }
}
