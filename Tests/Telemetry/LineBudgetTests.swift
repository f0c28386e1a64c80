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
}
