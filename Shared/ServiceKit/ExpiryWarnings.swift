internal import TLS

/// Decides when to say that something is about to end: once at each threshold, and once a day after the end.
struct ExpiryWarnings {
    struct Warning: Equatable {
        let validity: TLSValidity
        /// Negative after the end.
        let secondsLeft: Int64

        var isOver: Bool { secondsLeft <= 0 }
    }

    private static let daySeconds: Int64 = 86_400
    /// Lists are issued every few weeks: to warn longer before would be to warn always.
    private static let listSeconds = 7 * daySeconds
    /// Seconds before the end, the longest first.
    private let thresholds: [Int64]
    /// How far the warnings for each kind have come, and for which end.
    private var told: [TLSValidity.Kind: (ends: Int64, step: Int64)] = [:]

    init(thresholdDays: [Int]) {
        thresholds = thresholdDays.map { Int64($0) * Self.daySeconds }.sorted(by: >)
    }

    mutating func due(_ validity: [TLSValidity], nowUnixSeconds: Int64) -> [Warning] {
        validity.compactMap { item in
            let left = item.endsUnixSeconds - nowUnixSeconds
            let passed = Int64(
                thresholds.count { left <= (item.kind == .revocations ? min($0, Self.listSeconds) : $0) })
            let step = left > 0 ? passed : Int64(thresholds.count) + 1 - left / Self.daySeconds
            let before = told[item.kind].flatMap { $0.ends == item.endsUnixSeconds ? $0.step : nil } ?? 0
            guard step > before else { return nil }
            told[item.kind] = (item.endsUnixSeconds, step)
            return Warning(validity: item, secondsLeft: left)
        }
    }
}

/// Names each peer whose certificate is about to end once a day.
struct PeerExpiryNotices {
    private static let daySeconds: Int64 = 86_400
    /// Beyond so many identities a day the rest is only counted.
    static let mostNames = 4096
    private let beforeSeconds: Int64
    private var day: Int64 = 0
    private var named: Set<String> = []

    enum OnPeer: Equatable {
        case farFromEnd
        /// Near its end, and told of today or beyond what is told of.
        case known
        case name(secondsLeft: Int64)
    }

    init(beforeDays: Int) {
        beforeSeconds = Int64(beforeDays) * Self.daySeconds
    }

    mutating func peer(_ identity: String, endsUnixSeconds: Int64, nowUnixSeconds: Int64) -> OnPeer {
        let left = endsUnixSeconds - nowUnixSeconds
        guard left <= beforeSeconds else { return .farFromEnd }
        let today = nowUnixSeconds / Self.daySeconds
        if today != day {
            day = today
            named.removeAll()
        }
        guard named.count < Self.mostNames, named.insert(identity).inserted else { return .known }
        return .name(secondsLeft: left)
    }
}
