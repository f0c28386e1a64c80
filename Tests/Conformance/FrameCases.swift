import RPC
import TestBench
import TestSupport
import Testing
import TestingMessages
import Wire

/// Case 21: frames and HELLOs that break the rules for every connection.
extension Cases {
    /// Bytes that end a connection, and the code. Those of a client after HELLO, unless they are about HELLO.
    struct Refused: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: [UInt8]
        var code: ConnectionError.Code

        init(_ description: String, _ bytes: [UInt8], _ code: ConnectionError.Code) {
            testDescription = description
            self.bytes = bytes
            self.code = code
        }
    }

    /// Either side may send these, and must not. A header of an oversize frame alone is enough.
    static let refusedFrames = [
        Refused("a frame longer than allowed", [0, 0, 0x40, 1, 3, 0, 0, 0, 0, 1], .frameSize),
        Refused("a frame of 4 GB", [0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0, 0], .frameSize),
        Refused("a PING of 7 bytes", RawFrame(.ping, [1, 2, 3, 4, 5, 6, 7]).bytes, .frameSize),
        Refused("a PING of 9 bytes", RawFrame(.ping, [1, 2, 3, 4, 5, 6, 7, 8, 9]).bytes, .frameSize),
        Refused("a CREDIT of 3 bytes", RawFrame(.credit, [0, 0, 1]).bytes, .frameSize),
        Refused("a RESET of 5 bytes", RawFrame(.reset, stream: 1, [0, 0, 0, 1, 0]).bytes, .frameSize),
        Refused("a CALL without a head", RawFrame(.call, stream: 1, [0]).bytes, .frameSize),
        Refused("a GOAWAY of 9 bytes", RawFrame(.goAway, [UInt8](repeating: 0, count: 9)).bytes, .frameSize),
        Refused("a GOAWAY of 1,025 bytes", RawFrame(.goAway, [UInt8](repeating: 0, count: 1025)).bytes, .frameSize),
        Refused("a HELLO of 1,030 bytes", RawFrame(.hello, [UInt8](repeating: 0, count: 1030)).bytes, .frameSize),
        Refused("an unknown critical type", RawFrame(type: 0x80).bytes, .protocolViolation),
        Refused("the last unknown type", RawFrame(type: 0xff, stream: 3, [1]).bytes, .protocolViolation),
        Refused(
            "an unknown critical flag of PING",
            RawFrame(.ping, flags: FrameFlags(rawValue: 0x02), [UInt8](repeating: 0, count: 8)).bytes,
            .protocolViolation),
        Refused(
            "an unknown critical flag of CREDIT",
            RawFrame(.credit, flags: FrameFlags(rawValue: 0x08), [0, 0, 0, 1]).bytes,
            .protocolViolation),
        Refused(
            "a PING on a stream", RawFrame(.ping, stream: 1, [UInt8](repeating: 0, count: 8)).bytes, .protocolViolation),
        Refused("a second HELLO", RawFrame.hello().bytes, .hello),
    ]

    @Test("21. such a frame from a client ends the connection", arguments: Path.allCases, refusedFrames)
    func case21ByClient(_ path: Path, _ refused: Refused) async throws {
        let bench = try await GatewayBench(isSingleLoop: true)
        let peer = try await bench.peer(path)
        await peer.greet()
        await peer.send(bytes: refused.bytes)
        #expect(await peer.framesUntilEnd().of(.goAway).last?.goAway?.error.code == refused.code)
        await bench.stop()
    }

    @Test(
        "21. such a frame from a server ends its connection, and the call is UNAVAILABLE", arguments: Path.allCases,
        refusedFrames)
    func case21ByServer(_ path: Path, _ refused: Refused) async throws {
        let (endings, ending) = AsyncStream<ConnectionError.Code?>.makeStream()
        let bench = try await GatewayBench.scripted { peer, number in
            await peer.greet()
            // The client may be back before this side has seen the end of its first connection.
            guard number == 0 else { return }
            guard await peer.next() != nil else {
                ending.yield(nil)
                return
            }
            await peer.send(bytes: refused.bytes)
            ending.yield(await peer.framesUntilEnd().of(.goAway).last?.goAway?.error.code)
        }
        let client = try await bench.client(path)
        #expect(await refusal { try await client.unaryCall(TestingV1.SimpleRequest()) }?.code == .unavailable)
        var each = endings.makeAsyncIterator()
        #expect(await each.next() == refused.code)
        await bench.stop()
    }

    /// First frames that end the connection.
    static let refusedHellos: [Refused] = {
        func hello(_ payload: [UInt8]) -> [UInt8] { RawFrame(.hello, payload).bytes }
        func setting(_ id: UInt8, _ value: [UInt8]) -> [UInt8] {
            hello([0, 1, 0, 1, 0, 0, 0, 0, 0, 1, 0, id] + value)
        }
        return [
            Refused("a CALL first", RawFrame.call(1, Method.empty).bytes, .hello),
            Refused("a PING first", RawFrame(.ping, [UInt8](repeating: 0, count: 8)).bytes, .hello),
            Refused("a CREDIT first", RawFrame.credit(0, 1).bytes, .hello),
            Refused("a HELLO of 9 bytes", hello([0, 1, 0, 1, 0, 0, 0, 0, 0]), .frameSize),
            Refused("fewer settings than it says", hello([0, 1, 0, 1, 0, 0, 0, 0, 0, 1]), .hello),
            Refused("more settings than it says", hello([0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0x40, 0]), .hello),
            Refused("a frame payload below 16,384", setting(1, [0, 0, 0x3f, 0xff]), .hello),
            Refused("a frame payload above 16,777,215", setting(1, [1, 0, 0, 0]), .hello),
            Refused("a stream credit of 0", setting(3, [0, 0, 0, 0]), .hello),
            Refused("a connection credit beyond 31 bits", setting(4, [0x80, 0, 0, 0]), .hello),
            Refused("only versions to come", hello([0, 2, 0, 9, 0, 0, 0, 0, 0, 0]), .version),
            Refused("only version 0", hello([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), .version),
        ]
    }()

    @Test("21. a bad HELLO of a client ends the connection", arguments: Path.allCases, refusedHellos)
    func case21HelloOfClient(_ path: Path, _ refused: Refused) async throws {
        let bench = try await GatewayBench(isSingleLoop: true)
        let peer = try await bench.peer(path)
        await peer.send(bytes: refused.bytes)
        #expect(await peer.framesUntilEnd().of(.goAway).last?.goAway?.error.code == refused.code)
        await bench.stop()
    }

    @Test(
        "21. a bad HELLO of a server ends its connection, and no call was started", arguments: Path.allCases)
    func case21HelloOfServer(_ path: Path) async throws {
        // All at once: each client waits a second before its other attempt.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for refused in Self.refusedHellos { group.addTask { try await helloOfServer(path, refused) } }
            try await group.waitForAll()
        }
    }

    private func helloOfServer(_ path: Path, _ refused: Refused) async throws {
        let (endings, ending) = AsyncStream<[RawFrame]>.makeStream()
        let bench = try await GatewayBench.scripted { peer, _ in
            await peer.send(bytes: refused.testDescription == "a CALL first" ? RawFrame.status(1).bytes : refused.bytes)
            ending.yield(await peer.framesUntilEnd())
        }
        let client = try await bench.client(path)
        let error = await refusal { try await client.unaryCall(TestingV1.SimpleRequest()) }
        #expect(error?.code == .unavailable, "\(refused)")
        #expect(error?.isNotStarted == true, "\(refused)")
        var each = endings.makeAsyncIterator()
        let frames = await each.next() ?? []
        #expect(frames.of(.goAway).last?.goAway?.error.code == refused.code, "\(refused)")
        #expect(frames.of(.call) == [], "\(refused)")
        await bench.stop()
    }

    /// What must be skipped or overlooked, in the middle of a call.
    static let harmless: [(what: String, frame: RawFrame)] = [
        ("an unknown type", RawFrame(type: 0x7f, flags: FrameFlags(rawValue: 0xff), stream: 9, [1, 2, 3])),
        ("type 0", RawFrame(type: 0x00, stream: 0)),
        ("an unknown type on an open stream", RawFrame(type: 0x0a, stream: 1, [UInt8](repeating: 7, count: 16_384))),
        ("unknown flags that are not critical", RawFrame(.credit, flags: FrameFlags(rawValue: 0xf0), [0, 0, 0, 1])),
        (
            "a PING's answer that nobody asked for",
            RawFrame(.ping, flags: .acknowledgement, [UInt8](repeating: 0, count: 8))
        ),
    ]

    @Test("21. what is harmless is skipped", arguments: Path.allCases, harmless.indices)
    func case21Skipped(_ path: Path, _ index: Int) async throws {
        let (what, frame) = Self.harmless[index]
        let (bench, service) = try await GatewayBench.watched()
        let peer = try await bench.peer(path)
        // Before HELLO too, for a type that is unknown.
        if frame.frameType == nil { await peer.send(frame) }
        await peer.greet()
        await peer.send(frame, .call(1, Method.input, flags: []), frame)
        await service.until { $0.begun == 1 }
        await peer.send(frame, .data(1, [], flags: .streamEnd), frame)
        #expect(await peer.frames(ofCall: 1).status(1)?.code == .ok, "\(what)")
        await bench.stop()
    }

    @Test("21. what is harmless is skipped from a server, too", arguments: Path.allCases, harmless.indices)
    func case21SkippedFromServer(_ path: Path, _ index: Int) async throws {
        let (what, frame) = Self.harmless[index]
        let bench = try await GatewayBench.scripted { peer, _ in
            if frame.frameType == nil { await peer.send(frame) }
            await peer.serve { peer, call in
                await peer.send(frame, .data(call.stream, []), frame, .status(call.stream), frame)
            }
        }
        let client = try await bench.client(path)
        for _ in 0..<2 { #expect(try await client.emptyCall(TestingV1.Empty()) == TestingV1.Empty(), "\(what)") }
        #expect(bench.script?.connectionCount == 1)
        await bench.stop()
    }

    @Test(
        "21. a HELLO with unknown settings and features, and a setting twice, is understood", arguments: Path.allCases)
    func case21LenientHello(_ path: Path) async throws {
        let bench = try await GatewayBench(isSingleLoop: true)
        let peer = try await bench.peer(path)
        await peer.send(
            RawFrame(
                .hello,
                [0, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 3] + [0x7f, 0xff, 0, 0, 0, 0] + [0, 3, 0, 0, 0, 1]
                    + [0, 3, 0, 0, 0, 7]))
        _ = await peer.next()
        let request = try TestingV1.StreamingOutputRequest(responseBytes: [100]).encodedBytes()
        await peer.send(.call(1, Method.output, request))
        // Of two alike the last counts: the window is 7.
        var received = 0
        while received < 7, let frame = await peer.next() { received += [frame].dataBytes(1) }
        for frame in await peer.framesUntilPong() { received += [frame].dataBytes(1) }
        #expect(received == 7)
        await bench.stop()
    }
}
