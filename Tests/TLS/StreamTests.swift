import COpenSSL
import NIOCore
import NIOEmbedded
import TLS
import TestSupport
import Testing

@Suite("TLS stream")
struct StreamTests {
    /// Bytes that do not repeat soon, so that a lost or doubled piece shows.
    static func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8 ^ $0 >> 16) }
    }

    func established() throws -> TLSPair {
        let pair = try TLSPair()
        try pair.exchange()
        return pair
    }

    @Test("many small writes share one record and one buffer, and arrive as one read")
    func gathered() throws {
        let pair = try established()
        for index in 0..<100 { _ = pair.client.write([UInt8(index), 1, 2, 3]) }
        #expect(try pair.client.takeCiphertext().isEmpty)
        pair.client.channel.flush()
        let sent = try pair.client.takeCiphertext()
        #expect(sent.count == 1)
        // One record: 5 bytes of header, 1 of content type, 16 of tag.
        #expect(sent.first?.readableBytes == 400 + 22)
        for buffer in sent { try pair.server.deliver(buffer) }
        #expect(pair.server.recorder.entries == [.bySubmission, .data(bytes: 400)])
    }

    @Test("several records in one piece arrive as one read")
    func oneRead() throws {
        let pair = try established()
        let bytes = Self.pattern(50_000)
        _ = pair.client.write(bytes)
        pair.client.channel.flush()
        try pair.exchange()
        #expect(pair.server.recorder.reads == 1)
        #expect(pair.server.recorder.received == bytes)
    }

    @Test("a flush with nothing to send sends nothing")
    func emptyFlush() throws {
        let pair = try established()
        pair.client.channel.flush()
        #expect(try pair.client.takeCiphertext().isEmpty)
    }

    @Test(
        "sizes around a record's arrive whole",
        arguments: [1, 16_383, 16_384, 16_385, 32_768, 32_769, 262_144, 262_145, 1_000_003])
    func sizes(count: Int) throws {
        let pair = try established()
        let bytes = Self.pattern(count)
        let written = pair.client.write([9])
        let rest = pair.client.write(bytes)
        pair.client.channel.flush()
        try pair.exchange(pieceBytes: 40_000)
        #expect(pair.server.recorder.received == [9] + bytes)
        try written.wait()
        try rest.wait()
    }

    @Test("large data both ways at once, in odd pieces")
    func bothWays() throws {
        let pair = try established()
        let up = Self.pattern(3_000_001)
        let down = Self.pattern(2_000_003)
        var position = 0
        while position < up.count {
            let step = 7_919 + position % 50_000
            _ = pair.client.write(Array(up[position..<min(up.count, position + step)]))
            if position < down.count {
                _ = pair.server.write(Array(down[position..<min(down.count, position + step)]))
            }
            position += step
            if position % 3 == 0 {
                pair.client.channel.flush()
                pair.server.channel.flush()
                try pair.exchange(pieceBytes: 1_500)
            }
        }
        pair.client.channel.flush()
        pair.server.channel.flush()
        try pair.exchange(pieceBytes: 65_536)
        #expect(pair.server.recorder.received == up)
        #expect(pair.client.recorder.received == down)
    }

    @Test("data that came byte by byte is the same")
    func byteByByte() throws {
        let pair = try established()
        let bytes = Self.pattern(5_000)
        _ = pair.client.write(bytes)
        pair.client.channel.flush()
        try pair.exchange(pieceBytes: 1)
        #expect(pair.server.recorder.received == bytes)
        // A record is decrypted when it is complete, and not before.
        #expect(pair.server.recorder.reads == 1)
    }

    @Test("buffers that a reader keeps are not overwritten by what comes next")
    func keptBuffers() throws {
        final class Keeper: ChannelInboundHandler {
            typealias InboundIn = ByteBuffer
            var kept: [ByteBuffer] = []
            func channelRead(context: ChannelHandlerContext, data: NIOAny) { kept.append(unwrapInboundIn(data)) }
        }
        let pair = try established()
        let keeper = Keeper()
        try pair.server.channel.pipeline.syncOperations.addHandler(keeper, position: .after(pair.server.handler))
        // The outputs are kept too: the second flush may not write over the first's memory.
        var sent: [ByteBuffer] = []
        for index in 0..<10 {
            _ = pair.client.write([UInt8](repeating: UInt8(index), count: 100))
            pair.client.channel.flush()
            sent += try pair.client.takeCiphertext()
        }
        for buffer in sent { try pair.server.deliver(buffer) }
        #expect(keeper.kept.map { Array($0.readableBytesView) } == (0..<10).map { [UInt8](repeating: $0, count: 100) })
    }

    @Test("a read that brought no plaintext asks again, one that brought some does not")
    func readsOnDemand() throws {
        final class ReadCounter: ChannelOutboundHandler {
            typealias OutboundIn = ByteBuffer
            var reads = 0
            func read(context: ChannelHandlerContext) {
                reads += 1
                context.read()
            }
        }
        let pair = try established()
        let counter = ReadCounter()
        try pair.server.channel.pipeline.syncOperations.addHandler(counter, position: .first)
        _ = pair.client.write([1, 2, 3])
        pair.client.channel.flush()
        var record = try #require(try pair.client.takeCiphertext().first)
        let half = record.readSlice(length: 10) ?? ByteBuffer()
        pair.server.channel.read()
        #expect(counter.reads == 1)
        try pair.server.deliver(half)
        #expect(counter.reads == 2)
        try pair.server.deliver(record)
        #expect(counter.reads == 2)
        #expect(pair.server.recorder.received == [1, 2, 3])
    }

    @Test("a flipped bit anywhere in a record ends the connection, and nothing of it is delivered")
    func alteredRecord() throws {
        for bit in stride(from: 0, to: 30 * 8, by: 5) {
            let pair = try established()
            _ = pair.client.write([UInt8](repeating: 1, count: 8))
            pair.client.channel.flush()
            var record = try #require(try pair.client.takeCiphertext().first)
            let byte = try #require(record.getInteger(at: bit / 8, as: UInt8.self))
            record.setInteger(byte ^ 1 << (bit % 8), at: bit / 8)
            try pair.server.deliver(record)
            #expect(pair.server.recorder.received == [])
            // A longer length in the header only makes it wait for more, which never comes.
            if pair.server.channel.isActive { pair.server.cut() }
            #expect(pair.server.recorder.error != nil, "bit \(bit)")
        }
    }

    @Test("a stale entry in the thread's error queue harms nobody")
    func staleErrors() throws {
        func makeStale() {
            BIO_free(BIO_new_file("/nonexistent", "r"))
            #expect(ERR_peek_error() != 0)
        }
        let pair = try TLSPair()
        makeStale()
        try pair.exchange()
        makeStale()
        _ = pair.client.write([1, 2, 3])
        pair.client.channel.flush()
        makeStale()
        try pair.exchange()
        makeStale()
        try pair.client.close()
        makeStale()
        try pair.exchange()
        #expect(pair.server.recorder.entries == [.bySubmission, .data(bytes: 3), .peerClosed, .inactive])
        ERR_clear_error()
    }

    @Test("a neighbour's failure on the same loop does no harm")
    func failingNeighbour() throws {
        let pair = try established()
        let neighbour = try established()
        try neighbour.server.deliver(ByteBuffer(bytes: [UInt8](repeating: 3, count: 100)))
        #expect(neighbour.server.recorder.error != nil)
        _ = pair.client.write([1])
        pair.client.channel.flush()
        try pair.exchange()
        #expect(pair.server.recorder.received == [1])
    }

    @Test("a peer may change keys as often as it likes")
    func keyUpdates() throws {
        let (client, server) = try RawClient.connected()
        try client.sendKeyUpdates(3, to: server)
        #expect(server.recorder.received == [7, 7, 7])
        // libssl says nothing of them, and each makes it work: whoever owns the connection bounds them.
        #expect(server.recorder.entries == [.bySubmission, .keysUpdated(count: 3), .data(bytes: 3)])
        // The answer, our own new keys, goes before the next record.
        _ = server.write([8])
        server.channel.flush()
        try client.exchange(with: server)
        #expect(client.received == [8])
        #expect(server.recorder.error == nil)
    }

    @Test("of messages that change keys a few are dealt with at a time, and whoever bounds them has a word in between")
    func manyKeyUpdates() throws {
        for closesAfter in [nil, 2] {
            let (client, server) = try RawClient.connected()
            var told = 0
            server.recorder.onKeysUpdated = { context in
                told += 1
                if told == closesAfter { context.close(promise: nil) }
            }
            try client.sendBareKeyUpdates(100, asks: true, to: server)
            let counts = server.recorder.entries.compactMap {
                if case .keysUpdated(let count) = $0 { count } else { nil }
            }
            #expect(counts == (closesAfter == nil ? [16, 16, 16, 16, 16, 16, 4] : [16, 16]))
            #expect(server.recorder.error == nil)
        }
    }

    @Test("a read is answered by messages of TLS itself: more is read when whoever bounds them asks")
    func readsAnsweredByKeyUpdates() throws {
        let (client, server) = try RawClient.connected()
        server.channel.read()
        server.reads.count = 0
        try client.sendBareKeyUpdates(4, asks: false, to: server)
        #expect(server.reads.count == 0)
        server.channel.read()
        // Less than a record, of which nobody is told: the handler reads on.
        try server.deliver(ByteBuffer(bytes: [23, 3, 3]))
        #expect(server.reads.count == 2)
    }

    @Test("many records in one read are told of before what was in them, and few are not")
    func manyRecords() throws {
        for count in [TLSHandler.fewRecords, TLSHandler.fewRecords + 1] {
            let pair = try established()
            var sent: [UInt8] = []
            for index in 0..<count {
                _ = pair.client.write([UInt8(index)])
                pair.client.channel.flush()
                for buffer in try pair.client.takeCiphertext() { sent += buffer.readableBytesView }
            }
            try pair.server.deliver(ByteBuffer(bytes: sent))
            let events: [Recorder.Entry] = count > TLSHandler.fewRecords ? [.manyRecords(count: count)] : []
            #expect(pair.server.recorder.entries == [.bySubmission] + events + [.data(bytes: count)])
        }
    }

    @Test("a peer that asks for our next keys gets them at once, though this side has nothing to say")
    func keyUpdateRequests() throws {
        let (client, server) = try RawClient.connected()
        for (count, asks) in [(1, true), (50, true), (5, false)] {
            try client.sendBareKeyUpdates(count, asks: asks, to: server)
            let answers = try server.takeCiphertext()
            // Record header, handshake header, one byte, content type and tag; for fifty more than libssl may write while it
            // reads.
            #expect(answers.map(\.readableBytes).reduce(0, +) == (asks ? count * (5 + 4 + 1 + 1 + 16) : 0))
            client.receive(answers)
            // Both sides go by the same keys.
            _ = server.write([8])
            server.channel.flush()
            try client.exchange(with: server)
        }
        #expect(client.received == [8, 8, 8])
        #expect(server.recorder.error == nil)
    }
}
