import NIOCore
import RPC
import TestSupport
import Testing
import Wire

@testable import Transport

/// A client's end of a connection against a server that may send anything.
@Suite("A client's connection")
struct ClientConnectionTests {
    /// Hears what becomes of one call.
    final class Listener: ClientCallReceiver {
        enum End: Equatable {
            case status(StatusCode, message: [UInt8]?, isNotStarted: Bool)
            case failed(StatusCode, isNotStarted: Bool)
        }

        private(set) var id: UInt32 = 0
        private weak var connection: ClientConnection?
        private(set) var headers: [[UInt8]] = []
        private(set) var messages: [[UInt8]] = []
        private(set) var ends: [End] = []
        private(set) var sentBytes = 0
        private(set) var waits = 0
        private var partial: [UInt8] = []

        func opened(_ id: UInt32, on connection: ClientConnection) {
            self.id = id
            self.connection = connection
        }

        func headersReceived(_ block: UnsafeRawBufferPointer) {
            headers.append(Array(block))
        }

        func messageReceived(_ bytes: UnsafeRawBufferPointer, messageEnd: Bool) {
            partial += Array(bytes)
            if messageEnd {
                messages.append(partial)
                partial = []
            }
            connection?.consumed(id, bytes: bytes.count)
        }

        func ended(_ end: CallEnd) {
            switch end {
            case .status(let head, _, let message):
                ends.append(.status(head.code, message: message.map { Array($0) }, isNotStarted: head.isNotStarted))
            case .failed(let code, _, let isNotStarted):
                ends.append(.failed(code, isNotStarted: isNotStarted))
            }
        }

        func requestBytesSent(_ bytes: Int) {
            sentBytes += bytes
        }

        func waitsForOthers() {
            waits += 1
        }
    }

    /// The end under test, and what its owner was told.
    final class Client {
        let peer: EmbeddedPeer<ClientConnection>
        private final class Told {
            var ready = 0
            var goAway = 0
            var ended = 0
        }
        private let told = Told()

        var readyCount: Int { told.ready }
        var goAwayCount: Int { told.goAway }
        var endCount: Int { told.ended }

        init(
            serverLimits: ConnectionLimits = ConnectionLimits(), limits: ConnectionLimits = ConnectionLimits(),
            rules: ConnectionRules = ConnectionRules().asClient, greets: Bool = true
        ) throws {
            let told = told
            peer = try EmbeddedPeer(peerURI: EmbeddedServer.gateway) { loop in
                ClientConnection(
                    loop: loop, limits: limits, rules: rules, onReady: { _ in told.ready += 1 }, onSlot: { _ in },
                    onGoAway: { _ in told.goAway += 1 }, onEnd: { _, _ in told.ended += 1 })
            }
            guard greets else { return }
            #expect(try peer.exchange(.hello(serverLimits)).map(\.type) == [FrameType.hello.rawValue])
        }

        /// Opens a call with this request.
        func open(
            _ message: [UInt8] = [], messageEnd: Bool = true, streamEnd: Bool = true
        ) throws -> (listener: Listener, frames: [RawFrame]) {
            (gather(message, messageEnd: messageEnd, streamEnd: streamEnd), try peer.frames())
        }

        /// The same, while the frames still wait for the end of the tick.
        func gather(_ message: [UInt8] = [], messageEnd: Bool = true, streamEnd: Bool = true) -> Listener {
            let listener = Listener()
            let opened = Array("a/b".utf8).withUnsafeBytes { path in
                MetadataBlock.empty.withUnsafeBytes { metadata in
                    message.withUnsafeBytes { message in
                        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
                        let head = CallHead(
                            timeoutMicroseconds: CallHead.noTimeout, path: path, caller: nothing, trace: nothing,
                            metadata: metadata)
                        return peer.end.open(
                            CallFrame(
                                head: head, message: message, messageEnd: messageEnd, streamEnd: streamEnd,
                                isIdempotent: false), deadline: nil, listener)
                    }
                }
            }
            guard case .opened(let id, _) = opened else {
                Issue.record("the call was not opened: \(opened)")
                return listener
            }
            listener.opened(id, on: peer.end)
            return listener
        }
    }

    // MARK: Asking

    @Test("no call is opened before the server's HELLO")
    func beforeHello() throws {
        let client = try Client(greets: false)
        #expect(!client.peer.end.takesCalls)
        #expect(client.readyCount == 0)
        try client.peer.exchange(.hello())
        #expect(client.peer.end.hasFreeSlot)
        #expect(client.readyCount == 1)
    }

    @Test("of an endpoint's connections one gets a batch of calls, then the next; fewest batches first")
    func filledInBatches() throws {
        let clients = [
            try Client(), try Client(serverLimits: ConnectionLimits(concurrentStreams: 40)), try Client(),
        ]
        let endpoint = EndpointConnections(id: 0, endpoint: Endpoint(host: "127.0.0.1", port: 7000))
        endpoint.ready = clients.map(\.peer.end)
        /// Opens so many calls; answers with the number that is open on each connection.
        func open(_ calls: Int) -> [Int] {
            for _ in 0..<calls {
                let chosen = endpoint.freeConnection
                _ = clients.first { $0.peer.end === chosen }?.gather()
            }
            return clients.map(\.peer.end.openCalls)
        }
        #expect(open(31) == [31, 0, 0])
        #expect(open(2) == [32, 1, 0])
        #expect(open(63) == [32, 32, 32])
        #expect(open(33) == [64, 33, 32])
        // The second is full at 40.
        #expect(open(40) == [65, 40, 64])
    }

    @Test("a silent connection of an endpoint gets a call only if there is no other, and makes the endpoint silent")
    func silentConnection() throws {
        let clients = [try Client(), try Client(serverLimits: ConnectionLimits(concurrentStreams: 1))]
        let endpoint = EndpointConnections(id: 0, endpoint: Endpoint(host: "127.0.0.1", port: 7000))
        endpoint.ready = clients.map(\.peer.end)
        _ = clients[0].gather()
        #expect(!endpoint.isSilent)
        for seconds: UInt64 in [1, 4, 5, 7] { try clients[0].peer.tick(after: seconds) }
        #expect(clients.map(\.peer.end.isSilent) == [true, false])
        #expect(endpoint.isSilent)
        #expect(endpoint.freeConnection === clients[1].peer.end)
        _ = clients[1].gather()
        #expect(endpoint.freeConnection === clients[0].peer.end)
    }

    @Test("an endpoint's load is the calls that await it: neither those whose answer has begun nor those that wait")
    func load() throws {
        let client = try Client()
        let endpoint = EndpointConnections(id: 0, endpoint: Endpoint(host: "127.0.0.1", port: 7000))
        endpoint.ready = [client.peer.end]
        for _ in 0..<4 { _ = client.gather() }
        #expect(endpoint.load == 4)
        try client.peer.exchange(
            RawFrame(.headers, stream: 1, MetadataBlock.empty), .data(3, [1]), RawFrame(.waiting, stream: 5))
        #expect(endpoint.load == 1)
        try client.peer.exchange(.data(1, [1]), .data(5, [1]), .status(7, message: [1]))
        #expect(endpoint.load == 0)
        #expect(client.peer.end.openCalls == 3)
    }

    @Test("a request that fits is one frame; one that does not goes on in DATA, as credit comes")
    func requests() throws {
        let client = try Client(serverLimits: ConnectionLimits(streamCreditBytes: 20_000))
        let small = try client.open([1, 2, 3])
        #expect(small.frames == [.call(1, "a/b", [1, 2, 3])])

        let (listener, frames) = try client.open([UInt8](repeating: 7, count: 30_000))
        #expect(frames.of(.call).count == 1)
        #expect(frames.allSatisfy { $0.payload.count <= 16_384 })
        let head = RawFrame.call(3, "a/b").payload.count
        #expect(frames.reduce(-head) { $0 + $1.payload.count } == 20_000)
        #expect(frames.allSatisfy { $0.flags.isEmpty })
        let rest = try client.peer.exchange(.credit(3, 60_000))
        #expect(rest.dataBytes(3) == 10_000)
        #expect(rest.last?.flags == [.messageEnd, .streamEnd])
        #expect(listener.sentBytes == 10_000)
    }

    @Test("the peer's limit on open calls is kept, and a free place is used again")
    func limit() throws {
        var limits = ConnectionLimits()
        limits.concurrentStreams = 1
        let client = try Client(serverLimits: limits)
        _ = try client.open()
        #expect(!client.peer.end.hasFreeSlot)
        try client.peer.exchange(.status(1))
        #expect(client.peer.end.hasFreeSlot)
        #expect(try client.open().listener.id == 3)
    }

    // MARK: Answers

    /// Leading metadata, two messages of which one is in two parts, and an OK with a third.
    private static let answer: [RawFrame] = [
        .hello(), RawFrame(.headers, stream: 1, [0, 0]), .data(1, [1, 2], flags: []), .data(1, [3]), .data(1, []),
        RawFrame(type: 0x7f, [9, 9]), .status(1, message: [4, 5]),
    ]

    @Test("an answer is heard alike, wherever its bytes are cut in two")
    func splitAnywhere() throws {
        let bytes = Self.answer.dropFirst().flatMap(\.bytes)
        for cut in 0...bytes.count {
            let client = try Client()
            let listener = try client.open().listener
            try client.peer.receive(bytes: bytes[..<cut])
            try client.peer.receive(bytes: bytes[cut...])
            #expect(listener.headers == [[0, 0]], "cut at \(cut)")
            #expect(listener.messages == [[1, 2, 3], []], "cut at \(cut)")
            #expect(listener.ends == [.status(.ok, message: [4, 5], isNotStarted: false)], "cut at \(cut)")
        }
    }

    @Test("an answer that is lost at any byte is never a success, and may have been carried out")
    func lostAnywhere() throws {
        let bytes = Self.answer.dropFirst().flatMap(\.bytes)
        for (cut, isClean) in (0...bytes.count).flatMap({ [($0, true), ($0, false)] }) {
            let client = try Client()
            let listener = try client.open().listener
            try client.peer.receive(bytes: bytes[..<cut])
            if isClean { client.peer.closeByPeer() } else { client.peer.lose() }
            let whole = Listener.End.status(.ok, message: [4, 5], isNotStarted: false)
            #expect(
                listener.ends == [cut == bytes.count ? whole : .failed(.unavailable, isNotStarted: false)],
                "lost at \(cut)")
            #expect(client.endCount == 1)
            #expect(!client.peer.isOpen)
        }
    }

    @Test("an OK within a message is a failure, and the connection lives")
    func truncatedMessage() throws {
        for message in [nil, [9]] as [[UInt8]?] {
            let client = try Client()
            let listener = try client.open().listener
            let sent = try client.peer.exchange(.data(1, [1, 2], flags: []), .status(1, message: message))
            #expect(listener.ends == [.failed(.internal, isNotStarted: false)])
            #expect(sent.of(.reset).count == 1)
            #expect(client.peer.end.takesCalls)
        }
    }

    @Test("a failure within a message is itself")
    func failureWithinMessage() throws {
        let client = try Client()
        let listener = try client.open().listener
        try client.peer.exchange(.data(1, [1, 2], flags: []), .status(1, .unavailable, "gone"))
        #expect(listener.ends == [.status(.unavailable, message: nil, isNotStarted: false)])
    }

    @Test("RESET is the status its code stands for, and only REFUSED was not started", arguments: ResetCode.allCases)
    func resets(code: ResetCode) throws {
        let client = try Client()
        let listener = try client.open().listener
        try client.peer.exchange(.reset(1, code), .reset(1, code))
        #expect(listener.ends == [.failed(code.status, isNotStarted: code == .refused)])
        #expect(client.peer.end.takesCalls)
    }

    @Test("RESET after the header, within data and after data fails the call, and the connection lives")
    func resetsOnTheWay() throws {
        let starts: [[RawFrame]] = [
            [RawFrame(.headers, stream: 1, [0, 0])],
            [RawFrame(.headers, stream: 1, [0, 0]), .data(1, [1, 2], flags: [])],
            [RawFrame(.headers, stream: 1, [0, 0]), .data(1, [1, 2])],
        ]
        for start in starts {
            let client = try Client()
            let listener = try client.open().listener
            for frame in start + [.reset(1, .internal), .data(1, [3]), .status(1)] { try client.peer.exchange(frame) }
            #expect(listener.ends == [.failed(.internal, isNotStarted: false)])
            let next = try client.open().listener
            try client.peer.exchange(.status(3))
            #expect(next.ends == [.status(.ok, message: nil, isNotStarted: false)])
        }
    }

    @Test("credit of zero or too much on a stream resets the call alone", arguments: [0, Int32.max])
    func badCredit(increment: Int32) throws {
        let client = try Client()
        let first = try client.open(streamEnd: false).listener, second = try client.open(streamEnd: false).listener
        #expect(try client.peer.exchange(.credit(1, increment)) == [.reset(1, .flowControl)])
        #expect(first.ends == [.failed(.internal, isNotStarted: false)])
        #expect(second.ends.isEmpty)
        #expect(client.peer.isOpen)
    }

    @Test("when the stream ids are used up the owner is told, and the connection closes after the last call")
    func streamIDs() throws {
        var rules = ConnectionRules().asClient
        rules.lastStreamID = 3
        let client = try Client(rules: rules)
        _ = try client.open()
        #expect(client.goAwayCount == 0)
        _ = try client.open()
        #expect(client.goAwayCount == 1)
        #expect(!client.peer.end.takesCalls)
        try client.peer.exchange(.status(1))
        #expect(client.peer.isOpen)
        try client.peer.exchange(.status(3))
        #expect(!client.peer.isOpen)
    }

    @Test("a server that is silent while a call is open is asked, and left when it does not answer")
    func keepalive() throws {
        let client = try Client()
        let listener = try client.open().listener
        try client.peer.tick(after: 1)
        #expect(try client.peer.tick(after: 2).isEmpty)
        #expect(try client.peer.tick(after: 4).map(\.type) == [FrameType.ping.rawValue])
        #expect(try client.peer.tick(after: 5).isEmpty)
        #expect(!client.peer.end.isSilent)
        #expect(try client.peer.tick(after: 7).isEmpty)
        #expect(client.peer.end.isSilent)
        #expect(try client.peer.tick(after: 25).last?.goAway?.error.code == .timeout)
        #expect(listener.ends == [.failed(.unavailable, isNotStarted: false)])
        #expect(!client.peer.isOpen)
    }

    @Test("an id that rises from one GOAWAY to the next ends the connection")
    func risingGoAway() throws {
        let client = try Client()
        _ = try client.open()
        try client.peer.exchange(.goAway(1))
        #expect(try client.peer.exchange(.goAway(3)).last?.goAway?.error.code == .protocolViolation)
        #expect(!client.peer.isOpen)
    }

    @Test("a response of 300 KB in frames of five bytes arrives whole, and its credit is given back")
    func smallFrames() throws {
        let client = try Client()
        let listener = try client.open().listener
        var given = (stream: 0, connection: 0)
        let piece = RawFrame.data(1, [1, 2, 3, 4, 5], flags: []).bytes
        for sent in stride(from: 0, to: 300_000, by: 5) {
            #expect(65_536 + given.stream - sent >= 5)
            try client.peer.receive(bytes: piece)
            guard sent % 10_000 == 0 else { continue }
            let frames = try client.peer.frames()
            given.stream += frames.credit(1)
            given.connection += frames.credit(0)
        }
        try client.peer.exchange(.data(1, []), .status(1))
        #expect(listener.messages.map(\.count) == [300_000])
        #expect(listener.ends == [.status(.ok, message: nil, isNotStarted: false)])
        #expect(300_000 - given.stream < 32_768 + 10_000)
    }

    // MARK: Giving up

    @Test("a call given up sends RESET, and what still comes for it is dropped and credited")
    func cancel() throws {
        let client = try Client(limits: ConnectionLimits(connectionCreditBytes: 100))
        let listener = try client.open().listener
        client.peer.end.cancel(1)
        #expect(try client.peer.frames() == [.reset(1)])
        let credit = try client.peer.exchange(.data(1, [UInt8](repeating: 1, count: 60)), .status(1), .reset(1))
        #expect(credit == [.credit(0, 60)])
        #expect(listener.ends.isEmpty)
        #expect(listener.messages.isEmpty)
    }

    @Test("a request that waits for credit is dropped with its call")
    func cancelWhileWaiting() throws {
        let client = try Client(serverLimits: ConnectionLimits(streamCreditBytes: 10))
        _ = try client.open([UInt8](repeating: 7, count: 100))
        client.peer.end.cancel(1)
        #expect(try client.peer.frames() == [.reset(1)])
        #expect(try client.peer.exchange(.credit(1, 1_000), .credit(0, 1_000)).isEmpty)
    }

    // MARK: GOAWAY

    @Test("a call whose CALL had not left when the connection was lost was not started; others maybe")
    func unsentCalls() throws {
        let client = try Client()
        let sent = try client.open().listener
        let gathered = [client.gather(), client.gather()]
        client.peer.lose()
        #expect(sent.ends == [.failed(.unavailable, isNotStarted: false)])
        for listener in gathered { #expect(listener.ends == [.failed(.unavailable, isNotStarted: true)]) }
    }

    @Test("GOAWAY ends the calls above its id as not started, and lets the others go on")
    func goAway() throws {
        let client = try Client()
        let first = try client.open().listener, second = try client.open().listener
        try client.peer.exchange(.goAway(.max))
        #expect(!client.peer.end.takesCalls)
        #expect(client.goAwayCount == 1)
        #expect(second.ends.isEmpty)
        try client.peer.exchange(.goAway(1))
        #expect(client.goAwayCount == 1)
        #expect(first.ends.isEmpty)
        #expect(second.ends == [.failed(.unavailable, isNotStarted: true)])
        try client.peer.exchange(.status(1, message: [1]))
        #expect(first.ends == [.status(.ok, message: [1], isNotStarted: false)])
        #expect(!client.peer.isOpen)
    }

    @Test("GOAWAY with an error ends the connection: calls up to its id may have been carried out")
    func goAwayWithError() throws {
        let client = try Client()
        let first = try client.open().listener, second = try client.open().listener
        try client.peer.exchange(.goAway(1, .internal))
        #expect(first.ends == [.failed(.unavailable, isNotStarted: false)])
        #expect(second.ends == [.failed(.unavailable, isNotStarted: true)])
        #expect(client.endCount == 1)
        #expect(!client.peer.isOpen)
    }

    @Test("GOAWAY instead of HELLO closes the connection")
    func goAwayBeforeHello() throws {
        let client = try Client(greets: false)
        try client.peer.exchange(.goAway(0))
        #expect(client.endCount == 1)
        #expect(client.readyCount == 0)
        #expect(!client.peer.isOpen)
    }

    // MARK: Hostile frames

    /// Each with a call open on stream 1 and one finished on stream 3.
    static let hostile: [ServerConnectionTests.Hostile] = [
        .init(testDescription: "CALL from a server", code: .protocolViolation, bytes: RawFrame.call(5, "a/b").bytes),
        .init(testDescription: "a second HELLO", code: .hello, bytes: RawFrame.hello().bytes),
        .init(testDescription: "STATUS on an idle stream", code: .protocolViolation, bytes: RawFrame.status(5).bytes),
        .init(testDescription: "STATUS on stream 2", code: .protocolViolation, bytes: RawFrame.status(2).bytes),
        .init(testDescription: "DATA on an idle stream", code: .protocolViolation, bytes: RawFrame.data(5, [1]).bytes),
        .init(
            testDescription: "DATA with STREAM_END", code: .protocolViolation,
            bytes: RawFrame.data(1, [1], flags: .streamEnd).bytes),
        .init(
            testDescription: "DATA that says nothing", code: .protocolViolation,
            bytes: RawFrame.data(1, [], flags: []).bytes),
        .init(
            testDescription: "a message beside a failure", code: .protocolViolation,
            bytes: RawFrame.status(1, .internal, message: [1]).bytes),
        .init(
            testDescription: "a status head cut short", code: .protocolViolation,
            bytes: RawFrame(.status, stream: 1, [0, 9, 0]).bytes),
        .init(
            testDescription: "a GOAWAY cut short", code: .frameSize,
            bytes: RawFrame(.goAway, [0, 0, 0, 1, 0, 0, 0, 0, 0, 9]).bytes),
        .init(testDescription: "too much credit", code: .flowControl, bytes: RawFrame.credit(0, .max).bytes),
        .init(
            testDescription: "a frame too long", code: .frameSize, bytes: [0, 0, 0x40, 1, 3, 0, 0, 0, 0, 1]),
    ]

    @Test("what the rules forbid ends the connection with a word why, and open calls with it", arguments: hostile)
    func hostileFrames(hostile: ServerConnectionTests.Hostile) throws {
        let client = try Client()
        let listener = try client.open().listener
        _ = try client.open()
        try client.peer.exchange(.status(3))
        try client.peer.receive(bytes: hostile.bytes)
        #expect(try client.peer.frames().last?.goAway?.error.code == hostile.code)
        #expect(listener.ends == [.failed(.unavailable, isNotStarted: false)])
        #expect(!client.peer.isOpen)
    }

    @Test("frames on finished streams are dropped")
    func finishedStream() throws {
        let client = try Client()
        let listener = try client.open().listener
        try client.peer.exchange(.status(1))
        #expect(try client.peer.exchange(.status(1), .data(1, [1]), .reset(1), .credit(1, 0)).isEmpty)
        #expect(listener.ends.count == 1)
        #expect(client.peer.isOpen)
    }
}
