/// The client's side of one connection: which calls are open, which frames are allowed when, and how many bytes may
/// flow. Like ``ServerConnectionMachine`` it sees sizes, ids and instants only, and is told of every message byte twice.
public struct ClientConnectionMachine: Sendable {
    public typealias OnHello = Wire.OnHello
    public typealias OnPing = Wire.OnPing
    public typealias OnCredit = Wire.OnCredit

    private struct Call: Sendable {
        var flow: CallFlow
        /// HEADERS or a first byte has come: HEADERS may not come any more.
        var isPastHeaders = false
        /// All that this side sends went out with CALL.
        var hasEndedSending = false
        /// WAITING has come: the call does not count among those that the peer allows.
        var isWaiting = false

        var isAwaiting: Bool { !isPastHeaders && !isWaiting }
    }

    private let limits: ConnectionLimits
    private let lastUsableStreamID: UInt32
    private var phase = ConnectionPhase.awaitingHello
    private var calls = StreamTable<Call>()
    /// Of those, how many wait.
    private var waitingCalls = 0
    /// Calls on which the peer has yet to do something: neither has their answer begun nor do they wait.
    public private(set) var awaitingCalls = 0
    private var nextStreamID: UInt32 = 1
    private var credit: ConnectionCredit
    /// No deadline of an open call is earlier than this.
    private var earliestDeadline: MonotonicInstant?

    /// `limits` obey the ranges of ``ConnectionLimits``. `lastUsableStreamID` is the last id this side uses before it
    /// asks for another connection: half of the id space unless told otherwise, and at most that.
    public init(limits: ConnectionLimits, lastUsableStreamID: UInt32 = 0x7fff_ffff) {
        self.limits = limits
        self.lastUsableStreamID = min(lastUsableStreamID, 0x7fff_ffff)
        credit = ConnectionCredit(limits: limits)
    }

    /// All of them, with those that wait.
    public var openCalls: Int { calls.count }

    /// Those that count against what the peer allows.
    public var countedCalls: Int { calls.count - waitingCalls }

    /// How many of those the peer allows; 0 before its HELLO.
    public var allowedCalls: Int { Int(phase.peer?.concurrentStreams ?? 0) }

    /// The longest payload the peer accepts; 0 before its HELLO.
    public var peerFramePayloadBytes: Int { Int(phase.peer?.framePayloadBytes ?? 0) }

    /// True while calls may be opened (the peer's limit on concurrent calls aside).
    public var takesCalls: Bool {
        switch phase {
        case .open: nextStreamID <= lastUsableStreamID
        case .awaitingHello, .draining, .closed: false
        }
    }

    /// True when another call may be opened now.
    public var hasFreeSlot: Bool {
        guard takesCalls, let peer = phase.peer else { return false }
        return countedCalls < Int(peer.concurrentStreams)
    }

    /// True when the connection takes no more calls and none is open: close it.
    public var isDrained: Bool {
        switch phase {
        case .awaitingHello: false
        case .open, .draining, .closed: !takesCalls && calls.count == 0
        }
    }

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

    public enum OnGoAway: Sendable, Hashable {
        /// No call is opened any more. These were open and were not started; they are over here.
        case notStarted([UInt32])
        case connectionError(ConnectionError)
    }

    /// A GOAWAY frame came. It may come twice, with a lower id the second time, and instead of HELLO. An id that rises
    /// would take back a word on which calls may have been sent again elsewhere.
    public mutating func goAwayReceived(lastStreamID: UInt32) -> OnGoAway {
        switch phase {
        case .draining(_, let before) where lastStreamID > before:
            return .connectionError(
                ConnectionError(.protocolViolation, "GOAWAY names stream \(lastStreamID) after stream \(before)"))
        case .open(let peer), .draining(let peer, _):
            phase = .draining(peer: peer, lastStreamID: lastStreamID)
            return .notStarted(removeAll { $0 > lastStreamID })
        case .awaitingHello:
            phase = .closed
            return .notStarted([])
        case .closed:
            return .notStarted([])
        }
    }

    /// The connection is over: answers with the calls that were open. They may have been started.
    public mutating func close() -> [UInt32] {
        phase = .closed
        return removeAll { _ in true }
    }

    private mutating func removeAll(where isMeant: (UInt32) -> Bool) -> [UInt32] {
        let ids = calls.all.map(\.id).filter(isMeant)
        for id in ids { remove(id) }
        return ids
    }

    /// The call is over here. False when it was before.
    @discardableResult
    private mutating func remove(_ id: UInt32) -> Bool {
        guard let call = calls.remove(id) else { return false }
        if call.isWaiting { waitingCalls -= 1 }
        if call.isAwaiting { awaitingCalls -= 1 }
        return true
    }

    // MARK: Opening

    public enum OnOpen: Sendable, Hashable {
        /// Send CALL with this id and the first `messageBytes` of the message.
        case open(id: UInt32, messageBytes: Int)
        /// The peer's limit is reached; wait for a call to end.
        case full
        /// Open the call on another connection.
        case unusable
    }

    /// Opens a call whose CALL frame has room for `messageBytes` message bytes, of which as many are taken as there is
    /// credit for. `endsSending`: with these bytes this side has sent all it will.
    public mutating func open(messageBytes: Int, endsSending: Bool, deadline: MonotonicInstant?) -> OnOpen {
        guard takesCalls, let peer = phase.peer else { return .unusable }
        guard countedCalls < Int(peer.concurrentStreams) else { return .full }
        let id = nextStreamID
        nextStreamID += 2
        var call = Call(flow: CallFlow(limits: limits, peer: peer, deadline: deadline))
        let granted = credit.take(upTo: messageBytes, of: &call.flow)
        call.hasEndedSending = endsSending && granted == messageBytes
        calls.insert(call, id: id)
        awaitingCalls += 1
        if let deadline { earliestDeadline = min(earliestDeadline ?? deadline, deadline) }
        return .open(id: id, messageBytes: granted)
    }

    // MARK: Frames of a call

    /// What to do with a frame of a call.
    public enum OnStreamFrame: Sendable, Hashable {
        case deliver(messageEnd: Bool)
        /// The call is over on this side: drop the frame.
        case ignore
        /// The call fails here with this status; send RESET.
        case fail(StatusCode, String)
        case connectionError(ConnectionError)
    }

    private func errorUnlessOpened(_ type: FrameType, _ id: UInt32) -> ConnectionError? {
        if let error = phase.errorBeforeHello { return error }
        return id % 2 == 1 && id < nextStreamID ? nil : .neverOpened(type, id)
    }

    /// A HEADERS frame came: at most one a call, before the first message byte.
    public mutating func headersReceived(_ id: UInt32) -> OnStreamFrame {
        if let error = errorUnlessOpened(.headers, id) { return .connectionError(error) }
        let isInPlace = calls.withElement(id) { call -> Bool in
            if call.isAwaiting { awaitingCalls -= 1 }
            defer { call.isPastHeaders = true }
            return !call.isPastHeaders
        }
        switch isInPlace {
        case .some(true):
            return .deliver(messageEnd: false)
        case .some(false):
            remove(id)
            return .fail(.internal, "HEADERS twice, or after the first message")
        case .none:
            return .ignore
        }
    }

    /// A DATA frame came. A server ends with STATUS, so STREAM_END is out of place here.
    public mutating func dataReceived(_ id: UInt32, bytes: Int, flags: FrameFlags) -> OnStreamFrame {
        if let error = errorUnlessOpened(.data, id) { return .connectionError(error) }
        guard bytes > 0 || flags.contains(.messageEnd), !flags.contains(.streamEnd) else {
            return .connectionError(
                ConnectionError(.protocolViolation, "DATA from a server with STREAM_END, or with nothing at all"))
        }
        return messageBytesReceived(id, bytes: bytes, flags: flags)
    }

    /// A STATUS frame came, with `messageBytes` behind its head. `deliver` ends the call. A failure may come within a
    /// message, which is then void; OK may not, be it with another message or without.
    public mutating func statusReceived(
        _ id: UInt32, code: StatusCode, messageBytes: Int, flags: FrameFlags
    ) -> OnStreamFrame {
        if let error = errorUnlessOpened(.status, id) { return .connectionError(error) }
        guard flags.contains(.messageEnd) ? code == .ok : messageBytes == 0 else {
            return .connectionError(
                ConnectionError(.protocolViolation, "STATUS with a message that is unfinished, or beside a failure"))
        }
        guard code == .ok else {
            return remove(id) ? .deliver(messageEnd: false) : .ignore
        }
        let action = messageBytesReceived(id, bytes: messageBytes, flags: flags.union(.streamEnd))
        if case .deliver = action { remove(id) }
        return action
    }

    private mutating func messageBytesReceived(_ id: UInt32, bytes: Int, flags: FrameFlags) -> OnStreamFrame {
        if let error = credit.received(bytes) { return .connectionError(error) }
        let maximum = limits.messageBytes
        let outcome = calls.withElement(id) { call -> CallFlow.OnBytes in
            if call.isAwaiting { awaitingCalls -= 1 }
            call.isPastHeaders = true
            if flags.contains(.streamEnd), call.flow.isWithinMessage {
                return .fail(.internal, "the server ends the call OK within a message")
            }
            return call.flow.receive(bytes: bytes, flags: flags, maximumMessageBytes: maximum)
        }
        switch outcome ?? .over {
        case .accept(let messageEnd, _):
            return .deliver(messageEnd: messageEnd)
        case .fail(let code, let reason):
            remove(id)
            return .fail(code, reason)
        case .over:
            return .ignore
        }
    }

    public enum OnReset: Sendable, Hashable {
        /// The server ended the call without a status.
        case fail
        case ignore
        case connectionError(ConnectionError)
    }

    /// A RESET frame came.
    public mutating func resetReceived(_ id: UInt32) -> OnReset {
        if let error = errorUnlessOpened(.reset, id) { return .connectionError(error) }
        return remove(id) ? .fail : .ignore
    }

    public enum OnWaiting: Sendable, Hashable {
        /// The call waits at the server for what another process has yet to bring: it does not count among the open calls
        /// any more, and another may be opened.
        case waits
        /// The call is over on this side, which the server could not know.
        case late
        /// Said for nothing: of a stream that was never opened, again, or when the answer has begun.
        case saysNothing
    }

    /// A WAITING frame came. Whatever is wrong with it harms nothing, as if this side did not know the type.
    public mutating func waitingReceived(_ id: UInt32) -> OnWaiting {
        guard id % 2 == 1, id < nextStreamID else { return .saysNothing }
        let mayWait = waitingCalls < ConnectionLimits.waitingStreams
        let begins = calls.withElement(id) { call -> Bool in
            guard mayWait, !call.isWaiting, !call.isPastHeaders else { return false }
            call.isWaiting = true
            return true
        }
        switch begins {
        case .some(true):
            waitingCalls += 1
            awaitingCalls -= 1
            return .waits
        case .some(false): return .saysNothing
        case .none: return .late
        }
    }

    /// A CREDIT frame came; stream 0 is the connection. `resetStream` also fails the call here.
    public mutating func creditReceived(_ id: UInt32, increment: Int32) -> OnCredit {
        if id == 0 {
            return phase.errorBeforeHello.map { .connectionError($0) } ?? credit.creditReceived(increment)
        }
        if let error = errorUnlessOpened(.credit, id) { return .connectionError(error) }
        switch calls.withElement(id, { $0.flow.creditReceived(increment) }) {
        case .some(true): return .streamWritable
        case .some(false):
            remove(id)
            return .resetStream(.flowControl)
        case .none: return .ignore
        }
    }

    // MARK: What this side does

    /// Takes credit for up to `wanted` message bytes and returns how many may be sent now; 0 for a call that is over.
    public mutating func takeSendCredit(_ id: UInt32, upTo wanted: Int) -> Int {
        calls.withElement(id) { call in
            assert(!call.hasEndedSending, "stream \(id) has sent all it said it would")
            return credit.take(upTo: wanted, of: &call.flow)
        } ?? 0
    }

    /// Message bytes of a call have been dealt with; answers with the credit to send on its stream, if any. A call that
    /// is over needs none.
    public mutating func consumed(_ id: UInt32, bytes: Int) -> Int32? {
        calls.withElement(id) { $0.flow.consume(bytes) } ?? nil
    }

    public func isOpen(_ id: UInt32) -> Bool { calls[id] != nil }

    /// Gives a call up. `false` when it is over already: send nothing.
    public mutating func cancel(_ id: UInt32) -> Bool {
        remove(id)
    }

    // MARK: Deadlines

    /// When to call ``expire(at:)`` next; `nil` while no call has a deadline.
    public var nextDeadline: MonotonicInstant? { earliestDeadline }

    /// Ends the calls whose deadline is not after `now` and answers with their ids: send RESET for each.
    public mutating func expire(at now: MonotonicInstant) -> [UInt32] {
        guard let earliest = earliestDeadline, earliest <= now else { return [] }
        let (passed, next) = calls.deadlines(at: now) { $0.flow.deadline }
        earliestDeadline = next
        for id in passed { remove(id) }
        return passed
    }
}
