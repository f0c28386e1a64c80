/// The client's side of one connection: which calls are open, which frames are allowed when, and how many bytes may
/// flow. Like ``ServerConnectionMachine`` it sees sizes, ids and instants only.
public struct ClientConnectionMachine: Sendable {
    private enum Phase: Sendable {
        case awaitingHello
        case open(peer: ConnectionLimits)
        /// The peer takes no more calls; those that are open go on.
        case draining(peer: ConnectionLimits)
        case closed
    }

    private struct Call: Sendable {
        var reception = StreamReception()
        var receiveWindow: ReceiveWindow
        var sendCredit: SendCredit
        var deadline: MonotonicInstant?
        var hasEndedSending = false
    }

    private let limits: ConnectionLimits
    /// The last stream id this side uses before it opens another connection: half of the id space.
    private let lastUsableStreamID: UInt32
    private var phase = Phase.awaitingHello
    private var calls = StreamTable<Call>()
    private var nextStreamID: UInt32 = 1
    private var sendCredit = SendCredit(0)
    private var receiveWindow: ReceiveWindow
    private var earliestDeadline: MonotonicInstant?

    public init(limits: ConnectionLimits, lastUsableStreamID: UInt32 = 0x7fff_ffff) {
        self.limits = limits
        self.lastUsableStreamID = lastUsableStreamID
        receiveWindow = ReceiveWindow(limits.connectionCreditBytes)
    }

    public var openCalls: Int { calls.count }

    private var peer: ConnectionLimits? {
        switch phase {
        case .open(let peer), .draining(let peer): peer
        case .awaitingHello, .closed: nil
        }
    }

    /// The longest payload the peer accepts; 0 before its HELLO.
    public var peerFramePayloadBytes: Int { Int(peer?.framePayloadBytes ?? 0) }

    /// True while calls may be opened (the peer's limit on concurrent calls aside).
    public var takesCalls: Bool {
        if case .open = phase { nextStreamID <= lastUsableStreamID } else { false }
    }

    /// True when another call may be opened now.
    public var hasFreeSlot: Bool {
        guard takesCalls, let peer else { return false }
        return calls.count < Int(peer.concurrentStreams)
    }

    /// True when the connection takes no more calls and none is open: close it.
    public var isDrained: Bool { !takesCalls && calls.count == 0 }

    // MARK: Connection frames

    public enum OnHello: Sendable, Hashable {
        case open(version: UInt16)
        case connectionError(ConnectionError)
    }

    public mutating func helloReceived(_ hello: Hello) -> OnHello {
        switch phase {
        case .awaitingHello:
            do throws(ConnectionError) {
                let version = try Hello(limits: limits).negotiatedVersion(with: hello)
                sendCredit = SendCredit(hello.limits.connectionCreditBytes)
                phase = .open(peer: hello.limits)
                return .open(version: version)
            } catch {
                return .connectionError(error)
            }
        case .open, .draining, .closed:
            return .connectionError(ConnectionError(.hello, "a second HELLO"))
        }
    }

    public enum OnPing: Sendable, Hashable {
        case answer
        case acknowledged
        case connectionError(ConnectionError)
    }

    public mutating func pingReceived(flags: FrameFlags) -> OnPing {
        if let error = errorBeforeHello { return .connectionError(error) }
        return flags.contains(.acknowledgement) ? .acknowledged : .answer
    }

    private var errorBeforeHello: ConnectionError? {
        switch phase {
        case .awaitingHello: ConnectionError(.hello, "the first frame is not HELLO")
        case .open, .draining, .closed: nil
        }
    }

    /// A GOAWAY frame came: no call is opened any more. Answers with the open calls above `lastStreamID`: they were not
    /// started and are over here.
    public mutating func goAwayReceived(lastStreamID: UInt32) -> [UInt32] {
        guard let peer else { return [] }
        phase = .draining(peer: peer)
        let notStarted = calls.all.map(\.id).filter { $0 > lastStreamID }
        for id in notStarted { calls.remove(id) }
        return notStarted
    }

    /// The connection is over: answers with the calls that were open. They may have been started.
    public mutating func close() -> [UInt32] {
        phase = .closed
        let open = calls.all.map(\.id)
        for id in open { calls.remove(id) }
        return open
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
    /// credit for.
    public mutating func open(messageBytes: Int, endsSending: Bool, deadline: MonotonicInstant?) -> OnOpen {
        guard takesCalls, let peer else { return .unusable }
        guard calls.count < Int(peer.concurrentStreams) else { return .full }
        let id = nextStreamID
        nextStreamID += 2
        var call = Call(
            receiveWindow: ReceiveWindow(limits.streamCreditBytes), sendCredit: SendCredit(peer.streamCreditBytes),
            deadline: deadline)
        let granted = call.sendCredit.take(upTo: min(messageBytes, Int(max(sendCredit.bytes, 0))))
        sendCredit.spend(granted)
        call.hasEndedSending = endsSending && granted == messageBytes
        calls.insert(call, id: id)
        if let deadline { earliestDeadline = min(earliestDeadline ?? deadline, deadline) }
        return .open(id: id, messageBytes: granted)
    }

    // MARK: Frames of a call

    /// What to do with a frame of a call.
    public enum OnStreamFrame: Sendable, Hashable {
        case deliver(messageEnd: Bool)
        /// The call is over on this side: drop the frame and send the credit.
        case ignore(CreditReturn)
        /// The call fails here with this status; send RESET and the credit.
        case fail(StatusCode, String, CreditReturn)
        case connectionError(ConnectionError)
    }

    private func wasOpened(_ id: UInt32) -> Bool {
        id % 2 == 1 && id < nextStreamID
    }

    private func neverOpened(_ type: FrameType, _ id: UInt32) -> ConnectionError {
        ConnectionError(.protocolViolation, "\(type) on stream \(id), which was never opened")
    }

    /// A HEADERS frame came.
    public mutating func headersReceived(_ id: UInt32) -> OnStreamFrame {
        if let error = errorBeforeHello { return .connectionError(error) }
        guard wasOpened(id) else { return .connectionError(neverOpened(.headers, id)) }
        return calls[id] == nil ? .ignore(CreditReturn()) : .deliver(messageEnd: false)
    }

    /// A DATA frame came. A server ends with STATUS, so STREAM_END is out of place here.
    public mutating func dataReceived(_ id: UInt32, bytes: Int, flags: FrameFlags) -> OnStreamFrame {
        if let error = errorBeforeHello { return .connectionError(error) }
        guard wasOpened(id) else { return .connectionError(neverOpened(.data, id)) }
        guard bytes > 0 || flags.contains(.messageEnd), !flags.contains(.streamEnd) else {
            return .connectionError(
                ConnectionError(.protocolViolation, "DATA from a server with STREAM_END, or with nothing at all"))
        }
        return messageBytesReceived(id, bytes: bytes, flags: flags)
    }

    /// A STATUS frame came, with `messageBytes` behind its head. `deliver` ends the call.
    public mutating func statusReceived(_ id: UInt32, messageBytes: Int, flags: FrameFlags) -> OnStreamFrame {
        if let error = errorBeforeHello { return .connectionError(error) }
        guard wasOpened(id) else { return .connectionError(neverOpened(.status, id)) }
        guard messageBytes == 0 || flags.contains(.messageEnd) else {
            return .connectionError(
                ConnectionError(.protocolViolation, "STATUS followed by bytes that are not a whole message"))
        }
        let frameFlags: FrameFlags = flags.contains(.messageEnd) ? [.messageEnd, .streamEnd] : [.streamEnd]
        let action = messageBytesReceived(id, bytes: messageBytes, flags: frameFlags)
        if case .deliver = action { calls.remove(id) }
        return action
    }

    private mutating func messageBytesReceived(_ id: UInt32, bytes: Int, flags: FrameFlags) -> OnStreamFrame {
        guard receiveWindow.receive(bytes) else {
            return .connectionError(ConnectionError(.flowControl, "the peer exceeds the connection's credit"))
        }
        let maximum = limits.messageBytes
        let outcome = calls.withElement(id) { call -> StreamReception.OnBytes in
            guard call.receiveWindow.receive(bytes) else { return .outOfPlace("the peer exceeds the stream's credit") }
            return call.reception.receive(bytes: bytes, flags: flags, maximumMessageBytes: maximum)
        }
        switch outcome {
        case .accept(let messageEnd, _):
            return .deliver(messageEnd: messageEnd)
        case .outOfPlace(let reason):
            calls.remove(id)
            return .fail(.internal, reason, CreditReturn(connection: receiveWindow.consume(bytes)))
        case .tooLarge(let total):
            calls.remove(id)
            return .fail(
                .resourceExhausted, "a message of at least \(total) bytes; at most \(maximum) are accepted here",
                CreditReturn(connection: receiveWindow.consume(bytes)))
        case .none:
            return .ignore(CreditReturn(connection: receiveWindow.consume(bytes)))
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
        if let error = errorBeforeHello { return .connectionError(error) }
        guard wasOpened(id) else { return .connectionError(neverOpened(.reset, id)) }
        return calls.remove(id) == nil ? .ignore : .fail
    }

    public enum OnCredit: Sendable, Hashable {
        case streamWritable
        case connectionWritable
        case ignore
        /// The call fails here; send RESET with this code.
        case resetStream(ResetCode)
        case connectionError(ConnectionError)
    }

    /// A CREDIT frame came; stream 0 is the connection.
    public mutating func creditReceived(_ id: UInt32, increment: Int32) -> OnCredit {
        if let error = errorBeforeHello { return .connectionError(error) }
        guard id != 0 else {
            guard sendCredit.apply(increment) else {
                return .connectionError(
                    ConnectionError(.flowControl, "a credit of \(increment) on top of \(sendCredit.bytes)"))
            }
            return .connectionWritable
        }
        guard wasOpened(id) else { return .connectionError(neverOpened(.credit, id)) }
        switch calls.withElement(id, { $0.sendCredit.apply(increment) }) {
        case .some(true): return .streamWritable
        case .some(false):
            calls.remove(id)
            return .resetStream(.flowControl)
        case .none: return .ignore
        }
    }

    // MARK: What this side does

    /// Takes credit for up to `wanted` message bytes and returns how many may be sent now; 0 for a call that is over.
    public mutating func takeSendCredit(_ id: UInt32, upTo wanted: Int) -> Int {
        let connectionBytes = Int(max(sendCredit.bytes, 0))
        let granted = calls.withElement(id) { $0.sendCredit.take(upTo: min(wanted, connectionBytes)) } ?? 0
        sendCredit.spend(granted)
        return granted
    }

    /// Message bytes of a call have been dealt with; answers with the credit to send.
    public mutating func consumed(_ id: UInt32, bytes: Int) -> CreditReturn {
        let connection = receiveWindow.consume(bytes)
        let stream = calls.withElement(id) { $0.receiveWindow.consume(bytes) }
        return CreditReturn(stream: stream ?? nil, connection: connection)
    }

    public func isOpen(_ id: UInt32) -> Bool { calls[id] != nil }

    /// Gives a call up. `false` when it is over already: send nothing.
    public mutating func cancel(_ id: UInt32) -> Bool {
        calls.remove(id) != nil
    }

    // MARK: Deadlines

    /// When to call ``expire(at:)`` next; `nil` while no call has a deadline.
    public var nextDeadline: MonotonicInstant? { earliestDeadline }

    /// Ends the calls whose deadline is not after `now` and answers with their ids: send RESET for each.
    public mutating func expire(at now: MonotonicInstant) -> [UInt32] {
        guard let earliest = earliestDeadline, earliest <= now else { return [] }
        var expired: [UInt32] = []
        earliestDeadline = nil
        for (id, call) in calls.all {
            guard let deadline = call.deadline else { continue }
            if deadline <= now {
                calls.remove(id)
                expired.append(id)
            } else {
                earliestDeadline = min(earliestDeadline ?? deadline, deadline)
            }
        }
        return expired
    }
}
