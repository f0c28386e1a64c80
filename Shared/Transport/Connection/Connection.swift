public import NIOCore
public import TLS
internal import Telemetry
public import Wire

/// What both ends of a connection do alike: cut the byte stream into frames, gather frames to be sent, keep the
/// message bytes that wait for credit, and end in an orderly way. Confined to its event loop.
///
/// It only carries out what its machines answer: ``ConnectionLife`` (how far it has come), ``InboundFrames`` (bytes that
/// came), ``OutboundFrames`` (frames that go), ``WaitingMessages``, and at each end Wire's machine of the protocol.
/// Whatever calls out of here (a write, a receiver, the end of a call) may come back in before it returns: no machine is
/// held meanwhile, and the next step asks the machines anew.
///
/// A frame's payload is borrowed memory, valid during the call that hands it over.
public class Connection: ChannelDuplexHandler {
    public typealias InboundIn = ByteBuffer
    public typealias OutboundIn = ByteBuffer
    public typealias OutboundOut = ByteBuffer

    public let loop: ConnectionLoop
    private let side: ConnectionSide
    public let limits: ConnectionLimits
    public let rules: ConnectionRules
    /// Set while the handler is in a pipeline.
    private(set) var context: ChannelHandlerContext?
    var life = ConnectionLife()
    var inbound = InboundFrames()
    var outbound = OutboundFrames()
    var waiting = WaitingMessages()
    var flood: FloodGuard
    var turn = ConnectionTurn()
    /// At a server, from the end of the handshake on: what this and all other connections of its peer cost the loop.
    var loopIdentity: LoopIdentity<Connection>?
    private var alarm = DeadlineAlarm()
    /// Its place in the loop's list, while it is there.
    var loopPlace: Int?

    init(loop: ConnectionLoop, limits: ConnectionLimits, rules: ConnectionRules, side: ConnectionSide) {
        self.loop = loop
        self.side = side
        self.limits = limits
        self.rules = rules
        flood = FloodGuard(rules.flood)
    }

    /// The peer's certificate, from the end of the handshake on.
    public var peer: PeerCertificate? { life.peer }
    var isEnded: Bool { life.isEnded }
    /// How often frames have been handed to TLS: those gathered since then have not left.
    var flushes: UInt64 { outbound.flushes }

    // MARK: For the two ends

    /// A whole frame of a known type whose header obeys the rules.
    func frameReceived(_ type: FrameType, _ header: FrameHeader, _ payload: UnsafeRawBufferPointer) {}
    /// The handshake is done: the first frame goes out.
    func connectionEstablished() { sendHello() }
    /// The peer's certificate has ended: open calls may end, new ones belong elsewhere.
    func peerExpired() {}
    /// The connection is over, for this reason; every open call ends now.
    func connectionEnded(_ reason: ConnectionEnd) {}
    /// The machine's word on a call's credit, see `takeSendCredit` there.
    func takeSendCredit(_ id: UInt32, upTo wanted: Int) -> Int { 0 }
    /// Message bytes that had waited went out.
    func waitingBytesSent(_ id: UInt32, bytes: Int) {}
    /// A STATUS that followed message bytes went out.
    func trailingStatusSent(_ id: UInt32) {}
    /// The peer answered a PING of this side, or sent an answer that nobody asked for.
    func pingAnswered(_ number: UInt64) {}
    /// The peer answers nothing any more, or is heard again.
    func silenceChanged(_ isSilent: Bool) {}
    /// The longest payload the peer takes.
    var peerFramePayloadBytes: Int { 0 }
    /// The highest id of a call of the peer that may have been started: what GOAWAY names.
    var lastTakenStreamID: UInt32 { 0 }
    /// Calls that hold a slot.
    public var openCalls: Int { 0 }
    /// The credit that is due to the whole connection, once.
    func takeConnectionCredit() -> Int32? { nil }
    /// More, or less, waits of this call than before.
    func waitingChanged(_ id: UInt32) {}
    /// What was gathered has been handed to the socket, which may not have taken it.
    func framesFlushed() {}
    /// So many bytes wait for the socket now. Not said of each flush, but of whatever can make many.
    func socketAwaited(bytes: Int) {}
    /// No call may send a message byte for want of credit on the connection.
    var isOutOfCredit: Bool { false }
    /// No more calls are taken.
    var isDraining: Bool { false }
    /// Takes no more calls; the calls that are open are given time.
    func retire(_ cause: DrainCause, _ reason: String) {}
    /// They have had it.
    func retirementIsOver() {}
    /// Bytes of this call have waited for credit too long.
    func streamStalled(_ id: UInt32, seconds: UInt32) {}
    /// The earliest deadline of an open call, and what to do at it.
    var nextDeadline: MonotonicInstant? { nil }
    func deadlineReached(_ now: MonotonicInstant) {}

    // MARK: Channel events

    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    public func channelActive(context: ChannelHandlerContext) {
        life.handshakeBegan(at: .now)
        context.fireChannelActive()
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        end(.lost("the handler was removed"))
        loop.remove(self)
        loop.leave(self)
        socketAwaited(bytes: 0)
        self.context = nil
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? TLSEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        switch event {
        case .handshakeCompleted(let certificate):
            handshakeCompleted(certificate)
        case .keysUpdated(let count):
            owe(count * TurnCost.keyUpdate)
            permits(.keyUpdates, count: count)
        case .manyRecords(let count): owe(count * TurnCost.record)
        case .peerClosed:
            end(.closedByPeer)
            context.close(promise: nil)
        case .peerExpired:
            peerExpired()
        case .peerRefused(let error):
            fail(ConnectionError(.protocolViolation, error.message, cause: "tls_\(error.code.label)"))
        }
    }

    private func handshakeCompleted(_ certificate: PeerCertificate) {
        switch life.handshakeCompleted(certificate, rules.times, ageJitter: .random(in: -1...1), at: .now) {
        case .established(let tookNanoseconds):
            loop.add(self)
            loop.telemetry.statistics.connectionOpened(side)
            if let tookNanoseconds {
                loop.telemetry.statistics.handshakeSucceeded(side, nanoseconds: tookNanoseconds)
            }
            connectionEstablished()
        case .ignore: break
        }
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        loop.telemetry.statistics.received(side, bytes: bytes.readableBytes)
        switch inbound.received(bytes) {
        case .read: readFrames()
        case .keep, .drop: break
        }
    }

    /// Deals with what has come, and with what comes in meanwhile, as far as it is this connection's turn.
    func readFrames() {
        defer { loop.endFrames() }
        let allowance = takeAllowance()
        var left = allowance
        var waits = false
        while !waits, var bytes = inbound.next() {
            let consumed = bytes.withUnsafeReadableBytes { readFrames($0, &left, &waits) }
            bytes.moveReaderIndex(forwardBy: consumed)
            if waits { inbound.standBack(rest: &bytes) } else { inbound.done(rest: &bytes) }
        }
        settle(spent: allowance - left, waits: waits)
    }

    /// Deals with every whole frame in `bytes`, which nobody else can change, until they have cost what is `left`; returns how
    /// many bytes those were.
    private func readFrames(_ bytes: UnsafeRawBufferPointer, _ left: inout Int, _ waits: inout Bool) -> Int {
        var offset = 0
        while !isEnded {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
            guard let header = FrameHeader(parsing: rest) else { break }
            let verdict = header.judged(maximumPayloadBytes: Int(limits.framePayloadBytes))
            if case .connectionError(let error) = verdict {
                fail(error)
                break
            }
            let end = FrameHeader.byteCount + header.payloadBytes
            guard rest.count >= end else { break }
            guard left > 0 else {
                waits = true
                break
            }
            left -= TurnCost.frame(isCall: header.type == FrameType.call.rawValue, payloadBytes: header.payloadBytes)
            offset += end
            if case .handle(let type) = verdict {
                loop.beginFrame()
                frameReceived(type, header, UnsafeRawBufferPointer(rebasing: rest[FrameHeader.byteCount..<end]))
                returnConnectionCredit()
                loop.isBetweenSteps()
            } else {
                permits(.skippedFrames)
            }
        }
        return offset
    }

    private func returnConnectionCredit() {
        guard let increment = takeConnectionCredit() else { return }
        appendCredit(0, increment)
    }

    public func read(context: ChannelHandlerContext) {
        if mayRead() { context.read() }
    }

    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            outbound.socketBecameWritable()
            sendWaiting()
        }
        context.fireChannelWritabilityChanged()
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if peer == nil, !isEnded {
            loop.telemetry.statistics.handshakeFailed(side, reason: (error as? TLSError)?.code.label ?? "transport")
        }
        end(.failed(error))
        context.close(promise: nil)
    }

    public func channelInactive(context: ChannelHandlerContext) {
        end(.lost("the connection was closed"))
        context.fireChannelInactive()
    }

    // MARK: Sending frames

    /// Adds a frame whose payload is these parts, one after the other, to what goes out at the end of the tick.
    func appendFrame(
        _ header: FrameHeader, _ first: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        _ second: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)
    ) {
        appendFrame(header, count: first.count + second.count) { memory in
            if let base = first.baseAddress { memory.baseAddress!.copyMemory(from: base, byteCount: first.count) }
            if let base = second.baseAddress {
                (memory.baseAddress! + first.count).copyMemory(from: base, byteCount: second.count)
            }
        }
    }

    /// Adds a frame whose payload of `count` bytes `fill` writes.
    func appendFrame(_ header: FrameHeader, count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
        guard !isEnded else { return }
        let action = outbound.append(header, count: count, fill)
        if action.contains(.schedule) { loop.markDirty(self) }
        if action.contains(.flushSoon) { loop.markFull(self) }
    }

    /// Hands all gathered frames to TLS in one write.
    func flushFrames() {
        let heldBack = isFull
        let isMuch = outbound.bytes >= OutboundFrames.fullBytes
        guard let context, writeFrames(context) else { return }
        // Before the flush, in which the socket may become writable and more be gathered.
        outbound.written()
        context.flush()
        framesFlushed()
        if heldBack { sendWaiting() }
        if isMuch || !context.channel.isWritable { checkUnsent(context) }
    }

    /// A step of its own: when it has returned it holds the bytes no more. False: there were none.
    private func writeFrames(_ context: ChannelHandlerContext) -> Bool {
        guard let (bytes, frames) = outbound.take() else { return false }
        flood.sent(frames: frames)
        loop.telemetry.statistics.sent(side, bytes: bytes.readableBytes)
        context.write(wrapOutboundOut(bytes), promise: nil)
        return true
    }

    /// Bytes that wait for the next flush.
    var gatheredBytes: Int { outbound.bytes }

    /// Message bytes wait until what is gathered has been flushed.
    var isFull: Bool { outbound.isFull }

    /// Ends the connection of a peer that would not read why. What waits for it is let go of at once.
    func cut(_ error: ConnectionError) {
        end(.failed(error))
        drop()
    }

    /// Counts a frame that is about to answer or refuse. What the peer makes this side queue without reading it is
    /// bounded, though such frames need no credit; see ``ConnectionRules/unsentControlFrames``.
    func countControlFrame() {
        if !isSocketWritable { outbound.countUnsentControlFrame() }
    }

    func appendReset(_ id: UInt32, _ code: ResetCode) {
        countControlFrame()
        appendNumber(FrameHeader(.reset, streamID: id, payloadBytes: 4), code.rawValue)
    }

    /// Gives credit to a stream, or on stream 0 to the connection.
    func appendCredit(_ id: UInt32, _ increment: Int32) {
        appendNumber(FrameHeader(.credit, streamID: id, payloadBytes: 4), UInt32(bitPattern: increment))
    }

    private func appendNumber(_ header: FrameHeader, _ value: UInt32) {
        withUnsafeBytes(of: value.bigEndian) { appendFrame(header, $0) }
    }

    func appendPingAnswer(_ payload: UnsafeRawBufferPointer) {
        countControlFrame()
        appendFrame(FrameHeader(.ping, flags: .acknowledgement, payloadBytes: payload.count), payload)
    }

    func sendHello() {
        let hello = Hello(limits: limits).encoded()
        hello.withUnsafeBytes { appendFrame(FrameHeader(.hello, payloadBytes: $0.count), $0) }
    }

    /// Asks; the answer brings the same number to ``pingAnswered(_:)``.
    func appendPing(_ number: UInt64) {
        withUnsafeBytes(of: number.bigEndian) { appendFrame(FrameHeader(.ping, payloadBytes: 8), $0) }
    }

    func appendGoAway(lastStreamID: UInt32, _ error: ConnectionError) {
        let payload = GoAway(lastStreamID: lastStreamID, error: error).encoded()
        payload.withUnsafeBytes { appendFrame(FrameHeader(.goAway, payloadBytes: $0.count), $0) }
    }

    // MARK: Deadlines

    /// Sees to it that ``deadlineReached(_:)`` is called at the earliest deadline.
    func scheduleDeadline() {
        guard let next = nextDeadline, alarm.isLate(for: next) else { return }
        // The end of the connection cancels the timer, so this keeps nothing alive for long. A weak reference would make
        // every retain of the connection slow.
        alarm.set(for: next, on: loop) { [self] in
            alarm.rang()
            guard !isEnded else { return }
            deadlineReached(.now)
            scheduleDeadline()
        }
    }

    // MARK: The end

    /// Tells the peer why and closes.
    func fail(_ error: ConnectionError) {
        guard !isEnded else { return }
        appendGoAway(lastStreamID: lastTakenStreamID, error)
        flushFrames()
        end(.failed(error))
        context?.close(promise: nil)
    }

    /// Closes after what is gathered has been sent.
    func closeGracefully() {
        guard !isEnded else { return }
        flushFrames()
        end(.lost("closed on this side"))
        context?.close(promise: nil)
    }

    /// Closes at once, whatever waits, also when it has ended and its last bytes do not leave.
    func abandon(_ reason: String) {
        end(.lost(reason))
        drop()
    }

    private func drop() {
        context?.triggerUserOutboundEvent(TLSAbandon(), promise: nil)
        // Where there is no TLS.
        context?.close(promise: nil)
    }

    private func end(_ reason: ConnectionEnd) {
        switch life.end() {
        case .ended(let wasEstablished):
            inbound.end()
            endTurn()
            alarm.cancel()
            if wasEstablished { loop.telemetry.statistics.connectionClosed(side) }
            let waited = waiting.streams
            waiting = WaitingMessages()
            for id in waited { waitingChanged(id) }
            connectionEnded(reason)
        case .ignore: break
        }
    }
}
