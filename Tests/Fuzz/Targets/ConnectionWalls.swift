internal import NIOCore
internal import NIOEmbedded
internal import RPC
internal import TLS
internal import TestSupport
internal import TestingMessages
internal import TestingService
internal import Transport
internal import Wire

/// One end of a connection behind a socket that does what the fuzzer says. TLS is left out: its events are fired by hand.
private struct EndUnderFire {
    let channel = EmbeddedChannel()
    private let socket = UnrulySocket()

    /// `afterHandshake`: what the peer says before the fuzzer has its word.
    func meet(_ end: Connection, _ bytes: UnsafeRawBufferPointer, afterHandshake: () -> Void = {}) {
        guard (try? channel.pipeline.syncOperations.addHandlers([socket, end])) != nil,
            let address = try? SocketAddress(unixDomainSocketPath: "/fuzz")
        else { return }
        channel.connect(to: address, promise: nil)
        channel.pipeline.fireUserInboundEventTriggered(
            TLSEvent.handshakeCompleted(
                PeerCertificate(
                    uri: "spiffe://quality.example/service/gateway", subject: "CN=fuzz", serial: "01",
                    notBeforeUnixSeconds: 0, notAfterUnixSeconds: .max)))
        afterHandshake()
        ScriptedSocket(
            channel: channel, socket: socket, onWire: { $0.isEmpty ? [] : [ByteBuffer(bytes: $0)] },
            onSent: Self.expectWholeFrames, onEvent: event
        ).play(SocketScript(bytes))
    }

    private func event(_ kind: Int) {
        let event: TLSEvent =
            switch kind % 3 {
            case 0: .peerClosed
            case 1: .peerExpired
            default: .peerRefused(TLSError(.certificateRevoked, "taken back"))
            }
        channel.pipeline.fireUserInboundEventTriggered(event)
    }

    /// What a connection sends must itself be whole frames.
    private static func expectWholeFrames(_ buffer: ByteBuffer) {
        buffer.withUnsafeReadableBytes { sent in
            var offset = 0
            while offset < sent.count {
                guard let header = FrameHeader(parsing: UnsafeRawBufferPointer(rebasing: sent[offset...])) else {
                    preconditionFailure("half a frame was sent")
                }
                offset += FrameHeader.byteCount + header.payloadBytes
            }
            precondition(offset == sent.count, "half a frame was sent")
        }
    }
}

enum ServerConnectionWall {
    /// A server's end with a service behind it.
    static func connection(_ loop: ConnectionLoop) -> ServerConnection {
        var router = Router()
        TestService().register(on: &router)
        return ServerConnection(
            loop: loop, limits: ConnectionLimits(concurrentStreams: 8, streamCreditBytes: 4096),
            acceptor: RouterAcceptor(router: router, policy: CallerPolicy(acceptsDirectCallers: true)),
            onEnd: { _, _ in })
    }

    static func run(_ bytes: UnsafeRawBufferPointer) {
        let end = EndUnderFire()
        let connection = connection(ConnectionLoop(end.channel.embeddedEventLoop))
        end.meet(connection, bytes)
        precondition(connection.openCalls == 0, "a call outlived its connection")
    }
}

enum ClientConnectionWall {
    /// Hears the end of a call, once.
    private final class Receiver: ClientCallReceiver {
        private(set) var ends = 0

        func headersReceived(_ block: UnsafeRawBufferPointer) {}
        func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool) {}
        func ended(_ end: CallEnd) { ends += 1 }
        func requestBytesSent(_ bytes: Int) {}
    }

    /// What the server says first, so that calls can be opened: after that it says what the fuzzer likes.
    private static let hello: [UInt8] = {
        let payload = Hello().encoded()
        var frame = [UInt8](repeating: 0, count: FrameHeader.byteCount)
        frame.withUnsafeMutableBytes { FrameHeader(.hello, payloadBytes: payload.count).write(to: $0) }
        return frame + payload
    }()

    static func run(_ bytes: UnsafeRawBufferPointer) {
        let end = EndUnderFire()
        let loop = ConnectionLoop(end.channel.embeddedEventLoop)
        let receivers = (0..<3).map { _ in Receiver() }
        var opened = 0
        let connection = ClientConnection(
            loop: loop, limits: ConnectionLimits(),
            onReady: { connection in
                for receiver in receivers where open(receiver, on: connection) { opened += 1 }
            }, onSlot: { _ in }, onEnd: { _, _ in })
        end.meet(connection, bytes) {
            end.channel.pipeline.fireChannelRead(ByteBuffer(bytes: hello))
        }
        precondition(receivers.map(\.ends).reduce(0, +) == opened, "a call did not end exactly once")
    }

    private static func open(_ receiver: Receiver, on connection: ClientConnection) -> Bool {
        var path = "quality.testing.v1.TestService/FullDuplexCall"
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        return path.withUTF8 { path in
            MetadataBlock.empty.withUnsafeBytes { metadata in
                let head = CallHead(
                    timeoutMicroseconds: CallHead.noTimeout, path: UnsafeRawBufferPointer(path), caller: none,
                    trace: none, metadata: metadata)
                let frame = CallFrame(
                    head: head, message: none, messageEnd: true, streamEnd: false, isIdempotent: false)
                if case .opened = connection.open(frame, deadline: nil, receiver) { return true }
                return false
            }
        }
    }
}

/// The whole of a server's pipeline: libssl's records, of every size and cut anywhere, and the connection behind it. The
/// peer is a client of the same libssl that sends what the fuzzer likes.
enum TLSConnectionWall {
    private static let contexts: (server: TLSContext, client: TLSContext) = {
        let authority = TestAuthority()
        let identity = authority.configuration(authority.issue(service: "gateway"))
        do throws(TLSError) {
            return (try TLSContext(server: identity), try TLSContext(client: identity))
        } catch {
            preconditionFailure("no certificate could be made: \(error)")
        }
    }()

    static func run(_ bytes: UnsafeRawBufferPointer) {
        let server = EmbeddedChannel(), client = EmbeddedChannel()
        let socket = UnrulySocket()
        let connection = ServerConnectionWall.connection(ConnectionLoop(server.embeddedEventLoop))
        guard let address = try? SocketAddress(unixDomainSocketPath: "/fuzz"),
            let serverTLS = try? TLSHandler(context: contexts.server),
            let clientTLS = try? TLSHandler(context: contexts.client),
            (try? server.pipeline.syncOperations.addHandlers([socket, serverTLS, connection])) != nil,
            (try? client.pipeline.syncOperations.addHandler(clientTLS)) != nil
        else { preconditionFailure("there is no pipeline") }
        server.connect(to: address, promise: nil)
        client.connect(to: address, promise: nil)
        shakeHands(client, server)
        precondition(connection.peer != nil, "the handshake failed")
        ScriptedSocket(
            channel: server, socket: socket, onWire: { records(of: $0, client) }, onSent: { _ in },
            onEvent: { kind in
                // The peer's close_notify, or an end of its bytes without one.
                if kind % 2 == 0 { client.close(promise: nil) }
                for record in taken(client) where server.isActive { server.pipeline.fireChannelRead(record) }
                if kind % 2 == 1 { server.close(promise: nil) }
            }
        ).play(SocketScript(bytes))
        precondition(connection.openCalls == 0, "a call outlived its connection")
        client.finishWhateverHappens()
    }

    private static func shakeHands(_ client: EmbeddedChannel, _ server: EmbeddedChannel) {
        for _ in 0..<4 {
            for record in taken(client) { server.pipeline.fireChannelRead(record) }
            for record in taken(server) { client.pipeline.fireChannelRead(record) }
        }
    }

    private static func taken(_ channel: EmbeddedChannel) -> [ByteBuffer] {
        channel.embeddedEventLoop.run()
        var buffers: [ByteBuffer] = []
        while let buffer = try? channel.readOutbound(as: ByteBuffer.self) { buffers.append(buffer) }
        return buffers
    }

    /// One record of these bytes, in two pieces.
    private static func records(of bytes: ArraySlice<UInt8>, _ client: EmbeddedChannel) -> [ByteBuffer] {
        guard let last = bytes.last else { return [] }
        client.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
        return taken(client).flatMap { record -> [ByteBuffer] in
            var rest = record
            guard let head = rest.readSlice(length: Int(last) % (record.readableBytes + 1)) else { return [record] }
            return [head, rest].filter { $0.readableBytes > 0 }
        }
    }
}
