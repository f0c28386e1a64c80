internal import Synchronization
internal import Wire

/// The places in a process for calls that cost much: work of more than a moment, or answers that may be large. A call
/// that costs more than its neighbours can bear holds one while it is worked on, so that neither the memory that is taken
/// before there is an answer to be counted, nor the threads and the store's readers, are one caller's alone. Calls without
/// a place wait for their caller's turn, within their deadline, and have taken little but their request.
///
/// A call is costly from its start, when its method's answers may be large or its request is (``Router``), or becomes so
/// once it has worked for a while (`WorkTurns`). It holds no place while it waits for somebody: for its client, for what
/// another process has yet to bring, or for a commit, since a disk may hang and reads must be answered all the same.
public final class CostlyPlaces: Sendable {
    /// What a process has. Making the largest answer takes some 50 MB for a moment, and the store has four readers.
    public static let usualLimit = 8
    /// What one caller has of them: it takes four callers to take all, and one may still read while the other is encoded.
    public static let usualShare = 2

    private struct State {
        var turns: CallerTurns
        var waiting: [CallerTurns.Ticket: UnsafeContinuation<Bool, Never>] = [:]
        /// Tasks that were cancelled before they came to wait.
        var givenUp: Set<CallerTurns.Ticket> = []
        var lastTicket: CallerTurns.Ticket = 0
    }

    private let state: Mutex<State>

    public init(limit: Int = usualLimit, share: Int = usualShare) {
        state = Mutex(State(turns: CallerTurns(limit: limit, share: share)))
    }

    /// Calls that have a place now.
    public var taken: Int { state.withLock { $0.turns.taken } }
    /// Calls that wait for one now.
    public var waiting: Int { state.withLock { $0.waiting.count } }

    /// Returns when the caller has a place, at once if there is one. Throws CANCELLED when the task is cancelled first.
    func enter(_ caller: String) async throws(RPCError) {
        let ticket: CallerTurns.Ticket? = state.withLock { state in
            guard !state.turns.take(caller) else { return nil }
            state.lastTicket += 1
            return state.lastTicket
        }
        guard let ticket, await !wait(caller, ticket) else { return }
        throw RPCError(.cancelled, "the call was given up while it waited for its turn")
    }

    /// Carries out `body` in a place of the caller's.
    public func holding<Value: Sendable>(
        _ caller: CallerIdentity, _ body: () async throws -> Value
    ) async throws -> Value {
        try await enter(caller.uri)
        defer { leave(caller.uri) }
        return try await body()
    }

    /// True when the task has its place, false when it was cancelled.
    private func wait(_ caller: String, _ ticket: CallerTurns.Ticket) async -> Bool {
        let hasPlace = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    guard state.givenUp.remove(ticket) == nil else { return false }
                    switch state.turns.ask(caller, ticket) {
                    case .go: return true
                    case .wait:
                        state.waiting[ticket] = continuation
                        return nil
                    }
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            giveUp(caller, ticket)
        }
        // The cancellation may have come too late, with nobody left to hear of it.
        if Task.isCancelled { _ = state.withLock { $0.givenUp.remove(ticket) } }
        return hasPlace
    }

    private func giveUp(_ caller: String, _ ticket: CallerTurns.Ticket) {
        let waiting = state.withLock { state -> UnsafeContinuation<Bool, Never>? in
            guard state.turns.withdraw(ticket, of: caller) else {
                state.givenUp.insert(ticket)
                return nil
            }
            return state.waiting.removeValue(forKey: ticket)
        }
        waiting?.resume(returning: false)
    }

    /// Gives the caller's place to whose turn it is.
    func leave(_ caller: String) {
        let next = state.withLock { state in
            state.turns.giveBack(caller).flatMap { state.waiting.removeValue(forKey: $0) }
        }
        next?.resume(returning: true)
    }
}

/// Whether one call holds one of the ``CostlyPlaces``. Its task takes the place; whoever sees it end leaves it, at the
/// latest when this goes.
package struct CostlyPlace: ~Copyable, Sendable {
    private let places: CostlyPlaces
    private let caller: String
    private let isHeld = Atomic(false)

    package init(_ places: CostlyPlaces, of caller: CallerIdentity) {
        self.places = places
        self.caller = caller.uri
    }

    deinit {
        leave()
    }

    /// See ``ServerCall/takePlace()``.
    package func take() async throws(RPCError) {
        guard !isHeld.load(ordering: .relaxed) else { return }
        try await places.enter(caller)
        isHeld.store(true, ordering: .relaxed)
    }

    /// See ``ServerCall/leavePlace()``.
    @discardableResult
    package func leave() -> Bool {
        // Looked at first: most calls never have one.
        guard isHeld.load(ordering: .relaxed), isHeld.exchange(false, ordering: .relaxed) else { return false }
        places.leave(caller)
        return true
    }
}
