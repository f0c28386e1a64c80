public import Wire

/// When the names of a service are looked up: on a period, and at once when an endpoint is lost, though not more often
/// than once a second.
public struct ResolutionSchedule: Sendable {
    public enum OnDue: Sendable, Hashable {
        case resolve
        /// Come again then.
        case wait(until: MonotonicInstant)
        /// A look-up is under way; what follows its end is known then.
        case nothing
    }

    private static let shortestIntervalMicroseconds: UInt64 = 1_000_000

    private let intervalMicroseconds: UInt64
    private var isResolving = false
    private var beganAt: MonotonicInstant?
    private var nextAt = MonotonicInstant(nanoseconds: 0)

    public init(intervalMicroseconds: UInt64) {
        self.intervalMicroseconds = max(Self.shortestIntervalMicroseconds, intervalMicroseconds)
    }

    /// An endpoint could not be reached, or its connection was lost: what is known may be old.
    public mutating func endpointLost(at now: MonotonicInstant) -> OnDue {
        let earliest = beganAt.map { $0.advanced(byMicroseconds: Self.shortestIntervalMicroseconds) } ?? now
        nextAt = min(nextAt, max(earliest, now))
        return due(at: now)
    }

    /// The timer fired, or the first look-up is wanted.
    public mutating func due(at now: MonotonicInstant) -> OnDue {
        if isResolving { return .nothing }
        guard nextAt <= now else { return .wait(until: nextAt) }
        isResolving = true
        beganAt = now
        nextAt = now.advanced(byMicroseconds: intervalMicroseconds)
        return .resolve
    }

    /// The look-up ended; returns when the next one is due.
    public mutating func resolved(at now: MonotonicInstant) -> MonotonicInstant {
        isResolving = false
        return max(nextAt, now)
    }
}

/// The addresses that the sources of one service gave, the last good answer of each.
public struct KnownAddresses<Address: Hashable & Sendable>: Sendable {
    private var answers: [[Address]]

    public init(sources: Int) {
        answers = Array(repeating: [], count: sources)
    }

    /// All addresses once, in the order of their sources.
    public var all: [Address] {
        var seen: Set<Address> = []
        return answers.joined().filter { seen.insert($0).inserted }
    }

    /// A source answered. `false`: an empty answer, which is no answer; the last good one stands.
    public mutating func answered(_ source: Int, _ addresses: [Address]) -> Bool {
        guard !addresses.isEmpty else { return false }
        answers[source] = addresses
        return true
    }
}
