import Balancing
import Testing
import Wire

@Suite("When an endpoint is dialled")
struct DialScheduleTests {
    private var schedule = DialSchedule(longestPauseSeconds: 120)
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    @Test("while nothing failed every connection that is wanted is dialled at once")
    mutating func free() {
        for _ in 0..<4 { #expect(schedule.requested(at: start) == .dial) }
    }

    @Test("pauses grow by 1.6 from 1 s to 120 s, give or take 20 %", arguments: [0.0, 0.5, 1.0])
    mutating func pauses(random: Double) {
        var now = start
        var expected = 1.0
        for _ in 0..<20 {
            #expect(schedule.requested(at: now) == .dial)
            let pause = Double(schedule.failed(at: now, random: random)) / 1_000_000
            #expect(abs(pause - expected * (0.8 + 0.4 * random)) < 0.001)
            let next = now.advanced(byMicroseconds: UInt64(pause * 1_000_000))
            #expect(schedule.requested(at: now) == .wait(until: next))
            now = next
            expected = min(expected * 1.6, 120)
        }
    }

    @Test(
        "an endpoint that comes up late, whenever that is, is dialled within four seconds", arguments: [0.0, 0.5, 1.0])
    mutating func longestPause(random: Double) {
        schedule = DialSchedule(longestPauseSeconds: 3)
        var now = start
        var pauses: [UInt64] = []
        for _ in 0..<1_000 {
            #expect(schedule.requested(at: now) == .dial)
            pauses.append(schedule.failed(at: now, random: random))
            now = now.advanced(byMicroseconds: pauses[pauses.count - 1])
        }
        let jitter = 0.8 + 0.4 * random
        #expect(pauses[..<3].map { (Double($0) / jitter / 10_000).rounded() } == [100, 160, 256])
        #expect(pauses[3...].allSatisfy { abs(Double($0) - 3_000_000 * jitter) < 2 })
    }

    @Test("the pause begins with the attempt: one that waited longer for its failure is followed by the next at once")
    mutating func slowFailure() {
        _ = schedule.requested(at: start)
        #expect(schedule.failed(at: start.advanced(byMicroseconds: 400_000), random: 0.5) == 600_000)
        let next = start.advanced(byMicroseconds: 1_000_000)
        #expect(schedule.requested(at: next) == .dial)
        let late = next.advanced(byMicroseconds: 5_000_000)
        #expect(schedule.failed(at: late, random: 0.5) == 0)
        #expect(schedule.requested(at: late) == .dial)
        // And it is no more than one failure: 1 s, 1.6 s, 2.56 s.
        #expect(schedule.failed(at: late, random: 0.5) == 2_560_000)
    }

    @Test("attempts that fail side by side are one failure, and then there is one at a time")
    mutating func sideBySide() {
        for _ in 0..<3 { _ = schedule.requested(at: start) }
        #expect(schedule.failed(at: start, random: 0.5) == 1_000_000)
        for _ in 0..<2 { #expect(schedule.failed(at: start, random: 0.5) == 1_000_000) }
        let next = start.advanced(byMicroseconds: 1_000_000)
        #expect(schedule.requested(at: next) == .dial)
        #expect(schedule.requested(at: next) == .wait(until: next.advanced(byMicroseconds: 250_000)))
        #expect(schedule.nextAttempt == nil)
        #expect(schedule.failed(at: next, random: 0.5) == 1_600_000)
        #expect(schedule.nextAttempt == next.advanced(byMicroseconds: 1_600_000))
    }

    @Test("an attempt is hoped for two seconds from its beginning, whoever comes while it lasts")
    mutating func hope() {
        func after(_ milliseconds: UInt64) -> MonotonicInstant { start.advanced(byMicroseconds: milliseconds * 1_000) }
        func hope(at milliseconds: UInt64) -> MonotonicInstant? {
            schedule.hope(at: after(milliseconds), for: 2_000_000)
        }
        _ = schedule.requested(at: start)
        for milliseconds: UInt64 in [0, 1_000, 1_999] { #expect(hope(at: milliseconds) == after(2_000)) }
        for milliseconds: UInt64 in [2_000, 9_999] { #expect(hope(at: milliseconds) == nil) }
        // It fails at last, and the next one may begin at once.
        #expect(schedule.failed(at: after(10_000), random: 0.5) == 0)
        #expect(hope(at: 10_000) == after(12_000))
        _ = schedule.requested(at: after(10_000))
        #expect(hope(at: 12_000) == nil)
        _ = schedule.failed(at: after(20_000), random: 0.5)
        _ = schedule.requested(at: after(20_000))
        // This one fails soon: 2.56 s from its beginning until the next.
        #expect(schedule.failed(at: after(20_010), random: 0.5) == 2_550_000)
        #expect(hope(at: 20_559) == nil)
        #expect(hope(at: 20_560) == after(22_560))
    }

    @Test("only HELLO makes an end of the pauses")
    mutating func hello() {
        _ = schedule.requested(at: start)
        _ = schedule.failed(at: start, random: 0.5)
        let next = start.advanced(byMicroseconds: 1_000_000)
        #expect(schedule.requested(at: next) == .dial)
        schedule.helloReceived(at: next)
        #expect(schedule.requested(at: next) == .dial)
        #expect(schedule.failed(at: next, random: 0.5) == 1_000_000)
    }

    /// A connection that is made, greets and ends.
    private mutating func connects(at now: MonotonicInstant, livesMicroseconds: UInt64) -> MonotonicInstant {
        #expect(schedule.requested(at: now) == .dial)
        let hello = now.advanced(byMicroseconds: 500)
        schedule.helloReceived(at: hello)
        let end = hello.advanced(byMicroseconds: livesMicroseconds)
        schedule.connectionLost(at: end, random: 0.5)
        return end
    }

    @Test("a connection that had worked is made again at once, the second in a row that hardly lived after a pause")
    mutating func lost() {
        let first = connects(at: start, livesMicroseconds: 1_000_000)
        let second = connects(at: first, livesMicroseconds: 999_999)
        let third = connects(at: second, livesMicroseconds: 999_999)
        #expect(schedule.requested(at: third) == .wait(until: third.advanced(byMicroseconds: 1_000_000)))
    }

    @Test("a connection that hardly lived is forgotten after ten seconds")
    mutating func forgotten() {
        var now = start
        for _ in 0..<5 {
            now = connects(at: now, livesMicroseconds: 10)
            #expect(schedule.nextAttempt.map { $0 <= now } == true)
            now = now.advanced(byMicroseconds: 10_000_000)
        }
    }

    @Test("connections that hardly lived and end side by side count as one")
    mutating func lostSideBySide() {
        for _ in 0..<4 { _ = schedule.requested(at: start) }
        for _ in 0..<4 { schedule.helloReceived(at: start) }
        for microseconds in 1...4 {
            schedule.connectionLost(at: start.advanced(byMicroseconds: UInt64(microseconds)), random: 0.5)
        }
        let end = connects(at: start.advanced(byMicroseconds: 5), livesMicroseconds: 5)
        #expect(schedule.requested(at: end) == .wait(until: end.advanced(byMicroseconds: 1_000_000)))
    }

    @Test("all replicas killed and revived: dials stay within the jittered bound, however many connections want one")
    mutating func rateBound() {
        schedule = DialSchedule(longestPauseSeconds: 3)
        var random = ChoiceRandom(seed: 3)
        var now = start
        var dials: [MonotonicInstant] = []
        // Eight that want a connection ask every 10 ms for ten minutes.
        for _ in 0..<60_000 {
            for _ in 0..<8 where schedule.requested(at: now) == .dial {
                dials.append(now)
                _ = schedule.failed(at: now, random: Double(random.next() >> 11) * 0x1p-53)
            }
            now = now.advanced(byMicroseconds: 10_000)
        }
        var shortest = 0.8
        for (earlier, later) in zip(dials, dials.dropFirst()) {
            #expect(Double(later.microseconds(since: earlier)) / 1_000_000 >= shortest)
            shortest = min(shortest * 1.6, 2.4)
        }
        // One in 3 s, in ten minutes.
        #expect((190...215).contains(dials.count))
    }
}
