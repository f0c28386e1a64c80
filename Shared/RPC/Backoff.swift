/// How long to wait before the next attempt: 1 s, then 1.6 times as long each time, to 120 s unless it is said otherwise,
/// give or take 20 %, so that a service that comes back is not met by all its callers at once (gRPC, "Connection backoff
/// protocol").
public struct Backoff: Sendable, Hashable {
    private static let firstSeconds = 1.0
    private static let factor = 1.6
    private static let jitter = 0.2

    private let longestSeconds: Double
    private var nextSeconds = firstSeconds

    /// `longestSeconds`: before the 20 %; at least a second.
    public init(longestSeconds: Double = 120) {
        self.longestSeconds = max(Self.firstSeconds, longestSeconds)
    }

    /// The wait before the next attempt. `random`: 0 to 1.
    public mutating func next(random: Double) -> Duration {
        let seconds = nextSeconds * (1 - Self.jitter + 2 * Self.jitter * random)
        nextSeconds = min(nextSeconds * Self.factor, longestSeconds)
        return .seconds(seconds)
    }

    /// After the other side answered.
    public mutating func reset() {
        nextSeconds = Self.firstSeconds
    }
}
