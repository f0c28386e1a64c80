package import Wire

/// So many lines of a log a second, and so many bytes, since what strangers can bring about without end must not fill the
/// disk; and how many more lines there would have been. Pure: each is asked for when it would be written.
///
///     a line ──lines and bytes are left──▶ written, with the number of those left out since the last
///        └──── no more in this second ───▶ left out, and counted
package struct LineBudget: Sendable, Equatable {
    private let linesPerSecond: Int
    private let bytesPerSecond: Int
    private var second: UInt64 = 0
    private var lines = 0
    private var bytes = 0
    private var dropped = 0

    /// `bytesPerSecond` is for logs whose lines say their length.
    package init(linesPerSecond: Int, bytesPerSecond: Int = .max) {
        self.linesPerSecond = linesPerSecond
        self.bytesPerSecond = bytesPerSecond
    }

    /// The number of lines that were dropped since the last one; `nil` to drop this one.
    ///
    /// - Parameter lineBytes: how long the line would be, about; not looked at when no line is left. One that is longer
    ///   than a second's bytes is written alone.
    package mutating func admit(at now: MonotonicInstant, lineBytes: @autoclosure () -> Int = 0) -> Int? {
        let second = now.nanoseconds / 1_000_000_000
        if second != self.second {
            self.second = second
            lines = 0
            bytes = 0
        }
        guard lines < linesPerSecond, case let more = lineBytes(), lines == 0 || more <= bytesPerSecond - bytes else {
            dropped += 1
            return nil
        }
        lines += 1
        bytes += min(more, bytesPerSecond - bytes)
        defer { dropped = 0 }
        return dropped
    }
}
