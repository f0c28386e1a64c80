/// The server's side of one connection: which frames are allowed when, how many calls are open, and how many bytes may
/// flow. It is told what came and what is to go, with sizes, ids and instants, and answers with what to do; payloads
/// and sockets are its owner's.
///
/// The owner tells it of every message byte twice: when it came in, and, with ``consumed(_:bytes:)``, when it was dealt
/// with: a byte it is not told of again is credit lost to its stream, and to no other.
public struct ServerConnectionMachine: Sendable {
    public typealias OnHello = Wire.OnHello
    public typealias OnPing = Wire.OnPing
    public typealias OnCredit = Wire.OnCredit

    /// One call. It keeps its slot until its handler has returned, even when its outcome is already decided.
    private struct Call: Sendable {
        var flow: CallFlow
        /// Cleared by the first terminal frame, in either direction.
        var isLive = true
        /// WAITING was said of it: it does not count among the calls that may be open.
        var isWaiting = false
    }

    /// How far this side has come in taking no more calls.
    private enum Draining: Sendable, Hashable {
        case no
        /// The peer has been warned; what it sent before it heard that is still taken.
        case warned
        /// Calls above the id are nobody's.
        case decided(lastStreamID: UInt32)
    }

    private let limits: ConnectionLimits
    private var phase = ConnectionPhase.awaitingHello
    private var calls = StreamTable<Call>()
    /// Of those, how many wait.
    private var waitingCalls = 0
    private var lastStreamID: UInt32 = 0
    private var draining = Draining.no
    private var credit: ConnectionCredit
    /// No deadline of an open call is earlier than this.
    private var earliestDeadline: MonotonicInstant?

    /// `limits` obey the ranges of ``ConnectionLimits``.
    public init(limits: ConnectionLimits) {
        self.limits = limits
        credit = ConnectionCredit(limits: limits)
    }

    /// Calls that hold a slot, or wait.
    public var openCalls: Int { calls.count }
    /// Those of them whose outcome is not decided.
    public var liveCalls: Int { calls.all.count(where: \.element.isLive) }
    private var countedCalls: Int { calls.count - waitingCalls }
    /// As many calls are open as may be.
    public var isFull: Bool { countedCalls >= Int(limits.concurrentStreams) }
    /// The highest stream id of a call that may have been started: what a GOAWAY names. 0 before the first.
    public var lastTakenStreamID: UInt32 {
        switch draining {
        case .no, .warned: lastStreamID
        case .decided(let lastStreamID): lastStreamID
        }
    }
    /// The longest payload the peer accepts; 0 before its HELLO.
    public var peerFramePayloadBytes: Int { Int(phase.peer?.framePayloadBytes ?? 0) }

    /// True while no call may send a message byte.
    public var isOutOfCredit: Bool { credit.sendBytes <= 0 }

    // MARK: Connection frames

    /// The credit to send on stream 0; `nil` while less than half of the window has come in since the last. Asked after
    /// each frame with message bytes, whatever that brought about.
    public mutating func takeConnectionCredit() -> Int32? { credit.takeDue() }

    public mutating func helloReceived(_ hello: Hello) -> OnHello {
        let action = phase.helloReceived(hello, limits: limits)
        if case .open = action { credit.open(peer: hello.limits) }
        return action
    }

    public mutating func pingReceived(flags: FrameFlags) -> OnPing {
        phase.pingReceived(flags: flags)
    }

    // MARK: Calls coming in

    public enum OnCall: Sendable, Hashable {
        /// Give it to a handler.
        case open(messageEnd: Bool, streamEnd: Bool)
        /// Answer with this status, "not started" set; the call holds no slot.
        case refuse(StatusCode, String)
        /// The call is above the id of the last GOAWAY: the peer knows, or will, that it was not started.
        case ignore
        case connectionError(ConnectionError)
    }

    /// A CALL frame came, with `messageBytes` behind its head.
    public mutating func callReceived(
        _ id: UInt32, messageBytes: Int, flags: FrameFlags, deadline: MonotonicInstant?
    ) -> OnCall {
        guard let peer = phase.peer else {
            return .connectionError(
                phase.errorBeforeHello ?? ConnectionError(.protocolViolation, "CALL on a connection that is over"))
        }
        guard id % 2 == 1, id > lastStreamID else {
            return .connectionError(
                ConnectionError(
                    .protocolViolation, "CALL on stream \(id): ids are odd and grow; the last was \(lastStreamID)"))
        }
        if let error = credit.received(messageBytes) { return .connectionError(error) }
        lastStreamID = id
        if case .decided = draining { return .ignore }
        guard !isFull else {
            return .refuse(
                .resourceExhausted,
                "\(countedCalls) calls are open on this connection; at most \(limits.concurrentStreams) are allowed")
        }
        var flow = CallFlow(limits: limits, peer: peer, deadline: deadline)
        switch flow.receive(bytes: messageBytes, flags: flags, maximumMessageBytes: limits.messageBytes) {
        case .accept(let messageEnd, let streamEnd):
            calls.insert(Call(flow: flow), id: id)
            if let deadline { earliestDeadline = min(earliestDeadline ?? deadline, deadline) }
            return .open(messageEnd: messageEnd, streamEnd: streamEnd)
        case .fail(let code, let reason):
            return .refuse(code, reason)
        case .over:
            return .refuse(.internal, "the call was over before it began")
        }
    }

    public enum OnData: Sendable, Hashable {
        case deliver(messageEnd: Bool, streamEnd: Bool)
        /// The call is over: drop the bytes.
        case ignore
        /// End the call with this status (``finish(_:)`` first) and drop the bytes.
        case fail(StatusCode, String)
        case connectionError(ConnectionError)
    }

    /// A DATA frame came.
    public mutating func dataReceived(_ id: UInt32, bytes: Int, flags: FrameFlags) -> OnData {
        if let error = errorUnlessOpened(.data, id) { return .connectionError(error) }
        guard bytes > 0 || !flags.isDisjoint(with: [.messageEnd, .streamEnd]) else {
            return .connectionError(ConnectionError(.protocolViolation, "DATA without bytes and without an end"))
        }
        if let error = credit.received(bytes) { return .connectionError(error) }
        let maximum = limits.messageBytes
        let outcome = calls.withElement(id) { call in
            call.isLive ? call.flow.receive(bytes: bytes, flags: flags, maximumMessageBytes: maximum) : .over
        }
        switch outcome ?? .over {
        case .accept(let messageEnd, let streamEnd):
            return .deliver(messageEnd: messageEnd, streamEnd: streamEnd)
        case .fail(let code, let reason):
            return .fail(code, reason)
        case .over:
            return .ignore
        }
    }

    private func errorUnlessOpened(_ type: FrameType, _ id: UInt32) -> ConnectionError? {
        if let error = phase.errorBeforeHello { return error }
        return id % 2 == 1 && id <= lastStreamID ? nil : .neverOpened(type, id)
    }

    public enum OnReset: Sendable, Hashable {
        /// The caller gave up: cancel the handler.
        case cancel
        case ignore
        case connectionError(ConnectionError)
    }

    /// A RESET frame came.
    public mutating func resetReceived(_ id: UInt32) -> OnReset {
        if let error = errorUnlessOpened(.reset, id) { return .connectionError(error) }
        return endIfLive(id) ? .cancel : .ignore
    }

    private mutating func endIfLive(_ id: UInt32) -> Bool {
        calls.withElement(id) { call -> Bool in
            defer { call.isLive = false }
            return call.isLive
        } ?? false
    }

    /// A CREDIT frame came; stream 0 is the connection.
    public mutating func creditReceived(_ id: UInt32, increment: Int32) -> OnCredit {
        if id == 0 {
            return phase.errorBeforeHello.map { .connectionError($0) } ?? credit.creditReceived(increment)
        }
        if let error = errorUnlessOpened(.credit, id) { return .connectionError(error) }
        guard isLive(id) else { return .ignore }
        guard calls.withElement(id, { $0.flow.creditReceived(increment) }) ?? false else {
            _ = endIfLive(id)
            return .resetStream(.flowControl)
        }
        return .streamWritable
    }

    // MARK: What this side does

    /// Message bytes of a call have been dealt with; answers with the credit to send on its stream, if any. A call that
    /// is over needs none.
    public mutating func consumed(_ id: UInt32, bytes: Int) -> Int32? {
        calls.withElement(id) { $0.isLive ? $0.flow.consume(bytes) : nil } ?? nil
    }

    /// Takes credit for up to `wanted` message bytes on a live call and returns how many may be sent now.
    public mutating func takeSendCredit(_ id: UInt32, upTo wanted: Int) -> Int {
        calls.withElement(id) { call in call.isLive ? credit.take(upTo: wanted, of: &call.flow) : 0 } ?? 0
    }

    /// True while no terminal frame has been sent or received for the call.
    public func isLive(_ id: UInt32) -> Bool {
        calls[id]?.isLive ?? false
    }

    /// A call begins to wait for what another process has yet to bring. True: say so with WAITING; the call does not count
    /// among the open ones from now on, until its end. False when that was said before, when the call's outcome is
    /// decided, or when as many wait as may beside those that count.
    public mutating func waits(_ id: UInt32) -> Bool {
        guard waitingCalls < ConnectionLimits.waitingStreams else { return false }
        let begins = calls.withElement(id) { call -> Bool in
            guard call.isLive, !call.isWaiting else { return false }
            call.isWaiting = true
            return true
        }
        guard begins ?? false else { return false }
        waitingCalls += 1
        return true
    }

    /// This side is about to send a terminal frame. `false` when the call's outcome was decided before: send nothing.
    public mutating func finish(_ id: UInt32) -> Bool {
        endIfLive(id)
    }

    /// The handler has returned: the slot is free. When the handler's own return ends the call, release it before the
    /// STATUS can reach the peer, which may open its next call at once.
    public mutating func release(_ id: UInt32) {
        if let call = calls.remove(id), call.isWaiting { waitingCalls -= 1 }
    }

    public enum OnDrain: Sendable, Hashable {
        /// Send GOAWAY with the greatest id, and a PING; when that is answered, or too much time has passed, call
        /// ``decideLastCall()``.
        case warn
        /// The peer has been told before, or is gone.
        case ignore
    }

    /// This side wants no further calls. Those that are on their way are still taken, so that none is lost.
    public mutating func drain() -> OnDrain {
        guard case .no = draining else { return .ignore }
        if case .closed = phase { return .ignore }
        draining = .warned
        return .warn
    }

    /// Takes no further calls from here on. Answers with the id for the second GOAWAY, the last call that was taken;
    /// `nil` when the peer was not warned before, or was told the id already.
    public mutating func decideLastCall() -> UInt32? {
        guard case .warned = draining else { return nil }
        draining = .decided(lastStreamID: lastStreamID)
        return lastStreamID
    }

    /// True from the first warning on.
    public var isDraining: Bool {
        switch draining {
        case .no: false
        case .warned, .decided: true
        }
    }

    /// True when the peer knows which call was the last, and no call holds a slot: close the connection.
    public var isDrained: Bool {
        guard case .decided = draining else { return false }
        return calls.count == 0
    }

    /// Ends every open call, or those that have no deadline, whose peer will wait for no other end. Answers with their
    /// ids: for each, cancel the handler and send STATUS with UNAVAILABLE.
    public mutating func abandonCalls(openEndedOnly: Bool) -> [UInt32] {
        let ids = calls.all.filter { $0.element.isLive && !(openEndedOnly && $0.element.flow.deadline != nil) }
            .map(\.id)
        for id in ids { _ = endIfLive(id) }
        return ids
    }

    /// The connection is over: answers with the calls whose handlers are to be cancelled.
    public mutating func close() -> [UInt32] {
        phase = .closed
        let live = calls.all.filter(\.element.isLive).map(\.id)
        for id in live { _ = endIfLive(id) }
        return live
    }

    // MARK: Deadlines

    /// When to call ``expire(at:)`` next; `nil` while no call has a deadline.
    public var nextDeadline: MonotonicInstant? { earliestDeadline }

    /// Of a call that holds a slot.
    public func deadline(of id: UInt32) -> MonotonicInstant? { calls[id]?.flow.deadline }

    /// Ends the calls whose deadline is not after `now`, answers with their ids, and finds the next deadline. For each,
    /// cancel the handler and send STATUS with DEADLINE_EXCEEDED.
    public mutating func expire(at now: MonotonicInstant) -> [UInt32] {
        guard let earliest = earliestDeadline, earliest <= now else { return [] }
        let (passed, next) = calls.deadlines(at: now) { $0.isLive ? $0.flow.deadline : nil }
        earliestDeadline = next
        for id in passed { _ = endIfLive(id) }
        return passed
    }
}
