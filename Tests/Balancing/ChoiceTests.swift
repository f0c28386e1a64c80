import Balancing
import Testing
import Wire

@Suite("Choosing an endpoint")
struct ChoiceTests {
    @Test("two different endpoints are drawn, each as often as the others", arguments: [2, 3, 7])
    func draw(count: Int) {
        var random = ChoiceRandom(seed: 1)
        var drawn = Array(repeating: 0, count: count)
        for _ in 0..<10_000 {
            let (first, second) = PowerOfTwoChoices.draw(among: count, random: random.next())
            #expect(first != second)
            drawn[first] += 1
            drawn[second] += 1
        }
        for times in drawn { #expect(abs(times - 20_000 / count) < 600) }
    }

    @Test("fewer calls in flight win; one that declines loses, unless both do")
    func preference() {
        func first(_ firstLoad: Int, _ secondLoad: Int, _ firstDeclines: Bool, _ secondDeclines: Bool) -> Bool {
            PowerOfTwoChoices.prefersFirst(
                firstLoad: firstLoad, secondLoad: secondLoad, firstDeclines: firstDeclines,
                secondDeclines: secondDeclines)
        }
        #expect(first(1, 2, false, false))
        #expect(!first(2, 1, false, false))
        #expect(!first(0, 9, true, false))
        #expect(first(9, 0, false, true))
        #expect(!first(2, 1, true, true))
    }

    @Test("calls that do not end are spread evenly")
    func evenness() {
        var random = ChoiceRandom(seed: 7)
        var load = [0, 0, 0, 0]
        for _ in 0..<4000 {
            let (first, second) = PowerOfTwoChoices.draw(among: 4, random: random.next())
            let isFirst = PowerOfTwoChoices.prefersFirst(
                firstLoad: load[first], secondLoad: load[second], firstDeclines: false, secondDeclines: false)
            load[isFirst ? first : second] += 1
        }
        #expect((load.max() ?? 0) - (load.min() ?? 0) < 10)
    }

    @Test("a new endpoint's share grows evenly from a tenth to its whole")
    func slowStart() {
        let start = MonotonicInstant(nanoseconds: 5_000_000_000)
        let slowStart = SlowStart(beganAt: start, windowMicroseconds: 10_000_000)
        func taken(afterSeconds seconds: UInt64) -> Int {
            let now = start.advanced(byMicroseconds: seconds * 1_000_000)
            return (0...255).count { !slowStart.declines(at: now, random: UInt8($0)) }
        }
        #expect((0...10).map { taken(afterSeconds: $0) } == [26, 26, 51, 76, 102, 128, 153, 179, 204, 230, 256])
        #expect(!slowStart.isOver(at: start.advanced(byMicroseconds: 9_999_999)))
        #expect(slowStart.isOver(at: start.advanced(byMicroseconds: 10_000_000)))
    }
}

@Suite("Watching health")
struct HealthWatchMachineTests {
    @Test("a server without Watch is asked by Check, one without either counts as serving")
    func fallback() {
        var machine = HealthWatchMachine(checkIntervalMicroseconds: 5_000_000)
        #expect(machine.method == .watch)
        #expect(machine.ended(isUnimplemented: true, isOK: false) == .again(.check, afterMicroseconds: 0))
        #expect(machine.ended(isUnimplemented: false, isOK: true) == .again(.check, afterMicroseconds: 5_000_000))
        #expect(machine.ended(isUnimplemented: true, isOK: false) == .serving)
    }

    @Test("a Watch that ends is opened again, after pauses that grow until it answers")
    func pauses() {
        var machine = HealthWatchMachine()
        #expect(machine.ended(isUnimplemented: false, isOK: false) == .again(.watch, afterMicroseconds: 1_000_000))
        #expect(machine.ended(isUnimplemented: false, isOK: true) == .again(.watch, afterMicroseconds: 1_600_000))
        machine.answered()
        #expect(machine.ended(isUnimplemented: false, isOK: false) == .again(.watch, afterMicroseconds: 1_000_000))
        for _ in 0..<20 { _ = machine.ended(isUnimplemented: false, isOK: false) }
        #expect(machine.ended(isUnimplemented: false, isOK: false) == .again(.watch, afterMicroseconds: 30_000_000))
    }

    @Test("who serves comes before who has said nothing, and who does not serve comes last")
    func rank() {
        #expect(EndpointHealth.serving.rank > EndpointHealth.unknown.rank)
        #expect(EndpointHealth.unknown.rank > EndpointHealth.notServing(reason: "").rank)
    }
}
