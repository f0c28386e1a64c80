import Testing

@testable import ServiceKit

@Suite("Told to stop, and told again")
struct StopRuleTests {
    @Test("nobody waits until somebody has said so, and then no longer than the bound")
    func bound() {
        var rule = StopRule(boundNanoseconds: 100)
        #expect(rule.patienceNanoseconds(at: 1_000_000) == nil)
        #expect(rule.signalled(at: 1_000) == .stop)
        #expect(rule.patienceNanoseconds(at: 1_000) == 100)
        #expect(rule.patienceNanoseconds(at: 1_099) == 1)
        #expect(rule.patienceNanoseconds(at: 1_100) == 0)
        #expect(rule.patienceNanoseconds(at: 9_999) == 0)
    }

    @Test("the second signal ends it, whichever it is; one that comes with the first is the first")
    func second() {
        var rule = StopRule(boundNanoseconds: 1_000_000_000)
        #expect(rule.signalled(at: 1_000) == .stop)
        #expect(rule.signalled(at: 3_000) == .ignore)
        #expect(rule.signalled(at: 1_000 + StopRule.sameSignalNanoseconds - 1) == .ignore)
        #expect(rule.signalled(at: 1_000 + StopRule.sameSignalNanoseconds) == .end)
        #expect(rule.signalled(at: 1_000 + StopRule.sameSignalNanoseconds + 1) == .end)
    }
}
