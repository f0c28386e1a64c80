/// Who waits, of many callers, where only so many may. Pure; whoever holds it wakes the tasks.
///
/// Two bounds: `limit` over all callers, and `share` for one of them. When all places are taken, a caller that has fewer than
/// another gets one of the other's: the caller that has most gives the one that has waited for longest, as long as it is
/// left with no fewer than the one that gets it. So nobody is kept out by some who came first and took all, and callers that
/// have the same take nothing from each other.
public struct WaitingShares: Sendable, Equatable {
    /// What a task that waits is known by. Later ones are greater, and none is used twice.
    public typealias Ticket = UInt64

    public let limit: Int
    public let share: Int
    /// Over all callers.
    public private(set) var taken = 0
    /// Oldest first, at most `share` of them.
    private var tickets: [String: [Ticket]] = [:]

    /// `share` is at most `limit`.
    public init(limit: Int, share: Int) {
        self.limit = limit
        self.share = min(share, limit)
    }

    public enum OnEnter: Sendable, Equatable {
        case entered
        /// It has the place of this one, which waits no longer.
        case enteredInPlace(of: Ticket)
        /// The caller has as many as one may have.
        case shareIsFull
        /// All callers together have as many as there are, and none has enough more than this one.
        case isFull
    }

    public mutating func enter(_ ticket: Ticket, of caller: String) -> OnEnter {
        let own = tickets[caller]?.count ?? 0
        guard own < share else { return .shareIsFull }
        var displaced: Ticket?
        if taken >= limit {
            guard let (heaviest, most) = tickets.max(by: Self.isLighter), most.count >= own + 2 else { return .isFull }
            displaced = most[0]
            _ = leave(most[0], of: heaviest)
        }
        taken += 1
        tickets[caller, default: []].append(ticket)
        return displaced.map { .enteredInPlace(of: $0) } ?? .entered
    }

    /// Of those that have the same, the one whose oldest is older is the heavier.
    private static func isLighter(
        _ first: (key: String, value: [Ticket]), _ second: (key: String, value: [Ticket])
    ) -> Bool {
        (first.value.count, second.value[0]) < (second.value.count, first.value[0])
    }

    /// The task waits no longer. False when it had to give its place before.
    public mutating func leave(_ ticket: Ticket, of caller: String) -> Bool {
        guard let index = tickets[caller]?.firstIndex(of: ticket) else { return false }
        tickets[caller]?.remove(at: index)
        if tickets[caller]?.isEmpty == true { tickets[caller] = nil }
        taken -= 1
        return true
    }
}
