internal import GatewayRules
internal import RPC
internal import Transport
internal import Wire

/// One call on its way through: what the caller sends goes to a backend, what the backend sends goes back, and each
/// side is given credit only for bytes that the other side's socket took. Confined to its loop, and used again for
/// other calls.
///
/// Everything it decides, the machine decides; here are the references that go with its states. Each method is a run of the
/// machine (``ForwardedCallMachine``), asks it first, and does what it says: whatever is called here, connection, pool or
/// acceptor, may come back and find the call in its next state, or over.
final class ForwardedCall: ServerCallReceiver, ClientCallReceiver {
    /// On what terms a call was let in.
    struct Admission {
        let caller: Caller
        let service: BackendService
        let ticket: AdmissionQueue.Ticket
    }

    private unowned let acceptor: GatewayAcceptor
    private var machine = ForwardedCallMachine()
    /// Until the end.
    private var admission: Admission?
    private var caller: ServerConnection?
    private var callerID: UInt32 = 0
    /// While the call is open there.
    private var backend: ClientConnection?
    private var backendID: UInt32 = 0
    /// While something is held back.
    private var held: HeldCall?
    /// While the call may still go to another backend.
    private var kept: KeptRequest?

    init(acceptor: GatewayAcceptor) {
        self.acceptor = acceptor
    }

    private func leave() {
        if machine.leave() { acceptor.recycle(self) }
    }

    // MARK: The begin

    func begin(_ call: IncomingCall, on connection: ServerConnection, _ admission: Admission, waitsForTurn: Bool) {
        machine.enter()
        defer { leave() }
        caller = connection
        callerID = call.id
        self.admission = admission
        let action = machine.begin(
            bytes: call.frame.message.count, streamEnd: call.frame.streamEnd, hasDeadline: call.deadline != nil,
            waitsForTurn: waitsForTurn, hasRoom: hasRoom(for: call.frame.message.count),
            tick: acceptor.tick)
        reportPlaceUse()
        var uri = admission.caller.identity.uri
        uri.withUTF8 { stamp in
            // Whatever the caller said about itself is overwritten here.
            var call = call
            call.frame.head.caller = UnsafeRawBufferPointer(stamp)
            switch action {
            case .hold: hold(call)
            case .choose: choose(for: call)
            case .noRoom(let ending): failForRoom(ending)
            }
        }
    }

    /// Finds a connection for a call that has its place.
    private func choose(for call: IncomingCall, otherThan refused: ClientConnection? = nil) {
        guard let pool = admission?.service.pool else { return }
        let ready = if let refused { pool.readyConnection(otherThan: refused) } else { pool.readyConnection() }
        if let ready { return open(call, on: ready, now: call.receivedAt) }
        switch machine.noneReady(hasRoom: hasRoom(for: call.frame.message.count)) {
        case .holdAndWait:
            hold(call)
            awaitConnection()
        case .noRoom(let ending): failForRoom(ending)
        case .ignore: break
        }
    }

    /// Opens the call on a backend. The caller's side keeps the deadline; the backend hears what is left of it.
    private func open(_ call: IncomingCall, on connection: ClientConnection, now: MonotonicInstant) {
        guard case .open(let keepsRequest) = machine.connectionReady() else { return }
        if keepsRequest { kept = acceptor.requests.keep(call) }
        var frame = call.frame
        if let deadline = call.deadline {
            frame.head.timeoutMicroseconds = deadline.microseconds(since: now)
        }
        let bytes = frame.message.count
        switch connection.open(frame, deadline: nil, self) {
        case .opened(let id, let waitingBytes):
            switch machine.opened(bytes: bytes, waitingBytes: waitingBytes, isKept: kept != nil) {
            case .opened(let creditBytes):
                backend = connection
                backendID = id
                caller?.forwarded(callerID, to: connection)
                caller?.consumed(callerID, bytes: creditBytes)
                reportWaiting()
                if held != nil { sendHeld() }
            case .giveUp: connection.cancel(id)
            }
        case .full, .unusable:
            switch machine.notOpened(bytes: bytes, isKept: kept != nil) {
            case .sendAgain: sendAgain(refusedBy: connection)
            case .fail(let ending):
                fail(RPCError(.unavailable, "the backend takes no more calls", isNotStarted: true), ending)
            case .ignore: break
            }
        }
    }

    // MARK: Sending again

    /// The backend has not begun the call: another gets it.
    private func sendAgain(refusedBy refused: ClientConnection) {
        guard let request = kept else { return }
        kept = nil
        backend = nil
        discardHeld()
        acceptor.countSentAgain()
        request.withCall(id: callerID) { choose(for: $0, otherThan: refused) }
        acceptor.requests.giveBack(request)
    }

    /// The service has begun to answer, or the call is over.
    private func forgetRequest() {
        guard let kept else { return }
        self.kept = nil
        acceptor.requests.giveBack(kept)
    }

    // MARK: Waiting

    private func hasRoom(for bytes: Int) -> Bool { acceptor.heldBytes.hasRoom(for: bytes, of: admission?.caller) }

    /// There are too many bytes of calls that wait, and this one's caller has most of them. `false`: it keeps what it has.
    func givesRoom() -> Bool {
        machine.enter()
        defer { leave() }
        guard let ending = machine.roomTaken() else { return false }
        failForRoom(ending)
        return true
    }

    private func heldCall() -> HeldCall {
        if let held { return held }
        let made = HeldCall(self, of: admission?.caller.number ?? 0, in: acceptor.heldBytes)
        held = made
        return made
    }

    private func hold(_ call: IncomingCall) {
        heldCall().keep(call)
        reportWaiting()
    }

    /// The caller's connection is told how much of the request waits, when that has changed: nothing of most calls.
    private func reportWaiting() {
        guard let bytes = machine.waitingToReport() else { return }
        caller?.holds(callerID, bytes: bytes)
    }

    /// The service's queue is told whose turn it is, when that has changed: nothing of most calls.
    private func reportPlaceUse() {
        guard let use = machine.placeUseToReport(), let admission else { return }
        admission.service.placeUsed(admission.ticket, use)
    }

    private func discardHeld() {
        guard let held else { return }
        self.held = nil
        held.discard()
    }

    private func awaitConnection() {
        guard let held, let pool = admission?.service.pool else { return }
        held.wait(for: pool) { result in self.connectionCame(result, for: held) }
    }

    private func connectionCame(_ result: Result<ClientConnection, ConnectionUnavailable>, for held: HeldCall) {
        // Else the answer is one that a call of before waited for.
        guard self.held === held else { return }
        machine.enter()
        defer { leave() }
        switch result {
        case .success(let connection): held.withCall { open($0, on: connection, now: .now) }
        case .failure(let failure):
            guard let ending = machine.connectionFailed() else { return }
            fail(RPCError(.unavailable, failure.reason, isNotStarted: true), ending)
        }
    }

    /// The call is open: what was kept behind its first frame follows.
    private func sendHeld() {
        while machine.nextHeld(), let frame = held?.popFirst() {
            frame.bytes.withUnsafeBytes { forward($0, messageEnd: frame.messageEnd, streamEnd: frame.streamEnd) }
        }
        discardHeld()
    }

    /// The call has waited for its place and has it.
    func turnCame() {
        machine.enter()
        defer { leave() }
        guard machine.turnCame(tick: acceptor.tick) else { return }
        reportPlaceUse()
        awaitConnection()
    }

    /// The call has waited for its place in vain.
    func refused(_ why: CallRefusal, by service: BackendService) {
        machine.enter()
        defer { leave() }
        guard let ending = machine.refused() else { return }
        fail(acceptor.refusal(why, service, admission, caller), ending)
    }

    /// The call's place has gone to another, of this class.
    func displaced(from service: BackendService, by trafficClass: TrafficClass) {
        machine.enter()
        defer { leave() }
        guard let ending = machine.displaced() else { return }
        let error = acceptor.displacement(
            from: service, by: trafficClass, admission, caller, isNotStarted: ending.isNotStarted)
        fail(error, ending)
    }

    var isStarted: Bool { machine.isStarted }

    /// Whose bytes they are that wait: the peer's.
    var callerURI: String? { nil }

    // MARK: From the caller

    func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool, streamEnd: Bool) {
        machine.enter()
        defer { leave() }
        let crowd = bytes.isEmpty ? crowd(backend?.waitingPieces(backendID), from: caller) : .none
        let action = machine.requestReceived(
            bytes: bytes.count, streamEnd: streamEnd, crowd: crowd,
            hasRoom: hasRoom(for: bytes.count), tick: acceptor.tick)
        reportPlaceUse()
        switch action {
        case .forward: forward(bytes, messageEnd: messageEnd, streamEnd: streamEnd)
        case .hold:
            heldCall().append(bytes, messageEnd: messageEnd, streamEnd: streamEnd)
            reportWaiting()
        case .drop: break
        case .noRoom(let ending): failForRoom(ending)
        case .crowded(let ending): failCrowded("the service", ending)
        }
    }

    private func forward(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool, streamEnd: Bool) {
        guard let backend else { return }
        creditSent(backend.send(backendID, bytes, messageEnd: messageEnd, streamEnd: streamEnd))
    }

    func requestBytesSent(_ bytes: Int) {
        machine.enter()
        defer { leave() }
        creditSent(bytes)
    }

    private func creditSent(_ bytes: Int) {
        caller?.consumed(callerID, bytes: machine.requestSent(bytes: bytes, tick: acceptor.tick))
        reportWaiting()
        reportPlaceUse()
    }

    func cancelled(_ why: CallCancellation) {
        machine.enter()
        defer { leave() }
        switch machine.cancelled() {
        case .end(let ending, let wasHeld):
            if wasHeld, why == .deadlineExceeded { acceptor.deadlinePassedWhileHeld(admission, caller) }
            cancelBackend(ending, why == .deadlineExceeded ? .deadlineExceeded : .cancel)
            settle(ending)
        case .forget: caller = nil
        case .ignore: break
        }
    }

    /// Asked for messages without bytes only.
    private func crowd(_ pieces: Int?, from sender: Connection?) -> ForwardedCallMachine.Crowd {
        .init(waitingPieces: pieces ?? 0, creditBytes: Int(sender?.limits.streamCreditBytes ?? 0))
    }

    // MARK: From the backend

    func headersReceived(_ block: UnsafeRawBufferPointer) {
        machine.enter()
        defer { leave() }
        guard machine.headersReceived(tick: acceptor.tick) else { return }
        reportPlaceUse()
        forgetRequest()
        caller?.sendHeaders(callerID, block)
    }

    func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool) {
        machine.enter()
        defer { leave() }
        let crowd = bytes.isEmpty ? crowd(caller?.waitingPieces(callerID), from: backend) : .none
        switch machine.responseReceived(bytes: bytes.count, crowd: crowd) {
        case .forward:
            forgetRequest()
            guard let caller else { return }
            creditReceived(caller.send(callerID, bytes, messageEnd: messageEnd))
        case .crowded(let ending): failCrowded("the caller", ending)
        case .drop: break
        }
    }

    /// Nothing of it goes on: what the gateway's callers share are the service's places.
    func waitsForOthers() {
        machine.enter()
        defer { leave() }
        guard machine.waitsForOthers(), let admission else { return }
        admission.service.callWaitsForOthers(admission.ticket)
    }

    func responseBytesSent(_ bytes: Int) {
        machine.enter()
        defer { leave() }
        creditReceived(bytes)
    }

    private func creditReceived(_ bytes: Int) {
        backend?.consumed(backendID, bytes: machine.responseSent(bytes: bytes, tick: acceptor.tick))
        reportPlaceUse()
    }

    func ended(_ end: CallEnd) {
        machine.enter()
        defer { leave() }
        switch machine.backendEnded(isNotStarted: end.isNotStarted) {
        case .sendAgain:
            if let backend { sendAgain(refusedBy: backend) }
        case .answer(let ending):
            switch end {
            case .status(_, let encoded, let message?):
                caller?.finish(callerID, message: message, status: encoded)
            case .status(_, let encoded, nil):
                caller?.finish(callerID, status: encoded)
            case .failed(let code, let reason, let isNotStarted):
                caller?.finish(
                    callerID, status: StatusHead.encoded(code: code, message: reason, isNotStarted: isNotStarted))
            }
            settle(ending)
        case .ignore: break
        }
    }

    // MARK: The end

    private func failForRoom(_ ending: ForwardedCallMachine.Ending) {
        fail(acceptor.tooManyBytes(admission, caller, isNotStarted: ending.isNotStarted), ending)
    }

    private func failCrowded(_ reader: String, _ ending: ForwardedCallMachine.Ending) {
        let reason =
            "more than \(ForwardedCallMachine.maximumEmptyMessages) empty messages wait at the gateway for \(reader) to read"
        caller?.noteCut(.waitingMessages, reason)
        fail(RPCError(.resourceExhausted, reason), ending)
    }

    private func fail(_ error: RPCError, _ ending: ForwardedCallMachine.Ending) {
        cancelBackend(ending, .cancel)
        caller?.finish(callerID, status: StatusHead.encoded(error))
        settle(ending)
    }

    private func cancelBackend(_ ending: ForwardedCallMachine.Ending, _ code: ResetCode) {
        if ending.cancelsBackend { backend?.cancel(backendID, code) }
    }

    /// Both sides know of the end: lets go of all that the call had.
    private func settle(_ ending: ForwardedCallMachine.Ending) {
        discardHeld()
        forgetRequest()
        backend = nil
        var tailWaits = false
        if let caller {
            // A response that still waits refers to this object until it is out, and the caller may send until then.
            tailWaits = caller.isWaiting(callerID)
            caller.release(callerID)
        }
        machine.settled(tailWaits: tailWaits)
        if !tailWaits { caller = nil }
        guard let admission else { return }
        self.admission = nil
        if ending.isGivenUp { acceptor.callGivenUp(admission) } else { acceptor.callEnded(admission) }
    }
}
