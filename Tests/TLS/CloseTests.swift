import NIOCore
import NIOEmbedded
import TLS
import Testing

@Suite("The end of a TLS connection")
struct CloseTests {
    func established() throws -> TLSPair {
        let pair = try TLSPair()
        try pair.exchange()
        return pair
    }

    @Test("an orderly close is told as such, and answered")
    func orderly() throws {
        let pair = try established()
        try pair.client.close()
        try pair.exchange()
        #expect(pair.client.recorder.entries == [.byGateway, .inactive])
        #expect(pair.server.recorder.entries == [.bySubmission, .peerClosed, .inactive])
        #expect(!pair.server.channel.isActive)
    }

    @Test("closing sends what was written, flushed or not, before close_notify")
    func pendingWrites() throws {
        let pair = try established()
        let written = pair.client.write([1, 2, 3])
        try pair.client.close()
        try written.wait()
        try pair.exchange()
        #expect(pair.server.recorder.entries == [.bySubmission, .data(bytes: 3), .peerClosed, .inactive])
    }

    @Test("an end without close_notify is a truncation, told before the channel goes")
    func truncated() throws {
        let pair = try established()
        pair.server.cut()
        #expect(pair.server.recorder.entries == [.bySubmission, .failed(.truncated), .inactive])
    }

    @Test("the same when the socket may be half closed")
    func truncatedHalfClosed() throws {
        let pair = try established()
        pair.server.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(pair.server.recorder.entries == [.bySubmission, .failed(.truncated), .inactive])
    }

    @Test("cut at any byte of the last record and close_notify, it is never a complete stream")
    func cutAnywhere() throws {
        let length = try lastBytes(of: established()).readableBytes
        for count in 0...length {
            let pair = try established()
            let bytes = try lastBytes(of: pair)
            try pair.server.deliver(try #require(bytes.getSlice(at: 0, length: count)))
            if pair.server.channel.isActive { pair.server.cut() }
            let isWhole = count == length
            #expect(pair.server.recorder.entries.contains(.peerClosed) == isWhole)
            #expect(pair.server.recorder.entries.contains(.failed(.truncated)) == !isWhole)
        }
    }

    private func lastBytes(of pair: TLSPair) throws -> ByteBuffer {
        _ = pair.client.write([1, 2, 3])
        try pair.client.close()
        return ByteBuffer(buffers: try pair.client.takeCiphertext())
    }

    @Test("what follows close_notify is nobody's")
    func afterClose() throws {
        let pair = try established()
        var bytes = try lastBytes(of: pair)
        bytes.writeBytes([UInt8](repeating: 1, count: 100))
        try pair.server.deliver(bytes)
        #expect(pair.server.recorder.entries == [.bySubmission, .data(bytes: 3), .peerClosed, .inactive])
    }

    @Test("a write after the close fails")
    func writeAfterClose() throws {
        let pair = try established()
        try pair.client.close()
        #expect(throws: (any Error).self) { try pair.client.write([1]).wait() }
    }

    @Test("writes that never left fail when the connection is cut")
    func unsentWrites() throws {
        let pair = try established()
        let written = pair.client.write([1, 2, 3])
        pair.client.cut()
        #expect(throws: ChannelError.ioOnClosedChannel) { try written.wait() }
    }

    @Test("closing half a connection is refused")
    func halfClose() throws {
        let pair = try established()
        #expect(throws: ChannelError.operationUnsupported) { try pair.client.channel.close(mode: .output).wait() }
        #expect(pair.client.channel.isActive)
    }

    @Test("a peer's close may be answered with last words before the channel goes")
    func closeFromTheEvent() throws {
        let pair = try established()
        try pair.client.close()
        _ = pair.server.write([1])
        try pair.exchange()
        #expect(pair.server.recorder.entries == [.bySubmission, .peerClosed, .inactive])
    }

    @Test("a channel that is abandoned closes without a word, also in the midst of a close, and nothing is told of it")
    func abandoned() throws {
        for isClosing in [false, true] {
            let pair = try established()
            try pair.client.channel.pipeline.syncOperations.addHandler(FullSocket(), position: .first)
            let written = pair.client.write([1, 2, 3])
            if isClosing {
                pair.client.channel.close(promise: nil)
                pair.client.channel.embeddedEventLoop.run()
                #expect(pair.client.channel.isActive)
            }
            try pair.client.channel.triggerUserOutboundEvent(TLSAbandon()).wait()
            #expect(!pair.client.channel.isActive)
            #expect(throws: (any Error).self) { try written.wait() }
            #expect(pair.client.recorder.entries == [.byGateway, .inactive])
        }
    }
}

/// Takes nothing of what is written.
private final class FullSocket: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    private var promises: [EventLoopPromise<Void>] = []

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if let promise { promises.append(promise) }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        for promise in promises { promise.fail(ChannelError.ioOnClosedChannel) }
        promises = []
        context.close(mode: mode, promise: promise)
    }
}
