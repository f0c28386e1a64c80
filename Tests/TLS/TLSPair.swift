import NIOCore
import NIOEmbedded
import TLS
import TestSupport

/// Writes down what a handler behind TLS sees, in order.
final class Recorder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    enum Entry: Equatable {
        case completed(uri: String?)
        case data(bytes: Int)
        case peerClosed
        case keysUpdated(count: Int)
        case manyRecords(count: Int)
        case peerExpired
        case peerRefused(TLSError.Code)
        case failed(TLSError.Code)
        case inactive
    }

    private(set) var entries: [Entry] = []
    private(set) var received: [UInt8] = []
    private(set) var error: TLSError?
    /// Run when the handshake is over, before anything else arrives.
    var onCompleted: ((ChannelHandlerContext) -> Void)?
    var onKeysUpdated: ((ChannelHandlerContext) -> Void)?

    /// The number of plaintext reads.
    var reads: Int { entries.count { if case .data = $0 { true } else { false } } }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        entries.append(.data(bytes: buffer.readableBytes))
        received += buffer.readableBytesView
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event as? TLSEvent {
        case .handshakeCompleted(let certificate):
            entries.append(.completed(uri: certificate.uri))
            onCompleted?(context)
        case .peerClosed: entries.append(.peerClosed)
        case .keysUpdated(let count):
            entries.append(.keysUpdated(count: count))
            onKeysUpdated?(context)
        case .manyRecords(let count): entries.append(.manyRecords(count: count))
        case .peerExpired: entries.append(.peerExpired)
        case .peerRefused(let error): entries.append(.peerRefused(error.code))
        case nil: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? TLSError else { return }
        entries.append(.failed(error.code))
        self.error = error
    }

    func channelInactive(context: ChannelHandlerContext) {
        entries.append(.inactive)
    }
}

/// One end: a TLS handler on a channel without a socket.
final class TLSEnd {
    let channel: EmbeddedChannel
    let handler: TLSHandler
    let recorder = Recorder()
    let reads = ReadCounter()

    init(
        _ context: any TLSContextProvider, peerRule: PeerRule = .anyIdentity, expectedServerName: String? = nil
    ) throws {
        handler = try TLSHandler(
            context: context, peerRule: peerRule, expectedServerName: expectedServerName,
            handshakeTimeout: .seconds(10))
        channel = EmbeddedChannel(handlers: [reads, handler, recorder])
    }

    func connect() throws {
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    }

    /// What has been handed to the socket since the last time.
    func takeCiphertext() throws -> [ByteBuffer] {
        var buffers: [ByteBuffer] = []
        while let buffer = try channel.readOutbound(as: ByteBuffer.self) { buffers.append(buffer) }
        return buffers
    }

    func deliver(_ ciphertext: ByteBuffer) throws {
        guard channel.isActive else { return }
        channel.pipeline.fireChannelRead(ciphertext)
        channel.pipeline.fireChannelReadComplete()
    }

    func write(_ bytes: [UInt8]) -> EventLoopFuture<Void> {
        channel.write(ByteBuffer(bytes: bytes))
    }

    /// Closes our end; a channel without a socket is closed only when its loop has run.
    func close() throws {
        let closed = channel.close()
        channel.embeddedEventLoop.run()
        try closed.wait()
    }

    /// The peer's TCP connection ends without a word of TLS: nothing of ours goes out either.
    func cut() {
        channel.pipeline.fireChannelInactive()
    }
}

/// A client and a server that reach each other through `exchange`.
final class TLSPair {
    let client: TLSEnd
    let server: TLSEnd

    init(client: TLSEnd, server: TLSEnd) throws {
        self.client = client
        self.server = server
        try server.connect()
        try client.connect()
    }

    /// Two services of one authority, not yet shaken hands.
    convenience init(
        authority: TestAuthority = TestAuthority(), clientRule: PeerRule = .anyIdentity,
        serverRule: PeerRule = .anyIdentity
    ) throws {
        let client = authority.configuration(authority.issue(service: "submission"))
        let server = authority.configuration(authority.issue(service: "gateway"))
        try self.init(
            client: TLSEnd(TLSContext(client: client), peerRule: clientRule),
            server: TLSEnd(TLSContext(server: server), peerRule: serverRule))
    }

    /// Carries ciphertext both ways, in pieces of at most `pieceBytes`, until both are silent.
    func exchange(pieceBytes: Int = .max) throws {
        while true {
            let toServer = try client.takeCiphertext()
            let toClient = try server.takeCiphertext()
            if toServer.isEmpty && toClient.isEmpty { return }
            try deliver(toServer, to: server, pieceBytes: pieceBytes)
            try deliver(toClient, to: client, pieceBytes: pieceBytes)
        }
    }

    private func deliver(_ buffers: [ByteBuffer], to end: TLSEnd, pieceBytes: Int) throws {
        for var buffer in buffers {
            while let piece = buffer.readSlice(length: min(pieceBytes, buffer.readableBytes)), piece.readableBytes > 0 {
                try end.deliver(piece)
            }
        }
    }
}

extension Recorder.Entry {
    static let byGateway = Recorder.Entry.completed(uri: "spiffe://quality.example/service/gateway")
    static let bySubmission = Recorder.Entry.completed(uri: "spiffe://quality.example/service/submission")
}
