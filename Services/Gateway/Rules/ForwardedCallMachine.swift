/// One call on its way through the gateway: where it is, what waits for whom, and what is to be done next. No connection,
/// no bytes, no clock: it is told sizes, ticks and facts, and answers with one action. It is in its next state when it
/// answers, since whatever the action brings about, the call's own end included, may come back as another event before
/// the action has returned.
///
/// ```
///                    begin
///      ┌───────────────┴────────────────┐
///      ▼           turnCame             ▼   noneReady
///   waiting for ─────────────┐       choosing ──────────┐
///   its turn                 │          │               │      ┌── sent again, once: choosing ◄──┐
///      │                     ▼          │ connection-   ▼      │                                 │
///      │                  waiting for a │ Ready      waiting   │   opened                        │
///      │                  connection ───┴──────────► opening ──┴───────► open at a backend ──────┤
///      │                     │                          │                   │    backendEnded,   │
///      │ refused             │ connectionFailed         │ notOpened ────────┼────── notOpened ───┘
///      ▼                     ▼                          ▼                   ▼ backendEnded
///   ───┴───── cancelled, displaced, no room, crowded: from each of them ────┴─────► ending
///                                                                                     │ settled
///                                                        the response waits ┌─────────┴─────────┐
///                                                                           ▼                   ▼
///                                                                        answered             over
///                                                       (freed with the caller's stream)        │ last run left
///                                                                                             idle: recycled
/// ```
///
/// | state | data | what is invalid |
/// |---|---|---|
/// | idle | | all but `begin` |
/// | waiting for its turn | ``Call`` | what a pool or a backend says |
/// | choosing: the pool is being asked | ``Call`` | `turnCame`, `refused`, what a backend says |
/// | waiting for a connection | ``Call`` | `turnCame`, `refused`, what a backend says |
/// | opening: a backend is being asked | ``Call`` | `turnCame`, `refused`, what a pool says |
/// | open | ``Open`` | `turnCame`, `refused`, what a pool says, `opened`, `notOpened` |
/// | ending: what the end asks for is being done | | all but `settled` |
/// | answered: the response is still on its way out | | all |
/// | over | | all |
///
/// An event that is invalid in its state came too late: something that ran in between has moved the call on. It is
/// ignored, bytes that came with it are dropped, and a stream that was opened for nobody is given up. Only a `begin` of a
/// call that is under way can be nothing but a mistake of ours.
///
/// A call that has its place keeps it from its turn to its end, unless the service says that it lets the call wait for what
/// another process has yet to bring: then the place is another's, and the call goes on without one to its end, also when
/// it is sent again. It has waited for its turn once. To wait again, behind others and perhaps to be shed, after its
/// service has made it wait for seconds, would be the opposite of what the copy is asked for; and there can be no more
/// such calls than their callers may have open.
///
/// A *run* is the time between ``enter()`` and ``leave()``. All that happens on a call happens in a run; a run within
/// another is what re-entrance is. The object may serve another call only when the last run is left: so whoever comes
/// back from a connection or a pool still finds the call that it left, if only to be told that it is over.
public struct ForwardedCallMachine: Sendable {
    /// What is known of a call from its begin to its end.
    struct Call: Sendable, Hashable {
        let hasDeadline: Bool
        /// The caller has sent all it will.
        var hasRequestEnded: Bool
        /// Message bytes of the caller that no backend's connection has taken: kept here, or waiting there.
        var waitingRequestBytes: Int
        /// Frames that are kept here behind the one that opens the call.
        var heldFrames = 0
        /// What was said last of the bytes that wait.
        var reportedBytes = 0
        /// The last tick in which it moved on: see ``ForwardedCallMachine/progressBytes``.
        var movedAt: Int
        /// The tick of its last byte, and how many have moved in it.
        var byteTick: Int
        var tickBytes = 0
        /// It has moved on by its bytes, since it began.
        var hasCarried = false
        /// What was said last of its place.
        var reportedUse = PlaceUse.served
        var reportedMovedAt = 0
        /// One backend has not begun it: this is another.
        var isSentAgain = false
        /// A backend lets it wait for others: its place has been given back.
        var isPlaceless = false
    }

    struct Open: Sendable, Hashable {
        var call: Call
        /// The length of the request, while it is kept to be sent again.
        var keptBytes: Int?
        /// The service has begun to answer.
        var hasAnswerBegun = false
        /// Message bytes of the backend that the caller's connection has not taken.
        var waitingResponseBytes = 0
    }

    /// How far a call is that no backend has.
    enum Stage: Sendable, Hashable {
        case waitingForTurn, choosing, waitingForConnection, opening
    }

    enum State: Sendable, Hashable {
        case idle
        case unopened(Stage, Call)
        case open(Open)
        case ending
        case answered
        case over
    }

    /// Messages without bytes need no credit, so credit does not bound them: so many may wait, beside one piece for each
    /// byte of credit.
    public static let maximumEmptyMessages = 4096

    /// So many message bytes that leave the gateway within a tick, both ways together, are a call's moving on. Not one
    /// byte: whoever sends one each half second would keep a place from others for ever, and the same in messages of one
    /// byte each, which is why messages do not count. A byte counts when the other side's connection has taken it, so
    /// that none counts twice.
    public static let progressBytes = 1_024

    var state = State.idle
    private var runs = 0

    public init() {}

    // MARK: Runs

    /// Something is about to happen on the call.
    public mutating func enter() {
        runs += 1
    }

    /// It has. `true`: the call is over and nobody comes back to it, so that the object may serve another.
    public mutating func leave() -> Bool {
        assert(runs > 0, "a run is left that was not entered")
        runs -= 1
        guard runs == 0, case .over = state else { return false }
        state = .idle
        return true
    }

    // MARK: The end

    /// What is to be done at a call's end, when the caller has been answered, if it is to be; then ``settled(tailWaits:)``.
    public struct Ending: Sendable, Hashable {
        /// The backend has the call and is to be told that nobody wants it any more.
        public var cancelsBackend = false
        /// A backend's handler may go on for a moment, and its places with it.
        public var isGivenUp = false
        /// No backend was given the call.
        public var isNotStarted = false

        public init(cancelsBackend: Bool = false, isGivenUp: Bool = false, isNotStarted: Bool = false) {
            self.cancelsBackend = cancelsBackend
            self.isGivenUp = isGivenUp
            self.isNotStarted = isNotStarted
        }
    }

    mutating func end(_ stage: Stage) -> Ending {
        state = .ending
        // Whether a backend that is being asked has it, nobody knows yet.
        return Ending(isGivenUp: stage == .opening, isNotStarted: stage != .opening)
    }

    mutating func endOpen(cancelsBackend: Bool) -> Ending {
        state = .ending
        return Ending(cancelsBackend: cancelsBackend, isGivenUp: cancelsBackend)
    }

    /// Ends the call wherever it is; `nil` if it has ended.
    mutating func end() -> Ending? {
        switch state {
        case .unopened(let stage, _): end(stage)
        case .open: endOpen(cancelsBackend: true)
        case .idle, .ending, .answered, .over: nil
        }
    }

    /// All of it has been done. `tailWaits`: response bytes wait for the caller, whose connection refers to this object
    /// until they are out.
    public mutating func settled(tailWaits: Bool) {
        switch state {
        case .ending: state = tailWaits ? .answered : .over
        case .idle, .unopened, .open, .answered, .over: assertionFailure("a call is settled that is not ending")
        }
    }

    public enum OnCancelled: Sendable, Hashable {
        /// The caller knows. `wasHeld`: the call was not begun.
        case end(Ending, wasHeld: Bool)
        /// Nothing but the response was left, and it is of no use any more.
        case forget
        case ignore
    }

    /// The call is over for the caller.
    public mutating func cancelled() -> OnCancelled {
        let wasHeld = !isStarted
        if let ending = end() { return .end(ending, wasHeld: wasHeld) }
        if case .answered = state { return .forget }
        return .ignore
    }

    /// Its place has gone to another call. `nil`: it has ended, or had given it back.
    public mutating func displaced() -> Ending? { isPlaceless ? nil : end() }

    // MARK: The begin

    public enum OnBegin: Sendable, Hashable {
        /// Keep the call; it has its turn later.
        case hold
        /// Ask the pool for a connection that is ready, then ``connectionReady()`` or ``noneReady(hasRoom:)``.
        case choose
        /// Too much is kept already.
        case noRoom(Ending)
    }

    /// A call was let in.
    ///
    /// - Parameters:
    ///   - bytes: of the message, that came with it.
    ///   - hasRoom: whether so many may be kept. Without meaning for a call that has its place.
    public mutating func begin(
        bytes: Int, streamEnd: Bool, hasDeadline: Bool, waitsForTurn: Bool, hasRoom: Bool, tick: Int
    ) -> OnBegin {
        assert(state == .idle, "a call begins that is under way")
        let call = Call(
            hasDeadline: hasDeadline, hasRequestEnded: streamEnd, waitingRequestBytes: bytes, movedAt: tick,
            byteTick: tick)
        guard waitsForTurn else {
            state = .unopened(.choosing, call)
            return .choose
        }
        guard hasRoom else { return .noRoom(end(.waitingForTurn)) }
        state = .unopened(.waitingForTurn, call)
        return .hold
    }

    // MARK: A turn and a connection

    /// The call has waited for its place and has it. `true`: ask for a connection.
    public mutating func turnCame(tick: Int) -> Bool {
        guard case .unopened(.waitingForTurn, var call) = state else { return false }
        call.movedAt = tick
        state = .unopened(.waitingForConnection, call)
        return true
    }

    /// The call has waited for its place in vain. `nil`: it does not wait for one.
    public mutating func refused() -> Ending? {
        guard case .unopened(.waitingForTurn, _) = state else { return nil }
        return end(.waitingForTurn)
    }

    public enum OnConnection: Sendable, Hashable {
        /// Open the call there, then ``opened(bytes:waitingBytes:isKept:)`` or ``notOpened(bytes:isKept:)``.
        /// `keepsRequest`: keep the request, if it is whole and there is room for it.
        case open(keepsRequest: Bool)
        case ignore
    }

    /// The pool has a connection.
    public mutating func connectionReady() -> OnConnection {
        switch state {
        case .unopened(.choosing, let call), .unopened(.waitingForConnection, let call):
            state = .unopened(.opening, call)
            return .open(keepsRequest: !call.isSentAgain)
        case .unopened(.waitingForTurn, _), .unopened(.opening, _), .idle, .open, .ending, .answered, .over:
            return .ignore
        }
    }

    public enum OnNoneReady: Sendable, Hashable {
        /// Keep the call, and ask for a connection when there is one.
        case holdAndWait
        /// Too much is kept already.
        case noRoom(Ending)
        case ignore
    }

    /// The pool has no connection now. `hasRoom`: whether the call may be kept.
    public mutating func noneReady(hasRoom: Bool) -> OnNoneReady {
        guard case .unopened(.choosing, let call) = state else { return .ignore }
        guard hasRoom else { return .noRoom(end(.choosing)) }
        state = .unopened(.waitingForConnection, call)
        return .holdAndWait
    }

    /// There will be no connection. `nil`: the call waits for none.
    public mutating func connectionFailed() -> Ending? {
        guard case .unopened(.waitingForConnection, _) = state else { return nil }
        return end(.waitingForConnection)
    }

    // MARK: At a backend

    public enum OnOpened: Sendable, Hashable {
        /// So many request bytes have been dealt with. What was kept behind them follows, see ``nextHeld()``.
        case opened(creditBytes: Int)
        /// The call has ended meanwhile: give the stream up.
        case giveUp
    }

    /// The backend has the call with its first `bytes`, of which some wait. `isKept`: to be sent again.
    public mutating func opened(bytes: Int, waitingBytes: Int, isKept: Bool) -> OnOpened {
        guard case .unopened(.opening, var call) = state else { return .giveUp }
        call.sent(bytes - waitingBytes)
        state = .open(Open(call: call, keptBytes: isKept ? bytes : nil))
        return .opened(creditBytes: bytes - waitingBytes)
    }

    public enum OnNotOpened: Sendable, Hashable {
        case sendAgain
        /// No other gets it.
        case fail(Ending)
        case ignore
    }

    /// The backend takes no call.
    public mutating func notOpened(bytes: Int, isKept: Bool) -> OnNotOpened {
        guard case .unopened(.opening, let call) = state else { return .ignore }
        // It has said that it does not have it.
        guard isKept else { return .fail(end(.choosing)) }
        sendAgain(call, keptBytes: bytes)
        return .sendAgain
    }

    mutating func sendAgain(_ before: Call, keptBytes: Int) {
        var call = before
        call.isSentAgain = true
        call.waitingRequestBytes = keptBytes
        state = .unopened(.choosing, call)
    }

    /// The backend lets the call wait for what another process has yet to bring. `true`: give its place back.
    public mutating func waitsForOthers() -> Bool {
        guard case .open(var open) = state, !open.call.isPlaceless else { return false }
        open.call.isPlaceless = true
        state = .open(open)
        return true
    }

    /// A frame that is kept is about to follow to the backend. `false`: it stays, or there is none.
    public mutating func nextHeld() -> Bool {
        guard case .open(var open) = state, open.call.heldFrames > 0 else { return false }
        open.call.heldFrames -= 1
        state = .open(open)
        return true
    }

    // MARK: What is asked

    /// False while nobody has been given the call.
    public var isStarted: Bool {
        switch state {
        case .unopened(let stage, _): stage == .opening
        case .idle, .open, .ending, .answered, .over: true
        }
    }

    /// Its place has been given back, and it goes on.
    var isPlaceless: Bool {
        switch state {
        case .unopened(_, let call): call.isPlaceless
        case .open(let open): open.call.isPlaceless
        case .idle, .ending, .answered, .over: false
        }
    }

    /// Message bytes of the caller that are kept here or wait for the backend, if there are more or fewer now than when this
    /// was asked last. Nothing needs to be said of them at the end.
    public mutating func waitingToReport() -> Int? {
        switch state {
        case .unopened(let stage, var call):
            guard call.waitingRequestBytes != call.reportedBytes else { return nil }
            call.reportedBytes = call.waitingRequestBytes
            state = .unopened(stage, call)
            return call.reportedBytes
        case .open(var open):
            guard open.call.waitingRequestBytes != open.call.reportedBytes else { return nil }
            open.call.reportedBytes = open.call.waitingRequestBytes
            state = .open(open)
            return open.call.reportedBytes
        case .idle, .ending, .answered, .over: return nil
        }
    }
}
