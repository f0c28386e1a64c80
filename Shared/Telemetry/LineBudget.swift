package import Wire

/// So many lines of a log a second, since what strangers can bring about without end must not fill the disk, and how many
/// more there would have been.
package struct LineBudget: Sendable, Equatable {
    private let linesPerSecond: Int
    private var second: UInt64 = 0
    private var lines = 0
    private var dropped = 0

    package init(linesPerSecond: Int) {
        self.linesPerSecond = linesPerSecond
    }

    /// The number of lines that were dropped since the last one; `nil` to drop this one.
    package mutating func admit(at now: MonotonicInstant) -> Int? {
        let second = now.nanoseconds / 1_000_000_000
        if second != self.second {
            self.second = second
            lines = 0
        }
        guard lines < linesPerSecond else {
            dropped += 1
            return nil
        }
        lines += 1
        defer { dropped = 0 }
        return dropped
    }
}
