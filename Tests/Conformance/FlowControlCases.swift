import RPC
import TestBench
import TestSupport
import Testing
import TestingMessages
import Wire

/// Sends message bytes as credit allows, and counts what credit comes: a server's side of flow control, by hand.
struct CreditedSender {
    let peer: FramePeer
    var connection: Int
    var stream = 0
    /// Credit that came for the connection, all in all.
    private(set) var connectionGiven = 0

    init(_ peer: FramePeer, _ limits: ConnectionLimits) {
        self.peer = peer
        connection = Int(limits.connectionCreditBytes)
    }

    /// Sends `message` on a new stream, in DATA frames of at most `frameBytes`; the last ends it. False when the
    /// connection ended before.
    mutating func send(_ message: [UInt8], on id: UInt32, streamCredit: Int, frameBytes: Int) async -> Bool {
        stream = streamCredit
        var sent = 0
        while sent < message.count {
            var bytes: [UInt8] = []
            while sent < message.count, min(connection, stream) > 0, bytes.count < 60_000 {
                let count = min(frameBytes, message.count - sent, connection, stream)
                let flags: FrameFlags = sent + count == message.count ? .messageEnd : []
                bytes += RawFrame.data(id, Array(message[sent..<sent + count]), flags: flags).bytes
                sent += count
                connection -= count
                stream -= count
            }
            await peer.send(bytes: bytes)
            if sent < message.count, min(connection, stream) <= 0 {
                guard let frame = await peer.next() else { return false }
                note(frame, on: id)
            }
        }
        return true
    }

    mutating func note(_ frame: RawFrame, on id: UInt32) {
        guard frame.type == FrameType.credit.rawValue, let increment = frame.number else { return }
        if frame.stream == 0 {
            connection += Int(increment)
            connectionGiven += Int(increment)
        } else if frame.stream == id {
            stream += Int(increment)
        }
    }
}

/// Cases 18 and 19: credit.
extension Cases {
    @Test("18. a response of 300 KB in frames of 5 bytes: nothing stalls, every byte is credited once")
    func case18TinyFramesDirect() async throws {
        try await tinyFrames(.direct)
    }

    @Test("18. a response of 300 KB in frames of 5 bytes through the gateway")
    func case18TinyFramesThroughGateway() async throws {
        try await tinyFrames(.throughGateway)
    }

    private func tinyFrames(_ path: Path) async throws {
        let message = try TestingV1.SimpleResponse(payload: payload(300_000)).encodedBytes()
        let rounds = 2
        let (accounts, account) = AsyncStream<(given: Int, window: Int)>.makeStream()
        let bench = try await GatewayBench.scripted { peer, _ in
            guard let limits = await peer.greet() else { return }
            var sender = CreditedSender(peer, limits)
            while let frame = await peer.next() {
                sender.note(frame, on: 0)
                guard frame.type == FrameType.call.rawValue else { continue }
                let isSent = await sender.send(
                    message, on: frame.stream, streamCredit: Int(limits.streamCreditBytes), frameBytes: 5)
                guard isSent else { return }
                await peer.send(.status(frame.stream))
                for late in await peer.framesUntilPong() { sender.note(late, on: 0) }
                account.yield((sender.connectionGiven, Int(limits.connectionCreditBytes)))
            }
        }
        let client = try await bench.client(path)
        var each = accounts.makeAsyncIterator()
        for round in 1...rounds {
            let response = try await client.unaryCall(TestingV1.SimpleRequest())
            #expect(response.payload?.body == payload(300_000).body)
            // All of it has been given back, but for what gathers up to half of the window.
            let (given, window) = await each.next() ?? (0, 0)
            let sent = round * message.count
            #expect(given <= sent)
            #expect(sent - given <= window / 2)
        }
        #expect(bench.script?.connectionCount == 1)
        await bench.stop()
    }

    @Test("19. windows of one byte: every message still comes through", arguments: Path.allCases)
    func case19WindowOfOne(_ path: Path) async throws {
        let limits = ConnectionLimits(streamCreditBytes: 1, connectionCreditBytes: 1)
        let (bench, _) = try await GatewayBench.watched(limits: limits)
        let client = TestingV1.TestServiceClient(try await bench.transport(path, limits: limits))
        let response = try await client.unaryCall(
            TestingV1.SimpleRequest(responseBytes: 200, payload: payload(200)))
        #expect(response.payload?.body.count == 200)
        let call = try await client.fullDuplexCall()
        var responses = call.responses.makeAsyncIterator()
        for bytes: UInt32 in [9, 0, 30] {
            try await call.send(TestingV1.StreamingOutputRequest(responseBytes: [bytes]))
            #expect(try await responses.next()?.payload?.body.count == Int(bytes))
        }
        await bench.stop()
    }

    @Test("19. a window that is raised, lowered and driven negative is kept to the byte", arguments: Path.allCases)
    func case19RaisedAndLowered(_ path: Path) async throws {
        let (bench, _) = try await GatewayBench.watched()
        let peer = try await bench.peer(path)
        await peer.greet(ConnectionLimits(streamCreditBytes: 10))
        let request = try TestingV1.StreamingOutputRequest(responseBytes: [1_000]).encodedBytes()
        await peer.send(.call(1, Method.output, request))
        var received = 0
        /// Gives credit, and reads until as many bytes have come as may.
        func give(_ increments: Int32..., expecting total: Int) async {
            for increment in increments { await peer.send(.credit(1, increment)) }
            while received < total, let frame = await peer.next() { received += [frame].dataBytes(1) }
            for frame in await peer.framesUntilPong() { received += [frame].dataBytes(1) }
            #expect(received == total)
        }
        await give(expecting: 10)
        await give(20, expecting: 30)
        // Lowered below zero: 15 less, then 10 more, are still 5 too few; 6 more allow one byte.
        await give(-15, expecting: 30)
        await give(10, expecting: 30)
        await give(6, expecting: 31)
        await give(-1, 1, expecting: 31)
        await peer.send(.credit(1, 100_000))
        let rest = await peer.frames(ofCall: 1)
        #expect(rest.status(1)?.code == .ok)
        #expect(received + rest.dataBytes(1) > 1_000)
        await bench.stop()
    }

    /// Credit that no sender may give.
    enum WrongCredit: CaseIterable, Sendable {
        case zero, overflow, underflow

        func frames(_ stream: UInt32) -> [RawFrame] {
            switch self {
            case .zero: [.credit(stream, 0)]
            case .overflow: [.credit(stream, .max)]
            case .underflow: [.credit(stream, .min), .credit(stream, .min)]
            }
        }
    }

    @Test(
        "19. a credit of zero, or beyond 32 bits, resets the call and spares the connection", arguments: Path.allCases,
        WrongCredit.allCases)
    func case19WrongStreamCredit(_ path: Path, _ wrong: WrongCredit) async throws {
        let (bench, service) = try await GatewayBench.watched()
        let peer = try await bench.peer(path)
        await peer.greet()
        await peer.send(.call(1, Method.input, flags: []))
        await service.until { $0.begun == 1 }
        await peer.send(bytes: wrong.frames(1).bytes)
        let reset = await peer.frames(ofCall: 1).last
        #expect(reset == .reset(1, .flowControl))
        await service.until { $0.cancelled == 1 }
        await peer.send(.call(3, Method.empty))
        #expect(await peer.frames(ofCall: 3).status(3)?.code == .ok)
        await bench.stop()
    }

    @Test(
        "19. such a credit for the connection ends it with FLOW_CONTROL", arguments: Path.allCases,
        WrongCredit.allCases)
    func case19WrongConnectionCredit(_ path: Path, _ wrong: WrongCredit) async throws {
        let (bench, _) = try await GatewayBench.watched()
        let peer = try await bench.peer(path)
        await peer.greet()
        await peer.send(bytes: wrong.frames(0).bytes)
        let goAway = await peer.framesUntilEnd().of(.goAway).last?.goAway
        #expect(goAway?.error.code == .flowControl)
        await bench.stop()
    }

    @Test(
        "19. a server's wrong credit fails the client's call with INTERNAL, and spares the connection",
        arguments: Path.allCases, WrongCredit.allCases)
    func case19WrongCreditByServer(_ path: Path, _ wrong: WrongCredit) async throws {
        let (resets, reset) = AsyncStream<RawFrame?>.makeStream()
        let bench = try await GatewayBench.scripted { peer, _ in
            await peer.serve { peer, call in
                guard call.path == Method.unary else { return await peer.send(.status(call.stream, message: [])) }
                await peer.send(bytes: wrong.frames(call.stream).bytes)
                reset.yield(await peer.frames(ofCall: call.stream).last)
            }
        }
        let client = try await bench.client(path)
        #expect(await refusal { try await client.unaryCall(TestingV1.SimpleRequest()) }?.code == .internal)
        var each = resets.makeAsyncIterator()
        #expect(await each.next() == .reset(1, .flowControl))
        #expect(try await client.emptyCall(TestingV1.Empty()) == TestingV1.Empty())
        #expect(bench.script?.connectionCount == 1)
        await bench.stop()
    }
}
