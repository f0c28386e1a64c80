/// Whether a report was on time. Decided by the instant of the first durable receipt, for ever.
public enum Timeliness: UInt8, Sendable, Hashable, CaseIterable {
    case onTime = 1
    case onTimeByExtension = 2
    case late = 3
}

/// The two instants of a form for one unit, and what an extension makes of them. Microseconds since 1970 (UTC); each
/// instant is itself already late, or locked.
public struct Deadline: Sendable, Hashable {
    public var dueUnixMicroseconds: Int64
    public var lockUnixMicroseconds: Int64
    /// The first instant that is late for a unit with an extension.
    public var extendedUntilUnixMicroseconds: Int64?

    public init(
        dueUnixMicroseconds: Int64, lockUnixMicroseconds: Int64, extendedUntilUnixMicroseconds: Int64? = nil
    ) {
        self.dueUnixMicroseconds = dueUnixMicroseconds
        self.lockUnixMicroseconds = lockUnixMicroseconds
        self.extendedUntilUnixMicroseconds = extendedUntilUnixMicroseconds
    }

    public init(of form: FormDefinition, extendedUntilUnixMicroseconds: Int64? = nil) {
        self.init(
            dueUnixMicroseconds: form.dueUnixMicroseconds, lockUnixMicroseconds: form.lockUnixMicroseconds,
            extendedUntilUnixMicroseconds: extendedUntilUnixMicroseconds)
    }

    /// What a first report sealed at this instant is; `nil` when nothing is accepted any more.
    public func timeliness(sealedAtUnixMicroseconds instant: Int64) -> Timeliness? {
        if instant < dueUnixMicroseconds { return instant < lockUnixMicroseconds ? .onTime : nil }
        if let extended = extendedUntilUnixMicroseconds, instant < extended { return .onTimeByExtension }
        return instant < lockUnixMicroseconds ? .late : nil
    }
}
