public import NIOCore

/// TLS on one channel: plaintext toward the pipeline's tail, records toward the socket.
///
/// - One `channelRead` of ciphertext gives at most one `channelRead` of plaintext.
/// - Writes are gathered, so that many small frames share a record; a flush sends all records in one buffer.
/// - Events: ``TLSEvent``. Every failure is one error event with a ``TLSError``, then the channel closes. An end of the
///   connection without close_notify is such a failure, ``TLSError/Code/truncated``, before `channelInactive`.
/// - Closing the channel sends what was written and close_notify first.
///
/// Writability and reads pass through. A read is answered by plaintext, or by an event that tells of messages without any:
/// whoever bounds them decides when more is read. Where neither came of what was read, the handler reads on. Nothing is kept
/// but one record's plaintext and what one flush sends.
public final class TLSHandler: ChannelDuplexHandler {
    public typealias InboundIn = ByteBuffer
    public typealias InboundOut = ByteBuffer
    public typealias OutboundIn = ByteBuffer
    public typealias OutboundOut = ByteBuffer

    /// What may be written before the handshake is over.
    public static let handshakeBacklogBytes = 1024 * 1024
    /// Records are handed to the channel, unflushed, when they have grown to this: the channel lets go of all of them at once,
    /// when it has sent the last.
    static let largestOutputBytes = 64 * 1024
    /// So many records in one read are nothing to speak of.
    public static let fewRecords = 64
    /// How long a failed connection waits for the peer to close its end, too.
    static let lingerTimeout = TimeAmount.seconds(1)
    /// A buffer larger than this is not kept for the next time.
    static let largestIdleBufferBytes = 64 * 1024

    enum State {
        case idle
        case handshaking
        case open
        /// close_notify is on its way, or the alert of a failure; nothing is read or written any more.
        case closing
        case closed
    }

    let connection: TLSConnection
    /// Where the context came from, if there may be a newer one.
    private let source: TLSContextSource?
    var channelContext: ChannelHandlerContext?
    var isExpiryTold = false
    /// Something came or went since the last review.
    var isBusy = true
    private let handshakeTimeout: TimeAmount
    /// Told once, when the peer's first bytes come.
    private var onPeerSpoke: (() -> Void)?
    let closeTimeout: TimeAmount
    var state = State.idle
    var timeout: Scheduled<Void>?

    /// Plaintext written and not yet encrypted: less than a record, but for the backlog of the handshake.
    var staged = ByteBuffer()
    private var stagedPromises: [EventLoopPromise<Void>] = []
    /// Records not yet handed to the channel, and the promises of the writes that end in them.
    var output = ByteBuffer()
    var outputPromises: [EventLoopPromise<Void>] = []
    /// `output` was handed on: its memory may still be the channel's.
    var isOutputHandedOn = false
    /// Somebody flushed while the handshake lasted.
    private var isFlushWanted = false
    var received = ByteBuffer()
    /// Somebody asked for data and has not got any: ciphertext without plaintext (a handshake, half a record) must
    /// not count as an answer when reads are asked for one by one.
    private var isReadWanted = false

    /// - Parameters:
    ///   - contexts: gives the context of this connection, and later the news of what its peer is judged by.
    ///   - peerRule: whom to accept among those our authority has certified.
    ///   - expectedServerName: for a client: the DNS name that the server's certificate must carry. `nil`: identity
    ///     alone counts.
    ///   - handshakeTimeout: from the connection's start; then it is closed.
    ///   - closeTimeout: how long a close waits for a peer that takes no more bytes.
    ///   - onPeerSpoke: hears, on the channel's loop, of the first bytes that come.
    public init(
        context contexts: any TLSContextProvider, peerRule: PeerRule = .anyIdentity, expectedServerName: String? = nil,
        handshakeTimeout: TimeAmount = .seconds(10), closeTimeout: TimeAmount = .seconds(5),
        onPeerSpoke: (() -> Void)? = nil
    ) throws(TLSError) {
        connection = try TLSConnection(contexts.current, peerRule: peerRule, serverName: expectedServerName)
        source = contexts.source
        self.handshakeTimeout = handshakeTimeout
        self.closeTimeout = closeTimeout
        self.onPeerSpoke = onPeerSpoke
    }

    /// The peer, once the handshake is over.
    public var peerCertificate: PeerCertificate? {
        connection.isEstablished ? connection.peerCertificate : nil
    }

    // MARK: Begin and end of the channel

    public func handlerAdded(context: ChannelHandlerContext) {
        channelContext = context
        source?.add(self, on: context.eventLoop)
        if context.channel.isActive { start(context) }
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        channelContext = nil
        source?.remove(self, on: context.eventLoop)
        timeout?.cancel()
        timeout = nil
        failWrites(ChannelError.ioOnClosedChannel)
    }

    public func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    public func channelInactive(context: ChannelHandlerContext) {
        let stateBefore = state
        state = .closed
        timeout?.cancel()
        timeout = nil
        failWrites(ChannelError.ioOnClosedChannel)
        reportEnd(context, in: stateBefore)
        context.fireChannelInactive()
    }

    private func reportEnd(_ context: ChannelHandlerContext, in state: State) {
        switch state {
        case .handshaking:
            context.fireErrorCaught(
                TLSError(.closedInHandshake, "peer closed the connection during the TLS handshake"))
        case .open:
            context.fireErrorCaught(
                TLSError(.truncated, "peer ended the connection without close_notify: what came last may be cut"))
        case .idle, .closing, .closed: break
        }
    }

    private func start(_ context: ChannelHandlerContext) {
        guard case .idle = state else { return }
        state = .handshaking
        schedule(context, in: handshakeTimeout) { handler, context in
            handler.fail(context, TLSError(.handshakeTimeout, "the TLS handshake was not over in time"))
        }
        handle(connection.start(output: &output), context)
    }

    // MARK: Inbound

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch state {
        // What comes after the end, or after a failure, is nobody's.
        case .idle, .closing, .closed: return
        case .handshaking, .open: break
        }
        isBusy = true
        if let onPeerSpoke {
            self.onPeerSpoke = nil
            onPeerSpoke()
        }
        var ciphertext = unwrapInboundIn(data)
        while true {
            let before = ciphertext.readableBytes
            received.clear(minimumCapacity: before)
            prepareOutput()
            let outcome = connection.receive(&ciphertext, plaintext: &received, output: &output)
            handle(outcome, context)
            // Something is left of a peer that has keys made anew again and again: whoever bounds that has had a word.
            let left = ciphertext.readableBytes
            guard case .open = state, left > 0, left < before else { return }
        }
    }

    private func handle(_ outcome: TLSConnection.OnReceive, _ context: ChannelHandlerContext) {
        if case .handshaking = state, connection.isEstablished { completeHandshake(context) }
        // Whoever got an event may have closed the channel: `state` is asked again each time.
        let keyUpdates = connection.takeKeyUpdates()
        if keyUpdates > 0, case .open = state {
            isReadWanted = false
            context.fireUserInboundEventTriggered(TLSEvent.keysUpdated(count: keyUpdates))
        }
        let records = connection.takeRecords()
        if records > Self.fewRecords, case .open = state {
            isReadWanted = false
            context.fireUserInboundEventTriggered(TLSEvent.manyRecords(count: records))
        }
        if case .open = state, received.readableBytes > 0 {
            isReadWanted = false
            context.fireChannelRead(wrapInboundOut(received))
            if received.capacity > Self.largestIdleBufferBytes { received = ByteBuffer() }
        }
        switch outcome {
        case .open:
            if isUnsent { emit(context, isFlush: true) }
        case .closedByPeer:
            guard case .open = state else { return }
            context.fireUserInboundEventTriggered(TLSEvent.peerClosed)
            if case .open = state { closeOrderly(context, promise: nil) }
        case .failed(let error):
            fail(context, error)
        }
    }

    private func completeHandshake(_ context: ChannelHandlerContext) {
        state = .open
        timeout?.cancel()
        timeout = nil
        // The handshake may have begun before the news came.
        if let source, case let newest = source.current, newest !== connection.context,
            let error = connection.verifyPeerAgain(by: newest)
        {
            fail(context, error)
            return
        }
        // What is written from here on goes out behind a client's last flight, mostly in the same packet.
        if let certificate = connection.peerCertificate {
            source?.onPeer(certificate)
            context.fireUserInboundEventTriggered(TLSEvent.handshakeCompleted(certificate))
        }
        guard case .open = state, isFlushWanted, encryptStaged(context) else { return }
        isFlushWanted = false
        emit(context, isFlush: true)
    }

    public func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        if isReadWanted { context.read() }
    }

    public func read(context: ChannelHandlerContext) {
        isReadWanted = true
        context.read()
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // With half closure allowed on the channel, this is how the end of the peer's stream is told.
        if case .inputClosed? = event as? ChannelEvent {
            let stateBefore = state
            if case .open = state { state = .closing }
            if case .handshaking = state { state = .closing }
            reportEnd(context, in: stateBefore)
            context.fireUserInboundEventTriggered(event)
            context.close(promise: nil)
            return
        }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: Outbound

    public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var plaintext = unwrapOutboundIn(data)
        switch state {
        case .idle, .handshaking:
            guard staged.readableBytes + plaintext.readableBytes <= Self.handshakeBacklogBytes else {
                promise?.fail(
                    TLSError(
                        .bufferFull, "more than \(Self.handshakeBacklogBytes) bytes written before the TLS handshake"))
                return
            }
            staged.writeBuffer(&plaintext)
            if let promise { stagedPromises.append(promise) }
        case .open:
            guard gather(&plaintext, context) else {
                promise?.fail(ChannelError.ioOnClosedChannel)
                return
            }
            if let promise { stagedPromises.append(promise) }
        case .closing, .closed:
            promise?.fail(ChannelError.ioOnClosedChannel)
        }
    }

    /// Stages `plaintext`; encrypts all records that become full. False after a failure.
    private func gather(_ plaintext: inout ByteBuffer, _ context: ChannelHandlerContext) -> Bool {
        let room = TLSConnection.recordBytes - staged.readableBytes
        guard plaintext.readableBytes >= room else {
            staged.writeBuffer(&plaintext)
            return true
        }
        if staged.readableBytes > 0 {
            if var head = plaintext.readSlice(length: room) { staged.writeBuffer(&head) }
            guard encryptStaged(context) else { return false }
        }
        // Whole records go straight from the writer's memory, at most as many as one output buffer holds.
        while plaintext.readableBytes >= TLSConnection.recordBytes {
            let whole = plaintext.readableBytes / TLSConnection.recordBytes * TLSConnection.recordBytes
            guard let slice = plaintext.readSlice(length: min(whole, Self.largestOutputBytes)),
                encrypt(slice, context)
            else { return false }
            if output.readableBytes >= Self.largestOutputBytes { emit(context, isFlush: false) }
        }
        staged.writeBuffer(&plaintext)
        return true
    }

    public func flush(context: ChannelHandlerContext) {
        switch state {
        case .idle, .handshaking:
            isFlushWanted = true
            context.flush()
        case .open:
            guard encryptStaged(context) else { return }
            emit(context, isFlush: true)
        case .closing, .closed:
            context.flush()
        }
    }

    /// False after a failure.
    func encryptStaged(_ context: ChannelHandlerContext) -> Bool {
        if staged.readableBytes > 0 {
            guard encrypt(staged, context) else { return false }
            if staged.capacity > Self.largestIdleBufferBytes { staged = ByteBuffer() } else { staged.clear() }
        }
        settleStaged()
        return true
    }

    /// The staged writes are all in records now.
    private func settleStaged() {
        guard !stagedPromises.isEmpty else { return }
        outputPromises += stagedPromises
        stagedPromises.removeAll(keepingCapacity: true)
    }

    private func encrypt(_ plaintext: ByteBuffer, _ context: ChannelHandlerContext) -> Bool {
        isBusy = true
        prepareOutput()
        let failure = plaintext.withUnsafeReadableBytes { connection.encrypt($0, output: &output) }
        guard let failure else { return true }
        fail(context, failure)
        return false
    }

    // MARK: Records to the channel

    var isUnsent: Bool { !isOutputHandedOn && output.readableBytes > 0 }

    /// Makes `output` fit to append to: its own memory again if the channel has let go of it, else new memory.
    func prepareOutput() {
        guard isOutputHandedOn else { return }
        isOutputHandedOn = false
        if output.capacity > Self.largestIdleBufferBytes {
            output = ByteBuffer()
        } else {
            output.clear(minimumCapacity: 0)
        }
    }

    func emit(_ context: ChannelHandlerContext, isFlush: Bool) {
        if !isUnsent {
            guard !outputPromises.isEmpty else {
                if isFlush { context.flush() }
                return
            }
            // A write of nothing, or one whose last record went out before: an empty buffer carries its promise.
            prepareOutput()
        }
        isOutputHandedOn = true
        let promise = takeOutputPromise(context)
        if isFlush {
            context.writeAndFlush(wrapOutboundOut(output), promise: promise)
        } else {
            context.write(wrapOutboundOut(output), promise: promise)
        }
    }

    /// One promise for all writes that end in `output`.
    private func takeOutputPromise(_ context: ChannelHandlerContext) -> EventLoopPromise<Void>? {
        guard outputPromises.count > 1 else { return outputPromises.popLast() }
        let promises = outputPromises
        outputPromises.removeAll(keepingCapacity: true)
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { result in
            for promise in promises { promise.completeWith(result) }
        }
        return promise
    }

    func failWrites(_ error: any Error) {
        let promises = outputPromises + stagedPromises
        outputPromises = []
        stagedPromises = []
        staged = ByteBuffer()
        for promise in promises { promise.fail(error) }
    }
}
