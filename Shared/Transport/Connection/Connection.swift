public import NIOCore
public import TLS
internal import Telemetry
public import Wire

/// What both ends of a connection do alike: cut the byte stream into frames, gather frames to be sent, keep the
/// message bytes that wait for credit, and end in an orderly way. Confined to its event loop.
///
/// A frame's payload is borrowed memory, valid during the call that hands it over.
public class Connection: ChannelInboundHandler {
    public typealias InboundIn = ByteBuffer
    public typealias OutboundOut = ByteBuffer

    /// Frames that are gathered between two flushes.
    private static let usualOutboundBytes = 32_768
    /// A burst's buffer larger than this is not kept: there may be thousands of connections.
    private static let largestKeptOutboundBytes = 1 << 20

    public let loop: ConnectionLoop
    private let side: ConnectionSide
    private var handshakeBeganAt: MonotonicInstant?
    public let limits: ConnectionLimits
    public let rules: ConnectionRules
    /// Set while the handler is in a pipeline.
    private(set) var context: ChannelHandlerContext?
    /// The peer's certificate, from the end of the handshake on.
    public private(set) var peer: PeerCertificate?
    private var received = ByteBuffer()
    private var outbound = ByteBuffer()
    private var isDirty = false
    /// Frames in `outbound`.
    private var gatheredFrames = 0
    /// How often the frames have been handed to TLS: those gathered since then have not left.
    private(set) var flushes: UInt64 = 0
    /// So many frames, or bytes, are flushed before the tick ends.
    static let fullFrames = 32
    private static let fullBytes = 32_768
    /// With so many bytes gathered no message byte is added before they are flushed, whatever the peer's window: the
    /// rest waits, and its sender with it. Only the flush tells whether the socket takes them. No piece of a message is
    /// longer than this, either, so what is gathered stays below twice as much, but for frames that need no credit.
    static let mostGatheredBytes = 1 << 18
    private(set) var isEnded = false
    var waiting = WaitingMessages()
    /// Something came since the last tick.
    var hasHeard = false
    /// From the end of the handshake on.
    var watch: ConnectionWatch?
    var stall: StallWatch
    var flood: FloodGuard
    /// Bytes handed to TLS, in all and at the last tick.
    private(set) var writtenBytes: UInt64 = 0
    var writtenBytesBefore: UInt64 = 0
    /// Frames that need no credit, gathered since the socket took what it was given.
    private var unsentControlFrames = 0
    /// Its part of ``ConnectionLoop/bytesInFlight``.
    var countedBytes = 0
    /// Its place in the loop's list, while it is there.
    var loopPlace: Int?
    private var deadlineTimer: Scheduled<Void>?
    private var deadlineTimerAt: MonotonicInstant?

    init(loop: ConnectionLoop, limits: ConnectionLimits, rules: ConnectionRules, side: ConnectionSide) {
        self.loop = loop
        self.side = side
        self.limits = limits
        self.rules = rules
        stall = StallWatch(timeoutSeconds: rules.times.stallTimeoutSeconds)
        flood = FloodGuard(rules.flood)
        outbound.reserveCapacity(Self.usualOutboundBytes)
    }

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
    /// The longest payload the peer takes.
    var peerFramePayloadBytes: Int { 0 }
    /// The highest id of a call of the peer that may have been started: what GOAWAY names.
    var lastTakenStreamID: UInt32 { 0 }
    /// Calls that hold a slot.
    public var openCalls: Int { 0 }
    /// Message bytes that came in and were not dealt with.
    var heldBytes: Int { 0 }
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
        handshakeBeganAt = .now
        context.fireChannelActive()
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        end(.lost("the handler was removed"))
        self.context = nil
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? TLSEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        switch event {
        case .handshakeCompleted(let certificate):
            peer = certificate
            watch = ConnectionWatch(rules.times, establishedAt: .now, ageJitter: .random(in: -1...1))
            loop.add(self)
            handshakeCompleted()
            connectionEstablished()
        case .peerClosed:
            end(.closedByPeer)
            context.close(promise: nil)
        case .peerExpired:
            peerExpired()
        case .peerRefused(let error):
            fail(ConnectionError(.protocolViolation, error.message, cause: "tls_\(error.code.label)"))
        }
    }

    private func handshakeCompleted() {
        loop.telemetry.statistics.connectionOpened(side)
        guard let handshakeBeganAt else { return }
        loop.telemetry.statistics.handshakeSucceeded(
            side, nanoseconds: MonotonicInstant.now.nanoseconds &- handshakeBeganAt.nanoseconds)
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnded else { return }
        hasHeard = true
        var incoming = unwrapInboundIn(data)
        loop.telemetry.statistics.received(side, bytes: incoming.readableBytes)
        defer { loop.endFrames() }
        if received.readableBytes > 0 {
            received.writeBuffer(&incoming)
            let consumed = received.withUnsafeReadableBytes(readFrames)
            received.moveReaderIndex(forwardBy: consumed)
            if received.readableBytes == 0 { received.clear() } else { received.discardReadBytes() }
        } else {
            let consumed = incoming.withUnsafeReadableBytes(readFrames)
            if consumed < incoming.readableBytes {
                incoming.moveReaderIndex(forwardBy: consumed)
                received.clear()
                received.writeBuffer(&incoming)
            }
        }
    }

    /// Deals with every whole frame in `bytes`; returns how many bytes those were.
    private func readFrames(_ bytes: UnsafeRawBufferPointer) -> Int {
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
            offset += end
            if case .handle(let type) = verdict {
                loop.beginFrame()
                frameReceived(type, header, UnsafeRawBufferPointer(rebasing: rest[FrameHeader.byteCount..<end]))
                loop.flushFull()
            } else {
                permits(.skippedFrames)
            }
        }
        return offset
    }

    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            unsentControlFrames = 0
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
        outbound.writeWithUnsafeMutableBytes(minimumWritableBytes: FrameHeader.byteCount + count) { memory in
            header.write(to: memory)
            fill(UnsafeMutableRawBufferPointer(rebasing: memory[FrameHeader.byteCount..<FrameHeader.byteCount + count]))
            return FrameHeader.byteCount + count
        }
        if !isDirty {
            isDirty = true
            loop.markDirty(self)
        }
        gatheredFrames += 1
        if gatheredFrames == Self.fullFrames || outbound.readableBytes >= Self.fullBytes { loop.markFull(self) }
    }

    /// Hands all gathered frames to TLS in one write.
    func flushFrames() {
        isDirty = false
        flood.sent(frames: gatheredFrames)
        gatheredFrames = 0
        flushes &+= 1
        guard let context, outbound.readableBytes > 0 else { return }
        let heldBack = isFull
        writtenBytes &+= UInt64(outbound.readableBytes)
        loop.telemetry.statistics.sent(side, bytes: outbound.readableBytes)
        context.write(wrapOutboundOut(outbound), promise: nil)
        // Emptied before the flush, in which the socket may become writable and more be gathered.
        if outbound.capacity > Self.largestKeptOutboundBytes {
            outbound = ByteBuffer()
            outbound.reserveCapacity(Self.usualOutboundBytes)
        } else {
            outbound.clear()
        }
        context.flush()
        if heldBack { sendWaiting() }
        if !context.channel.isWritable { checkUnsent(context) }
    }

    /// Bytes that wait for the next flush.
    var gatheredBytes: Int { outbound.readableBytes }

    /// Message bytes wait until what is gathered has been flushed.
    var isFull: Bool { gatheredBytes >= Self.mostGatheredBytes }

    private func checkUnsent(_ context: ChannelHandlerContext) {
        if unsentControlFrames > rules.unsentControlFrames {
            cut(
                ConnectionError(
                    .excessiveLoad, "\(unsentControlFrames) answers wait for a peer that asks and does not read",
                    cause: "unsent_control_frames"))
        } else if let unsent = unsentBytes(context), unsent > rules.unsentBytes {
            cut(
                ConnectionError(
                    .excessiveLoad, "\(unsent) bytes wait for a peer that does not read", cause: "unsent_bytes"))
        }
    }

    func unsentBytes(_ context: ChannelHandlerContext) -> Int? {
        try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)
    }

    /// Ends the connection of a peer that would not read why.
    func cut(_ error: ConnectionError) {
        end(.failed(error))
        context?.close(promise: nil)
    }

    /// Counts a frame that is about to answer or refuse. What the peer makes this side queue without reading it is
    /// bounded, though such frames need no credit; see ``ConnectionRules/unsentControlFrames``.
    func countControlFrame() {
        if !isSocketWritable { unsentControlFrames += 1 }
    }

    func appendReset(_ id: UInt32, _ code: ResetCode) {
        countControlFrame()
        appendNumber(FrameHeader(.reset, streamID: id, payloadBytes: 4), code.rawValue)
    }

    func appendCredit(_ id: UInt32, _ credit: CreditReturn) {
        if let increment = credit.stream {
            appendNumber(FrameHeader(.credit, streamID: id, payloadBytes: 4), UInt32(bitPattern: increment))
        }
        if let increment = credit.connection {
            appendNumber(FrameHeader(.credit, payloadBytes: 4), UInt32(bitPattern: increment))
        }
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
        guard let next = nextDeadline else { return }
        if let scheduled = deadlineTimerAt, scheduled <= next { return }
        deadlineTimer?.cancel()
        deadlineTimerAt = next
        let at = NIODeadline.uptimeNanoseconds(next.nanoseconds)
        deadlineTimer = loop.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(deadline: at) { [self] in
            // The end of the connection cancels the timer, so this keeps nothing alive for long. A weak reference would
            // make every retain of the connection slow.
            guard !isEnded else { return }
            deadlineTimerAt = nil
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

    private func end(_ reason: ConnectionEnd) {
        guard !isEnded else { return }
        isEnded = true
        deadlineTimer?.cancel()
        if peer != nil { loop.telemetry.statistics.connectionClosed(side) }
        waiting = WaitingMessages()
        countBytes()
        loop.remove(self)
        connectionEnded(reason)
    }
}
