import RPC
import Serving
import Synchronization
import TestStores
import Testing
import Wire

/// A call that counts how often its handler stands back, and asks for a place.
private final class CountingCall: SilentCall {
    let turns = Mutex(0)
    /// How often the handler had stood back when it asked.
    let asked = Mutex<[Int]>([])

    func letOthersRun() async { turns.withLock { $0 += 1 } }
    func takePlace() async throws(RPCError) {
        let turns = turns.withLock { $0 }
        asked.withLock { $0.append(turns) }
    }
}

/// A clock that counts how often it is looked at.
private final class WatchedClock: MonotonicClock {
    let manual = ManualClock()
    let looks = Mutex(0)

    var now: MonotonicInstant {
        looks.withLock { $0 += 1 }
        return manual.now
    }

    func sleep(until instant: MonotonicInstant) async { await manual.sleep(until: instant) }
}

@Suite("Turns in long work")
struct WorkTurnsTests {
    private let call = CountingCall()
    private let clock = WatchedClock()
    private var turnsTaken: Int { call.turns.withLock { $0 } }

    @Test("an ordinary call looks at no clock and never stands back")
    func ordinary() async throws {
        var turns = WorkTurns(call, clock: clock)
        for _ in 1..<WorkTurns.unitsBetweenLooks { try await turns.worked(1) }
        #expect(clock.looks.withLock { $0 } == 0)
        #expect(turnsTaken == 0)
    }

    @Test("work stands back once for each millisecond, however it is told")
    func slices() async throws {
        for units in [1, 7, WorkTurns.unitsBetweenLooks] {
            let call = CountingCall()
            var turns = WorkTurns(call, clock: clock)
            // 10 us a unit: 100 units a turn.
            for _ in 0..<(70_000 / units) {
                clock.manual.advance(by: .microseconds(10 * units))
                try await turns.worked(units)
            }
            // Looked at every 32 to 35 units, a turn is over after 1.28 ms at the latest.
            let taken = call.turns.withLock { $0 }
            #expect((500...700).contains(taken), "\(units): \(taken)")
        }
    }

    @Test("a call that has used up its first slice asks for a place before it goes on, and again after each slice")
    func costly() async throws {
        var turns = WorkTurns(call, clock: clock)
        for _ in 0..<3 {
            clock.manual.advance(by: .microseconds(900))
            try await turns.worked(WorkTurns.unitsBetweenLooks)
        }
        // The first look only starts the slice, and the second came too early.
        #expect(call.asked.withLock { $0 } == [0])
        #expect(turnsTaken == 1)
        clock.manual.advance(by: .microseconds(1_000))
        try await turns.worked(WorkTurns.unitsBetweenLooks)
        #expect(call.asked.withLock { $0 } == [0, 1])
    }

    @Test("what a call waits for is not its work: it needs no place for that")
    func waiting() async throws {
        var turns = WorkTurns(call, clock: clock)
        for _ in 0..<100 {
            try await turns.worked(WorkTurns.unitsBetweenLooks)
            clock.manual.advance(by: .seconds(1))
            turns.waits()
        }
        #expect(call.asked.withLock { $0 } == [])
        #expect(turnsTaken == 0)
    }

    @Test("work that takes no time never stands back, however much it is")
    func quick() async throws {
        var turns = WorkTurns(call, clock: clock)
        for _ in 0..<100_000 { try await turns.worked(10) }
        #expect(turnsTaken == 0)
        #expect(call.asked.withLock { $0 } == [])
    }

    @Test("a call that was given up goes no further than its turn")
    func givenUp() async {
        let work = Task { [call, clock] () async throws(RPCError) -> Int in
            var turns = WorkTurns(call, clock: clock)
            while true {
                clock.manual.advance(by: .microseconds(100))
                try await turns.worked(1)
                if call.turns.withLock({ $0 }) == 3 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        let result = await work.result
        guard case .failure(let error as RPCError) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(error.code == .cancelled)
        #expect(turnsTaken == 4)
    }
}
