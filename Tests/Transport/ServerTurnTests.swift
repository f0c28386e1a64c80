import NIOCore
import NIOEmbedded
import TLS
import TestRandom
import TestSupport
import Testing
import Wire

@testable import Transport

/// What a server's connection does about a peer that has more to say than its turn of the loop allows.
@Suite("Turns of a server's connections")
struct ServerTurnTests {
    private static let unit = TurnCost.unitsATurn

    /// No flood is too much.
    private static var rules: ConnectionRules {
        var rules = ConnectionRules()
        for kind in FloodKind.allCases { rules.flood[kind] = .max }
        return rules
    }

    private static func server(
        of peerURI: String = EmbeddedServer.city, beside other: EmbeddedServer? = nil
    ) throws -> EmbeddedServer {
        try EmbeddedServer(rules: rules, peerURI: peerURI, beside: other)
    }

    /// So many PINGs with consecutive numbers.
    private static func pings(_ count: Int, from first: Int = 0) -> [UInt8] {
        (first..<first + count).flatMap { number in
            withUnsafeBytes(of: UInt64(number).bigEndian) { [RawFrame(.ping, Array($0))].bytes }
        }
    }

    private static func numbers(_ frames: [RawFrame]) -> [Int] {
        frames.filter { $0.type == FrameType.ping.rawValue && $0.flags.contains(.acknowledgement) }
            .map { Int($0.payload.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }) }
    }

    @Test("a peer that says much in one piece is answered bit by bit, in order, between looks at the sockets")
    func bits() throws {
        let server = try Self.server()
        try server.peer.receive(bytes: Self.pings(2 * Self.unit + 10))
        var answers = Self.numbers(try server.peer.frames())
        #expect(answers.count == Self.unit)
        // Nothing happens of itself.
        #expect(try server.peer.frames().isEmpty)
        answers += Self.numbers(try server.peer.lookAtSockets())
        #expect(answers.count == 2 * Self.unit)
        answers += Self.numbers(try server.peer.lookAtSockets())
        #expect(answers == Array(0..<2 * Self.unit + 10))
        #expect(try server.peer.lookAtSockets().isEmpty)
    }

    @Test("beside a hundred connections that flood, a call is answered at once, and theirs go on one turn at a time")
    func neighbour() throws {
        let honest = try Self.server(of: "spiffe://quality.example/org/410200/reporter")
        let flooders = try (0..<100).map { _ in try Self.server(beside: honest) }
        for flooder in flooders { try flooder.peer.receive(bytes: Self.pings(2_000)) }
        func answered() throws -> Int { try flooders.map { Self.numbers(try $0.peer.frames()).count }.reduce(0, +) }
        #expect(try answered() == Self.unit)
        for round in 0..<10 {
            let stream = UInt32(2 * round + 1)
            let answer = try honest.peer.exchange(.call(stream, EmbeddedServer.empty))
            #expect(answer.status(stream)?.code == .ok)
            _ = try honest.peer.lookAtSockets()
            #expect(try answered() == Self.unit)
        }
        for _ in 0..<200 { _ = try honest.peer.lookAtSockets() }
        #expect(try answered() == 100 * 2_000 - 11 * Self.unit)
    }

    @Test("a process of the suite carries everybody's calls, and may do more")
    func service() throws {
        let server = try Self.server(of: EmbeddedServer.gateway)
        try server.peer.receive(bytes: Self.pings(4 * Self.unit + 1))
        #expect(try server.peer.frames().count == 4 * Self.unit)
        #expect(try server.peer.lookAtSockets().count == 1)
    }

    @Test("the socket is not read while frames wait, and is when they do not")
    func reads() throws {
        let server = try Self.server()
        let reads = ReadCounter()
        try server.peer.channel.pipeline.syncOperations.addHandler(reads, position: .first)
        server.peer.channel.read()
        #expect(reads.count == 1)
        try server.peer.receive(bytes: Self.pings(2 * Self.unit + 1))
        server.peer.channel.read()
        _ = try server.peer.lookAtSockets()
        #expect(reads.count == 1)
        _ = try server.peer.lookAtSockets()
        #expect(reads.count == 2)
        server.peer.channel.read()
        #expect(reads.count == 3)
        // Nobody asks for what comes next before it is asked for.
        try server.peer.receive(bytes: Self.pings(Self.unit + 1))
        _ = try server.peer.lookAtSockets()
        #expect(reads.count == 3)
    }

    @Test(
        "what TLS costs is paid for before more is read",
        arguments: [TLSEvent.manyRecords(count: 0), .keysUpdated(count: 0)])
    func debts(kind: TLSEvent) throws {
        let server = try Self.server()
        let reads = ReadCounter()
        try server.peer.channel.pipeline.syncOperations.addHandler(reads, position: .first)
        let cost: TLSEvent =
            if case .manyRecords = kind { .manyRecords(count: 2 * Self.unit + 1) } else {
                .keysUpdated(count: 2 * Self.unit / 10 + 1)
            }
        server.peer.channel.pipeline.fireUserInboundEventTriggered(cost)
        try server.peer.receive(bytes: Self.pings(1))
        server.peer.channel.read()
        #expect(try server.peer.frames().isEmpty)
        #expect(try server.peer.lookAtSockets().isEmpty)
        #expect(reads.count == 0)
        #expect(try server.peer.lookAtSockets().count == 1)
        #expect(reads.count == 1)
    }

    enum End: CaseIterable {
        case closeNotify, loss, refusal, drain
    }

    @Test("what waits when the connection ends is nobody's, and calls end once", arguments: End.allCases)
    func end(_ end: End) throws {
        let server = try Self.server()
        try server.peer.exchange(.call(1, EmbeddedServer.duplex, flags: []))
        try server.peer.receive(
            bytes: Self.pings(2 * Self.unit) + [RawFrame.call(3, EmbeddedServer.empty)].bytes)
        switch end {
        case .closeNotify: server.peer.closeByPeer()
        case .loss: server.peer.lose()
        case .refusal:
            server.peer.channel.pipeline.fireUserInboundEventTriggered(
                TLSEvent.peerRefused(TLSError(.certificateRevoked, "taken back")))
        case .drain: server.peer.end.endAllCalls()
        }
        _ = try server.peer.lookAtSockets()
        for _ in 0..<5 { #expect(try server.peer.lookAtSockets().isEmpty) }
        #expect(!server.peer.isOpen)
        #expect(server.peer.end.openCalls == 0)
        #expect(server.service.seen.begun == 1)
        #expect(server.service.seen.returned == 1)
        #expect(server.peer.loop.identities.isEmpty)
    }

    @Test("whose bytes wait for their turn is not silent")
    func isHeard() throws {
        let server = try Self.server()
        try server.peer.receive(bytes: Self.pings(2 * Self.unit + 1))
        func asks(_ frames: [RawFrame]) -> Bool {
            frames.contains { $0.type == FrameType.ping.rawValue && !$0.flags.contains(.acknowledgement) }
        }
        #expect(!asks(try server.peer.tick(after: 1)))
        for seconds: UInt64 in [301, 602] {
            _ = try server.peer.lookAtSockets()
            #expect(!asks(try server.peer.tick(after: seconds)))
        }
        #expect(asks(try server.peer.tick(after: 903)))
    }

    @Test("every frame is dealt with once and in order, however pieces, frames and turns fall")
    func anyOrder() throws {
        var random = SplitMix(seed: 3)
        for _ in 0..<20 {
            let server = try Self.server()
            let bytes = Self.pings(5_000)
            var offset = 0, answers: [Int] = []
            while offset < bytes.count {
                let count = min(.random(in: 1...40_000, using: &random), bytes.count - offset)
                try server.peer.receive(bytes: bytes[offset..<offset + count])
                offset += count
                answers += Self.numbers(try server.peer.frames())
                if Bool.random(using: &random) { answers += Self.numbers(try server.peer.lookAtSockets()) }
            }
            for _ in 0..<10 { answers += Self.numbers(try server.peer.lookAtSockets()) }
            #expect(answers == Array(0..<5_000))
        }
    }
}

/// Floods are counted for all connections of an identity together.
@Suite("Floods of an identity")
struct IdentityFloodTests {
    private static var rules: ConnectionRules {
        var rules = ConnectionRules()
        for kind in FloodKind.allCases { rules.flood[kind] = 10 }
        return rules
    }

    private static func server(
        of peerURI: String = EmbeddedServer.city, beside other: EmbeddedServer? = nil
    ) throws -> EmbeddedServer {
        let server = try EmbeddedServer(rules: rules, peerURI: peerURI, beside: other)
        try server.peer.exchange(.call(1, EmbeddedServer.duplex, flags: []), .call(3, EmbeddedServer.empty))
        return server
    }

    @Test(
        "the connection that brings one too many of all is cut, and told so; another identity's is not",
        arguments: ServerGuardTests.floods)
    func excess(flood: ServerGuardTests.Flood) throws {
        let first = try Self.server()
        let second = try Self.server(beside: first), third = try Self.server(beside: first)
        let stranger = try Self.server(of: "spiffe://quality.example/org/410200/reporter", beside: first)
        func send(_ server: EmbeddedServer, _ streams: Range<UInt32>) throws -> [RawFrame] {
            var answers: [RawFrame] = []
            for stream in streams {
                try server.peer.receive(bytes: flood.frames(2 * stream + 1).bytes)
                answers += try server.peer.frames()
            }
            return answers
        }
        // Frames that were sent to the peer let it give credit.
        let earned: UInt32 = flood.kind == .credits ? 3 * 3 : 0
        for server in [first, second, stranger] { _ = try send(server, 2..<12 + earned) }
        if earned > 0 { _ = try send(third, 2..<2 + earned) }
        #expect(first.peer.isOpen && second.peer.isOpen && third.peer.isOpen && stranger.peer.isOpen)
        let end = try send(third, 20..<21).last?.goAway
        #expect(end?.error.code == .excessiveLoad)
        #expect(end?.error.reason.contains("more than 20 ") == true)
        #expect(end?.error.reason.contains("all connections of this identity") == true)
        #expect(!third.peer.isOpen)
        #expect(first.peer.isOpen && second.peer.isOpen && stranger.peer.isOpen)
    }

    @Test("a new second begins at zero, and so does an identity of which nobody was there")
    func windows() throws {
        var server = try Self.server()
        // The end of a channel under test ends everything on its loop: they stay.
        var others: [EmbeddedServer] = []
        for _ in 0..<5 {
            let second = try Self.server(beside: server)
            others.append(second)
            for peer in [server.peer, second.peer] {
                for _ in 0..<10 { try peer.exchange(RawFrame(type: 0x7f)) }
                #expect(peer.isOpen)
            }
            server.peer.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            second.peer.closeByPeer()
        }
        #expect(server.peer.loop.identities.count == 1)
        server = try Self.server()
        #expect(server.peer.isOpen)
    }

    @Test("the sum is not for processes of the suite")
    func services() throws {
        let first = try Self.server(of: EmbeddedServer.gateway)
        let others = try (0..<5).map { _ in try Self.server(of: EmbeddedServer.gateway, beside: first) }
        for server in [first] + others {
            for _ in 0..<10 { try server.peer.exchange(RawFrame(type: 0x7f)) }
            #expect(server.peer.isOpen)
        }
    }
}
