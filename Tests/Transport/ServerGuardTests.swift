import NIOCore
import NIOEmbedded
import RPC
import TLS
import TestSupport
import Testing
import TestingMessages
import Wire

@testable import Transport

/// What a server's connection does about peers that ask for much, or say nothing.
@Suite("Floods and silence at a server's connection")
struct ServerGuardTests {
    private static func rules(_ number: UInt32 = 10) -> ConnectionRules {
        var rules = ConnectionRules()
        for kind in FloodKind.allCases { rules.flood[kind] = number }
        return rules
    }

    /// A frame that carries nothing, to be sent again and again; `{stream}` grows by two each time.
    struct Flood: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var kind: FloodKind
        /// With a call open on stream 1 and one over on stream 3.
        var frames: @Sendable (UInt32) -> [RawFrame]
    }

    static let floods: [Flood] = [
        Flood(testDescription: "PING", kind: .pings) { _ in [RawFrame(.ping, Array(1...8))] },
        Flood(testDescription: "answers to no PING", kind: .pings) { _ in
            [RawFrame(.ping, flags: .acknowledgement, Array(1...8))]
        },
        Flood(testDescription: "unknown frames", kind: .skippedFrames) { _ in [RawFrame(type: 0x7f)] },
        Flood(testDescription: "GOAWAY", kind: .skippedFrames) { _ in [.goAway(0)] },
        Flood(testDescription: "WAITING, which is a server's", kind: .skippedFrames) { _ in
            [RawFrame(.waiting, stream: 1)]
        },
        Flood(testDescription: "calls opened and reset", kind: .resets) {
            [.call($0, EmbeddedServer.duplex, flags: []), .reset($0)]
        },
        Flood(testDescription: "empty messages", kind: .emptyMessages) { _ in [.data(1, [])] },
        Flood(testDescription: "tiny frames", kind: .tinyFrames) { _ in [.data(1, [1], flags: [])] },
        Flood(testDescription: "tiny credit", kind: .credits) { _ in [.credit(1, 1)] },
        Flood(testDescription: "tiny credit for the connection", kind: .credits) { _ in [.credit(0, 1)] },
        Flood(testDescription: "data of a call that is over", kind: .lateFrames) { _ in
            [.data(3, [UInt8](repeating: 1, count: 20))]
        },
        Flood(testDescription: "RESET of a call that is over", kind: .resets) { _ in [.reset(3)] },
        // Calls that this side ends for what their caller does are no better than those it gives up itself.
        Flood(testDescription: "calls with bytes after their end", kind: .resets) {
            [.call($0, EmbeddedServer.duplex), .data($0, [1])]
        },
        Flood(testDescription: "calls with a credit of zero", kind: .resets) {
            [.call($0, EmbeddedServer.duplex, flags: []), .credit($0, 0)]
        },
        Flood(testDescription: "calls with too much credit", kind: .resets) {
            [.call($0, EmbeddedServer.duplex, flags: []), .credit($0, .max)]
        },
        Flood(testDescription: "calls whose deadline has passed when they come", kind: .resets) {
            [.call($0, EmbeddedServer.duplex, flags: [], timeoutMicroseconds: 0)]
        },
    ]

    @Test("a peer that sends one too many in a second is cut, and told what it did", arguments: floods)
    func excess(flood: Flood) throws {
        let server = try EmbeddedServer(rules: Self.rules())
        try server.peer.exchange(.call(1, EmbeddedServer.duplex, flags: []), .call(3, EmbeddedServer.empty))
        var stream: UInt32 = 5
        func send(_ count: Int) throws -> [RawFrame] {
            var answers: [RawFrame] = []
            for _ in 0..<count {
                try server.peer.receive(bytes: flood.frames(stream).bytes)
                stream += 2
                answers += try server.peer.frames()
            }
            return answers
        }
        // Frames that were sent to the peer let it give credit.
        let earned = flood.kind == .credits ? 3 * 3 : 0
        _ = try send(10 + earned)
        #expect(server.peer.isOpen)
        // Another second.
        try server.peer.tick(after: 1)
        _ = try send(10)
        #expect(server.peer.isOpen)
        let end = try send(1).last?.goAway
        #expect(end?.error.code == .excessiveLoad)
        #expect(end?.error.reason.contains("more than 10 ") == true)
        #expect(!server.peer.isOpen)
        #expect(server.service.seen.begun == server.service.seen.returned)
    }

    @Test(
        "calls with deadlines that nobody can keep count when they pass, and longer ones do not",
        arguments: [true, false])
    func hopelessDeadlines(isHopeless: Bool) throws {
        let server = try EmbeddedServer(rules: Self.rules())
        // Far enough apart that a slow machine does not make the one of the other.
        let timeout: UInt64 = isHopeless ? 10_000 : 10_001
        for stream: UInt32 in stride(from: 1, to: 21, by: 2) {
            try server.peer.exchange(
                .call(stream, EmbeddedServer.duplex, flags: [], timeoutMicroseconds: timeout))
        }
        let later = MonotonicInstant.now.advanced(byMicroseconds: 1_000_000)
        server.peer.end.deadlineReached(later)
        #expect(server.peer.isOpen)
        try server.peer.exchange(.call(21, EmbeddedServer.duplex, flags: [], timeoutMicroseconds: timeout))
        server.peer.end.deadlineReached(later.advanced(byMicroseconds: 1_000_000))
        let answers = try server.peer.frames()
        #expect(answers.status(21)?.code == .deadlineExceeded)
        #expect(server.peer.isOpen == !isHopeless)
        #expect(answers.last?.goAway?.error.cause == (isHopeless ? "excessive_load" : nil))
    }

    @Test("a peer that has keys made anew again and again is cut")
    func keyUpdates() throws {
        let server = try EmbeddedServer(rules: Self.rules())
        for count in [1, 9] {
            server.peer.channel.pipeline.fireUserInboundEventTriggered(TLSEvent.keysUpdated(count: count))
        }
        #expect(server.peer.isOpen)
        try server.peer.tick(after: 1)
        server.peer.channel.pipeline.fireUserInboundEventTriggered(TLSEvent.keysUpdated(count: 2_000))
        let end = try server.peer.frames().last?.goAway
        #expect(end?.error.code == .excessiveLoad)
        #expect(end?.error.reason.contains("more than 10 TLS messages that update keys") == true)
        #expect(!server.peer.isOpen)
    }

    @Test("calls beyond the limit are refused, and who goes on with them is cut")
    func refusedCalls() throws {
        let limits = ConnectionLimits(concurrentStreams: 1)
        let server = try EmbeddedServer(limits: limits, rules: Self.rules())
        try server.peer.exchange(.call(1, EmbeddedServer.duplex, flags: []))
        for stream: UInt32 in stride(from: 3, to: 23, by: 2) {
            let refused = try server.peer.exchange(.call(stream, EmbeddedServer.empty)).status(stream)
            #expect(refused?.code == .resourceExhausted)
            #expect(refused?.isNotStarted == true)
        }
        let answers = try server.peer.exchange(.call(23, EmbeddedServer.empty))
        #expect(answers.status(23)?.isNotStarted == true)
        #expect(server.notices == Array(repeating: "refused: open_calls", count: 11))
        #expect(answers.last?.goAway?.error.code == .excessiveLoad)
        #expect(!server.peer.isOpen)
    }

    @Test("a gateway is not cut for what its callers do")
    func gateway() throws {
        let server = try EmbeddedServer(rules: Self.rules(), peerURI: EmbeddedServer.gateway)
        for stream: UInt32 in stride(from: 1, to: 201, by: 2) {
            try server.peer.exchange(
                .call(stream, EmbeddedServer.duplex, flags: [], caller: EmbeddedServer.city), .reset(stream))
        }
        #expect(server.peer.isOpen)
        for _ in 0..<11 { try server.peer.exchange(RawFrame(.ping, Array(1...8))) }
        #expect(!server.peer.isOpen)
    }

    @Test("a peer that asks and does not read is cut when too many answers wait for it")
    func unreadAnswers() throws {
        var rules = ConnectionRules()
        rules.unsentControlFrames = 50
        let server = try EmbeddedServer(rules: rules)
        server.peer.channel.isWritable = false
        for _ in 0..<50 { try server.peer.exchange(RawFrame(.ping, Array(1...8))) }
        #expect(server.peer.isOpen)
        server.peer.channel.isWritable = true
        server.peer.channel.pipeline.fireChannelWritabilityChanged()
        server.peer.channel.isWritable = false
        for _ in 0..<50 { try server.peer.exchange(RawFrame(.ping, Array(1...8))) }
        #expect(server.peer.isOpen)
        try server.peer.exchange(RawFrame(.ping, Array(1...8)))
        #expect(!server.peer.isOpen)
    }

    // MARK: Silence

    @Test("a silent peer is asked, and cut with a word when it does not answer")
    func keepalive() throws {
        let server = try EmbeddedServer()
        // HELLO was heard.
        try server.peer.tick(after: 1)
        #expect(try server.peer.tick(after: 300).isEmpty)
        #expect(try server.peer.tick(after: 302) == [RawFrame(.ping, Array("qm alive".utf8))])
        #expect(try server.peer.tick(after: 310).isEmpty)
        let end = try server.peer.tick(after: 323).last?.goAway
        #expect(end?.error.code == .timeout)
        #expect(!server.peer.isOpen)
    }

    @Test("an answer keeps the connection")
    func keepaliveAnswer() throws {
        let server = try EmbeddedServer()
        try server.peer.tick(after: 1)
        let question = try server.peer.tick(after: 302)
        try server.peer.exchange(RawFrame(.ping, flags: .acknowledgement, question.first?.payload ?? []))
        #expect(try server.peer.tick(after: 323).isEmpty)
        #expect(server.peer.isOpen)
    }

    @Test("a peer that says no HELLO is cut")
    func noHello() throws {
        let server = try EmbeddedServer(greets: false)
        #expect(try server.peer.frames().count == 1)
        #expect(try server.peer.tick(after: 9).isEmpty)
        #expect(try server.peer.tick(after: 11).last?.goAway?.error.code == .timeout)
        #expect(!server.peer.isOpen)
    }

    @Test("a connection without calls drains; what the peer sent before it heard is served")
    func idle() throws {
        var rules = ConnectionRules()
        rules.times.keepaliveIdleSeconds = 0
        let server = try EmbeddedServer(rules: rules)
        #expect(try server.peer.tick(after: 890).isEmpty)
        let frames = try server.peer.tick(after: 901)
        #expect(frames.first?.goAway?.lastStreamID == .max)
        #expect(frames.first?.goAway?.error.reason == "no call was open for 900 s")
        #expect(try server.peer.exchange(.call(1, EmbeddedServer.empty)).status(1)?.code == .ok)
        let final = try server.peer.exchange(RawFrame(.ping, flags: .acknowledgement, Array("qm drain".utf8)))
        #expect(final.map(\.goAway?.lastStreamID) == [1])
        #expect(server.notices == ["drains: idle"])
        #expect(!server.peer.isOpen)
    }

    @Test("an old connection drains, and its calls end after their time")
    func age() throws {
        var rules = ConnectionRules()
        rules.times.keepaliveSeconds = 0
        let server = try EmbeddedServer(rules: rules)
        try server.peer.exchange(.call(1, EmbeddedServer.duplex, flags: []))
        #expect(try server.peer.tick(after: 1_600).isEmpty)
        #expect(try server.peer.tick(after: 2_000).first?.goAway?.lastStreamID == .max)
        #expect(try server.peer.tick(after: 2_059).isEmpty)
        let frames = try server.peer.tick(after: 2_061)
        #expect(frames.status(1)?.code == .unavailable)
        #expect(server.notices == ["drains: age", "cut: drain"])
        #expect(server.service.seen.cancelled == 1)
        #expect(!server.peer.isOpen)
    }

    @Test("a connection whose stream ids are used up drains by itself")
    func streamIDs() throws {
        var rules = ConnectionRules()
        rules.lastStreamID = 5
        let server = try EmbeddedServer(rules: rules)
        #expect(try server.peer.exchange(.call(3, EmbeddedServer.empty)).of(.goAway).isEmpty)
        let frames = try server.peer.exchange(.call(5, EmbeddedServer.duplex, flags: []))
        #expect(frames.of(.goAway).map(\.goAway?.lastStreamID) == [.max])
        #expect(server.notices == ["drains: stream_ids"])
    }

    // MARK: Bytes that wait

    private func output(_ responseBytes: [UInt32]) throws -> [UInt8] {
        try TestingV1.StreamingOutputRequest(responseBytes: responseBytes).encodedBytes()
    }

    private func tickLoop(_ server: EmbeddedServer, _ count: Int) throws -> [RawFrame] {
        var frames: [RawFrame] = []
        for _ in 0..<count {
            server.peer.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            frames += try server.peer.frames()
        }
        return frames
    }

    @Test("a call whose reader gives no credit is given up after a minute, and its neighbours go on")
    func stalledStream() throws {
        let server = try EmbeddedServer(clientLimits: ConnectionLimits(streamCreditBytes: 1_000))
        try server.peer.exchange(
            .call(1, EmbeddedServer.output, try output([5_000])), .call(3, EmbeddedServer.output, try output([5_000])))
        #expect(try tickLoop(server, 59).isEmpty)
        #expect(try server.peer.exchange(.credit(3, 100)).dataBytes(3) == 100)
        #expect(try tickLoop(server, 1) == [.reset(1)])
        #expect(server.notices == ["cut: stalled"])
        #expect(server.service.seen.cancelled == 1)
        #expect(try tickLoop(server, 58).isEmpty)
        #expect(try server.peer.exchange(.credit(3, 10_000)).status(3)?.code == .ok)
        #expect(server.peer.isOpen)
        #expect(server.peer.loop.bytesInFlight == 0)
    }

    @Test("a peer that gives the whole connection no credit for a minute is cut")
    func stalledConnection() throws {
        let server = try EmbeddedServer(
            clientLimits: ConnectionLimits(streamCreditBytes: 1_000, connectionCreditBytes: 1_500))
        try server.peer.exchange(
            .call(1, EmbeddedServer.output, try output([5_000])), .call(3, EmbeddedServer.output, try output([5_000])))
        #expect(try tickLoop(server, 59).isEmpty)
        #expect(try tickLoop(server, 1).last?.goAway?.error.code == .timeout)
        #expect(!server.peer.isOpen)
        #expect(server.peer.loop.bytesInFlight == 0)
    }

    @Test("with too many bytes waiting the call that has waited longest gives way, and no new one is refused")
    func bytesInFlight() throws {
        let server = try EmbeddedServer(
            clientLimits: ConnectionLimits(streamCreditBytes: 1_000),
            bytesInFlight: BytesInFlightLimits(bytes: 10_000, callerBytes: 10_000))
        try server.peer.exchange(.call(1, EmbeddedServer.output, try output([5_000])))
        try server.peer.exchange(.call(3, EmbeddedServer.output, try output([5_000])))
        #expect(server.peer.loop.bytesInFlight > 8_000)
        #expect(try server.peer.exchange(.call(5, EmbeddedServer.empty)).status(5)?.code == .ok)
        // The first moves on a little, so that the second has waited longer.
        #expect(try server.peer.exchange(.credit(1, 500)).dataBytes(1) == 500)
        let crowded = try server.peer.exchange(.call(7, EmbeddedServer.output, try output([5_000])))
        #expect(crowded.status(3)?.code == .resourceExhausted)
        #expect(crowded.status(3)?.isNotStarted == false)
        #expect(server.notices == ["cut: bytes_in_flight"])
        #expect(try server.peer.exchange(.credit(1, 9_000)).status(1)?.code == .ok)
        #expect(try server.peer.exchange(.credit(7, 9_000)).status(7)?.code == .ok)
        #expect(server.peer.loop.bytesInFlight == 0)
        #expect(server.peer.end.openCalls == 0)
    }

    @Test("unfinished messages count, and the one that grew least lately gives way")
    func unfinishedMessages() throws {
        let server = try EmbeddedServer(bytesInFlight: BytesInFlightLimits(bytes: 1 << 20, callerBytes: 30_000))
        let part = [UInt8](repeating: 1, count: 10_000)
        for stream: UInt32 in [1, 3, 5] {
            #expect(try server.peer.exchange(.call(stream, EmbeddedServer.unary, part, flags: [])).isEmpty)
        }
        #expect(server.peer.loop.bytesInFlight == 30_000)
        let answers = try server.peer.exchange(.data(3, part, flags: []))
        #expect(answers.status(1)?.code == .resourceExhausted)
        #expect(answers.status(3) == nil)
        #expect(server.peer.loop.bytesInFlight == 30_000)
        #expect(server.notices == ["cut: bytes_in_flight"])
        #expect(server.peer.isOpen)
    }

    /// As if the socket had taken none of so many bytes; counted when the connection ticks.
    private func keepBack(_ server: EmbeddedServer, bytes: Int) throws {
        server.peer.channel.write(ByteBuffer(repeating: 0, count: bytes), promise: nil)
        try server.peer.tick(after: 1)
    }

    private static let socketLimits = BytesInFlightLimits(bytes: 1 << 20, callerBytes: 30_000)

    @Test("what waits for sockets counts for an identity, over its connections: the one that has waited longest ends")
    func unreadOnManyConnections() throws {
        let first = try EmbeddedServer(bytesInFlight: Self.socketLimits)
        let second = try EmbeddedServer(beside: first)
        let other = try EmbeddedServer(peerURI: "spiffe://quality.example/org/b/viewer", beside: first)
        try keepBack(first, bytes: 20_000)
        try keepBack(other, bytes: 20_000)
        try other.peer.exchange(.credit(0, 1))
        #expect(first.peer.isOpen && second.peer.isOpen && other.peer.isOpen)
        try keepBack(second, bytes: 20_000)
        #expect(other.peer.loop.bytesInFlight == 60_000)
        try other.peer.exchange(.credit(0, 1))
        #expect(!first.peer.isOpen)
        #expect(second.peer.isOpen && other.peer.isOpen)
        #expect(other.peer.loop.bytesInFlight == 40_000)
        second.peer.lose()
        #expect(other.peer.loop.bytesInFlight == 20_000)
    }

    @Test("a peer that has read since its bytes were counted is not cut for them")
    func readMeanwhile() throws {
        let first = try EmbeddedServer(bytesInFlight: Self.socketLimits)
        let second = try EmbeddedServer(beside: first)
        try keepBack(first, bytes: 20_000)
        try keepBack(second, bytes: 20_000)
        first.peer.channel.flush()
        try second.peer.exchange(.credit(0, 1))
        #expect(first.peer.isOpen && second.peer.isOpen)
        #expect(first.peer.loop.bytesInFlight == 20_000)
    }

    @Test("what waits for a gateway's socket is many callers', and not counted for it")
    func gatewayThatReadsLate() throws {
        let server = try EmbeddedServer(bytesInFlight: Self.socketLimits, peerURI: EmbeddedServer.gateway)
        try keepBack(server, bytes: 40_000)
        try server.peer.exchange(.credit(0, 1))
        #expect(server.peer.isOpen)
        #expect(server.peer.loop.bytesInFlight == 0)
    }

    @Test("whole messages that nobody takes hold up neither the connection nor its other calls")
    func parkedMessages() throws {
        let limits = ConnectionLimits(streamCreditBytes: 1_000, connectionCreditBytes: 2_000)
        let server = try EmbeddedServer(limits: limits)
        let message = try TestingV1.SimpleRequest(
            payload: TestingV1.Payload(body: [UInt8](repeating: 1, count: 900))
        ).encodedBytes()
        var connectionCredit = 2_000
        // Each is one whole message without the stream's end, which no handler is given.
        for stream: UInt32 in stride(from: 1, to: 141, by: 2) {
            connectionCredit -= message.count
            #expect(connectionCredit >= 0, "stream \(stream) finds no credit left")
            let frames = try server.peer.exchange(
                .call(stream, EmbeddedServer.unary, message, flags: .messageEnd))
            connectionCredit += frames.credit(0)
        }
        #expect(try server.peer.exchange(.call(999, EmbeddedServer.empty)).status(999)?.code == .ok)
        #expect(server.peer.end.openCalls == 70)
        #expect(server.peer.loop.bytesInFlight == 70 * message.count)
        server.peer.lose()
        #expect(server.peer.loop.bytesInFlight == 0)
    }

    @Test("a response that stalls after its handler has returned is reset, and the peer hears it")
    func stalledAfterReturn() throws {
        let server = try EmbeddedServer(clientLimits: ConnectionLimits(streamCreditBytes: 10))
        let request = try TestingV1.SimpleRequest(responseBytes: 250).encodedBytes()
        #expect(try server.peer.exchange(.call(1, EmbeddedServer.unary, request)).dataBytes(1) == 10)
        #expect(try tickLoop(server, 60) == [.reset(1)])
        #expect(server.peer.end.openCalls == 0)
        #expect(server.peer.loop.bytesInFlight == 0)
    }
}
