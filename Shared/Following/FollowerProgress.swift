public import Journal
internal import Storage
public import Wire

/// Entries of a journal, in order, verified, and each for the first time.
public struct FollowedBatch: Sendable {
    public let epoch: JournalEpoch
    public let entries: [JournalEntry]

    public init(epoch: JournalEpoch, entries: [JournalEntry]) {
        self.epoch = epoch
        self.entries = entries
    }
}

/// How a follower is doing. Pure.
public struct FollowerProgress: Sendable, Hashable {
    public enum Condition: Sendable, Hashable {
        /// Not connected yet.
        case starting
        /// Connected, with entries still to come that were there before.
        case catchingUp
        /// Everything that was there a moment ago has taken effect.
        case current
        /// Not connected; the reason, for an operator. It is tried again.
        case failing(String)
    }

    public private(set) var condition = Condition.starting
    /// What has taken effect, durably; `nil` before the journal was reached for the first time.
    var log: FollowedLog?
    public var cursor: LogCursor? { log?.cursor }
    /// Whether the journal's service was heard last.
    public var isHearing: Bool { condition == .current || condition == .catchingUp }
    /// Whether everything that was there at some moment since the start, or since the journal became another one, has
    /// taken effect: what was made of it is true of that moment. Before that it may be of none, such as a part of a rebuild.
    public private(set) var hasCaughtUp = false
    /// Since when it is not current; `nil` when it is.
    private var behindSince: MonotonicInstant?

    /// Begins, not current.
    public init(at now: MonotonicInstant) {
        behindSince = now
    }

    /// How long it has not been current, in seconds; 0 when it is.
    public func secondsBehind(at now: MonotonicInstant) -> Double {
        behindSince.map { Double(now.microseconds(since: $0)) / 1e6 } ?? 0
    }

    mutating func tookEffect(_ log: FollowedLog, isAtEnd: Bool, at now: MonotonicInstant) {
        condition = isAtEnd ? .current : .catchingUp
        self.log = log
        hasCaughtUp = hasCaughtUp || isAtEnd
        behindSince = isAtEnd ? nil : behindSince ?? now
    }

    mutating func ended(_ reason: String, at now: MonotonicInstant) {
        condition = .failing(reason)
        behindSince = behindSince ?? now
    }

    /// The journal is another one.
    mutating func startedOver(at now: MonotonicInstant) {
        log = nil
        hasCaughtUp = false
        behindSince = behindSince ?? now
    }
}
