internal import Messages
public import RPC
internal import Synchronization
internal import Wire

/// The places in a process for calls that wait for something that another process has yet to bring: a watermark, a
/// campaign published a moment ago. Waiting costs a call's memory and nothing else, no thread and no event loop; what it
/// must not cost is the others' places, so both all callers together and each of them have a bound. Elsewhere a call that
/// waits holds none: it is said of it (``RPC/ServerCall/waitsForOthers()``), so that the connection and the gateway count it
/// no longer among the calls that this process works on.
///
/// A call that finds no place is UNAVAILABLE at once, not started, with a pushback: another copy may serve it, or the
/// caller comes back.
public final class WaitingPlaces: Sendable {
    /// What a process has. As many calls may wait on one connection beside those that it allows to be open (WIRE.md, "How
    /// many calls"): more would take the others' room there.
    public static let usualLimit = 1_000
    /// What one caller has of them.
    public static let usualShare = 100
    /// What a caller without a place is asked to wait before it tries again.
    public static let pushbackMilliseconds: Int32 = 200

    private let shares: Mutex<CallerShares>

    public init(limit: Int = usualLimit, share: Int = usualShare) {
        shares = Mutex(CallerShares(limit: limit, share: share))
    }

    /// How many wait now.
    public var waiting: Int { shares.withLock { $0.taken } }

    /// Carries out `wait` in a place of the caller's. `thing` and `place` are for the message of the refusal. Not for what is
    /// there already: from here on the call counts as one that waits.
    public func waiting<Value>(
        _ context: ServerContext, for thing: String, at place: String,
        _ wait: () async throws(RPCError) -> Value
    ) async throws(RPCError) -> Value {
        let caller = context.caller
        switch shares.withLock({ $0.take(1, for: caller.uri) }) {
        case .taken: break
        case .shareIsFull: throw refusal("this caller has as many calls waiting for \(thing) as it may", place)
        case .isFull: throw refusal("as many calls as may are waiting for \(thing)", place)
        }
        defer { shares.withLock { $0.giveBack(1, of: caller.uri) } }
        context.call.waitsForOthers()
        return try await context.call.withoutPlace(wait)
    }

    private func refusal(_ thing: String, _ place: String) -> RPCError {
        var error = RPCError.refusal(
            .unavailable, thing, at: place, remedy: "ask again in a moment, or another copy")
        error.isNotStarted = true
        error.retryPushbackMilliseconds = Self.pushbackMilliseconds
        return error
    }
}
