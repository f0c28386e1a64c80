import NIOCore
import NIOEmbedded
import RPC
import TLS
import Telemetry
import TestSupport
import Testing
import TestingMessages
import Wire

@testable import Transport

/// A server's end of a connection, with the router behind it, against a client that may send anything.
@Suite("A server's connection")
struct ServerConnectionTests {
    // MARK: Cutting the bytes

    @Test("a call is answered alike, wherever its bytes are cut in two")
    func splitAnywhere() throws {
        let request = try TestingV1.SimpleRequest(responseBytes: 3, statusMessage: "unused").encodedBytes()
        let bytes = [
            RawFrame.hello(), RawFrame(type: 0x70, flags: FrameFlags(rawValue: 0xff), stream: 8, [1, 2, 3]),
            RawFrame.call(1, EmbeddedServer.unary, [], flags: []), .data(1, Array(request.prefix(4)), flags: []),
            .data(1, Array(request.dropFirst(4)), flags: .messageEnd), .data(1, [], flags: .streamEnd),
            .call(3, EmbeddedServer.empty),
        ].bytes
        for cut in 0...bytes.count {
            let server = try EmbeddedServer(greets: false)
            try server.peer.receive(bytes: bytes[..<cut])
            try server.peer.receive(bytes: bytes[cut...])
            let answers = try server.peer.frames()
            #expect(answers.status(1)?.code == .ok, "cut at \(cut)")
            #expect(answers.status(3)?.message == [], "cut at \(cut)")
            #expect(server.service.seen.begun == 2, "cut at \(cut)")
        }
    }

    @Test("bytes may come one at a time")
    func oneByteAtATime() throws {
        let server = try EmbeddedServer(greets: false)
        for byte in [RawFrame.hello(), .call(1, EmbeddedServer.empty)].bytes { try server.peer.receive(bytes: [byte]) }
        #expect(try server.peer.frames().status(1)?.message == [])
    }

    @Test("a connection lost at any byte begins no call that had not come whole, and cancels one that had")
    func lostAnywhere() throws {
        let whole = RawFrame.call(1, EmbeddedServer.unary, try TestingV1.SimpleRequest(delayMs: 1).encodedBytes()).bytes
        for (cut, isClean) in (0...whole.count).flatMap({ [($0, true), ($0, false)] }) {
            let server = try EmbeddedServer()
            try server.peer.receive(bytes: whole[..<cut])
            _ = try server.peer.frames()
            if isClean { server.peer.closeByPeer() } else { server.peer.lose() }
            _ = try server.peer.frames()
            #expect(server.service.seen.begun == (cut == whole.count ? 1 : 0), "lost at \(cut)")
            #expect(!server.peer.isOpen)
        }
    }

    @Test("message bytes after the client's end fail the call alone; credit and RESET are still taken")
    func halfClosed() throws {
        let server = try EmbeddedServer()
        let slow = try TestingV1.SimpleRequest(delayMs: 1).encodedBytes()
        try server.peer.exchange(.call(1, EmbeddedServer.unary, slow), .call(3, EmbeddedServer.unary, slow))
        #expect(try server.peer.exchange(.credit(1, 10)).isEmpty)
        #expect(try server.peer.exchange(.data(1, [1])).status(1)?.code == .internal)
        #expect(try server.peer.exchange(.reset(3)).isEmpty)
        #expect(server.service.seen == .init(begun: 2, cancelled: 2, returned: 2))
        #expect(try server.peer.exchange(.call(5, EmbeddedServer.empty)).status(5)?.code == .ok)
    }

    // MARK: Hostile frames

    struct Hostile: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var code: ConnectionError.Code
        var bytes: [UInt8]
    }

    /// Each after HELLO and a finished call on stream 1.
    static let hostile: [Hostile] = [
        Hostile(
            testDescription: "a frame too long, of which only the header has come", code: .frameSize,
            bytes: [0, 0, 0x40, 1, 3, 0, 0, 0, 0, 1]),
        Hostile(
            testDescription: "an unknown critical type", code: .protocolViolation, bytes: RawFrame(type: 0x80).bytes),
        Hostile(
            testDescription: "an unknown critical flag", code: .protocolViolation,
            bytes: RawFrame(.data, flags: FrameFlags(rawValue: 8), stream: 1, [1]).bytes),
        Hostile(testDescription: "a second HELLO", code: .hello, bytes: RawFrame.hello().bytes),
        Hostile(
            testDescription: "a call on stream 2", code: .protocolViolation,
            bytes: RawFrame.call(2, EmbeddedServer.empty).bytes),
        Hostile(
            testDescription: "a call on stream 1 again", code: .protocolViolation,
            bytes: RawFrame.call(1, EmbeddedServer.empty).bytes),
        Hostile(
            testDescription: "a call on stream 0", code: .protocolViolation,
            bytes: RawFrame.call(0, EmbeddedServer.empty).bytes),
        Hostile(
            testDescription: "a head that is cut short", code: .protocolViolation,
            bytes: RawFrame(.call, stream: 3, [0, 9, 0]).bytes),
        Hostile(
            testDescription: "DATA on an idle stream", code: .protocolViolation, bytes: RawFrame.data(3, [1]).bytes),
        Hostile(
            testDescription: "DATA that says nothing", code: .protocolViolation,
            bytes: RawFrame.data(1, [], flags: []).bytes),
        Hostile(testDescription: "RESET of an idle stream", code: .protocolViolation, bytes: RawFrame.reset(3).bytes),
        Hostile(
            testDescription: "credit on an idle stream", code: .protocolViolation, bytes: RawFrame.credit(3, 1).bytes),
        Hostile(testDescription: "no credit at all", code: .flowControl, bytes: RawFrame.credit(0, 0).bytes),
        Hostile(testDescription: "too much credit", code: .flowControl, bytes: RawFrame.credit(0, .max).bytes),
        Hostile(testDescription: "STATUS from a client", code: .protocolViolation, bytes: RawFrame.status(1).bytes),
        Hostile(
            testDescription: "HEADERS from a client", code: .protocolViolation,
            bytes: RawFrame(.headers, stream: 1, [0, 0]).bytes),
        Hostile(testDescription: "a ping of seven bytes", code: .frameSize, bytes: RawFrame(.ping, Array(1...7)).bytes),
        Hostile(
            testDescription: "a RESET of five bytes", code: .frameSize,
            bytes: RawFrame(.reset, stream: 1, Array(1...5)).bytes),
    ]

    @Test("what the rules forbid ends the connection with a word why", arguments: hostile)
    func hostileFrames(hostile: Hostile) throws {
        let server = try EmbeddedServer()
        #expect(try server.peer.exchange(.call(1, EmbeddedServer.empty)).status(1)?.code == .ok)
        try server.peer.receive(bytes: hostile.bytes)
        let answers = try server.peer.frames()
        #expect(answers.last?.goAway?.error.code == hostile.code)
        #expect(answers.last?.goAway?.lastStreamID == 1)
        #expect(!server.peer.isOpen)
    }

    @Test("the connection ends in the middle of a read, and what follows in it is not looked at")
    func nothingAfterTheEnd() throws {
        let server = try EmbeddedServer()
        try server.peer.receive(bytes: [RawFrame(type: 0x80), .call(1, EmbeddedServer.empty)].bytes)
        #expect(try server.peer.frames().of(.status).isEmpty)
        #expect(server.service.seen.begun == 0)
    }

    @Test("a first frame other than HELLO, or one that cannot be read, ends the connection")
    func badFirstFrame() throws {
        for first in [RawFrame.call(1, EmbeddedServer.empty), RawFrame(.hello, [0, 1, 0, 1, 0, 0, 0, 0, 0, 9])] {
            let server = try EmbeddedServer(greets: false)
            #expect(try server.peer.exchange(first).last?.goAway?.error.code == .hello)
            #expect(!server.peer.isOpen)
        }
        let server = try EmbeddedServer(greets: false)
        let newer = RawFrame(.hello, Hello(minimumVersion: 2, maximumVersion: 9).encoded())
        #expect(try server.peer.exchange(newer).last?.goAway?.error.code == .version)
    }

    @Test(
        "a peer whose certificate names nobody is told so, and no call of it begins", arguments: [nil, "spiffe://x/y"])
    func noIdentity(uri: String?) throws {
        let server = try EmbeddedServer(peerURI: uri, greets: false)
        #expect(try server.peer.frames().last?.goAway?.error.code == .protocolViolation)
        #expect(!server.peer.isOpen)
    }

    @Test("a ping is answered with its own bytes")
    func ping() throws {
        let server = try EmbeddedServer()
        let answers = try server.peer.exchange(RawFrame(.ping, Array(1...8)))
        #expect(answers == [RawFrame(.ping, flags: .acknowledgement, Array(1...8))])
    }

    // MARK: Calls

    @Test("a unary call is one frame each way, be its message empty or not")
    func unaryCall() throws {
        let server = try EmbeddedServer()
        #expect(try server.peer.exchange(.call(1, EmbeddedServer.empty)).map(\.type) == [4, 5])
        let request = try TestingV1.SimpleRequest(responseBytes: 10).encodedBytes()
        let answers = try server.peer.exchange(.call(3, EmbeddedServer.unary, request))
        #expect(answers.count == 1)
        let response = try TestingV1.SimpleResponse.decode(try #require(answers.status(3)?.message))
        #expect(response.payload?.body.count == 10)
        #expect(response.caller == EmbeddedServer.city)
    }

    @Test("a call that takes one message is refused none and two")
    func cardinality() throws {
        let server = try EmbeddedServer()
        let none = try server.peer.exchange(.call(1, EmbeddedServer.empty, flags: .streamEnd))
        #expect(none.status(1)?.code == .unimplemented)
        let two = try server.peer.exchange(
            .call(3, EmbeddedServer.empty, flags: .messageEnd), .data(3, [], flags: .messageEnd))
        #expect(two.status(3)?.code == .unimplemented)
        #expect(server.service.seen.begun == 0)
        #expect(server.peer.end.openCalls == 0)
    }

    @Test(
        "an unknown service or method is UNIMPLEMENTED and not started",
        arguments: [
            "quality.testing.v1.TestService/Nothing", "quality.nothing.v1.Service/EmptyCall", "no slash", "a\u{ff}/",
        ])
    func unknownMethod(path: String) throws {
        let server = try EmbeddedServer()
        let status = try server.peer.exchange(.call(1, path, [1, 2, 3])).status(1)
        #expect(status?.code == .unimplemented)
        #expect(status?.isNotStarted == true)
        #expect(try server.peer.exchange(.call(3, EmbeddedServer.empty)).status(3)?.code == .ok)
    }

    @Test("metadata goes both ways, leading and trailing, with duplicates in order")
    func metadata() throws {
        var sent = Metadata()
        sent.append("k", "one")
        sent.append("k-bin", bytes: [0, 255])
        sent.append("k", "two")
        let block = try MetadataBlock.encoded(sent)
        let answers = try EmbeddedServer().peer.exchange(.call(1, EmbeddedServer.empty, metadata: block))
        #expect(answers.of(.headers).map(\.payload) == [block])
        #expect(answers.status(1)?.metadata == sent)
    }

    @Test("metadata that breaks the rules is INVALID_ARGUMENT, and the connection lives")
    func badMetadata() throws {
        let server = try EmbeddedServer()
        let status = try server.peer.exchange(.call(1, EmbeddedServer.empty, metadata: [0, 1, 1, 0x41, 0, 0])).status(1)
        #expect(status?.code == .invalidArgument)
        #expect(status?.isNotStarted == true)
        #expect(try server.peer.exchange(.call(3, EmbeddedServer.empty)).status(3)?.code == .ok)
    }

    @Test("a status text keeps its tabs, lines and emoji")
    func statusText() throws {
        let text = "\t第一行\n🙂 and more"
        let request = try TestingV1.SimpleRequest(statusCode: 9, statusMessage: text).encodedBytes()
        let status = try EmbeddedServer().peer.exchange(.call(1, EmbeddedServer.unary, request)).status(1)
        #expect(status?.code == .failedPrecondition)
        #expect(status?.text == text)
        #expect(status?.isNotStarted == false)
    }

    @Test("a call whose time was over when it came is not begun")
    func noTimeLeft() throws {
        let server = try EmbeddedServer()
        let status = try server.peer.exchange(.call(1, EmbeddedServer.empty, timeoutMicroseconds: 0)).status(1)
        #expect(status?.code == .deadlineExceeded)
        #expect(status?.isNotStarted == true)
        #expect(server.service.seen.begun == 0)
    }

    @Test("a message that is none is INVALID_ARGUMENT")
    func malformedMessage() throws {
        #expect(
            try EmbeddedServer().peer.exchange(.call(1, EmbeddedServer.unary, [0xff])).status(1)?.code
                == .invalidArgument)
    }

    @Test("a message at the limit passes, one byte more is RESOURCE_EXHAUSTED, and the connection lives")
    func messageLimit() throws {
        let server = try EmbeddedServer(limits: ConnectionLimits(messageBytes: 64))
        let request = TestingV1.StreamingInputRequest(
            payload: TestingV1.Payload(body: [UInt8](repeating: 1, count: 60)))
        let message = try request.encodedBytes()
        #expect(message.count == 64)
        let passed = try server.peer.exchange(.call(1, EmbeddedServer.input, message))
        #expect(passed.status(1)?.code == .ok)
        let refused = try server.peer.exchange(
            .call(3, EmbeddedServer.input, message, flags: []), .data(3, [1], flags: .messageEnd))
        #expect(refused.status(3)?.code == .resourceExhausted)
        #expect(try server.peer.exchange(.call(5, EmbeddedServer.empty)).status(5)?.code == .ok)
        #expect(server.peer.end.openCalls == 0)
    }

    @Test("a client stream is summed, and a stream without messages is zero")
    func clientStream() throws {
        let server = try EmbeddedServer()
        // Larger ones are read elsewhere than on the loop: case 3 of Tests/Conformance.
        try server.peer.exchange(.call(1, EmbeddedServer.input, flags: []))
        for bytes in [2_718, 8, 1_828, 3_904] {
            let request = TestingV1.StreamingInputRequest(
                payload: TestingV1.Payload(body: [UInt8](repeating: 1, count: bytes)))
            var rest = try request.encodedBytes()[...]
            while !rest.isEmpty {
                let piece = rest.prefix(1_024)
                rest = rest.dropFirst(piece.count)
                try server.peer.exchange(.data(1, Array(piece), flags: rest.isEmpty ? .messageEnd : []))
            }
        }
        let answers = try server.peer.exchange(.data(1, [], flags: .streamEnd))
        let response = try TestingV1.StreamingInputResponse.decode(try #require(answers.status(1)?.message))
        #expect(response.aggregatedPayloadBytes == 8_458)
        let none = try server.peer.exchange(.call(3, EmbeddedServer.input, flags: .streamEnd))
        #expect(none.status(3)?.message == [])
    }

    // MARK: Who calls

    @Test(
        "who calls directly is denied behind a gateway, and who states a caller is believed only if it is the gateway")
    func callers() throws {
        let direct = try EmbeddedServer(acceptsDirectCallers: false).peer.exchange(.call(1, EmbeddedServer.empty))
            .status(1)
        #expect(direct?.code == .permissionDenied)
        #expect(direct?.isNotStarted == true)

        let forged = try EmbeddedServer().peer.exchange(.call(1, EmbeddedServer.empty, caller: EmbeddedServer.city))
            .status(1)
        #expect(forged?.code == .permissionDenied)

        let request = try TestingV1.SimpleRequest().encodedBytes()
        let stamped = try EmbeddedServer(peerURI: EmbeddedServer.gateway, acceptsDirectCallers: false)
            .peer.exchange(.call(1, EmbeddedServer.unary, request, caller: EmbeddedServer.city)).status(1)
        #expect(try TestingV1.SimpleResponse.decode(stamped?.message ?? []).caller == EmbeddedServer.city)

        let nonsense = try EmbeddedServer(peerURI: EmbeddedServer.gateway).peer.exchange(
            .call(1, EmbeddedServer.empty, caller: "city")
        ).status(1)
        #expect(nonsense?.code == .unauthenticated)
    }

    @Test("a handshake that fails is counted under the word that WIRE.md and the log have for it")
    func failedHandshake() throws {
        let server = try EmbeddedServer(greets: false, isEstablished: false)
        server.peer.channel.pipeline.fireErrorCaught(TLSError(.notTLS, "not TLS: first bytes GET /"))
        #expect(server.peer.loop.telemetry.snapshot.server.failedHandshakes == ["not_tls": 1])
        #expect(!server.peer.isOpen)
    }

    @Test("a client's GOAWAY, whatever it says, leaves its calls alone and even lets it open others")
    func clientGoAway() throws {
        let server = try EmbeddedServer()
        try server.peer.exchange(.call(1, EmbeddedServer.duplex, flags: []))
        let goAway = GoAway(lastStreamID: 0, error: ConnectionError(.protocolViolation, "leaving")).encoded()
        #expect(try server.peer.exchange(RawFrame(.goAway, goAway)).isEmpty)
        #expect(try server.peer.exchange(RawFrame(.goAway, [UInt8](repeating: 0xff, count: 10))).isEmpty)
        #expect(try server.peer.exchange(.call(3, EmbeddedServer.empty)).status(3)?.code == .ok)
        #expect(try server.peer.exchange(.data(1, [], flags: .streamEnd)).status(1)?.code == .ok)
    }
}
