internal import NIOCore
public import RPC
internal import Telemetry
public import Wire

/// The server's end of a connection.
public final class ServerConnection: Connection {
    var machine: ServerConnectionMachine
    var receivers = StreamTable<any ServerCallReceiver>()
    private var releasedWhenSent: Set<UInt32> = []
    /// Message bytes that receivers keep, of calls that keep any.
    var heldBytes: [UInt32: Int] = [:]
    var observer: ServerCallObserver
    private let acceptor: any CallAcceptor
    private let onEstablished: (ServerConnection, ConnectionError?) -> ConnectionError?
    private let onNotice: (ServerConnection, ConnectionNotice) -> Void
    private let onEnd: (ServerConnection, ConnectionEnd) -> Void
    /// Why this connection takes no more calls, once it does not.
    var drainReason: String?
    var drainCause: DrainCause?
    /// The peer was sent HELLO, and not refused.
    private(set) var isAdmitted = false
    /// Who the peer is; its acceptor sets it when the handshake is done.
    public var identity: CallerIdentity?
    /// The peer is a process of the suite.
    var isOfService: Bool { if case .service? = identity?.subject { true } else { false } }
    /// The peer's HOST:PORT, for the log.
    public var remoteAddress: String { PeerAddress.text(context?.remoteAddress) }
    /// What its acceptor keeps about the peer beside that.
    public var acceptorState: AnyObject?

    /// Whether calls are open, for whoever needs its place.
    let use = ConnectionUse(idleSince: .now)
    /// No call is open, and answers are among what is gathered.
    var isUseEnding = false
    /// The same, and they wait for the socket.
    var isUseAwaited = false

    /// `onEstablished` is asked once when the handshake is done, and told of the acceptor's refusal: an error refuses the
    /// peer.
    /// `onNotice` hears of what operators should know, `onEnd` of the end, once. All on the loop.
    public init(
        loop: ConnectionLoop, limits: ConnectionLimits, rules: ConnectionRules = ConnectionRules(),
        acceptor: any CallAcceptor,
        onEstablished: @escaping (ServerConnection, ConnectionError?) -> ConnectionError? = { $1 },
        onNotice: @escaping (ServerConnection, ConnectionNotice) -> Void = { _, _ in },
        onEnd: @escaping (ServerConnection, ConnectionEnd) -> Void
    ) {
        machine = ServerConnectionMachine(limits: limits)
        self.acceptor = acceptor
        self.onEstablished = onEstablished
        self.onNotice = onNotice
        self.onEnd = onEnd
        observer = ServerCallObserver(loop)
        super.init(loop: loop, limits: limits, rules: rules.asServer, side: .server)
    }

    override public var openCalls: Int { machine.openCalls }

    override func connectionEstablished() {
        let refusal = onEstablished(self, acceptor.refusal(of: self))
        loop.join(self, isService: isOfService)
        if let drainReason {
            // Instead of HELLO: the peer has opened no call here, and opens them elsewhere.
            appendGoAway(lastStreamID: 0, ConnectionError(.none, drainReason))
            closeGracefully()
        } else if let refusal {
            fail(refusal)
        } else {
            isAdmitted = true
            sendHello()
        }
    }

    override func frameReceived(_ type: FrameType, _ header: FrameHeader, _ payload: UnsafeRawBufferPointer) {
        switch type {
        case .call: callReceived(header, payload)
        case .data: dataReceived(header, payload)
        case .reset: resetReceived(header.streamID)
        case .credit: creditReceived(header.streamID, payload)
        case .ping: pingReceived(header, payload)
        case .hello: helloReceived(payload)
        // A server takes nothing from either.
        case .goAway, .waiting: permits(.skippedFrames)
        case .headers, .status:
            fail(ConnectionError(.protocolViolation, "\(type) from a client"))
        }
    }

    private func helloReceived(_ payload: UnsafeRawBufferPointer) {
        do throws(ConnectionError) {
            switch machine.helloReceived(try Hello(parsing: payload)) {
            case .open: break
            case .connectionError(let error): fail(error)
            }
        } catch {
            fail(error)
        }
    }

    private func callReceived(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) {
        let id = header.streamID
        var head: CallHead
        let message: UnsafeRawBufferPointer
        do throws(ConnectionError) {
            (head, message) = try CallHead.parse(payload)
        } catch {
            fail(error)
            return
        }
        guard machine.openCalls > 0 || use.begin() else {
            // Neither this call nor one after it is taken here: the peer hears so.
            giveWay()
            return
        }
        let now = loop.now
        defer { noteUse() }
        let deadline =
            head.timeoutMicroseconds == CallHead.noTimeout
            ? nil : now.advanced(byMicroseconds: head.timeoutMicroseconds)
        switch machine.callReceived(id, messageBytes: message.count, flags: header.flags, deadline: deadline) {
        case .open(let messageEnd, let streamEnd):
            scheduleDeadline()
            observer.began(id, &head, messageBytes: message.count, at: now)
            let frame = CallFrame(
                head: head, message: message, messageEnd: messageEnd, streamEnd: streamEnd,
                isIdempotent: header.flags.contains(.idempotent))
            acceptor.accept(IncomingCall(id: id, frame: frame, deadline: deadline, receivedAt: now), on: self)
            // It was over before it began.
            if isHopeless(deadline, since: now), !machine.isLive(id) { permits(.resets) }
            if id >= rules.lastStreamID {
                drain(.streamIDs, "the stream ids of this connection are used up; open another")
            }
        case .refuse(let code, let reason):
            observer.refused(id, head, code, on: self)
            let fault: CallFault = machine.isFull ? .openCalls : CallFault(code)
            onNotice(self, .callRefused(fault, path: head.path, reason: reason))
            countControlFrame()
            appendStatus(id, StatusHead.encoded(code: code, message: reason, isNotStarted: true))
            permits(.refusedCalls)
        case .ignore: break
        case .connectionError(let error):
            fail(error)
        }
    }

    private func dataReceived(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) {
        let id = header.streamID
        if payload.count < FloodGuard.tinyFrameBytes, !permitsSmallData(header) { return }
        switch machine.dataReceived(id, bytes: payload.count, flags: header.flags) {
        case .deliver(let messageEnd, let streamEnd):
            observer.received(id, bytes: payload.count)
            receivers[id]?.messageReceived(payload, messageEnd: messageEnd, streamEnd: streamEnd)
        case .ignore: permits(.lateFrames)
        // The answer to a call that broke the rules is worth nothing, and its caller may never give credit for it.
        case .fail(let code, let reason):
            cut(id, CallFault(code), RPCError(code, reason))
            permits(.resets)
        case .connectionError(let error):
            fail(error)
        }
    }

    private func resetReceived(_ id: UInt32) {
        switch machine.resetReceived(id) {
        case .cancel:
            observer.ended(id, .cancelled, on: self)
            dropWaiting(id)
            receivers[id]?.cancelled(.cancelledByCaller)
            permits(.resets)
        // The call may have been refused: opening calls to give them up is no better for that.
        case .ignore: permits(.resets)
        case .connectionError(let error): fail(error)
        }
    }

    private func creditReceived(_ id: UInt32, _ payload: UnsafeRawBufferPointer) {
        guard permitsCredit() else { return }
        let increment = Int32(bigEndian: payload.loadUnaligned(as: Int32.self))
        switch machine.creditReceived(id, increment: increment) {
        case .streamWritable, .connectionWritable: sendWaiting()
        case .ignore: break
        case .resetStream(let code):
            observer.ended(id, code.status, on: self)
            dropWaiting(id)
            appendReset(id, code)
            receivers[id]?.cancelled(.cancelledByCaller)
            noteCut(.streamRules, "the peer sent a credit of zero or too much")
            permits(.resets)
        case .connectionError(let error): fail(error)
        }
    }

    private func pingReceived(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) {
        guard permits(.pings) else { return }
        switch machine.pingReceived(flags: header.flags) {
        case .answer: appendPingAnswer(payload)
        case .acknowledged: pingAnswered(UInt64(bigEndian: payload.loadUnaligned(as: UInt64.self)))
        case .connectionError(let error): fail(error)
        }
    }

    // MARK: For acceptors

    /// Ends a call that no receiver was registered for. With a `fault` operators hear of it.
    public func refuse(_ call: IncomingCall, _ error: RPCError, fault: CallFault? = nil) {
        if let fault { onNotice(self, .callRefused(fault, path: call.frame.head.path, reason: error.message)) }
        refuse(call, status: StatusHead.encoded(error))
    }

    /// Has operators hear of a call that its receiver ends, and why.
    public func noteCut(_ fault: CallFault, _ reason: String) {
        onNotice(self, .callCut(fault, reason: reason))
    }

    /// The same with a STATUS payload without message.
    public func refuse(_ call: IncomingCall, status: [UInt8]) {
        consumed(call.id, bytes: call.frame.message.count)
        finish(call.id, status: status)
        release(call.id)
    }

    /// The call was given to a backend, for what is noted of it.
    public func forwarded(_ id: UInt32, to backend: ClientConnection) {
        observer.forwarded(id, to: backend.figures)
    }

    /// Sends further frames of the call to `receiver`.
    public func register(_ receiver: any ServerCallReceiver, _ id: UInt32) {
        receivers.insert(receiver, id: id)
    }

    /// The receiver has no more to do with the call: its slot is free once the response is out.
    public func release(_ id: UInt32) {
        if waiting.has(id) {
            releasedWhenSent.insert(id)
        } else {
            machine.release(id)
            noteUse()
            receivers.remove(id)
            holds(id, bytes: 0)
            if machine.isDrained { closeGracefully() }
        }
    }

    /// Ends a call at once with this status; what waits of its response is dropped.
    func cut(_ id: UInt32, _ fault: CallFault, _ error: RPCError) {
        dropWaitingMessages(id)
        finish(id, status: StatusHead.encoded(error))
        receivers[id]?.cancelled(.cancelledByCaller)
        releaseIfSent(id)
        noteCut(fault, error.message)
    }

    func dropWaiting(_ id: UInt32) {
        dropWaitingMessages(id)
        releaseIfSent(id)
    }

    /// Its receiver had no more to do with the call but for what waited, which does not any more.
    private func releaseIfSent(_ id: UInt32) {
        if releasedWhenSent.remove(id) != nil { release(id) }
    }

    /// Request bytes have been dealt with: the caller may send as many again.
    public func consumed(_ id: UInt32, bytes: Int) {
        guard bytes > 0, let increment = machine.consumed(id, bytes: bytes) else { return }
        appendCredit(id, increment)
    }

    /// Ends the call with RESET: what waits is dropped.
    public func reset(_ id: UInt32, _ code: ResetCode) {
        observer.ended(id, code.status, on: self)
        dropWaitingMessages(id)
        if machine.finish(id) { appendReset(id, code) }
        releaseIfSent(id)
    }

    // MARK: For Connection

    override func peerExpired() {
        drain(.certificate, "your certificate has come to its end; connect with the next one")
    }

    override var peerFramePayloadBytes: Int { machine.peerFramePayloadBytes }

    override var lastTakenStreamID: UInt32 { machine.lastTakenStreamID }

    override func takeSendCredit(_ id: UInt32, upTo wanted: Int) -> Int {
        machine.takeSendCredit(id, upTo: wanted)
    }

    override func waitingChanged(_ id: UInt32) { park(id) }

    override func takeConnectionCredit() -> Int32? { machine.takeConnectionCredit() }

    override func waitingBytesSent(_ id: UInt32, bytes: Int) {
        receivers[id]?.responseBytesSent(bytes)
    }

    override func trailingStatusSent(_ id: UInt32) {
        _ = machine.finish(id)
        if releasedWhenSent.remove(id) != nil { release(id) }
    }

    override func socketAwaited(bytes: Int) { countSocketBytes(bytes) }

    override func framesFlushed() {
        if isUseEnding { endUseWhenSent() }
    }

    override var isOutOfCredit: Bool { machine.isOutOfCredit }

    override var isDraining: Bool { drainReason != nil }

    override func retire(_ cause: DrainCause, _ reason: String) { drain(cause, reason) }

    override func retirementIsOver() { endAllCalls() }

    override func streamStalled(_ id: UInt32, seconds: UInt32) {
        reset(id, .cancel)
        receivers[id]?.cancelled(.cancelledByCaller)
        noteCut(.stalled, "bytes wait, and no credit came for them for \(seconds) s")
    }

    override var nextDeadline: MonotonicInstant? { machine.nextDeadline }

    override func deadlineReached(_ now: MonotonicInstant) {
        for id in machine.expire(at: now) {
            let isHopeless = isHopeless(machine.deadline(of: id), since: observer.beganAt(id) ?? now)
            observer.ended(id, .deadlineExceeded, on: self)
            dropWaiting(id)
            let isStarted = receivers[id]?.isStarted ?? true
            appendStatus(
                id,
                StatusHead.encoded(
                    code: .deadlineExceeded,
                    message: "the deadline passed before the call \(isStarted ? "ended" : "was begun")",
                    isNotStarted: !isStarted))
            receivers[id]?.cancelled(.deadlineExceeded)
            if isHopeless { permits(.resets) }
        }
    }

    /// Nobody can keep such a deadline: a caller that opens calls with it opens them to have them ended.
    private func isHopeless(_ deadline: MonotonicInstant?, since arrival: MonotonicInstant) -> Bool {
        deadline.map { $0.microseconds(since: arrival) <= Self.hopelessMicroseconds } ?? false
    }

    private static let hopelessMicroseconds: UInt64 = 10_000

    func noteDraining(_ cause: DrainCause, _ reason: String) {
        onNotice(self, .draining(cause, reason: reason))
    }

    override func connectionEnded(_ reason: ConnectionEnd) {
        for id in machine.close() {
            observer.ended(id, .cancelled, on: self)
            receivers[id]?.cancelled(.connectionLost)
        }
        // What these waited for will never go out; they and this connection must not keep each other alive.
        for id in releasedWhenSent { release(id) }
        releasedWhenSent.removeAll()
        for id in Array(heldBytes.keys) { holds(id, bytes: 0) }
        // What handlers still hold is nobody's place any more. With answers that wait for the socket it is closed soon.
        if context.flatMap(unsentBytes) ?? 0 == 0 { use.end(at: .now) }
        onEnd(self, reason)
    }

    override func pingAnswered(_ number: UInt64) {
        if number == Self.drainPing { decideLastCall() }
    }
}
