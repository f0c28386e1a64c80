import Testing

@testable import ServiceKit

@Suite("Memory that was freed")
struct FreedMemoryTests {
    private static let megabyte = 1 << 20

    private func look(
        _ rule: inout FreedMemory.Rule, resident: Int, inUse: Int
    ) -> FreedMemory.Rule.OnLook {
        rule.looked(residentBytes: resident * Self.megabyte, inUseBytes: inUse * Self.megabyte)
    }

    @Test("what is in use, and what was idle from the first, is kept")
    func kept() {
        var rule = FreedMemory.Rule()
        #expect(look(&rule, resident: 100, inUse: 20) == .keep)
        #expect(look(&rule, resident: 400, inUse: 320) == .keep)
        #expect(look(&rule, resident: 400, inUse: 289) == .keep)
    }

    @Test("what nobody uses any more is given back, though no less is resident than before")
    func givenBack() {
        var rule = FreedMemory.Rule()
        #expect(look(&rule, resident: 100, inUse: 20) == .keep)
        #expect(look(&rule, resident: 400, inUse: 320) == .keep)
        #expect(look(&rule, resident: 400, inUse: 288) == .giveBack)
    }

    @Test("what did not go back is not asked for again, and what is freed later is")
    func again() {
        var rule = FreedMemory.Rule()
        #expect(look(&rule, resident: 100, inUse: 20) == .keep)
        #expect(look(&rule, resident: 400, inUse: 100) == .giveBack)
        rule.gaveBack(residentBytes: 250 * Self.megabyte, inUseBytes: 100 * Self.megabyte)
        #expect(look(&rule, resident: 250, inUse: 100) == .keep)
        #expect(look(&rule, resident: 250, inUse: 69) == .keep)
        #expect(look(&rule, resident: 250, inUse: 68) == .giveBack)
    }

    @Test("the floor sinks with what is idle")
    func sinks() {
        var rule = FreedMemory.Rule()
        #expect(look(&rule, resident: 200, inUse: 50) == .keep)
        #expect(look(&rule, resident: 120, inUse: 50) == .keep)
        #expect(look(&rule, resident: 152, inUse: 50) == .giveBack)
    }
}
