import Journal
import Testing

@Suite("The instant that a log has come to")
struct LogInstantTests {
    private func take(
        _ instant: inout LogInstant, _ kind: String, _ sealed: Int64, at index: UInt64 = 9,
        _ correction: ClockCorrection? = nil
    ) throws(LogInstant.Fault) {
        try instant.take(
            kind: kind, sealedUnixMicroseconds: sealed, statement: correction?.statement ?? [], at: index)
    }

    @Test("goes on, never back, and is not moved by what was refused")
    func order() throws {
        var instant = LogInstant()
        try take(&instant, "report.accepted", 5)
        try take(&instant, "report.accepted", 5)
        #expect(throws: LogInstant.Fault.older) { try take(&instant, "report.accepted", 4) }
        #expect(throws: LogInstant.Fault.older) { try take(&instant, "report.rejected", 4) }
        try take(&instant, "report.rejected", 1_000)
        #expect(instant.unixMicroseconds == 5)
        try take(&instant, "report.accepted", 6)
        #expect(instant.unixMicroseconds == 6)
    }

    @Test("goes back to a correction that says how far it had come, and to no other")
    func correction() throws {
        let said = ClockCorrection(
            firstIndex: 3, fromUnixMicroseconds: 800, untilUnixMicroseconds: 1_000, aheadMicroseconds: 790)
        #expect(ClockCorrection(statement: said.statement) == said)
        #expect(ClockCorrection(statement: said.statement + [0]) == nil)
        var instant = LogInstant(unixMicroseconds: 999)
        #expect(throws: LogInstant.Fault.correction) { try take(&instant, "clock.corrected", 10, said) }
        instant = LogInstant(unixMicroseconds: 1_000)
        #expect(throws: LogInstant.Fault.correction) { try take(&instant, "clock.corrected", 10, at: 3, said) }
        #expect(throws: LogInstant.Fault.correction) { try take(&instant, "clock.corrected", 10) }
        try take(&instant, "clock.corrected", 10, said)
        #expect(instant.unixMicroseconds == 10)
        try take(&instant, "report.accepted", 11)
    }
}
