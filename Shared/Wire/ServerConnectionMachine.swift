/// The server's side of one connection: which frames are allowed when, how many calls are open, and how many bytes may
/// flow. It is told what came and what is to go, with sizes, ids and instants, and answers with what to do; payloads
/// and sockets are its owner's.
public struct ServerConnectionMachine: Sendable {
    private enum Phase: Sendable {
        case awaitingHello
        case open(peer: ConnectionLimits)
        case closed
    }

    /// One call. It keeps its slot until its handler has returned, even when its outcome is already decided.
    private struct Call: Sendable {
        var reception = StreamReception()
        var receiveWindow: ReceiveWindow
        var sendCredit: SendCredit
        var deadline: MonotonicInstant?
        /// Cleared by the first terminal frame, in either direction.
        var isLive = true
    }

    private let limits: ConnectionLimits
    private var phase = Phase.awaitingHello
    private var calls = StreamTable<Call>()
    private var lastStreamID: UInt32 = 0
    private var sendCredit = SendCredit(0)
    private var receiveWindow: ReceiveWindow
    private var drainAfter: UInt32?
    /// No deadline of an open call is earlier than this.
    private var earliestDeadline: MonotonicInstant?

    public init(limits: ConnectionLimits) {
        self.limits = limits
        receiveWindow = ReceiveWindow(limits.connectionCreditBytes)
    }

    /// Calls that hold a slot.
    public var openCalls: Int { calls.count }
    /// The highest stream id the peer has opened; 0 before the first.
    public var highestStreamID: UInt32 { lastStreamID }
    /// The longest payload the peer accepts; 0 before its HELLO.
    public var peerFramePayloadBytes: Int {
        if case .open(let peer) = phase { Int(peer.framePayloadBytes) } else { 0 }
    }

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
        case .open, .closed:
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
        case .open, .closed: nil
        }
    }

    // MARK: Calls coming in

    public enum OnCall: Sendable, Hashable {
        /// Give it to a handler.
        case open(messageEnd: Bool, streamEnd: Bool)
        /// Answer with this status, "not started" set; the call holds no slot. The bytes that came with it are counted.
        case refuse(StatusCode, String, CreditReturn)
        case connectionError(ConnectionError)
    }

    /// A CALL frame came, with `messageBytes` behind its head.
    public mutating func callReceived(
        _ id: UInt32, messageBytes: Int, flags: FrameFlags, deadline: MonotonicInstant?
    ) -> OnCall {
        guard case .open(let peer) = phase else {
            return .connectionError(
                errorBeforeHello ?? ConnectionError(.protocolViolation, "CALL on a closed connection"))
        }
        guard id % 2 == 1, id > lastStreamID else {
            return .connectionError(
                ConnectionError(
                    .protocolViolation, "CALL on stream \(id): ids are odd and grow; the last was \(lastStreamID)"))
        }
        guard receiveWindow.receive(messageBytes), messageBytes <= Int(limits.streamCreditBytes) else {
            return .connectionError(ConnectionError(.flowControl, "CALL on stream \(id) exceeds its credit"))
        }
        lastStreamID = id
        if drainAfter != nil {
            return refuse(messageBytes, .unavailable, "this process is draining; another will serve the call")
        }
        guard calls.count < Int(limits.concurrentStreams) else {
            return refuse(
                messageBytes, .resourceExhausted,
                "\(calls.count) calls are open on this connection; at most \(limits.concurrentStreams) are allowed")
        }
        var call = Call(
            receiveWindow: ReceiveWindow(limits.streamCreditBytes), sendCredit: SendCredit(peer.streamCreditBytes),
            deadline: deadline)
        _ = call.receiveWindow.receive(messageBytes)
        switch call.reception.receive(
            bytes: messageBytes, flags: flags, maximumMessageBytes: limits.messageBytes)
        {
        case .accept(let messageEnd, let streamEnd):
            calls.insert(call, id: id)
            note(deadline)
            return .open(messageEnd: messageEnd, streamEnd: streamEnd)
        case .outOfPlace(let reason):
            return refuse(messageBytes, .internal, reason)
        case .tooLarge(let bytes):
            return refuse(messageBytes, .resourceExhausted, tooLargeText(bytes))
        }
    }

    private mutating func refuse(_ messageBytes: Int, _ code: StatusCode, _ reason: String) -> OnCall {
        .refuse(code, reason, CreditReturn(connection: receiveWindow.consume(messageBytes)))
    }

    private func tooLargeText(_ bytes: Int) -> String {
        "a message of at least \(bytes) bytes; at most \(limits.messageBytes) are accepted here"
    }

    public enum OnData: Sendable, Hashable {
        case deliver(messageEnd: Bool, streamEnd: Bool)
        /// The call is over: drop the bytes and send the credit.
        case ignore(CreditReturn)
        /// End the call with this status and drop the bytes.
        case fail(StatusCode, String, CreditReturn)
        case connectionError(ConnectionError)
    }

    /// A DATA frame came.
    public mutating func dataReceived(_ id: UInt32, bytes: Int, flags: FrameFlags) -> OnData {
        if let error = errorBeforeHello { return .connectionError(error) }
        guard id % 2 == 1, id <= lastStreamID else {
            return .connectionError(ConnectionError(.protocolViolation, "DATA on stream \(id), which was never opened"))
        }
        guard bytes > 0 || !flags.isDisjoint(with: [.messageEnd, .streamEnd]) else {
            return .connectionError(ConnectionError(.protocolViolation, "DATA without bytes and without an end"))
        }
        guard receiveWindow.receive(bytes) else {
            return .connectionError(ConnectionError(.flowControl, "DATA exceeds the connection's credit"))
        }
        let maximum = limits.messageBytes
        let outcome = calls.withElement(id) { call -> StreamReception.OnBytes? in
            guard call.isLive else { return nil }
            guard call.receiveWindow.receive(bytes) else { return .outOfPlace("DATA exceeds the stream's credit") }
            return call.reception.receive(bytes: bytes, flags: flags, maximumMessageBytes: maximum)
        }
        switch outcome {
        case .some(.some(.accept(let messageEnd, let streamEnd))):
            return .deliver(messageEnd: messageEnd, streamEnd: streamEnd)
        case .some(.some(.outOfPlace(let reason))):
            return .fail(.internal, reason, CreditReturn(connection: receiveWindow.consume(bytes)))
        case .some(.some(.tooLarge(let total))):
            let credit = CreditReturn(connection: receiveWindow.consume(bytes))
            return .fail(.resourceExhausted, tooLargeText(total), credit)
        case .some(.none), .none:
            return .ignore(CreditReturn(connection: receiveWindow.consume(bytes)))
        }
    }

    public enum OnReset: Sendable, Hashable {
        /// The caller gave up: cancel the handler.
        case cancel
        case ignore
        case connectionError(ConnectionError)
    }

    /// A RESET frame came.
    public mutating func resetReceived(_ id: UInt32) -> OnReset {
        if let error = errorBeforeHello { return .connectionError(error) }
        guard id % 2 == 1, id <= lastStreamID else {
            return .connectionError(
                ConnectionError(.protocolViolation, "RESET on stream \(id), which was never opened"))
        }
        return endIfLive(id) ? .cancel : .ignore
    }

    private mutating func endIfLive(_ id: UInt32) -> Bool {
        calls.withElement(id) { call -> Bool in
            defer { call.isLive = false }
            return call.isLive
        } ?? false
    }

    public enum OnCredit: Sendable, Hashable {
        /// More may be sent on this stream.
        case streamWritable
        /// More may be sent on every stream.
        case connectionWritable
        case ignore
        /// End the call with RESET of this code.
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
        guard id % 2 == 1, id <= lastStreamID else {
            return .connectionError(
                ConnectionError(.protocolViolation, "CREDIT on stream \(id), which was never opened"))
        }
        let applied = calls.withElement(id) { call -> Bool? in
            guard call.isLive else { return nil }
            return call.sendCredit.apply(increment)
        }
        switch applied {
        case .some(.some(true)): return .streamWritable
        case .some(.some(false)):
            _ = endIfLive(id)
            return .resetStream(.flowControl)
        case .some(.none), .none: return .ignore
        }
    }

    // MARK: What this side does

    /// Message bytes of a call have been dealt with; answers with the credit to send.
    public mutating func consumed(_ id: UInt32, bytes: Int) -> CreditReturn {
        let connection = receiveWindow.consume(bytes)
        let stream = calls.withElement(id) { call -> Int32? in
            guard call.isLive, !call.reception.hasEnded else { return nil }
            return call.receiveWindow.consume(bytes)
        }
        return CreditReturn(stream: stream ?? nil, connection: connection)
    }

    /// Takes credit for up to `wanted` message bytes on a live call and returns how many may be sent now.
    public mutating func takeSendCredit(_ id: UInt32, upTo wanted: Int) -> Int {
        let connectionBytes = Int(max(sendCredit.bytes, 0))
        let granted =
            calls.withElement(id) { call in
                call.isLive ? call.sendCredit.take(upTo: min(wanted, connectionBytes)) : 0
            } ?? 0
        sendCredit.spend(granted)
        return granted
    }

    /// True while no terminal frame has been sent or received for the call.
    public func isLive(_ id: UInt32) -> Bool {
        calls[id]?.isLive ?? false
    }

    /// This side is about to send a terminal frame. `false` when the call's outcome was decided before: send nothing.
    public mutating func finish(_ id: UInt32) -> Bool {
        endIfLive(id)
    }

    /// The handler has returned: the slot is free.
    public mutating func release(_ id: UInt32) {
        calls.remove(id)
    }

    /// Takes no further calls. Answers with the id for the second GOAWAY.
    public mutating func drain() -> UInt32 {
        drainAfter = lastStreamID
        return lastStreamID
    }

    public var isDraining: Bool { drainAfter != nil }

    /// The connection is over: answers with the calls whose handlers are to be cancelled.
    public mutating func close() -> [UInt32] {
        phase = .closed
        var cancelled: [UInt32] = []
        for (id, call) in calls.all where call.isLive {
            _ = endIfLive(id)
            cancelled.append(id)
        }
        return cancelled
    }

    // MARK: Deadlines

    private mutating func note(_ deadline: MonotonicInstant?) {
        guard let deadline else { return }
        earliestDeadline = min(earliestDeadline ?? deadline, deadline)
    }

    /// When to call ``expire(at:)`` next; `nil` while no call has a deadline.
    public var nextDeadline: MonotonicInstant? { earliestDeadline }

    /// Ends the calls whose deadline is not after `now`, answers with their ids, and finds the next deadline.
    public mutating func expire(at now: MonotonicInstant) -> [UInt32] {
        guard let earliest = earliestDeadline, earliest <= now else { return [] }
        var expired: [UInt32] = []
        earliestDeadline = nil
        for (id, call) in calls.all where call.isLive {
            guard let deadline = call.deadline else { continue }
            if deadline <= now {
                _ = endIfLive(id)
                expired.append(id)
            } else {
                note(deadline)
            }
        }
        return expired
    }
}
