import NIOCore
import NIOEmbedded
import TLS
import TestSupport
import Testing
import Wire

@testable import Transport

/// One end of a connection on an embedded channel, met by a test that plays the other end byte by byte. TLS is left out:
/// its events are fired by hand.
final class EmbeddedPeer<End: Connection> {
    let channel: EmbeddedChannel
    let loop: ConnectionLoop
    let end: End
    private let peerURI: String?
    private var unparsed: [UInt8] = []

    /// `make` is handed the loop. The handshake is done when this returns, and the end's HELLO has been taken off.
    /// `isEstablished`: else the handshake is done with ``establish()``. `other`: a loop that there is.
    init(
        peerURI: String?, isEstablished: Bool = true, bytesInFlight: BytesInFlightLimits = .unlimited,
        on other: ConnectionLoop? = nil, _ make: (ConnectionLoop) throws -> End
    ) throws {
        self.peerURI = peerURI
        let eventLoop = other.flatMap { $0.eventLoop as? EmbeddedEventLoop } ?? EmbeddedEventLoop()
        channel = EmbeddedChannel(loop: eventLoop)
        loop = other ?? ConnectionLoop(eventLoop, limits: bytesInFlight)
        end = try make(loop)
        try channel.pipeline.syncOperations.addHandler(end)
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/test")).wait()
        if isEstablished { establish() }
    }

    func establish() {
        let certificate = PeerCertificate(
            uri: peerURI, subject: "CN=test", serial: "01", notBeforeUnixSeconds: 0, notAfterUnixSeconds: .max)
        channel.pipeline.fireUserInboundEventTriggered(TLSEvent.handshakeCompleted(certificate))
    }

    deinit {
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    var isOpen: Bool { channel.isActive }

    /// Lets everything happen that is due, and answers with the frames that came out.
    func frames() throws -> [RawFrame] {
        channel.embeddedEventLoop.run()
        while var buffer = try channel.readOutbound(as: ByteBuffer.self) {
            unparsed += buffer.readBytes(length: buffer.readableBytes) ?? []
        }
        let (frames, rest) = RawFrame.parse(unparsed)
        unparsed = rest
        return frames
    }

    /// The sockets have been looked at once more, and nothing was in them.
    func lookAtSockets() throws -> [RawFrame] {
        channel.embeddedEventLoop.advanceTime(by: ConnectionLoop.socketsMoment)
        return try frames()
    }

    /// Lets the connection's tick be at `seconds` from now on its clock; answers with the frames that came out.
    @discardableResult
    func tick(after seconds: UInt64) throws -> [RawFrame] {
        end.tick(at: MonotonicInstant.now.advanced(byMicroseconds: seconds * 1_000_000))
        return try frames()
    }

    /// Hands over bytes as they would come off the socket.
    func receive(bytes: some Sequence<UInt8>) throws {
        try channel.writeInbound(ByteBuffer(bytes: bytes))
    }

    /// Hands over frames in one piece; answers with the frames that came out.
    @discardableResult
    func exchange(_ sent: RawFrame...) throws -> [RawFrame] {
        try receive(bytes: sent.bytes)
        return try frames()
    }

    /// The peer's side ends with close_notify.
    func closeByPeer() {
        channel.pipeline.fireUserInboundEventTriggered(TLSEvent.peerClosed)
        channel.embeddedEventLoop.run()
    }

    /// The transport goes away without a word.
    func lose() {
        channel.pipeline.fireErrorCaught(ChannelError.inputClosed)
        channel.embeddedEventLoop.run()
    }
}
