internal import GatewayRules
internal import RPC
internal import Transport
internal import Wire

/// One call on its way through: what the caller sends goes to a backend, what the backend sends goes back, and each
/// side is given credit only for bytes that the other side's socket took. Confined to its loop, and used again for
/// other calls.
final class ForwardedCall: ServerCallReceiver, ClientCallReceiver {
    /// On what terms a call was let in.
    struct Admission {
        enum Place {
            case inFlight
            case waiting(AdmissionQueue.Ticket)
            /// The queue has given it up.
            case lost
        }

        let caller: Caller
        let service: BackendService
        let trafficClass: TrafficClass
        var place: Place
    }

    private unowned let acceptor: GatewayAcceptor
    private var admission: Admission?
    private var caller: ServerConnection?
    private var callerID: UInt32 = 0
    private var backend: ClientConnection?
    private var backendID: UInt32 = 0
    private var deadline: MonotonicInstant?
    /// While the call waits for its turn, or no connection is ready.
    private var held: HeldCall?
    /// The whole request, while the call may still go to another backend.
    private var kept: KeptRequest?
    /// The call goes to a second backend: the first had not begun it.
    private var isSentAgain = false
    /// Bytes that came from one side and for which it was given no credit yet.
    private var requestBytesOwed = 0
    private var responseBytesOwed = 0
    /// Messages without bytes need no credit, so credit does not bound them: so many may wait, beside one piece for each
    /// byte of credit.
    private static let maximumEmptyMessages = 4096
    /// The call is over but for a response that waits for the caller.
    private var isReleased = false

    init(acceptor: GatewayAcceptor) {
        self.acceptor = acceptor
    }

    func begin(_ call: IncomingCall, on connection: ServerConnection, _ admission: Admission) {
        self.caller = connection
        self.admission = admission
        callerID = call.id
        deadline = call.deadline
        requestBytesOwed = call.message.count
        isSentAgain = false
        var uri = admission.caller.identity.uri
        uri.withUTF8 { stamp in
            // Whatever the caller said about itself is overwritten here.
            var call = call
            call.head.caller = UnsafeRawBufferPointer(stamp)
            if case .waiting = admission.place {
                hold(call)
            } else if let ready = admission.service.pool.readyConnection() {
                open(call, on: ready, now: call.receivedAt)
            } else if hold(call) {
                awaitConnection(admission.service.pool)
            }
        }
    }

    /// Opens the call on a backend. The caller's side keeps the deadline; the backend hears what is left of it.
    private func open(_ call: IncomingCall, on connection: ClientConnection, now: MonotonicInstant) {
        keep(call)
        var head = call.head
        if let deadline {
            head.timeoutMicroseconds = deadline.microseconds(since: now)
        }
        let outgoing = OutgoingCall(
            head: head, message: call.message, messageEnd: call.messageEnd, streamEnd: call.streamEnd,
            isIdempotent: call.isIdempotent, deadline: nil)
        switch connection.open(outgoing, self) {
        case .opened(let id, let waitingBytes):
            backend = connection
            backendID = id
            caller?.forwarded(callerID, to: connection)
            // Sent again, the bytes have been credited before; what has not is at the end of the call.
            if !isSentAgain { requestBytesSent(call.message.count - waitingBytes) }
        case .full, .unusable:
            backend = connection
            if !sendsAgain() {
                finish(RPCError(.unavailable, "the backend takes no more calls", isNotStarted: true))
            }
        }
    }

    // MARK: Sending again

    private func keep(_ call: IncomingCall) {
        guard !isSentAgain, kept == nil else { return }
        kept = acceptor.requests.keep(call)
    }

    /// The service has begun to answer, or the call is over.
    private func forgetRequest() {
        guard let kept else { return }
        acceptor.requests.giveBack(kept)
        self.kept = nil
    }

    /// The backend has not begun the call: another gets it, once. `false` when it cannot be sent again.
    private func sendsAgain() -> Bool {
        guard let request = kept, let pool = admission?.service.pool, let refused = backend, !isSentAgain, !isReleased
        else { return false }
        kept = nil
        isSentAgain = true
        backend = nil
        acceptor.countSentAgain()
        request.withCall(id: callerID, deadline: deadline) { call in
            if let other = pool.readyConnection(otherThan: refused) {
                open(call, on: other, now: call.receivedAt)
            } else if hold(call) {
                awaitConnection(pool)
            }
        }
        acceptor.requests.giveBack(request)
        return true
    }

    // MARK: Waiting

    /// Keeps what has come. If too much is kept already the call ends, and the answer is `false`.
    @discardableResult
    private func hold(_ call: IncomingCall) -> Bool {
        guard acceptor.holds(bytes: call.message.count) else {
            finish(acceptor.tooManyBytes(admission, caller))
            return false
        }
        held = HeldCall(call)
        return true
    }

    private func awaitConnection(_ pool: ConnectionPool) {
        guard let held else { return }
        held.wait(for: pool) { result in
            guard self.held === held else { return }
            self.letGo()
            switch result {
            case .success(let connection):
                held.replay(first: { self.open($0, on: connection, now: .now) }, later: self.forward)
            case .failure(let failure):
                self.finish(RPCError(.unavailable, failure.reason, isNotStarted: true))
            }
        }
    }

    private func letGo() {
        guard let held else { return }
        acceptor.released(bytes: held.byteCount)
        self.held = nil
    }

    /// The call has waited for its place and has it.
    func turnCame() {
        guard let service = admission?.service else { return }
        admission?.place = .inFlight
        awaitConnection(service.pool)
    }

    /// The call has waited in vain.
    func refused(_ why: CallRefusal, by service: BackendService) {
        admission?.place = .lost
        finish(acceptor.refusal(why, service, admission, caller))
    }

    var isStarted: Bool { held == nil }

    var callerURI: String? { nil }

    // MARK: From the caller

    func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool, streamEnd: Bool) {
        guard !isReleased else { return }
        requestBytesOwed += bytes.count
        if bytes.isEmpty, isCrowded(held?.count ?? backend?.waitingPieces(backendID) ?? 0, caller) {
            return failCrowded("the service")
        }
        if let held {
            guard acceptor.holds(bytes: bytes.count) else {
                return finish(acceptor.tooManyBytes(admission, caller))
            }
            held.append(bytes, messageEnd: messageEnd, streamEnd: streamEnd)
            caller?.holds(callerID, bytes: requestBytesOwed)
        } else {
            forward(bytes, messageEnd: messageEnd, streamEnd: streamEnd)
        }
    }

    private func forward(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool, streamEnd: Bool) {
        guard let backend else { return }
        requestBytesSent(backend.send(backendID, bytes, messageEnd: messageEnd, streamEnd: streamEnd))
    }

    func requestBytesSent(_ sent: Int) {
        // Of a request that is sent again, the first backend's connection had taken some.
        let bytes = min(sent, requestBytesOwed)
        requestBytesOwed -= bytes
        caller?.consumed(callerID, bytes: bytes)
        caller?.holds(callerID, bytes: requestBytesOwed)
    }

    func cancelled(_ why: CallCancellation) {
        guard !isReleased else {
            caller = nil
            return
        }
        held?.cancel()
        if why == .deadlineExceeded, held != nil { acceptor.deadlinePassedWhileHeld(admission, caller) }
        switch why {
        case .cancelledByCaller, .connectionLost: backend?.cancel(backendID)
        case .deadlineExceeded: backend?.cancel(backendID, .deadlineExceeded)
        }
        release(isGivenUp: backend != nil)
    }

    // MARK: From the backend

    func headersReceived(_ block: UnsafeRawBufferPointer) {
        forgetRequest()
        caller?.sendHeaders(callerID, block)
    }

    func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool) {
        guard let caller else { return }
        forgetRequest()
        responseBytesOwed += bytes.count
        if bytes.isEmpty, isCrowded(caller.waitingPieces(callerID), backend) { return failCrowded("the caller") }
        responseBytesSent(caller.send(callerID, bytes, messageEnd: messageEnd))
    }

    func responseBytesSent(_ bytes: Int) {
        guard !isReleased else { return }
        responseBytesOwed -= bytes
        backend?.consumed(backendID, bytes: bytes)
    }

    func ended(_ end: CallEnd) {
        if end.isNotStarted, sendsAgain() { return }
        switch end {
        case .status(_, let encoded, let message?):
            caller?.finish(callerID, message: message, status: encoded)
        case .status(_, let encoded, nil):
            caller?.finish(callerID, status: encoded)
        case .failed(let code, let reason, let isNotStarted):
            caller?.finish(
                callerID, status: StatusHead.encoded(code: code, message: reason, isNotStarted: isNotStarted))
        }
        release()
    }

    // MARK: The end

    /// True when more pieces wait than the credit that was given to `sender` accounts for.
    private func isCrowded(_ pieces: Int, _ sender: Connection?) -> Bool {
        guard let sender, pieces > 0 else { return false }
        return pieces > Int(sender.limits.streamCreditBytes) + Self.maximumEmptyMessages
    }

    private func failCrowded(_ reader: String) {
        backend?.cancel(backendID)
        let reason = "more than \(Self.maximumEmptyMessages) empty messages wait at the gateway for \(reader) to read"
        caller?.noteCut(.waitingMessages, reason)
        finish(RPCError(.resourceExhausted, reason))
    }

    private func finish(_ error: RPCError) {
        held?.cancel()
        caller?.finish(callerID, status: StatusHead.encoded(error))
        release()
    }

    /// - Parameter isGivenUp: the backend's handler may go on for a moment.
    private func release(isGivenUp: Bool = false) {
        guard let caller, !isReleased else { return }
        caller.holds(callerID, bytes: 0)
        requestBytesOwed = 0
        responseBytesOwed = 0
        forgetRequest()
        backend = nil
        deadline = nil
        letGo()
        // A response that still waits refers to this object until it is out, and the caller may send until then.
        isReleased = caller.isWaiting(callerID)
        caller.release(callerID)
        if let admission {
            self.admission = nil
            if isGivenUp { acceptor.callGivenUp(admission) } else { acceptor.callEnded(admission) }
        }
        guard !isReleased else { return }
        self.caller = nil
        acceptor.recycle(self)
    }
}

extension CallEnd {
    /// Another process may take the call: this one has not begun it, and does not say that none should.
    fileprivate var isNotStarted: Bool {
        switch self {
        case .status(let head, _, _):
            head.isNotStarted && head.code == .unavailable
                && (head.pushbackMilliseconds >= 0 || head.pushbackMilliseconds == StatusHead.noPushback)
        case .failed(let code, _, let isNotStarted): isNotStarted && code == .unavailable
        }
    }
}
