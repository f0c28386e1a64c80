import NIOCore
import NIOEmbedded
import TLS
import Testing

@Suite("TLS handshake")
struct HandshakeTests {
    @Test("both sides learn who the other is, before any data")
    func identities() throws {
        let pair = try TLSPair()
        pair.client.recorder.onCompleted = { $0.writeAndFlush(NIOAny(ByteBuffer(string: "hello")), promise: nil) }
        try pair.exchange()
        #expect(pair.client.recorder.entries == [.byGateway])
        #expect(pair.server.recorder.entries == [.bySubmission, .data(bytes: 5)])
        #expect(pair.server.handler.peerCertificate?.uri == "spiffe://quality.example/service/submission")
        #expect(pair.client.handler.peerCertificate?.serial == "03")
    }

    @Test("works when bytes come one at a time")
    func byteByByte() throws {
        let pair = try TLSPair()
        _ = pair.client.write(Array("one at a time".utf8))
        pair.client.channel.flush()
        try pair.exchange(pieceBytes: 1)
        #expect(pair.server.recorder.received == Array("one at a time".utf8))
        #expect(pair.client.recorder.entries == [.byGateway])
    }

    @Test("what was written and flushed before the handshake arrives after it, and its promise is kept")
    func earlyWrites() throws {
        let pair = try TLSPair()
        let first = pair.client.write([1, 2, 3])
        let empty = pair.client.write([])
        pair.client.channel.flush()
        try pair.exchange()
        #expect(pair.server.recorder.received == [1, 2, 3])
        try first.wait()
        try empty.wait()
    }

    @Test("what was written but not flushed before the handshake waits for its flush")
    func earlyUnflushedWrites() throws {
        let pair = try TLSPair()
        _ = pair.client.write([1, 2, 3])
        try pair.exchange()
        #expect(pair.server.recorder.received == [])
        pair.client.channel.flush()
        try pair.exchange()
        #expect(pair.server.recorder.received == [1, 2, 3])
    }

    @Test("more than the backlog before the handshake is refused")
    func backlog() throws {
        let pair = try TLSPair()
        let fits = pair.client.write([UInt8](repeating: 1, count: TLSHandler.handshakeBacklogBytes))
        let tooMuch = pair.client.write([1])
        #expect { try tooMuch.wait() } throws: { ($0 as? TLSError)?.code == .bufferFull }
        pair.client.channel.flush()
        try pair.exchange()
        try fits.wait()
        #expect(pair.server.recorder.received.count == TLSHandler.handshakeBacklogBytes)
    }

    @Test("a server sends no session tickets: nobody can skip showing a certificate")
    func noTickets() throws {
        let pair = try TLSPair()
        try pair.server.deliver(ByteBuffer(buffers: pair.client.takeCiphertext()))
        try pair.client.deliver(ByteBuffer(buffers: pair.server.takeCiphertext()))
        try pair.server.deliver(ByteBuffer(buffers: pair.client.takeCiphertext()))
        #expect(pair.server.recorder.entries == [.bySubmission])
        #expect(try pair.server.takeCiphertext().isEmpty)
    }

    @Test("a handshake that does not end in time is ended")
    func timeout() throws {
        let pair = try TLSPair()
        pair.server.channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(pair.server.recorder.entries == [])
        pair.server.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(pair.server.recorder.entries == [.failed(.handshakeTimeout), .inactive])
        #expect(!pair.server.channel.isActive)
    }

    @Test("one that must give way is ended at once; one whose handshake is over is not")
    func displaced() throws {
        let error = TLSError(.handshakeDisplaced, "another peer needed its place")
        let pair = try TLSPair()
        pair.server.handler.endHandshake(error)
        pair.server.channel.embeddedEventLoop.run()
        #expect(pair.server.recorder.entries == [.failed(.handshakeDisplaced), .inactive])
        let next = try TLSPair()
        try next.exchange()
        next.server.handler.endHandshake(error)
        #expect(next.server.recorder.entries == [.bySubmission])
        #expect(next.server.channel.isActive)
    }

    @Test("the timeout is of no concern once the handshake is over")
    func timeoutCancelled() throws {
        let pair = try TLSPair()
        try pair.exchange()
        pair.server.channel.embeddedEventLoop.advanceTime(by: .hours(1))
        #expect(pair.server.channel.isActive)
        #expect(pair.server.recorder.entries == [.bySubmission])
    }

    @Test("a connection that ends during the handshake says so")
    func endsEarly() throws {
        let pair = try TLSPair()
        pair.client.cut()
        #expect(pair.client.recorder.entries == [.failed(.closedInHandshake), .inactive])
    }

    @Test("one of our own that closes during the handshake is no failure")
    func closesEarly() throws {
        let pair = try TLSPair()
        try pair.client.close()
        #expect(pair.client.recorder.entries == [.inactive])
    }
}

extension ByteBuffer {
    init(buffers: [ByteBuffer]) {
        self.init()
        for buffer in buffers { writeImmutableBuffer(buffer) }
    }
}
