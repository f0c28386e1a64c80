/// Durations counted in fixed buckets that grow by a quarter of an octave: four to each doubling, from a microsecond to
/// two minutes. Fine enough for percentiles (a figure is off by less than a fifth), and adding one is two shifts.
public struct LatencyHistogram: Sendable, Equatable {
    /// Four buckets for each of 27 octaves of microseconds; what is longer stands in the last.
    @usableFromInline static let bucketCount = 27 * 4
    /// The first octave that the exposition has a bound for: 2^6, 64 microseconds.
    private static let firstExposedOctave = 6

    /// Durations by bucket.
    public private(set) var buckets: [UInt64]
    public private(set) var sumNanoseconds: UInt64

    public init() {
        buckets = Array(repeating: 0, count: Self.bucketCount)
        sumNanoseconds = 0
    }

    /// - Parameter buckets: as many as a histogram has.
    init(buckets: [UInt64], sumNanoseconds: UInt64) {
        assert(buckets.count == Self.bucketCount)
        self.buckets = buckets
        self.sumNanoseconds = sumNanoseconds
    }

    @inlinable
    static func bucket(ofNanoseconds nanoseconds: UInt64) -> Int {
        let microseconds = nanoseconds / 1000
        guard microseconds >= 4 else { return Int(microseconds) }
        let octave = 63 - microseconds.leadingZeroBitCount
        // The two bits below the highest one choose the quarter.
        let quarter = Int(truncatingIfNeeded: (microseconds >> UInt64(octave - 2)) & 3)
        return min(octave * 4 + quarter, bucketCount - 1)
    }

    /// The lowest microsecond that falls in this bucket. Buckets 4 to 7 stay empty: so few microseconds have no quarters.
    private static func lowerBoundMicroseconds(_ bucket: Int) -> UInt64 {
        guard bucket >= 8 else { return UInt64(min(bucket, 4)) }
        return UInt64(4 + bucket % 4) << UInt64(bucket / 4 - 2)
    }

    public mutating func record(nanoseconds: UInt64) {
        buckets[Self.bucket(ofNanoseconds: nanoseconds)] &+= 1
        sumNanoseconds &+= nanoseconds
    }

    public var count: UInt64 { buckets.reduce(0, &+) }

    /// The duration in seconds that this share of the durations did not exceed, e.g. 0.99; `nil` when there are none.
    public func quantile(_ share: Double) -> Double? {
        let total = count
        guard total > 0 else { return nil }
        let rank = max(1, (share * Double(total)).rounded(.up))
        var below = 0.0
        for (index, held) in buckets.enumerated() where held > 0 {
            if below + Double(held) >= rank {
                let low = Double(Self.lowerBoundMicroseconds(index))
                let high = Double(Self.lowerBoundMicroseconds(index + 1))
                return (low + (high - low) * (rank - below) / Double(held)) / 1e6
            }
            below += Double(held)
        }
        return nil
    }

    /// Bounds in seconds with the number of durations below each: 64 microseconds and its doublings.
    var exposed: [(upperBoundSeconds: Double, count: UInt64)] {
        var bounds: [(Double, UInt64)] = []
        var below: UInt64 = 0
        for octave in 0..<Self.bucketCount / 4 {
            if octave >= Self.firstExposedOctave { bounds.append((Double(UInt64(1) << UInt64(octave)) / 1e6, below)) }
            for quarter in 0..<4 { below &+= buckets[octave * 4 + quarter] }
        }
        return bounds
    }

    public static func += (sum: inout Self, other: Self) {
        for index in sum.buckets.indices { sum.buckets[index] &+= other.buckets[index] }
        sum.sumNanoseconds &+= other.sumNanoseconds
    }

    /// What was added after `earlier`, an earlier state of this histogram.
    public func since(_ earlier: Self) -> Self {
        Self(
            buckets: zip(buckets, earlier.buckets).map { $0 &- $1 },
            sumNanoseconds: sumNanoseconds &- earlier.sumNanoseconds)
    }
}
