internal import RPC
public import Wire

/// When an endpoint may be dialled: one rate for the endpoint, whatever number of connections and loops want one.
///
/// While it fails there is one attempt at a time, and the pause between them grows as `Backoff` says. It is counted from
/// the beginning of the attempt, as gRPC does: one that waited long for its failure needs no more patience. Only the
/// peer's HELLO makes an end of that: a port that accepts and drops would otherwise be dialled at full speed.
///
/// The longest pause is 3 s by default, not the 120 s of gRPC's document, which knows nothing of its servers. Here they
/// are a handful, known by a list and next door; one that comes up late is to have calls within five seconds, and what
/// that costs is one refused connection from each process in three seconds.
public struct DialSchedule: Sendable {
    public enum OnRequest: Sendable, Hashable {
        case dial
        /// Ask again then.
        case wait(until: MonotonicInstant)
    }

    /// Who waits for the outcome of another's attempt asks again so often.
    private static let recheckMicroseconds: UInt64 = 250_000
    private static let awaitedPauseMicroseconds: UInt64 = 2_000_000
    private static let shortLifeMicroseconds: UInt64 = 1_000_000
    /// So long a connection that hardly lived is remembered.
    private static let memoryMicroseconds: UInt64 = 10_000_000

    private var backoff: Backoff
    /// The last attempt failed, or the connection that it made ended before its first HELLO.
    private var isFailing = false
    /// The attempt under way began after that, and is the only one.
    private var isRetrying = false
    private var attempts = 0
    private var beganAt = MonotonicInstant(nanoseconds: 0)
    private var nextAt = MonotonicInstant(nanoseconds: 0)
    private var helloAt = MonotonicInstant(nanoseconds: 0)
    private var shortLifeEndedAt: MonotonicInstant?

    /// `longestPauseSeconds`: give or take 20 %; at least a second.
    public init(longestPauseSeconds: UInt64) {
        backoff = Backoff(longestSeconds: Double(longestPauseSeconds))
    }

    /// When the next attempt may begin, were it asked for; `nil` while one that must be waited for is under way.
    public var nextAttempt: MonotonicInstant? { isFailing && attempts > 0 ? nil : nextAt }

    public mutating func requested(at now: MonotonicInstant) -> OnRequest {
        if isFailing {
            guard attempts == 0 else { return .wait(until: now.advanced(byMicroseconds: Self.recheckMicroseconds)) }
            guard nextAt <= now else { return .wait(until: nextAt) }
            isRetrying = true
        }
        attempts += 1
        beganAt = now
        return .dial
    }

    /// Until when somebody may hope for HELLO who would wait for it so long; `nil`: not at all. An attempt is hoped for so
    /// long from its own beginning, whoever comes while it lasts: then it is like one that has failed, but that the next
    /// one cannot begin before it has. One that begins in more than two seconds is not waited for.
    public func hope(at now: MonotonicInstant, for patienceMicroseconds: UInt64) -> MonotonicInstant? {
        guard attempts > 0 else {
            guard nextAt <= now.advanced(byMicroseconds: Self.awaitedPauseMicroseconds) else { return nil }
            return now.advanced(byMicroseconds: patienceMicroseconds)
        }
        let attemptEnd = beganAt.advanced(byMicroseconds: patienceMicroseconds)
        return attemptEnd > now ? attemptEnd : nil
    }

    /// The peer's HELLO came.
    public mutating func helloReceived(at now: MonotonicInstant) {
        attempts -= 1
        isFailing = false
        isRetrying = false
        helloAt = now
        backoff.reset()
    }

    /// A connection ended that had worked: it may be made again at once, unless it hardly lived, like the one that was
    /// made in another's place a moment ago. A peer that greets and leaves would be dialled at full speed otherwise.
    /// Connections that end side by side are one end.
    public mutating func connectionLost(at now: MonotonicInstant, random: Double) {
        guard !isFailing, now.microseconds(since: helloAt) < Self.shortLifeMicroseconds else { return }
        if let earlier = shortLifeEndedAt, now.microseconds(since: earlier) < Self.memoryMicroseconds {
            guard helloAt > earlier else { return }
            isFailing = true
            nextAt = now.advanced(byMicroseconds: backoff.next(random: random).wholeMicroseconds)
        }
        shortLifeEndedAt = now
    }

    /// An attempt ended before HELLO; returns what is left of the pause. `random`: 0 to 1. Attempts that ran side by side
    /// and all fail count as one.
    public mutating func failed(at now: MonotonicInstant, random: Double) -> UInt64 {
        attempts -= 1
        if !isFailing || isRetrying {
            isFailing = true
            isRetrying = false
            nextAt = beganAt.advanced(byMicroseconds: backoff.next(random: random).wholeMicroseconds)
        }
        return nextAt.microseconds(since: now)
    }
}
