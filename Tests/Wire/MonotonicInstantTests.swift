import Testing
import Wire

@Suite("Monotonic instants")
struct MonotonicInstantTests {
    @Test("adding stops at the greatest instant instead of wrapping")
    func saturates() {
        let instant = MonotonicInstant(nanoseconds: 1_000)
        #expect(instant.advanced(byMicroseconds: 2).nanoseconds == 3_000)
        #expect(instant.advanced(byMicroseconds: .max).nanoseconds == .max)
        #expect(MonotonicInstant(nanoseconds: .max).advanced(byMicroseconds: 1).nanoseconds == .max)
    }

    @Test("a difference is in whole microseconds and never negative")
    func differences() {
        let early = MonotonicInstant(nanoseconds: 1_000), late = MonotonicInstant(nanoseconds: 3_999)
        #expect(late.microseconds(since: early) == 2)
        #expect(early.microseconds(since: late) == 0)
        #expect(early.microseconds(since: early) == 0)
    }
}
