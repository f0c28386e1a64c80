/// How much of something that many callers need each of them has: bytes of requests being worked on, say.
/// Pure; whoever holds it counts in and out.
///
/// Two bounds: `limit` over all callers, and `share` for one of them, so that nobody takes everything. What does not fit is
/// refused at once and queued nowhere. A caller that has nothing takes no room in the table, so `limit` bounds that too,
/// as long as every amount is at least 1.
public struct CallerShares: Sendable, Equatable {
    public let limit: Int
    public let share: Int
    /// Over all callers.
    public private(set) var taken = 0
    private var takenByCaller: [String: Int] = [:]

    /// `share` is at most `limit`.
    public init(limit: Int, share: Int) {
        self.limit = limit
        self.share = min(share, limit)
    }

    public enum OnTake: Sendable, Equatable {
        case taken
        /// The caller has as much as one may have.
        case shareIsFull
        /// All callers together have as much as there is.
        case isFull
    }

    /// Takes `amount` (at least 1) for the caller, or nothing.
    public mutating func take(_ amount: Int, for caller: String) -> OnTake {
        let own = takenByCaller[caller] ?? 0
        guard amount <= share - own else { return .shareIsFull }
        guard amount <= limit - taken else { return .isFull }
        taken += amount
        takenByCaller[caller] = own + amount
        return .taken
    }

    /// Gives back what was taken, once.
    public mutating func giveBack(_ amount: Int, of caller: String) {
        guard let own = takenByCaller[caller], own >= amount else {
            assertionFailure("a caller gives back what it did not take")
            return
        }
        taken -= amount
        takenByCaller[caller] = own == amount ? nil : own - amount
    }
}
