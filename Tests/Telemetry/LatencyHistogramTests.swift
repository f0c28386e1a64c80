import Testing

@testable import Telemetry

@Suite("A histogram of durations")
struct LatencyHistogramTests {
    @Test("every duration falls into the bucket whose bounds hold it, and longer ones never into a lower one")
    func bucketsAreInOrder() {
        var last = 0
        for microseconds in (0...5000).map(UInt64.init) + (13...40).map({ UInt64(1) << $0 }) {
            let bucket = LatencyHistogram.bucket(ofNanoseconds: microseconds * 1000)
            #expect(bucket >= last && bucket < LatencyHistogram.bucketCount)
            last = bucket
        }
        #expect(LatencyHistogram.bucket(ofNanoseconds: .max) == LatencyHistogram.bucketCount - 1)
    }

    @Test("a percentile is off by less than a fifth", arguments: [1, 3, 17, 90, 350, 1800, 64_000, 9_000_000])
    func percentile(microseconds: UInt64) throws {
        var histogram = LatencyHistogram()
        for _ in 0..<1000 { histogram.record(nanoseconds: microseconds * 1000) }
        for share in [0.01, 0.5, 0.99, 1] {
            let quantile = try #require(histogram.quantile(share)) * 1e6
            #expect(abs(quantile - Double(microseconds)) <= max(1, Double(microseconds) * 0.2), "\(share)")
        }
    }

    @Test("the 99th percentile is the slow hundredth's, the median is the others'")
    func mixed() throws {
        var histogram = LatencyHistogram()
        for _ in 0..<980 { histogram.record(nanoseconds: 100_000) }
        for _ in 0..<20 { histogram.record(nanoseconds: 50_000_000) }
        #expect(try #require(histogram.quantile(0.5)) < 0.000_13)
        #expect(try #require(histogram.quantile(0.99)) > 0.04)
        #expect(LatencyHistogram().quantile(0.5) == nil)
    }

    @Test("what is exposed grows with its bounds and ends with all but the longest")
    func exposed() {
        var histogram = LatencyHistogram()
        for microseconds in [10, 63, 64, 127, 128, 1_000_000] as [UInt64] {
            histogram.record(nanoseconds: microseconds * 1000)
        }
        let bounds = histogram.exposed
        #expect(bounds.first?.upperBoundSeconds == 0.000_064)
        #expect(bounds.prefix(3).map(\.count) == [2, 4, 5])
        #expect(bounds.last?.count == 6)
    }

    @Test("what was added between two readings is their difference")
    func difference() {
        var earlier = LatencyHistogram()
        earlier.record(nanoseconds: 5_000)
        var later = earlier
        later.record(nanoseconds: 7_000_000)
        var added = LatencyHistogram()
        added.record(nanoseconds: 7_000_000)
        #expect(later.since(earlier) == added)
        earlier += added
        #expect(earlier == later)
    }
}
