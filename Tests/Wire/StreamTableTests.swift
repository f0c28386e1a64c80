import TestRandom
import Testing

@testable import Wire

@Suite("Stream table")
struct StreamTableTests {
    /// Some streams live long while thousands come and go, so that places in the ring are fought for.
    @Test("holds what a dictionary would hold", arguments: [1, 2, 3, 4, 5] as [UInt64])
    func asADictionary(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        var table = StreamTable<Int>(ringSlots: 16)
        var model: [UInt32: Int] = [:]
        var nextID: UInt32 = 1
        for step in 0..<5_000 {
            let known = model.keys.randomElement(using: &generator)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<4 where model.count < 60:
                table.insert(step, id: nextID)
                model[nextID] = step
                nextID += Bool.random(using: &generator) ? 2 : 34
            case 4..<7:
                guard let known else { continue }
                // The oldest streams live on.
                guard known > 99 || step > 4_000 else { continue }
                #expect(table.remove(known) == model.removeValue(forKey: known))
            case 7:
                guard let known else { continue }
                #expect(
                    table.withElement(known) {
                        $0 += 1; return $0
                    } == model[known].map { $0 + 1 })
                model[known]? += 1
            case 8:
                let unknown = nextID + 2
                #expect(table.remove(unknown) == nil)
                #expect(table[unknown] == nil)
                #expect(table.withElement(unknown) { $0 } == nil)
            default:
                if let known { #expect(table[known] == model[known]) }
            }
            #expect(table.count == model.count)
        }
        #expect(table.all.map(\.id) == model.keys.sorted())
        #expect(table.all.allSatisfy { model[$0.id] == $0.element })
    }

    @Test("an id that was removed is gone even when it had lost its place")
    func displacedRemoval() {
        var table = StreamTable<String>(ringSlots: 16)
        table.insert("old", id: 1)
        table.insert("new", id: 33)
        #expect(table[1] == "old")
        #expect(table.remove(1) == "old")
        #expect(table[1] == nil)
        #expect(table.remove(1) == nil)
        #expect(table[33] == "new")
        #expect(table.count == 1)
    }

    @Test("an even id does not find its odd neighbour")
    func evenIDs() {
        var table = StreamTable<String>()
        table.insert("three", id: 3)
        #expect(table[2] == nil)
        #expect(table[3] == "three")
    }
}
