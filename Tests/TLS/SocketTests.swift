import NIOCore
import NIOPosix
import TLS
import TestSupport
import TestTurns
import Testing

/// Real sockets: what channels without sockets cannot show is partial writes, backpressure, resets and several loops.
@Suite("TLS over sockets", .takesTurns)
struct SocketTests {
    /// Sends everything back, and says how the connection ended.
    private final class Echo: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private var isPeerClosed = false
        private var error: (any Error)?
        private let ended: EventLoopPromise<Bool>

        init(ended: EventLoopPromise<Bool>) { self.ended = ended }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.write(data, promise: nil)
        }

        func channelReadComplete(context: ChannelHandlerContext) {
            context.flush()
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .peerClosed? = event as? TLSEvent { isPeerClosed = true }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            if self.error == nil || error is TLSError { self.error = error }
        }

        func channelInactive(context: ChannelHandlerContext) {
            if let error { ended.fail(error) } else { ended.succeed(isPeerClosed) }
        }
    }

    /// Counts and checks what comes back: byte n is n mod 251.
    private final class Checker: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let expectedBytes: Int
        private var receivedBytes = 0
        private let done: EventLoopPromise<Void>
        private let ready: EventLoopPromise<PeerCertificate>

        init(expectedBytes: Int, ready: EventLoopPromise<PeerCertificate>, done: EventLoopPromise<Void>) {
            self.expectedBytes = expectedBytes
            self.ready = ready
            self.done = done
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .handshakeCompleted(let certificate)? = event as? TLSEvent { ready.succeed(certificate) }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            for byte in unwrapInboundIn(data).readableBytesView {
                guard byte == UInt8(receivedBytes % 251) else {
                    done.fail(TLSError(.protocolViolation, "byte \(receivedBytes) is wrong"))
                    return
                }
                receivedBytes += 1
            }
            if receivedBytes == expectedBytes { done.succeed() }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            ready.fail(error)
            done.fail(error)
        }

        func channelInactive(context: ChannelHandlerContext) {
            ready.fail(ChannelError.eof)
            done.fail(ChannelError.eof)
        }
    }

    private let authority = TestAuthority()
    private static var group: any EventLoopGroup { MultiThreadedEventLoopGroup.singleton }

    private func listen(_ ended: EventLoopPromise<Bool>) async throws -> any Channel {
        let context = try TLSContext(server: authority.configuration(authority.issue(service: "gateway")))
        return try await ServerBootstrap(group: Self.group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        TLSHandler(
                            context: context, handshakeTimeout: .seconds(Patience.seconds),
                            closeTimeout: .seconds(Patience.seconds)),
                        Echo(ended: ended),
                    ])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    private struct Connection {
        var channel: any Channel
        var ready: EventLoopFuture<PeerCertificate>
        var done: EventLoopFuture<Void>
    }

    private static func connect(
        _ context: TLSContext, to server: any Channel, expectedBytes: Int,
        closeTimeout: TimeAmount = .seconds(Patience.seconds)
    ) async throws -> Connection {
        let loop = group.next()
        let ready = loop.makePromise(of: PeerCertificate.self)
        let done = loop.makePromise(of: Void.self)
        let channel = try await ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        TLSHandler(
                            context: context, peerRule: .service(named: "gateway"),
                            handshakeTimeout: .seconds(Patience.seconds), closeTimeout: closeTimeout),
                        Checker(expectedBytes: expectedBytes, ready: ready, done: done),
                    ])
                }
            }
            .connect(to: #require(server.localAddress)).get()
        return Connection(channel: channel, ready: ready.futureResult, done: done.futureResult)
    }

    private func clientContext() throws -> TLSContext {
        try TLSContext(client: authority.configuration(authority.issue(service: "submission")))
    }

    @Test("1.5 MB go there and back unharmed, in writes of odd sizes")
    func echo() async throws {
        let ended = Self.group.next().makePromise(of: Bool.self)
        let server = try await listen(ended)
        let count = 1_500_000
        let connection = try await Self.connect(clientContext(), to: server, expectedBytes: count)
        #expect(try await connection.ready.get().uri == "spiffe://quality.example/service/gateway")
        var position = 0
        while position < count {
            let size = min(count - position, 1 + position % 70_001)
            let bytes = ByteBuffer(bytes: (position..<position + size).map { UInt8($0 % 251) })
            position += size
            // Waiting for some of the writes bounds what is under way.
            if position % 7 == 0 {
                try await connection.channel.writeAndFlush(bytes)
            } else {
                connection.channel.write(bytes, promise: nil)
            }
        }
        connection.channel.flush()
        try await connection.done.get()
        try await connection.channel.close()
        #expect(try await ended.futureResult.get() == true)
        try await server.close()
    }

    @Test("many connections on several loops share one context")
    func manyConnections() async throws {
        let ended = Self.group.next().makePromise(of: Bool.self)
        let server = try await listen(ended)
        let context = try clientContext()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for _ in 0..<50 {
                tasks.addTask {
                    let connection = try await Self.connect(context, to: server, expectedBytes: 1000)
                    try await connection.channel.writeAndFlush(
                        ByteBuffer(bytes: (0..<1000).map { UInt8($0 % 251) }))
                    try await connection.done.get()
                    try await connection.channel.close()
                }
            }
            try await tasks.waitForAll()
        }
        _ = try await ended.futureResult.get()
        try await server.close()
    }

    @Test("a socket that dies without close_notify is a truncation at the other end")
    func truncated() async throws {
        let ended = Self.group.next().makePromise(of: Bool.self)
        let server = try await listen(ended)
        let connection = try await Self.connect(clientContext(), to: server, expectedBytes: 1)
        _ = try await connection.ready.get()
        try await connection.channel.writeAndFlush(ByteBuffer(bytes: [0]))
        try await connection.done.get()
        // Below TLS: the socket is closed and the handler is not asked.
        try await connection.channel.eventLoop.submit {
            let handler = try connection.channel.pipeline.syncOperations.handler(type: TLSHandler.self)
            let context = try connection.channel.pipeline.syncOperations.context(handler: handler)
            context.close(promise: nil)
        }.get()
        await #expect { try await ended.futureResult.get() } throws: { ($0 as? TLSError)?.code == .truncated }
        try await server.close()
    }

    @Test("plain text on the port is told, and the next client is served")
    func plainText() async throws {
        let ended = Self.group.next().makePromise(of: Bool.self)
        let server = try await listen(ended)
        let plain = try await ClientBootstrap(group: Self.group).connect(to: #require(server.localAddress)).get()
        try await plain.writeAndFlush(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"))
        await #expect { try await ended.futureResult.get() } throws: { ($0 as? TLSError)?.code == .notTLS }
        // The server may have closed it by now.
        try? await plain.close()
        let connection = try await Self.connect(clientContext(), to: server, expectedBytes: 1)
        try await connection.channel.writeAndFlush(ByteBuffer(bytes: [0]))
        try await connection.done.get()
        try await connection.channel.close()
        try await server.close()
    }

    @Test("a refused client reads the reason, even while it is sending")
    func alertArrives() async throws {
        let ended = Self.group.next().makePromise(of: Bool.self)
        let server = try await listen(ended)
        let other = TestAuthority(name: "other authority")
        let context = try TLSContext(
            client: authority.configuration(other.issue(service: "submission")))
        let connection = try await Self.connect(context, to: server, expectedBytes: 1)
        connection.channel.writeAndFlush(ByteBuffer(repeating: 1, count: 100_000), promise: nil)
        await #expect { try await connection.done.get() } throws: { ($0 as? TLSError)?.code == .refusedByPeer }
        await #expect { try await ended.futureResult.get() } throws: {
            ($0 as? TLSError)?.code == .certificateNotTrusted
        }
        try await connection.channel.closeFuture.get()
        try await server.close()
    }

    @Test("a peer that takes no more bytes does not hold up a close for ever")
    func closeTimeout() async throws {
        let serverContext = try TLSContext(server: authority.configuration(authority.issue(service: "gateway")))
        let silent = try await ServerBootstrap(group: Self.group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        TLSHandler(context: serverContext, handshakeTimeout: .seconds(Patience.seconds)),
                        StopReading(),
                    ])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let connection = try await Self.connect(
            clientContext(), to: silent, expectedBytes: 1, closeTimeout: .milliseconds(50))
        _ = try await connection.ready.get()
        // More than the sockets hold.
        connection.channel.writeAndFlush(ByteBuffer(repeating: 1, count: 50_000_000), promise: nil)
        try await connection.channel.close()
        try await silent.close()
    }

    /// Reads nothing once the handshake is over.
    private final class StopReading: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .handshakeCompleted? = event as? TLSEvent {
                _ = context.channel.setOption(.autoRead, value: false)
            }
        }
    }
}
