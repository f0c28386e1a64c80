/// A point on a clock that never goes back. Machines are handed one; they never read a clock themselves.
public struct MonotonicInstant: Sendable, Hashable, Comparable {
    /// Nanoseconds since an origin that only this process knows.
    public var nanoseconds: UInt64

    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    public static func < (lhs: Self, rhs: Self) -> Bool {
        lhs.nanoseconds < rhs.nanoseconds
    }

    /// The instant `microseconds` later, or the greatest instant there is.
    public func advanced(byMicroseconds microseconds: UInt64) -> Self {
        let (product, productOverflow) = microseconds.multipliedReportingOverflow(by: 1000)
        let (sum, sumOverflow) = nanoseconds.addingReportingOverflow(product)
        return Self(nanoseconds: productOverflow || sumOverflow ? .max : sum)
    }

    /// Microseconds from `earlier` to this instant, rounded down; 0 when `earlier` is not earlier.
    public func microseconds(since earlier: Self) -> UInt64 {
        nanoseconds > earlier.nanoseconds ? (nanoseconds - earlier.nanoseconds) / 1000 : 0
    }
}
