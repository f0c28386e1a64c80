internal import RPC
public import Wire

/// When an endpoint may be dialled: one rate for the endpoint, whatever number of connections and loops want one.
///
/// While it fails there is one attempt at a time, and the pause between them grows as ``Backoff`` says. Only the peer's
/// HELLO makes an end of that: a port that accepts and drops would otherwise be dialled at full speed.
public struct DialSchedule: Sendable {
    public enum OnRequest: Sendable, Hashable {
        case dial
        /// Ask again then.
        case wait(until: MonotonicInstant)
    }

    /// Who waits for the outcome of another's attempt asks again so often.
    private static let recheckMicroseconds: UInt64 = 250_000
    private static let shortLifeMicroseconds: UInt64 = 1_000_000

    private var backoff = Backoff()
    /// The last attempt failed, or the connection that it made ended before its first HELLO.
    private var isFailing = false
    private var attempts = 0
    private var nextAt = MonotonicInstant(nanoseconds: 0)
    private var helloAt = MonotonicInstant(nanoseconds: 0)

    public init() {}

    /// When the next attempt may begin, were it asked for; `nil` while one that must be waited for is under way.
    public var nextAttempt: MonotonicInstant? { isFailing && attempts > 0 ? nil : nextAt }

    public mutating func requested(at now: MonotonicInstant) -> OnRequest {
        if isFailing {
            guard attempts == 0 else { return .wait(until: now.advanced(byMicroseconds: Self.recheckMicroseconds)) }
            guard nextAt <= now else { return .wait(until: nextAt) }
        }
        attempts += 1
        return .dial
    }

    /// The peer's HELLO came.
    public mutating func helloReceived(at now: MonotonicInstant) {
        attempts -= 1
        isFailing = false
        helloAt = now
        backoff.reset()
    }

    /// A connection ended that had worked: it may be made again at once, unless it hardly lived. A peer that greets and
    /// leaves would be dialled at full speed otherwise.
    public mutating func connectionLost(at now: MonotonicInstant, random: Double) {
        guard !isFailing, now.microseconds(since: helloAt) < Self.shortLifeMicroseconds else { return }
        isFailing = true
        nextAt = now.advanced(byMicroseconds: backoff.next(random: random).wholeMicroseconds)
    }

    /// An attempt ended before HELLO; returns the pause. `random`: 0 to 1. Attempts that ran side by side and fail
    /// together count as one.
    public mutating func failed(at now: MonotonicInstant, random: Double) -> UInt64 {
        attempts -= 1
        if !isFailing || nextAt <= now {
            isFailing = true
            nextAt = now.advanced(byMicroseconds: backoff.next(random: random).wholeMicroseconds)
        }
        return nextAt.microseconds(since: now)
    }

    /// An attempt was given up on this side: it says nothing of the peer.
    public mutating func abandoned() {
        attempts -= 1
    }
}
