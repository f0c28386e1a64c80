internal import NIOCore
public import Transport

// What a program's connections are held to, read from the configuration: alike for every service and the gateway.

extension ConfigurationKey {
    public static let drainSeconds = ConfigurationKey(
        "drain.seconds", "how long open calls may take to end when the program is told to stop")
    public static let drainOpenEndedSeconds = ConfigurationKey(
        "drain.openEndedSeconds", "how long calls without a deadline go on then; at most drain.seconds")

    static let transport: [ConfigurationKey] = [.drainSeconds, .drainOpenEndedSeconds]
}

extension ServiceConfiguration {
    /// How long open calls may take to end when the process is told to stop.
    public func drainTimes() throws -> DrainTimes {
        let total = try number(.drainSeconds, 0...3_600) ?? 10
        let openEnded = try number(.drainOpenEndedSeconds, 0...3_600) ?? min(1, total)
        guard openEnded <= total else {
            throw StartError(
                .configuration,
                "drain.openEndedSeconds: \(openEnded) is more than drain.seconds, \(total): give less")
        }
        return DrainTimes(total: .seconds(Int64(total)), openEnded: .seconds(Int64(openEnded)))
    }

    /// The whole number that `key` has, if it is somewhere; one outside of `range` is an error.
    func number(_ key: ConfigurationKey, _ range: ClosedRange<Int>) throws -> Int? {
        try value(key, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}
