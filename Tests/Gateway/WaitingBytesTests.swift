import GatewayRules
import TestRandom
import Testing

@Suite("Message bytes of calls that wait")
struct WaitingBytesTests {
    private static func call(_ bytes: inout WaitingBytes, _ caller: UInt, _ count: Int) -> WaitingBytes.ID {
        let id = bytes.callCame(caller: caller)
        bytes.changed(id, by: count)
        return id
    }

    @Test("as many may wait as there is room for, whoever's they are")
    func room() {
        var bytes = WaitingBytes(maximumBytes: 100)
        _ = Self.call(&bytes, 1, 90)
        #expect(bytes.hasRoom(for: 10, of: 1))
        #expect(!bytes.hasRoom(for: 11, of: 1))
        #expect(!bytes.isOverfull)
    }

    @Test("who has most gives way to who has less, its call with most first, until all fit")
    func heaviest() {
        var bytes = WaitingBytes(maximumBytes: 100)
        let small = Self.call(&bytes, 1, 30)
        let large = Self.call(&bytes, 1, 40)
        let others = Self.call(&bytes, 2, 30)
        // Not to one that would have more then, nor to itself.
        #expect(!bytes.hasRoom(for: 40, of: 2))
        #expect(!bytes.hasRoom(for: 1, of: 1))
        #expect(bytes.hasRoom(for: 39, of: 2))
        let come = Self.call(&bytes, 2, 39)
        #expect(bytes.isOverfull)
        #expect(bytes.heaviestCall == large)
        bytes.callWent(large)
        #expect(!bytes.isOverfull)
        #expect(bytes.heaviestCall == come)
        for id in [small, others, come] { bytes.callWent(id) }
        #expect(bytes.bytes == 0)
        #expect(bytes.heaviestCall == nil)
    }

    @Test("what is more than may wait in all is not let in for anybody's sake")
    func tooLarge() {
        var bytes = WaitingBytes(maximumBytes: 100)
        _ = Self.call(&bytes, 1, 90)
        bytes.maximumBytes = 50
        #expect(!bytes.hasRoom(for: 51, of: 2))
        #expect(bytes.hasRoom(for: 50, of: 2))
        #expect(bytes.isOverfull)
    }

    @Test("whatever comes and goes in whatever order, what a plain list has is what there is", arguments: 0..<4)
    func walk(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        var bytes = WaitingBytes(maximumBytes: 2_000)
        var list: [(id: WaitingBytes.ID, caller: UInt, bytes: Int)] = []
        func held(_ caller: UInt) -> Int { list.filter { $0.caller == caller }.reduce(0) { $0 + $1.bytes } }
        func some(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }
        var gone = 0, refused = 0
        for _ in 0..<3_000 {
            let all = list.reduce(0) { $0 + $1.bytes }
            let more = some(200), caller = UInt(some(2 + Int(seed)))
            let isHeavier = list.contains { held($0.caller) > held(caller) + more }
            let hasRoom = bytes.hasRoom(for: more, of: caller)
            #expect(hasRoom == (all + more <= 2_000 || isHeavier))
            if !hasRoom { refused += 1 }
            if some(3) == 0, !list.isEmpty {
                bytes.callWent(list.remove(at: some(list.count)).id)
            } else if some(3) == 0, let index = list.lastIndex(where: { $0.caller == caller }), hasRoom {
                bytes.changed(list[index].id, by: more)
                list[index].bytes += more
            } else if hasRoom {
                list.append((Self.call(&bytes, caller, more), caller, more))
            }
            while bytes.isOverfull, let id = bytes.heaviestCall, let index = list.firstIndex(where: { $0.id == id }) {
                let victim = list[index]
                #expect(list.allSatisfy { held($0.caller) <= held(victim.caller) })
                #expect(list.allSatisfy { $0.caller != victim.caller || $0.bytes <= victim.bytes })
                bytes.callWent(id)
                list.remove(at: index)
                gone += 1
            }
            #expect(bytes.bytes == list.reduce(0) { $0 + $1.bytes } && bytes.bytes <= 2_000)
            #expect(Set(list.map(\.id)).count == list.count)
        }
        #expect(gone > 20 && refused > 20)
    }
}
