public import Journal
internal import Storage

/// Entries of a journal, in order, verified, and each for the first time.
public struct FollowedBatch: Sendable {
    public let epoch: JournalEpoch
    public let entries: [JournalEntry]

    public init(epoch: JournalEpoch, entries: [JournalEntry]) {
        self.epoch = epoch
        self.entries = entries
    }
}

/// How a follower is doing.
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

    public var condition: Condition
    /// What has taken effect, durably; `nil` before the journal was reached for the first time.
    var log: FollowedLog?
    public var cursor: LogCursor? { log?.cursor }
    /// Whether the journal's service was heard last.
    public var isHearing: Bool { condition == .current || condition == .catchingUp }

    public init(condition: Condition = .starting) {
        self.condition = condition
    }

    init(condition: Condition, log: FollowedLog) {
        self.condition = condition
        self.log = log
    }
}
