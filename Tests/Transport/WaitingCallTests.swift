import RPC
import TestSupport
import Testing
import TestingMessages
import Wire

@testable import Transport

/// WAITING at both ends of a connection.
@Suite("Calls that wait for others, on a connection")
struct WaitingCallTests {
    /// A request whose handler says that it waits, and then does so until the call is over, or answers.
    private func request(answers: Bool) throws -> [UInt8] {
        try TestingV1.SimpleRequest(
            statusMessage: ScriptedService.waitsForOthers, delayMs: answers ? 0 : 1
        ).encodedBytes()
    }

    private func limits(_ openCalls: UInt32) -> ConnectionLimits {
        ConnectionLimits(concurrentStreams: openCalls)
    }

    // MARK: A server's end

    @Test("a handler that waits for others says so in one frame without a payload, and another call may be opened")
    func said() throws {
        let server = try EmbeddedServer(limits: limits(1))
        let waiting = try server.peer.exchange(.call(1, EmbeddedServer.unary, try request(answers: false)))
        #expect(waiting == [RawFrame(.waiting, stream: 1)])
        #expect(try server.peer.exchange(.call(3, EmbeddedServer.empty)).status(3)?.code == .ok)
        #expect(try server.peer.exchange(.call(5, EmbeddedServer.duplex, flags: [])).isEmpty)
        let refused = try server.peer.exchange(.call(7, EmbeddedServer.empty)).status(7)
        #expect(refused?.code == .resourceExhausted)
        #expect(refused?.isNotStarted == true)
        // Its end makes room for no further one.
        try server.peer.exchange(.reset(1))
        #expect(server.service.seen == .init(begun: 3, cancelled: 1, returned: 2))
        #expect(try server.peer.exchange(.call(9, EmbeddedServer.empty)).status(9)?.code == .resourceExhausted)
        try server.peer.exchange(.reset(5))
        #expect(try server.peer.exchange(.call(11, EmbeddedServer.empty)).status(11)?.code == .ok)
    }

    @Test("it says so before its answer begins, and not again then")
    func saidBeforeAnswer() throws {
        let server = try EmbeddedServer()
        let frames = try server.peer.exchange(.call(1, EmbeddedServer.unary, try request(answers: true)))
        #expect(frames.map(\.frameType) == [.waiting, .headers, .status])
        #expect(frames.status(1)?.code == .ok)
    }

    @Test("a handler that does not wait says nothing")
    func notSaid() throws {
        let server = try EmbeddedServer()
        let frames = try server.peer.exchange(.call(1, EmbeddedServer.unary))
        #expect(frames.map(\.frameType) == [.status])
    }

    @Test(
        "from a client it is skipped, whatever it says",
        arguments: [
            RawFrame(.waiting, stream: 1), RawFrame(.waiting), RawFrame(.waiting, stream: 7),
            RawFrame(.waiting, flags: FrameFlags(rawValue: 0xff), stream: 1, [1, 2, 3]),
        ])
    func fromClient(frame: RawFrame) throws {
        let server = try EmbeddedServer()
        try server.peer.exchange(.call(1, EmbeddedServer.duplex, flags: []))
        #expect(try server.peer.exchange(frame, frame).isEmpty)
        #expect(try server.peer.exchange(.call(3, EmbeddedServer.empty)).status(3)?.code == .ok)
        let answer = try server.peer.exchange(.data(1, [], flags: .streamEnd))
        #expect(answer.status(1)?.code == .ok)
    }

    // MARK: A client's end

    @Test("its receiver hears of it once, and another call may be opened")
    func heard() throws {
        let client = try ClientConnectionTests.Client(serverLimits: limits(1))
        let waiting = try client.open().listener
        #expect(!client.peer.end.hasFreeSlot)
        #expect(try client.peer.exchange(RawFrame(.waiting, stream: 1), RawFrame(.waiting, stream: 1)).isEmpty)
        #expect(waiting.waits == 1)
        #expect(client.peer.end.hasFreeSlot)
        #expect(client.peer.end.openCalls == 1)
        let other = try client.open().listener
        #expect(other.id == 3)
        #expect(!client.peer.end.hasFreeSlot)
        try client.peer.exchange(.status(1, message: [7]))
        #expect(waiting.ends == [.status(.ok, message: [7], isNotStarted: false)])
        // It had no place among the open calls any more.
        #expect(!client.peer.end.hasFreeSlot)
        try client.peer.exchange(.status(3, message: [8]))
        #expect(other.waits == 0)
        #expect(other.ends == [.status(.ok, message: [8], isNotStarted: false)])
        #expect(client.peer.end.hasFreeSlot)
    }

    /// Frames that a server does not send, or that come too late, with a call open on stream 1 and one over on stream 3.
    static let framesForNothing: [RawFrame] = [
        RawFrame(.waiting), RawFrame(.waiting, stream: 2), RawFrame(.waiting, stream: 3), RawFrame(.waiting, stream: 5),
        RawFrame(.waiting, stream: 0xffff_ffff), RawFrame(.waiting, stream: 1, [0]),
        RawFrame(.waiting, flags: .messageEnd, stream: 1), RawFrame(type: 0x0a, flags: FrameFlags(rawValue: 0xff)),
    ]

    @Test("one that means nothing changes nothing", arguments: framesForNothing)
    func meaningless(frame: RawFrame) throws {
        let client = try ClientConnectionTests.Client(serverLimits: limits(2))
        let open = try client.open().listener
        let over = try client.open().listener
        try client.peer.exchange(.status(3, message: []))
        #expect(try client.peer.exchange(frame).isEmpty)
        #expect(client.peer.isOpen)
        #expect(open.waits == 0)
        #expect(over.waits == 0)
        _ = try client.open()
        #expect(!client.peer.end.hasFreeSlot)
        try client.peer.exchange(.status(1, message: [7]))
        #expect(open.ends == [.status(.ok, message: [7], isNotStarted: false)])
    }

    @Test(
        "as many come as there are calls, and are no flood; those that mean nothing are",
        arguments: [true, false])
    func flood(isMeaningless: Bool) throws {
        var rules = ConnectionRules().asClient
        rules.flood[.skippedFrames] = 10
        let client = try ClientConnectionTests.Client(rules: rules)
        for stream: UInt32 in stride(from: 1, to: 41, by: 2) {
            _ = try client.open()
            let frames = try client.peer.exchange(RawFrame(.waiting, stream: isMeaningless ? 1 : stream))
            guard !frames.isEmpty else { continue }
            #expect(frames.last?.goAway?.error.code == .excessiveLoad)
            #expect(isMeaningless)
            // The first one said something.
            #expect(stream == 2 * 11 + 1)
            return
        }
        #expect(!isMeaningless)
        #expect(client.peer.end.openCalls == 20)
    }

    @Test("late ones of calls that this side has given up are no flood")
    func lateFlood() throws {
        var rules = ConnectionRules().asClient
        rules.flood[.skippedFrames] = 10
        let client = try ClientConnectionTests.Client(rules: rules)
        for stream: UInt32 in stride(from: 1, to: 41, by: 2) {
            _ = try client.open()
            client.peer.end.cancel(stream)
            #expect(try client.peer.exchange(RawFrame(.waiting, stream: stream)).of(.goAway).isEmpty)
        }
        #expect(client.peer.isOpen)
    }
}
