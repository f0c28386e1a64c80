import GatewayRules
import Testing
import Wire

@Suite struct CallRateTests {
    /// A caller that takes tokens.
    private struct Bucket {
        var rate: CallRate
        var fullAt: UInt64 = 0

        /// `nil` if there is one, else the wait in milliseconds.
        mutating func take(atMilliseconds now: UInt64) -> UInt64? {
            switch rate.callArrived(
                fullAtNanoseconds: fullAt, now: MonotonicInstant(nanoseconds: 1_000_000_000_000 + now * 1_000_000))
            {
            case .admit(let fullAt):
                self.fullAt = fullAt
                return nil
            case .refuse(let wait): return wait / 1_000_000
            }
        }
    }

    @Test("a burst passes at once, then one call an interval")
    func burstThenRate() {
        var bucket = Bucket(rate: CallRate(callsPerSecond: 10, burstCalls: 5))
        for _ in 0..<5 { #expect(bucket.take(atMilliseconds: 0) == nil) }
        #expect(bucket.take(atMilliseconds: 0) == 100)
        #expect(bucket.take(atMilliseconds: 60) == 40)
        #expect(bucket.take(atMilliseconds: 100) == nil)
        #expect(bucket.take(atMilliseconds: 100) == 100)
    }

    @Test("a refused call costs nothing: the wait that was named is enough")
    func refusalIsFree() {
        var bucket = Bucket(rate: CallRate(callsPerSecond: 2, burstCalls: 1))
        #expect(bucket.take(atMilliseconds: 0) == nil)
        for _ in 0..<1000 { #expect(bucket.take(atMilliseconds: 1) == 499) }
        #expect(bucket.take(atMilliseconds: 500) == nil)
    }

    @Test("after a long pause there is one burst, not more")
    func fullBucket() {
        var bucket = Bucket(rate: CallRate(callsPerSecond: 100, burstCalls: 3))
        for _ in 0..<3 { #expect(bucket.take(atMilliseconds: 0) == nil) }
        for _ in 0..<3 { #expect(bucket.take(atMilliseconds: 3_600_000) == nil) }
        #expect(bucket.take(atMilliseconds: 3_600_000) == 10)
    }

    @Test("in the long run exactly the rate passes")
    func longRun() {
        var bucket = Bucket(rate: CallRate(callsPerSecond: 250, burstCalls: 1))
        let passed = (0..<10_000).filter { bucket.take(atMilliseconds: UInt64($0)) == nil }.count
        #expect(passed == 2_500)
    }
}
