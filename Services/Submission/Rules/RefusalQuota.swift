/// How many refusals of a unit's reports are journaled in an hour. A refusal is journaled so that the unit is told; whoever
/// is refused without end is not told better by a longer journal, which is kept for ever.
///
/// Pure; hours are those since 1970, by the instant that the journal is sealed with.
///
///                 refused ≤ limits                   refused
///     (none) ───▶ journaling ────── over a limit ──▶ counting ──┐
///        ▲            │                                 │  ▲────┘
///        └────────────┴─────────── the hour is over ────┘
///
/// Invalid: an instant before the one that went before; it counts for the later hour, unless that is a long way off: then it
/// was a clock's that was wrong, and is over.
public struct RefusalQuota: Sendable, Equatable {
    /// Of one unit in one hour.
    public static let refusals = 100
    public static let bodyBytes = 4 << 20
    /// Units that are kept account of in one hour. Only units that are registered come here; of those beyond this number
    /// nothing is journaled until the hour is over.
    public static let units = 100_000

    private struct Account: Equatable {
        var refusals = 0
        var bodyBytes = 0
        /// Refusals that were only counted.
        var counted = 0
    }

    private var hour: Int64 = 0
    private var accounts: [String: Account] = [:]

    public init() {}

    /// A unit's refusals that were only counted, when the hour is over.
    public struct Ended: Sendable, Hashable {
        public var unit: String
        public var counted: Int

        public init(unit: String, counted: Int) {
            self.unit = unit
            self.counted = counted
        }
    }

    public enum OnRefusal: Sendable, Equatable {
        case journal
        /// The first of this unit that is not journaled: to be logged.
        case beginCounting
        case count
    }

    /// A refusal that is not in the journal yet, with so many bytes to be journaled.
    public mutating func refused(unit: String, bodyBytes: Int, atUnixMicroseconds instant: Int64) -> OnRefusal {
        assert(Self.hour(instant) <= hour, "the hour that is over has been ended before")
        guard var account = accounts[unit] ?? (accounts.count < Self.units ? Account() : nil) else { return .count }
        defer { accounts[unit] = account }
        if account.counted == 0, account.refusals < Self.refusals, account.bodyBytes + bodyBytes <= Self.bodyBytes {
            account.refusals += 1
            account.bodyBytes += bodyBytes
            return .journal
        }
        account.counted += 1
        return account.counted == 1 ? .beginCounting : .count
    }

    /// Tells the time: when an hour is over, those of whom something was only counted in it, by code.
    public mutating func timeIs(unixMicroseconds instant: Int64) -> [Ended] {
        let now = Self.hour(instant)
        guard now > hour || now < hour - 1 else { return [] }
        hour = now
        let ended = accounts.filter { $0.value.counted > 0 }.map { Ended(unit: $0.key, counted: $0.value.counted) }
        accounts = [:]
        return ended.sorted { $0.unit < $1.unit }
    }

    private static func hour(_ unixMicroseconds: Int64) -> Int64 { unixMicroseconds / 3_600_000_000 }
}
