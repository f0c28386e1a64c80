import Testing
import Wire

@testable import Telemetry

@Suite("How many lines of a log are written")
struct LineBudgetTests {
    @Test("so many lines a second are written, and the next one says how many were not")
    func lines() {
        func second(_ number: UInt64) -> MonotonicInstant { MonotonicInstant(nanoseconds: number * 1_000_000_000) }
        var budget = LineBudget(linesPerSecond: 2)
        #expect(budget.admit(at: second(1)) == 0)
        #expect(budget.admit(at: second(1)) == 0)
        #expect(budget.admit(at: second(1)) == nil)
        #expect(budget.admit(at: second(1)) == nil)
        #expect(budget.admit(at: second(2)) == 2)
        #expect(budget.admit(at: second(2)) == 0)
        #expect(budget.admit(at: second(2)) == nil)
    }

    @Test("so many bytes a second are written too, and a line that is longer than that alone")
    func bytes() {
        func second(_ number: UInt64) -> MonotonicInstant { MonotonicInstant(nanoseconds: number * 1_000_000_000) }
        var budget = LineBudget(linesPerSecond: 10, bytesPerSecond: 100)
        #expect(budget.admit(at: second(1), lineBytes: 60) == 0)
        #expect(budget.admit(at: second(1), lineBytes: 41) == nil)
        #expect(budget.admit(at: second(1), lineBytes: 40) == 1)
        #expect(budget.admit(at: second(1), lineBytes: 1) == nil)
        #expect(budget.admit(at: second(2), lineBytes: 1_000) == 1)
        #expect(budget.admit(at: second(2), lineBytes: 1) == nil)
        #expect(budget.admit(at: second(3), lineBytes: 100) == 1)
    }

    @Test("how long a line would be is not asked when no line is left")
    func unasked() {
        var asked = 0
        func lineBytes() -> Int {
            asked += 1
            return 1
        }
        var budget = LineBudget(linesPerSecond: 1, bytesPerSecond: 100)
        for _ in 0..<3 { _ = budget.admit(at: MonotonicInstant(nanoseconds: 1), lineBytes: lineBytes()) }
        #expect(asked == 1)
    }
}

@Suite("Texts of others in a log")
struct LogTextTests {
    @Test("one that fits stays as it is")
    func short() {
        #expect(LogText.cut("", to: 20) == "")
        #expect(LogText.cut("quality.rpc.v1.HealthService/Check", to: 34) == "quality.rpc.v1.HealthService/Check")
    }

    @Test("of a longer one the beginning is there, and how much is missing")
    func long() {
        let cut = LogText.cut(String(repeating: "a", count: 255), to: 160)
        #expect(cut == String(repeating: "a", count: 145) + "...(+110 bytes)")
        #expect(
            LogText.cut(String(repeating: "市", count: 100), to: 40) == String(repeating: "市", count: 8)
                + "...(+276 bytes)")
    }

    @Test(
        "however much must be escaped, no more is written than is allowed",
        arguments: ["\u{0}", "\"", "\\", "\u{85}", "\u{fffd}"])
    func escaped(_ character: String) {
        let text = String(repeating: character, count: 255)
        let cut = LogText.cut(text, to: 160)
        #expect(LogText.writtenBytes(cut) <= 160)
        #expect(LogText.writtenBytes(cut) > 140)
        #expect(cut.hasSuffix(" bytes)"))
    }
}
