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
/// When all are taken, a caller that has fewer than another gets one of the other's (``RPC/WaitingShares``). A call that finds
/// no place, or has to give its own, is UNAVAILABLE at once, not started, with a pushback: it has been answered nothing,
/// another copy may serve it, or the caller comes back.
public final class WaitingPlaces: Sendable {
    /// What a process has. As many calls may wait on one connection beside those that it allows to be open (WIRE.md, "How
    /// many calls"): more would take the others' room there.
    public static let usualLimit = 1_000
    /// What one caller has of them.
    public static let usualShare = 100
    /// What a caller without a place is asked to wait before it tries again.
    public static let pushbackMilliseconds: Int32 = 200

    private struct State {
        var shares: WaitingShares
        var lastTicket: WaitingShares.Ticket = 0
        /// Finished when the call has to give its place.
        var displacements: [WaitingShares.Ticket: AsyncStream<Never>.Continuation] = [:]
    }

    private let state: Mutex<State>

    public init(limit: Int = usualLimit, share: Int = usualShare) {
        state = Mutex(State(shares: WaitingShares(limit: limit, share: share)))
    }

    /// How many wait now.
    public var waiting: Int { state.withLock { $0.shares.taken } }

    /// Carries out `wait` in a place of the caller's; it is cancelled when the place is given to another. `thing` and `place`
    /// are for the message of the refusal. Not for what is there already: from here on the call counts as one that waits.
    public func waiting<Value: Sendable>(
        _ context: ServerContext, for thing: String, at place: String,
        _ wait: @escaping @Sendable () async throws(RPCError) -> Value
    ) async throws(RPCError) -> Value {
        let caller = context.caller.uri
        let (displacement, displace) = AsyncStream.makeStream(of: Never.self)
        let ticket: WaitingShares.Ticket
        switch enter(caller, displace) {
        case .entered(let entered): ticket = entered
        case .shareIsFull: throw refusal("this caller has as many calls waiting for \(thing) as it may", place)
        case .isFull: throw refusal("as many calls as may are waiting for \(thing)", place)
        }
        defer { leave(ticket, caller) }
        context.call.waitsForOthers()
        return try await context.call.withoutPlace { () throws(RPCError) in
            guard let value = try await first(of: wait, displacement) else {
                throw refusal("a caller with fewer calls waiting for \(thing) has this one's place", place)
            }
            return value
        }
    }

    private enum Entrance {
        case entered(WaitingShares.Ticket)
        case shareIsFull
        case isFull
    }

    private func enter(_ caller: String, _ displace: AsyncStream<Never>.Continuation) -> Entrance {
        let (entrance, displaced) = state.withLock { state -> (Entrance, AsyncStream<Never>.Continuation?) in
            state.lastTicket += 1
            let ticket = state.lastTicket
            var displaced: AsyncStream<Never>.Continuation?
            switch state.shares.enter(ticket, of: caller) {
            case .entered: break
            case .enteredInPlace(let other): displaced = state.displacements.removeValue(forKey: other)
            case .shareIsFull: return (.shareIsFull, nil)
            case .isFull: return (.isFull, nil)
            }
            state.displacements[ticket] = displace
            return (.entered(ticket), displaced)
        }
        displaced?.finish()
        return entrance
    }

    private func leave(_ ticket: WaitingShares.Ticket, _ caller: String) {
        state.withLock { state in
            state.displacements[ticket] = nil
            _ = state.shares.leave(ticket, of: caller)
        }
    }

    /// `nil` when the place was given to another first.
    private func first<Value: Sendable>(
        of wait: @escaping @Sendable () async throws(RPCError) -> Value, _ displacement: AsyncStream<Never>
    ) async throws(RPCError) -> Value? {
        do {
            return try await withThrowingTaskGroup(of: Value?.self) { group in
                group.addTask { try await wait() }
                group.addTask {
                    for await _ in displacement {}
                    // A call that is given up was not displaced.
                    try Task.checkCancellation()
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next().flatMap { $0 }
            }
        } catch {
            throw RPCError(wrapping: error)
        }
    }

    private func refusal(_ thing: String, _ place: String) -> RPCError {
        var error = RPCError.notStarted(thing, at: place, remedy: "ask again in a moment, or another copy")
        error.retryPushbackMilliseconds = Self.pushbackMilliseconds
        return error
    }
}
