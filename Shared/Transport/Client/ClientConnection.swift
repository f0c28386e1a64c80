internal import NIOCore
internal import TLS
internal import Telemetry
public import Wire

/// The client's end of a connection.
public final class ClientConnection: Connection {
    private var machine: ClientConnectionMachine
    private var receivers = StreamTable<any ClientCallReceiver>()
    private var observer: ClientCallObserver
    private let onReady: (ClientConnection) -> Void
    private let onSlot: (ClientConnection) -> Void
    private let onGoAway: (ClientConnection) -> Void
    private let onEnd: (ClientConnection, ConnectionEnd) -> Void
    /// It takes no more calls, and its owner knows.
    private(set) var hasToldGoAway = false
    /// The peer's HELLO had come.
    private(set) var wasReady = false
    /// The first call opened since the last flush, if that is still the last: this one and those after it have not left.
    private var firstUnsent = (id: UInt32(0), flushes: UInt64.max)
    /// Hears of each call that ends otherwise than OK, and of the others too while ``reportsSuccess`` is set. Not of
    /// those that end with the connection.
    var onCallEnd: ((CallEnd) -> Void)?
    var reportsSuccess = false
    /// The server does not answer: calls had better go elsewhere.
    private(set) var isSilent = false
    /// Hears when that changes.
    var onSilence: ((ClientConnection) -> Void)?
    /// Hears of each call that this side ends for a rule that the server broke, with the reason.
    var onCallCut: ((CallFault, String) -> Void)?

    /// `backend`: the endpoint, for what is noted of the calls. `onReady`: the peer's HELLO came. `onSlot`: a call
    /// ended, another may be opened. `onGoAway`: once, when no call can be opened any more (the peer's first GOAWAY, or
    /// the ids are used up) though some may still be open; not when the connection ends without that. `onEnd`: once, at
    /// the end; calls that were open have been told. All on the loop.
    public init(
        loop: ConnectionLoop, limits: ConnectionLimits, rules: ConnectionRules = ConnectionRules().asClient,
        backend: String = "unknown", onReady: @escaping (ClientConnection) -> Void,
        onSlot: @escaping (ClientConnection) -> Void, onGoAway: @escaping (ClientConnection) -> Void = { _ in },
        onEnd: @escaping (ClientConnection, ConnectionEnd) -> Void
    ) {
        machine = ClientConnectionMachine(limits: limits, lastUsableStreamID: rules.lastStreamID)
        self.onReady = onReady
        self.onSlot = onSlot
        self.onGoAway = onGoAway
        self.onEnd = onEnd
        observer = ClientCallObserver(loop, backend: backend)
        super.init(loop: loop, limits: limits, rules: rules, side: .client)
    }

    var figures: CallFigures { observer.backend }

    override public var openCalls: Int { machine.openCalls }
    /// Calls that count against what the peer allows, and how many it allows: 0 before its HELLO.
    var countedCalls: Int { machine.countedCalls }
    var allowedCalls: Int { machine.allowedCalls }
    /// Calls on which the server has yet to do something.
    var awaitingCalls: Int { machine.awaitingCalls }
    /// True when a call may be opened now.
    public var hasFreeSlot: Bool { machine.hasFreeSlot && !isEnded }
    /// True while calls may be opened, now or when another has ended.
    public var takesCalls: Bool { machine.takesCalls && !isEnded }

    public enum OnOpen {
        case opened(id: UInt32, waitingBytes: Int)
        /// The peer's limit of open calls is reached.
        case full
        /// The connection takes no more calls.
        case unusable
    }

    /// Opens a call, which ends at the deadline unless the server has ended it before. Message bytes beyond credit or
    /// frame size wait here; ``ClientCallReceiver/requestBytesSent(_:)`` tells when they go out.
    public func open(
        _ frame: CallFrame, deadline: MonotonicInstant?, _ receiver: any ClientCallReceiver
    ) -> OnOpen {
        guard !isEnded else { return .unusable }
        var frame = frame
        let span = observer.trace(&frame.head)
        let headBytes = frame.head.encodedBytes
        let room = max(0, longestPieceBytes - headBytes)
        let first = isWritable ? min(frame.message.count, room) : 0
        let endsHere = frame.streamEnd && first == frame.message.count
        switch machine.open(messageBytes: first, endsSending: endsHere, deadline: deadline) {
        case .full: return .full
        case .unusable: return .unusable
        case .open(let id, let granted):
            receivers.insert(receiver, id: id)
            observer.began(id, span)
            figures.sent(bytes: frame.message.count)
            if firstUnsent.flushes != flushes { firstUnsent = (id, flushes) }
            scheduleDeadline()
            var flags: FrameFlags = frame.isIdempotent ? .idempotent : []
            var endFlags: FrameFlags = frame.messageEnd ? .messageEnd : []
            if frame.streamEnd { endFlags.insert(.streamEnd) }
            let isWhole = granted == frame.message.count
            if isWhole { flags.formUnion(endFlags) }
            let message = UnsafeRawBufferPointer(rebasing: frame.message[..<granted])
            appendFrame(
                FrameHeader(.call, flags: flags, streamID: id, payloadBytes: headBytes + granted),
                count: headBytes + granted
            ) { memory in
                frame.head.write(to: memory)
                if let base = message.baseAddress {
                    (memory.baseAddress! + headBytes).copyMemory(from: base, byteCount: granted)
                }
            }
            var sent = granted
            if !isWhole {
                sent += sendMessage(id, UnsafeRawBufferPointer(rebasing: frame.message[granted...]), flags: endFlags)
            }
            if !machine.takesCalls { tellGoAway() }
            return .opened(id: id, waitingBytes: frame.message.count - sent)
        }
    }

    /// Sends request bytes; returns how many went out at once. All of them for a call that is over.
    @discardableResult
    public func send(_ id: UInt32, _ bytes: UnsafeRawBufferPointer, messageEnd: Bool, streamEnd: Bool) -> Int {
        guard machine.isOpen(id) else { return bytes.count }
        figures.sent(bytes: bytes.count)
        var flags: FrameFlags = messageEnd ? .messageEnd : []
        if streamEnd { flags.insert(.streamEnd) }
        return sendMessage(id, bytes, flags: flags)
    }

    /// Response bytes have been dealt with: the server may send as many again.
    public func consumed(_ id: UInt32, bytes: Int) {
        guard bytes > 0, let increment = machine.consumed(id, bytes: bytes) else { return }
        appendCredit(id, increment)
    }

    /// Gives the call up; its receiver hears no more.
    public func cancel(_ id: UInt32, _ code: ResetCode = .cancel) {
        guard machine.cancel(id) else { return }
        observer.ended(id, code == .deadlineExceeded ? .deadlineExceeded : .cancelled)
        dropWaitingMessages(id)
        receivers.remove(id)
        appendReset(id, code)
        slotFreed()
    }

    private func slotFreed() {
        if machine.isDrained {
            closeGracefully()
        } else {
            onSlot(self)
        }
    }

    /// The call is over on this side.
    private func end(_ id: UInt32, _ end: CallEnd) {
        dropWaitingMessages(id)
        guard let receiver = receivers.remove(id) else { return }
        observer.ended(id, end.code)
        if end.code != .ok || reportsSuccess { onCallEnd?(end) }
        receiver.ended(end)
        slotFreed()
    }

    // MARK: Frames

    override func frameReceived(_ type: FrameType, _ header: FrameHeader, _ payload: UnsafeRawBufferPointer) {
        switch type {
        case .status: statusReceived(header, payload)
        case .data: dataReceived(header, payload)
        case .headers: headersReceived(header.streamID, payload)
        case .reset: resetReceived(header.streamID, payload)
        case .credit: creditReceived(header.streamID, payload)
        case .ping: pingReceived(header, payload)
        case .hello: helloReceived(payload)
        case .goAway: goAwayReceived(payload)
        case .waiting: waitingReceived(header.streamID)
        case .call: fail(ConnectionError(.protocolViolation, "CALL from a server"))
        }
    }

    private func helloReceived(_ payload: UnsafeRawBufferPointer) {
        do throws(ConnectionError) {
            switch machine.helloReceived(try Hello(parsing: payload)) {
            case .open:
                wasReady = true
                observer.connected()
                onReady(self)
            case .connectionError(let error): fail(error)
            }
        } catch {
            fail(error)
        }
    }

    private func statusReceived(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) {
        let id = header.streamID
        do throws(ConnectionError) {
            let (head, message) = try StatusHead.parse(payload)
            switch machine.statusReceived(
                id, code: head.code, messageBytes: message.count, flags: header.flags)
            {
            case .deliver(let messageEnd):
                figures.received(bytes: message.count)
                let encoded = UnsafeRawBufferPointer(rebasing: payload[..<(payload.count - message.count)])
                end(id, .status(head, encoded: encoded, message: messageEnd ? message : nil))
            case .ignore: break
            case .fail(let code, let reason): failCall(id, code, reason)
            case .connectionError(let error): fail(error)
            }
        } catch {
            fail(error)
        }
    }

    private func dataReceived(_ header: FrameHeader, _ payload: UnsafeRawBufferPointer) {
        let id = header.streamID
        if payload.count < FloodGuard.tinyFrameBytes, !permitsSmallData(header) { return }
        switch machine.dataReceived(id, bytes: payload.count, flags: header.flags) {
        case .deliver(let messageEnd):
            figures.received(bytes: payload.count)
            receivers[id]?.messageReceived(payload, messageEnd: messageEnd)
        case .ignore: break
        case .fail(let code, let reason): failCall(id, code, reason)
        case .connectionError(let error): fail(error)
        }
    }

    private func failCall(_ id: UInt32, _ code: StatusCode, _ reason: String) {
        appendReset(id, .protocolViolation)
        end(id, .failed(code, reason, isNotStarted: false))
        noteCut(CallFault(code), reason)
    }

    private func noteCut(_ fault: CallFault, _ reason: String) {
        ConnectionCounters.callCut(fault)
        onCallCut?(fault, reason)
    }

    private func headersReceived(_ id: UInt32, _ payload: UnsafeRawBufferPointer) {
        switch machine.headersReceived(id) {
        case .deliver: receivers[id]?.headersReceived(payload)
        case .ignore: break
        case .fail(let code, let reason): failCall(id, code, reason)
        case .connectionError(let error): fail(error)
        }
    }

    private func resetReceived(_ id: UInt32, _ payload: UnsafeRawBufferPointer) {
        switch machine.resetReceived(id) {
        case .fail:
            let number = UInt32(bigEndian: payload.loadUnaligned(as: UInt32.self))
            let code = ResetCode(rawValue: number) ?? .internal
            end(id, .failed(code.status, "the server reset the call: \(code)", isNotStarted: code == .refused))
        case .ignore: break
        case .connectionError(let error): fail(error)
        }
    }

    private func waitingReceived(_ id: UInt32) {
        switch machine.waitingReceived(id) {
        case .waits:
            receivers[id]?.waitsForOthers()
            slotFreed()
        case .late: break
        case .saysNothing: permits(.skippedFrames)
        }
    }

    private func creditReceived(_ id: UInt32, _ payload: UnsafeRawBufferPointer) {
        guard permitsCredit() else { return }
        switch machine.creditReceived(id, increment: Int32(bigEndian: payload.loadUnaligned(as: Int32.self))) {
        case .streamWritable, .connectionWritable: sendWaiting()
        case .ignore: break
        case .resetStream(let code):
            appendReset(id, code)
            let reason = "the server sent a credit of zero or too much"
            end(id, .failed(code.status, reason, isNotStarted: false))
            noteCut(.streamRules, reason)
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

    private func goAwayReceived(_ payload: UnsafeRawBufferPointer) {
        do throws(ConnectionError) {
            guard permits(.skippedFrames) else { return }
            let goAway = try GoAway(parsing: payload)
            switch machine.goAwayReceived(lastStreamID: goAway.lastStreamID) {
            case .connectionError(let error):
                fail(error)
                return
            case .notStarted(let ids):
                // The owner first: what the calls' ends bring about must not come here again.
                tellGoAway()
                for id in ids {
                    end(id, .failed(.unavailable, "the server is going away", isNotStarted: true))
                }
            }
            guard !isEnded else { return }
            if goAway.error.code != .none {
                fail(
                    ConnectionError(
                        .none, "the server ended the connection: \(goAway.error.reason)", cause: "cut_by_peer"))
            } else if machine.isDrained {
                closeGracefully()
            }
        } catch {
            fail(error)
        }
    }

    private func tellGoAway() {
        guard !hasToldGoAway else { return }
        hasToldGoAway = true
        onGoAway(self)
    }

    // MARK: For Connection

    /// Opens no further call here and closes when the last has ended, as if the server had asked for it.
    override func peerExpired() {
        guard machine.takesCalls else { return }
        _ = machine.goAwayReceived(lastStreamID: .max)
        tellGoAway()
        if machine.isDrained { closeGracefully() }
    }

    override func silenceChanged(_ isSilent: Bool) {
        self.isSilent = isSilent
        onSilence?(self)
    }

    override var peerFramePayloadBytes: Int { machine.peerFramePayloadBytes }

    override func takeSendCredit(_ id: UInt32, upTo wanted: Int) -> Int {
        machine.takeSendCredit(id, upTo: wanted)
    }

    override func waitingBytesSent(_ id: UInt32, bytes: Int) {
        receivers[id]?.requestBytesSent(bytes)
    }

    override func takeConnectionCredit() -> Int32? { machine.takeConnectionCredit() }

    override var isOutOfCredit: Bool { machine.isOutOfCredit }

    override var isDraining: Bool { !machine.takesCalls }

    override func streamStalled(_ id: UInt32, seconds: UInt32) {
        guard machine.cancel(id) else { return }
        let reason = "the server took none of the request for \(seconds) s"
        appendReset(id, .cancel)
        end(id, .failed(.unavailable, reason, isNotStarted: false))
        noteCut(.stalled, reason)
    }

    override var nextDeadline: MonotonicInstant? { machine.nextDeadline }

    override func deadlineReached(_ now: MonotonicInstant) {
        for id in machine.expire(at: now) {
            appendReset(id, .deadlineExceeded)
            end(id, .failed(.deadlineExceeded, "the deadline passed before the call ended", isNotStarted: false))
        }
    }

    override func connectionEnded(_ reason: ConnectionEnd) {
        if wasReady { observer.disconnected() }
        let firstUnsentID = firstUnsent.flushes == flushes ? firstUnsent.id : .max
        for id in machine.close() {
            observer.ended(id, .unavailable)
            let isUnsent = id >= firstUnsentID
            let text = isUnsent ? "the call had not been sent" : "the call may have been carried out"
            receivers.remove(id)?
                .ended(.failed(.unavailable, "\(reason.reason); \(text)", isNotStarted: isUnsent))
        }
        if wasReady, let cause = reason.cause { ConnectionCounters.cut(.client, cause) }
        onEnd(self, reason)
        onCallEnd = nil
        onCallCut = nil
        onSilence = nil
    }
}
