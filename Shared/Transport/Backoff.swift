/// How long to wait before the next attempt to connect: 1 s, then 1.6 times as long each time up to 120 s, each with a
/// jitter of 20 % either way (gRPC, "Connection backoff protocol"). A success starts it over.
public struct Backoff: Sendable, Hashable {
    public private(set) var failures = 0
    public var initialMilliseconds = 1_000.0
    public var factor = 1.6
    public var maximumMilliseconds = 120_000.0

    public init() {}

    /// Counts a failure and returns the wait in milliseconds. `unit` is a random number from 0 to 1.
    public mutating func next(unit: Double) -> Int64 {
        var wait = initialMilliseconds
        for _ in 0..<failures where wait < maximumMilliseconds { wait *= factor }
        failures += 1
        return Int64(min(wait, maximumMilliseconds) * (0.8 + 0.4 * unit))
    }

    public mutating func succeeded() {
        failures = 0
    }
}
