import NIOCore
import NIOEmbedded
import RPC
import TestSupport
import Testing
import TestingMessages
import Wire

@testable import Transport

/// What a connection keeps for a peer that has given all the credit there is and does not read.
@Suite("A socket that takes nothing")
struct FullSocketTests {
    /// The widest windows and the longest frames that HELLO can name.
    private static let widest = ConnectionLimits(
        framePayloadBytes: 0xff_ffff, streamCreditBytes: 0x7fff_ffff, connectionCreditBytes: 0x7fff_ffff)
    /// What is gathered when one piece more was let in, and its frame's header.
    private static let mostGatheredBytes = 2 * OutboundFrames.mostGatheredBytes + FrameHeader.byteCount

    /// Asks for so many, in messages that are read on the event loop.
    private func call(_ responseBytes: UInt32, count: Int) throws -> [UInt8] {
        var frames: [RawFrame] = [.call(1, EmbeddedServer.duplex, flags: [])]
        for first in stride(from: 0, to: count, by: 1_000) {
            let request = TestingV1.StreamingOutputRequest(
                responseBytes: [UInt32](repeating: responseBytes, count: min(1_000, count - first)))
            frames.append(.data(1, try request.encodedBytes(), flags: .messageEnd))
        }
        return (frames + [.data(1, [], flags: .streamEnd)]).bytes
    }

    @Test(
        "a handler that writes 100 MB in one go waits when the socket is full, whatever the peer's window",
        arguments: [(1_000_000, 100), (16_000, 6_250)] as [(UInt32, Int)])
    func handlerWaits(messageBytes: UInt32, count: Int) throws {
        let server = try EmbeddedServer(clientLimits: Self.widest)
        let socket = FullSocket(server.peer.channel)
        try server.peer.channel.pipeline.syncOperations.addHandler(socket, position: .first)
        try server.peer.receive(bytes: call(messageBytes, count: count))
        _ = try server.peer.frames()
        #expect(server.service.seen == .init(begun: 1))
        #expect(socket.largestWriteBytes <= Self.mostGatheredBytes)
        #expect(socket.pendingBytes <= FullSocket.highWaterBytes + Self.mostGatheredBytes)
        #expect(server.peer.end.gatheredBytes == 0)
        // Of the one message that the handler waits for.
        #expect(server.peer.end.waiting.bytes <= Int(messageBytes) + 100)
        #expect(server.peer.isOpen)
        // As the socket takes it the rest comes, no faster.
        var takenBytes = 0
        while socket.pendingBytes > 0 {
            #expect(socket.pendingBytes <= FullSocket.highWaterBytes + Self.mostGatheredBytes)
            takenBytes += socket.take()
            _ = try server.peer.frames()
        }
        #expect(takenBytes > Int(messageBytes) * count)
        #expect(server.service.seen == .init(begun: 1, returned: 1))
        #expect(socket.largestWriteBytes <= Self.mostGatheredBytes)
    }

    @Test("messages without bytes, which need no credit, are handed to the socket before they are many")
    func emptyMessages() throws {
        let server = try EmbeddedServer(clientLimits: Self.widest)
        let socket = FullSocket(server.peer.channel)
        try server.peer.channel.pipeline.syncOperations.addHandler(socket, position: .first)
        try server.peer.receive(bytes: call(0, count: 60_000))
        _ = try server.peer.frames()
        #expect(server.service.seen == .init(begun: 1, returned: 1))
        #expect(socket.pendingBytes > Self.mostGatheredBytes)
        #expect(socket.largestWriteBytes <= Self.mostGatheredBytes)
    }
}

/// Before an embedded channel, what a channel does whose peer does not read: writes pile up, and beyond the high
/// watermark it is not writable.
private final class FullSocket: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    /// As on the suite's own sockets.
    static let highWaterBytes = 1 << 20

    private let channel: EmbeddedChannel
    private(set) var pendingBytes = 0
    private(set) var largestWriteBytes = 0

    init(_ channel: EmbeddedChannel) {
        self.channel = channel
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = unwrapOutboundIn(data).readableBytes
        largestWriteBytes = max(largestWriteBytes, bytes)
        pendingBytes += bytes
        guard pendingBytes > Self.highWaterBytes, channel.isWritable else { return }
        channel.isWritable = false
        channel.pipeline.fireChannelWritabilityChanged()
    }

    /// The peer reads all that waits. Answers with how much that was.
    func take() -> Int {
        defer { channel.pipeline.fireChannelWritabilityChanged() }
        channel.isWritable = true
        defer { pendingBytes = 0 }
        return pendingBytes
    }
}
