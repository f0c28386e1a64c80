internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Synchronization
package import TLS
package import Wire

/// One end of a real connection over TLS, played frame by frame by a test. PING is answered by itself.
package final class FramePeer: Sendable {
    /// How a test ends its side of the connection.
    package enum Ending: CaseIterable, Sendable {
        /// TLS's close_notify first, as it should be.
        case closeNotify
        /// The end of TCP alone, as a killed process leaves it.
        case cut
    }

    private let channel: any Channel
    private let inbox = FrameInbox()

    private init(_ channel: any Channel) {
        self.channel = channel
    }

    /// Connects to 127.0.0.1 and shakes hands. Throws the ``TLSError`` of a server that is refused here; a server's own
    /// refusal shows as the end of the connection.
    package static func connect(port: Int, tls: TLSContext, server: PeerRule = .anyIdentity) async throws -> FramePeer {
        let made = Mutex<FramePeer?>(nil)
        _ = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton.next())
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.allowRemoteHalfClosure, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    made.withLock { $0 = FramePeer(channel) }
                    try made.withLock { $0 }?.addHandlers(tls, server)
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        guard let peer = made.withLock({ $0 }) else { throw ChannelError.connectPending }
        try await peer.inbox.handshake()
        return peer
    }

    /// For a listener: the peer on a channel that it accepted.
    static func accepted(_ channel: any Channel, tls: TLSContext) throws -> FramePeer {
        let peer = FramePeer(channel)
        try peer.addHandlers(tls, .anyIdentity)
        return peer
    }

    private func addHandlers(_ tls: TLSContext, _ rule: PeerRule) throws {
        try channel.pipeline.syncOperations.addHandlers([
            Scissors(),
            try TLSHandler(
                context: tls, peerRule: rule, handshakeTimeout: .seconds(Patience.seconds),
                closeTimeout: .seconds(Patience.seconds)), FrameCollector(inbox),
        ])
    }

    // MARK: Talking

    /// Sends frames in one piece. Without effect when the connection is over.
    package func send(_ frames: RawFrame...) async {
        await send(bytes: frames.bytes)
    }

    package func send(bytes: [UInt8]) async {
        try? await channel.writeAndFlush(ByteBuffer(bytes: bytes))
    }

    /// Sends HELLO, and answers with the limits in the other side's: `nil` when the connection ended instead.
    @discardableResult
    package func greet(_ limits: ConnectionLimits = ConnectionLimits()) async -> ConnectionLimits? {
        await send(.hello(limits))
        guard let hello = await next(), hello.type == FrameType.hello.rawValue else { return nil }
        return hello.payload.withUnsafeBytes { try? Hello(parsing: $0).limits }
    }

    /// The next frame; `nil` when the connection is over.
    package func next() async -> RawFrame? {
        await inbox.next()
    }

    /// Frames up to the first for which `isLast` holds, with it; all there are when the connection ends before.
    package func frames(until isLast: (RawFrame) -> Bool) async -> [RawFrame] {
        var frames: [RawFrame] = []
        while let frame = await next() {
            frames.append(frame)
            if isLast(frame) { break }
        }
        return frames
    }

    /// Frames up to the one that ends the call on this stream: STATUS or RESET.
    package func frames(ofCall stream: UInt32) async -> [RawFrame] {
        await frames { frame in
            frame.stream == stream
                && (frame.type == FrameType.status.rawValue || frame.type == FrameType.reset.rawValue)
        }
    }

    /// Everything the other side has sent before it answers a PING that is sent now.
    package func framesUntilPong() async -> [RawFrame] {
        let question: [UInt8] = [0x71, 0, 0, 0, 0, 0, 0, 1]
        await send(RawFrame(.ping, question))
        var frames = await frames { $0.type == FrameType.ping.rawValue && $0.flags.contains(.acknowledgement) }
        if frames.last?.type == FrameType.ping.rawValue { frames.removeLast() }
        return frames
    }

    /// Everything until the connection ends.
    package func framesUntilEnd() async -> [RawFrame] {
        await frames { _ in false }
    }

    /// Takes nothing off the socket any more: the other side's bytes pile up.
    package func stopReading() async {
        try? await channel.setOption(.autoRead, value: false).get()
    }

    package func resumeReading() async {
        try? await channel.setOption(.autoRead, value: true).get()
    }

    // MARK: The end

    package func end(_ ending: Ending) async {
        switch ending {
        case .closeNotify: try? await channel.close()
        case .cut:
            // Behind the back of TLS. What was sent before arrives: only our direction ends.
            try? await channel.pipeline.context(handlerType: Scissors.self)
                .flatMap { context in
                    let done = context.eventLoop.makePromise(of: Void.self)
                    context.close(mode: .output, promise: done)
                    return done.futureResult
                }.get()
        }
    }

    /// Ends TCP at once with RST: what the other side has not read is gone.
    package func reset() async {
        try? await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        await abandon()
    }

    /// Frees the socket, however things stand.
    package func abandon() async {
        try? await channel.pipeline.context(handlerType: Scissors.self).flatMap { context in
            context.close()
        }.get()
    }
}

/// Stands between TLS and the socket, so that the socket can be closed without a word of TLS.
private final class Scissors: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
}

/// Cuts the plaintext into frames.
private final class FrameCollector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let inbox: FrameInbox
    private var unparsed: [UInt8] = []

    init(_ inbox: FrameInbox) {
        self.inbox = inbox
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        unparsed += unwrapInboundIn(data).readableBytesView
        let (frames, rest) = RawFrame.parse(unparsed)
        unparsed = rest
        for frame in frames {
            if frame.type == FrameType.ping.rawValue, !frame.flags.contains(.acknowledgement) {
                let answer = RawFrame(.ping, flags: .acknowledgement, frame.payload)
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: answer.bytes)), promise: nil)
            } else {
                inbox.append(frame)
            }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSEvent { inbox.handshakeEnded(nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        inbox.handshakeEnded(error)
        inbox.end()
    }

    func channelInactive(context: ChannelHandlerContext) {
        inbox.handshakeEnded(ChannelError.eof)
        inbox.end()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        // A channel that never became active is closed without a word.
        inbox.handshakeEnded(ChannelError.eof)
        inbox.end()
    }
}

/// Frames on their way from the loop to the test.
private final class FrameInbox: Sendable {
    private struct State {
        var frames = CircularBuffer<RawFrame>()
        var isOver = false
        var waiter: CheckedContinuation<RawFrame?, Never>?
        var handshake: Result<Void, any Error>?
        var shaker: CheckedContinuation<Void, any Error>?
    }

    private let state = Mutex(State())

    func append(_ frame: RawFrame) {
        let waiter = state.withLock { state in
            if state.waiter == nil { state.frames.append(frame) }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: frame)
    }

    func end() {
        let waiter = state.withLock { state in
            state.isOver = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: nil)
    }

    func next() async -> RawFrame? {
        await withCheckedContinuation { continuation in
            let ready: RawFrame?? = state.withLock { state in
                if let frame = state.frames.popFirst() { return .some(frame) }
                if state.isOver { return .some(nil) }
                state.waiter = continuation
                return nil
            }
            if let ready { continuation.resume(returning: ready) }
        }
    }

    /// The first word counts.
    func handshakeEnded(_ error: (any Error)?) {
        let result: Result<Void, any Error> = error.map { .failure($0) } ?? .success(())
        let shaker = state.withLock { state in
            if state.handshake == nil { state.handshake = result }
            defer { state.shaker = nil }
            return state.shaker
        }
        shaker?.resume(with: result)
    }

    func handshake() async throws {
        try await withCheckedThrowingContinuation { continuation in
            let ready = state.withLock { state in
                if state.handshake == nil { state.shaker = continuation }
                return state.handshake
            }
            if let ready { continuation.resume(with: ready) }
        }
    }
}
