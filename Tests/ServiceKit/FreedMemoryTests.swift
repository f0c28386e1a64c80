import Testing

@testable import ServiceKit

@Suite("Memory that was freed")
struct FreedMemoryTests {
    private static let megabyte = 1 << 20

    private func count(
        _ rule: inout FreedMemory.Rule, resident: Int, inUse: Int
    ) -> FreedMemory.Rule.OnCount {
        rule.counted(residentBytes: resident * Self.megabyte, inUseBytes: inUse * Self.megabyte)
    }

    @Test("what is in use, and what was idle from the first, is kept")
    func kept() {
        var rule = FreedMemory.Rule()
        #expect(count(&rule, resident: 100, inUse: 20) == .keep)
        #expect(count(&rule, resident: 400, inUse: 320) == .keep)
        #expect(count(&rule, resident: 400, inUse: 289) == .keep)
    }

    @Test("what nobody uses any more is given back, though no less is resident than before")
    func givenBack() {
        var rule = FreedMemory.Rule()
        #expect(count(&rule, resident: 100, inUse: 20) == .keep)
        #expect(count(&rule, resident: 400, inUse: 320) == .keep)
        #expect(count(&rule, resident: 400, inUse: 288) == .giveBack)
    }

    @Test("what did not go back is not asked for again, and what is freed later is")
    func again() {
        var rule = FreedMemory.Rule()
        #expect(count(&rule, resident: 100, inUse: 20) == .keep)
        #expect(count(&rule, resident: 400, inUse: 100) == .giveBack)
        rule.gaveBack(residentBytes: 250 * Self.megabyte, inUseBytes: 100 * Self.megabyte)
        #expect(count(&rule, resident: 250, inUse: 100) == .keep)
        #expect(count(&rule, resident: 250, inUse: 69) == .keep)
        #expect(count(&rule, resident: 250, inUse: 68) == .giveBack)
    }

    @Test("the floor sinks with what is idle")
    func sinks() {
        var rule = FreedMemory.Rule()
        #expect(count(&rule, resident: 200, inUse: 50) == .keep)
        #expect(count(&rule, resident: 120, inUse: 50) == .keep)
        #expect(count(&rule, resident: 152, inUse: 50) == .giveBack)
    }

    @Test("while nothing changes it is counted after pauses that double, up to a minute")
    func pauses() {
        var rule = FreedMemory.Rule()
        var counts: [Int] = []
        for glance in 0..<60 where rule.glanced(residentBytes: 100) == .count {
            counts.append(glance)
            #expect(rule.counted(residentBytes: 100, inUseBytes: 20) == .keep)
        }
        #expect(counts == [0, 1, 3, 7, 15, 27, 39, 51])
    }

    @Test("memory that grows is counted at once, and often for a while, since what is freed does not show")
    func grows() {
        var rule = FreedMemory.Rule()
        var counts: [Int] = []
        for glance in 0..<60 {
            let resident = (glance < 30 ? 100 : glance < 50 ? 132 : 131) * Self.megabyte
            guard rule.glanced(residentBytes: resident) == .count else { continue }
            counts.append(glance)
            #expect(rule.counted(residentBytes: resident, inUseBytes: resident - 50 * Self.megabyte) == .keep)
        }
        #expect(counts == [0, 1, 3, 7, 15, 27, 30, 31, 33, 37, 45, 57])
    }

    @Test("after it was given back there is a pause")
    func pauseAfterwards() {
        var rule = FreedMemory.Rule()
        #expect(count(&rule, resident: 100, inUse: 20) == .keep)
        #expect(rule.glanced(residentBytes: 400 * Self.megabyte) == .count)
        #expect(count(&rule, resident: 400, inUse: 20) == .giveBack)
        rule.gaveBack(residentBytes: 120 * Self.megabyte, inUseBytes: 20 * Self.megabyte)
        #expect(rule.glanced(residentBytes: 120 * Self.megabyte) == .rest)
        #expect(rule.glanced(residentBytes: 120 * Self.megabyte) == .count)
    }

    @Test("system and allocator say how much is resident and in use")
    func figures() {
        let bytes = [UInt8](repeating: 1, count: 16 * Self.megabyte)
        #expect(FreedMemory.residentBytes > bytes.count)
        #expect(FreedMemory.inUseBytes > bytes.count)
    }
}
