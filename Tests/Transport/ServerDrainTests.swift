import NIOCore
import NIOEmbedded
import RPC
import TestSupport
import Testing
import TestingMessages
import Wire

@testable import Transport

/// How a server's connection takes its leave.
@Suite("Draining a server's connection")
struct ServerDrainTests {
    private static let drainPing = RawFrame(.ping, Array("qm drain".utf8))
    private static let drainPong = RawFrame(.ping, flags: .acknowledgement, Array("qm drain".utf8))

    private func warned() throws -> EmbeddedServer {
        let server = try EmbeddedServer()
        try server.peer.exchange(.call(1, EmbeddedServer.duplex, flags: []))
        server.peer.end.drain()
        return server
    }

    @Test("the peer is warned, then told the last call a round trip later; what it had sent before is served")
    func twoPhases() throws {
        let server = try warned()
        let warning = try server.peer.frames()
        #expect(warning.first?.goAway == GoAway(lastStreamID: .max, error: .init(.none, "this process is draining")))
        #expect(warning.dropFirst() == [Self.drainPing])
        // A second word changes nothing.
        server.peer.end.drain()
        #expect(try server.peer.frames().isEmpty)
        // Sent before the peer had heard.
        #expect(try server.peer.exchange(.call(3, EmbeddedServer.empty)).status(3)?.code == .ok)
        let final = try server.peer.exchange(Self.drainPong)
        #expect(final.map(\.goAway) == [GoAway(lastStreamID: 3, error: .init(.none, "this process is draining"))])
        #expect(try server.peer.exchange(.call(5, EmbeddedServer.empty), .reset(5)).isEmpty)
        #expect(server.service.seen.begun == 2)
        #expect(server.peer.isOpen)
        #expect(try server.peer.exchange(.data(1, [], flags: .streamEnd)).status(1)?.code == .ok)
        #expect(!server.peer.isOpen)
    }

    @Test("a peer that does not answer the ping is told the last call all the same")
    func silentPeer() throws {
        let server = try warned()
        _ = try server.peer.frames()
        server.peer.channel.embeddedEventLoop.advanceTime(by: .milliseconds(999))
        #expect(try server.peer.frames().isEmpty)
        server.peer.channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(try server.peer.frames().map(\.goAway?.lastStreamID) == [1])
        #expect(server.peer.isOpen)
    }

    @Test("an answer to another ping decides nothing, and without calls the connection closes at the right one")
    func idle() throws {
        let server = try EmbeddedServer()
        server.peer.end.drain()
        _ = try server.peer.frames()
        let other = RawFrame(.ping, flags: .acknowledgement, Array("whatever".utf8))
        #expect(try server.peer.exchange(other).isEmpty)
        #expect(server.peer.isOpen)
        #expect(try server.peer.exchange(Self.drainPong).map(\.goAway?.lastStreamID) == [0])
        #expect(!server.peer.isOpen)
    }

    @Test("a connection whose handshake is not over is sent GOAWAY in place of HELLO")
    func inHandshake() throws {
        let server = try EmbeddedServer(greets: false, isEstablished: false)
        server.peer.end.drain()
        #expect(try server.peer.frames().isEmpty)
        server.peer.establish()
        #expect(try server.peer.frames().map(\.goAway?.lastStreamID) == [0])
        #expect(!server.peer.isOpen)
    }

    @Test("calls without a deadline are told to go elsewhere, and when, while the others go on")
    func openEndedCalls() throws {
        let server = try warned()
        let slow = try TestingV1.SimpleRequest(delayMs: 1).encodedBytes()
        try server.peer.exchange(.call(3, EmbeddedServer.unary, slow, timeoutMicroseconds: 60_000_000))
        try server.peer.exchange(Self.drainPong)
        server.peer.end.endOpenEndedCalls { 250 }
        let frames = try server.peer.frames()
        #expect(frames.count == 1)
        #expect(frames.status(1)?.code == .unavailable)
        #expect(frames.status(1)?.isNotStarted == false)
        let head = try frames[0].payload.withUnsafeBytes { try StatusHead.parse($0).0.pushbackMilliseconds }
        #expect(head == 250)
        #expect(server.service.seen == .init(begun: 2, cancelled: 1, returned: 1))
        #expect(server.peer.isOpen)
    }

    @Test("when the time is over every call gets a status, and the connection closes")
    func noTimeLeft() throws {
        let server = try warned()
        let slow = try TestingV1.SimpleRequest(delayMs: 1).encodedBytes()
        try server.peer.exchange(.call(3, EmbeddedServer.unary, slow, timeoutMicroseconds: 60_000_000))
        server.peer.end.endAllCalls()
        let frames = try server.peer.frames()
        #expect(frames.of(.goAway).map(\.goAway?.lastStreamID) == [3])
        #expect(frames.status(1)?.code == .unavailable)
        #expect(frames.status(3)?.code == .unavailable)
        #expect(frames.status(3)?.isNotStarted == false)
        #expect(server.service.seen == .init(begun: 2, cancelled: 2, returned: 2))
        #expect(!server.peer.isOpen)
    }

    @Test("an error after the last call was named names no higher one")
    func errorAfterwards() throws {
        let server = try warned()
        try server.peer.exchange(Self.drainPong)
        let frames = try server.peer.exchange(.call(3, EmbeddedServer.empty), RawFrame(type: 0x80))
        #expect(frames.map(\.goAway?.lastStreamID) == [1])
        #expect(frames.last?.goAway?.error.code == .protocolViolation)
    }

    @Test("a connection whose place another needs ends at once and says why, and a call on its way was not started")
    func givesWay() throws {
        let server = try EmbeddedServer()
        #expect(try server.peer.exchange(.call(1, EmbeddedServer.empty)).status(1)?.code == .ok)
        #expect(server.peer.end.use.take())
        // Before its loop has heard of it.
        let frames = try server.peer.exchange(.call(3, EmbeddedServer.empty), .call(5, EmbeddedServer.empty))
        #expect(frames.of(.goAway).map(\.goAway?.lastStreamID) == [.max, 1])
        #expect(frames.last?.goAway?.error.code == ConnectionError.Code.none)
        #expect(frames.last?.goAway?.error.reason.contains("another peer needed its place") == true)
        #expect(frames.of(.status).isEmpty)
        #expect(server.service.seen.begun == 1)
        #expect(!server.peer.isOpen)
        #expect(server.notices == ["drains: gave_way"])
        server.peer.end.giveWay()
        #expect(server.notices == ["drains: gave_way"])
    }

    @Test("only a connection without open calls can be taken, refused ones and those that wait on its side among them")
    func inUse() throws {
        let server = try EmbeddedServer(limits: ConnectionLimits(concurrentStreams: 1))
        let use = server.peer.end.use
        #expect(use.idleSince != nil)
        try server.peer.exchange(.call(1, EmbeddedServer.duplex, flags: []))
        #expect(use.idleSince == nil)
        #expect(try server.peer.exchange(.call(3, EmbeddedServer.empty)).status(3)?.code == .resourceExhausted)
        #expect(use.idleSince == nil)
        try server.peer.exchange(.reset(1))
        #expect(use.idleSince != nil)
        // A message too long: the call never opens.
        try server.peer.exchange(.call(5, "no.such.Service/Method"))
        #expect(use.idleSince != nil)
        try server.peer.exchange(.call(7, EmbeddedServer.duplex, flags: []))
        #expect(!use.take())
        // An end that its handlers have not heard of yet holds no place.
        server.peer.lose()
        #expect(use.idleSince != nil)
    }
}

@Suite("Which peers a drain waits for")
struct DrainWatchTests {
    private func at(_ milliseconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: 1_000_000_000 + milliseconds * 1_000_000)
    }

    private func seen(
        written: UInt64 = 10_000, pending: Int = 0, calls: Int = 0, isEnded: Bool = false
    ) -> DrainWatch.Observation {
        DrainWatch.Observation(writtenBytes: written, pendingBytes: pending, openCalls: calls, isEnded: isEnded)
    }

    /// When it gives up on a peer that goes on like that, looking every 100 ms.
    private func end(_ seen: DrainWatch.Observation) -> UInt64? {
        var watch = DrainWatch()
        return stride(from: UInt64(0), through: 60_000, by: 100).first { watch.look(at: at($0), seen) == .abandon }
    }

    @Test("calls whose peer takes what comes have the whole time, and so has a peer that has yet to answer a ping")
    func taking() {
        #expect(end(seen(calls: 3)) == nil)
        #expect(end(seen()) == nil)
    }

    @Test("a peer that takes nothing is not waited for: for a moment with calls, less without, least at the end")
    func deaf() {
        #expect(end(seen(pending: 5_000, calls: 1)) == 2_000)
        #expect(end(seen(pending: 5_000)) == 1_000)
        #expect(end(seen(pending: 5_000, calls: 1, isEnded: true)) == 1_000)
        #expect(end(seen(isEnded: true)) == 500)
    }

    @Test("to leave a peer is a cut unless it has been given everything")
    func owed() {
        #expect(seen(pending: 1, calls: 1).isOwed)
        #expect(seen(pending: 1, isEnded: true).isOwed)
        #expect(seen().isOwed)
        #expect(!seen(isEnded: true).isOwed)
    }

    @Test("as long as bytes move it is waited for, and a little more waits because it is encrypted is no movement")
    func slow() {
        var watch = DrainWatch()
        for step in 0..<100 {
            // A byte in almost two seconds.
            #expect(watch.look(at: at(UInt64(step) * 1_900), seen(pending: 5_000 - step, calls: 1)) == .wait)
        }
        let now = UInt64(99) * 1_900
        #expect(watch.look(at: at(now + 1_000), seen(pending: 4_930, calls: 1)) == .wait)
        #expect(watch.look(at: at(now + 2_000), seen(pending: 4_930, calls: 1)) == .abandon)
    }

    @Test("what is written to it while it takes nothing is no movement either")
    func written() {
        var watch = DrainWatch()
        for step in 0..<20 {
            let more = UInt64(step) * 100
            #expect(
                watch.look(at: at(more), seen(written: 10_000 + more, pending: 5_000 + Int(more), calls: 1)) == .wait)
        }
        #expect(watch.look(at: at(2_000), seen(written: 12_000, pending: 7_000, calls: 1)) == .abandon)
    }

    @Test("one that has taken everything is waited for from anew")
    func again() {
        var watch = DrainWatch()
        #expect(watch.look(at: at(0), seen(pending: 5_000, calls: 1)) == .wait)
        #expect(watch.look(at: at(1_900), seen(calls: 1)) == .wait)
        #expect(watch.look(at: at(2_000), seen(written: 20_000, pending: 10_000, calls: 1)) == .wait)
        #expect(watch.look(at: at(3_900), seen(written: 20_000, pending: 10_000, calls: 1)) == .wait)
        #expect(watch.look(at: at(4_000), seen(written: 20_000, pending: 10_000, calls: 1)) == .abandon)
    }
}
