import ServiceKit
import Testing

@Suite("Whether a clock can be believed")
struct ClockRuleTests {
    private static let second: Int64 = 1_000_000
    private static let day = 86_400 * second
    private static let start: Int64 = 1_700_000_000 * second

    /// A machine: its clock shows what the test says.
    private struct Machine {
        var uptime: Int64 = 100 * second
        var ahead: Int64 = 0
        var rule: ClockRule

        var reading: ClockReading { ClockReading(wall: start + uptime + ahead, uptime: uptime) }
        /// What time it really is.
        var now: Int64 { start + uptime }

        init(ahead: Int64 = 0) {
            self.ahead = ahead
            rule = ClockRule(
                ClockReading(wall: start + uptime + ahead, uptime: uptime), toleranceMicroseconds: 5 * second)
        }

        mutating func passes(_ microseconds: Int64) -> ClockRule.Fault? {
            uptime += microseconds
            return rule.judge(reading)
        }

        /// Others say what time it is, so far ahead each; gives back what is wrong then.
        mutating func hears(_ ahead: [String: Int64], doubt: Int64 = 0) -> ClockRule.Fault? {
            for (name, ahead) in ahead.sorted(by: { $0.key < $1.key }) {
                rule.heard(name, unixMicroseconds: now + ahead, doubtMicroseconds: doubt, at: reading)
            }
            return rule.fault
        }
    }

    @Test("a clock on its course is believed, however long the machine slept, and so is one that is slewed")
    func right() {
        var machine = Machine()
        #expect(machine.passes(3 * Self.day) == nil)
        for _ in 0..<20_000 {
            machine.ahead += 500
            #expect(machine.passes(Self.second) == nil)
        }
        #expect(machine.ahead == 10 * Self.second)
    }

    @Test("a jump in either direction is noticed at the next look, and is over when the clock is on its course again")
    func jump() {
        for ahead in [60 * Self.day, 5 * Self.day, -Self.day, 6 * Self.second] {
            var machine = Machine()
            #expect(machine.passes(Self.second) == nil)
            machine.ahead = ahead
            let fault = machine.passes(Self.second)
            #expect(fault?.cause == .jumped)
            #expect(fault?.aheadMicroseconds == ahead)
            #expect(fault?.sinceUnixMicroseconds == machine.now)
            // The same words, as long as it lasts.
            #expect(machine.passes(Self.day) == fault)
            machine.ahead = 4 * Self.second
            #expect(machine.passes(Self.second) == nil)
        }
    }

    @Test("a jump within the tolerance is none")
    func tolerance() {
        var machine = Machine()
        machine.ahead = 5 * Self.second
        #expect(machine.passes(1) == nil)
        machine.ahead += 5 * Self.second + 1
        #expect(machine.passes(1) != nil)
    }

    @Test("a jump that others confirm is taken, one that they contradict is not, and one of which nobody speaks stays")
    func confirmed() {
        var machine = Machine()
        machine.ahead = -3_600 * Self.second
        #expect(machine.passes(1)?.cause == .jumped)
        #expect(machine.hears(["the gateway": 0])?.cause == .jumped)
        #expect(machine.hears(["the gateway": machine.ahead]) == nil)
        #expect(machine.passes(Self.day) == nil)
        machine.ahead = 0
        // What was heard a day ago counts for nothing.
        #expect(machine.passes(1)?.cause == .jumped)
        #expect(machine.passes(Self.day)?.cause == .jumped)
    }

    @Test("a clock that was wrong from the start is contradicted, by one or by most, and until they agree")
    func contradicted() {
        var machine = Machine(ahead: 60 * Self.day)
        #expect(machine.passes(Self.second) == nil)
        let fault = machine.hears(["the gateway": 0])
        #expect(fault?.cause == .contradicted(["the gateway"]))
        #expect(fault?.aheadMicroseconds == 60 * Self.day)
        // Silence is no agreement.
        #expect(machine.passes(Self.day) == fault)
        machine.ahead = 0
        #expect(machine.passes(1) != nil)
        #expect(machine.hears(["the gateway": 0]) == nil)
    }

    @Test("half of the others suffice, and what took time to come is not held against the clock")
    func votes() {
        var machine = Machine()
        #expect(machine.hears(["a": Self.day, "b": 0]) == nil)
        #expect(machine.hears(["c": Self.day])?.cause == .contradicted(["a", "c"]))
        #expect(machine.hears(["d": 0]) == nil)
        machine = Machine()
        #expect(machine.hears(["a": 8 * Self.second], doubt: 4 * Self.second) == nil)
        #expect(machine.hears(["a": 10 * Self.second], doubt: 4 * Self.second) != nil)
        // What no clock shows is not heard.
        let fault = machine.rule.fault
        for unixMicroseconds: Int64 in [.min, -1, 0, .max] {
            machine.rule.heard("a", unixMicroseconds: unixMicroseconds, doubtMicroseconds: 0, at: machine.reading)
        }
        #expect(machine.rule.fault == fault)
    }

    @Test("what a program tells others is not what its clock shows after a jump, or against most of them")
    func believed() {
        var machine = Machine()
        machine.ahead = Self.day
        _ = machine.passes(1)
        #expect(machine.rule.believedUnixMicroseconds(machine.reading) == machine.now)
        machine = Machine(ahead: Self.day)
        // Of two nobody knows which is wrong.
        _ = machine.hears(["a": 0])
        #expect(machine.rule.believedUnixMicroseconds(machine.reading) == machine.now + Self.day)
        _ = machine.hears(["b": 1])
        #expect(machine.rule.believedUnixMicroseconds(machine.reading) == machine.now)
        #expect(machine.rule.aheadOfOthersMicroseconds(machine.reading) == Self.day)
    }

    @Test("no more others are remembered than there is room for")
    func bounded() {
        var machine = Machine()
        for index in 0..<1_000 {
            _ = machine.passes(1)
            _ = machine.hears(["\(index)": Self.day])
        }
        #expect(machine.hears(["a": 0])?.cause != nil)
        guard case .contradicted(let names) = machine.rule.fault?.cause else { return #expect(Bool(false)) }
        #expect(names.count <= 64)
    }
}
