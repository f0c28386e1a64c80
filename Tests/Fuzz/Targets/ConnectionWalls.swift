internal import NIOCore
internal import NIOEmbedded
internal import RPC
internal import TLS
internal import TestingMessages
internal import TestingService
internal import Transport
internal import Wire

/// One end of a connection without a socket, which hears the bytes cut into pieces, so that frames arrive in parts.
private struct EndUnderFire {
    let channel = EmbeddedChannel()

    func meet(_ end: Connection, _ bytes: UnsafeRawBufferPointer, afterHandshake: () -> Void) {
        guard (try? channel.pipeline.syncOperations.addHandler(end)) != nil,
            let address = try? SocketAddress(unixDomainSocketPath: "/fuzz")
        else { return }
        channel.connect(to: address, promise: nil)
        channel.pipeline.fireUserInboundEventTriggered(
            TLSEvent.handshakeCompleted(
                PeerCertificate(
                    uri: "spiffe://quality.example/service/gateway", subject: "CN=fuzz", serial: "01",
                    notBeforeUnixSeconds: 0, notAfterUnixSeconds: .max)))
        afterHandshake()
        let pieceBytes = 1 + Int(bytes.first ?? 0) * 4
        var offset = bytes.isEmpty ? 0 : 1
        while offset < bytes.count, channel.isActive {
            let next = min(offset + pieceBytes, bytes.count)
            channel.pipeline.fireChannelRead(ByteBuffer(bytes: bytes[offset..<next]))
            channel.embeddedEventLoop.run()
            drainOutbound()
            offset = next
        }
        channel.pipeline.fireErrorCaught(ChannelError.inputClosed)
        channel.embeddedEventLoop.run()
        drainOutbound()
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    /// What a connection sends must itself be whole frames.
    private func drainOutbound() {
        while let buffer = try? channel.readOutbound(as: ByteBuffer.self) {
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
}

enum ServerConnectionWall {
    static func run(_ bytes: UnsafeRawBufferPointer) {
        let end = EndUnderFire()
        let loop = ConnectionLoop(end.channel.embeddedEventLoop)
        var router = Router()
        TestService().register(on: &router)
        let connection = ServerConnection(
            loop: loop, limits: ConnectionLimits(concurrentStreams: 8, streamCreditBytes: 4096),
            acceptor: RouterAcceptor(router: router, policy: CallerPolicy(acceptsDirectCallers: true)),
            onEnd: { _, _ in })
        end.meet(connection, bytes, afterHandshake: {})
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
                let call = OutgoingCall(
                    head: head, message: none, messageEnd: true, streamEnd: false, isIdempotent: false, deadline: nil)
                if case .opened = connection.open(call, receiver) { return true }
                return false
            }
        }
    }
}
