import RPC
import TestBench
import TestSupport
import Testing
import TestingMessages
import Transport
import Wire

/// Cases 12 and 13: how many messages, and how long.
extension Cases {
    /// Requests of a method that takes one.
    enum WrongRequests: CaseIterable, Sendable {
        case none, two

        var frames: [RawFrame] {
            switch self {
            case .none: [.call(1, Method.unary, flags: .streamEnd)]
            case .two: [.call(1, Method.unary, flags: .messageEnd), .data(1, [], flags: [.messageEnd, .streamEnd])]
            }
        }
    }

    @Test(
        "12. a unary call with no request or two is UNIMPLEMENTED", arguments: Path.allCases, WrongRequests.allCases)
    func case12Requests(_ path: Path, _ wrong: WrongRequests) async throws {
        let (bench, service) = try await GatewayBench.watched()
        let peer = try await bench.peer(path)
        await peer.greet()
        await peer.send(bytes: wrong.frames.bytes)
        #expect(await peer.frames(ofCall: 1).status(1)?.code == .unimplemented)
        #expect(service.counts.begun == 0)
        await peer.send(.call(3, Method.empty))
        #expect(await peer.frames(ofCall: 3).status(3)?.code == .ok)
        await bench.stop()
    }

    /// An OK for a method that answers with one message.
    enum WrongResponses: CaseIterable, Sendable {
        case none, dataAndStatus, twoData

        func frames(_ stream: UInt32) -> [RawFrame] {
            switch self {
            case .none: [.status(stream)]
            case .dataAndStatus: [.data(stream, []), .status(stream, message: [])]
            case .twoData: [.data(stream, []), .data(stream, []), .status(stream)]
            }
        }
    }

    @Test(
        "12. an OK with no response or two where one is due is UNIMPLEMENTED", arguments: Path.allCases,
        WrongResponses.allCases)
    func case12Responses(_ path: Path, _ wrong: WrongResponses) async throws {
        let bench = try await GatewayBench.scripted { peer, _ in
            await peer.serve { peer, call in
                if call.path == Method.empty {
                    await peer.send(.status(call.stream, message: []))
                } else {
                    await peer.send(bytes: wrong.frames(call.stream).bytes)
                }
            }
        }
        let client = try await bench.client(path)
        #expect(await refusal { try await client.unaryCall(TestingV1.SimpleRequest()) }?.code == .unimplemented)
        let stream = try await client.streamingInputCall()
        #expect(await refusal { try await stream.response() }?.code == .unimplemented)
        #expect(try await client.emptyCall(TestingV1.Empty()) == TestingV1.Empty())
        #expect(bench.script?.connectionCount == 1)
        await bench.stop()
    }

    @Test("12. a response that cannot be read is INTERNAL, and the connection lives", arguments: Path.allCases)
    func case12UnreadableResponse(_ path: Path) async throws {
        let bench = try await GatewayBench.scripted { peer, _ in
            await peer.serve { peer, call in
                // A length of 5, and nothing behind it.
                let message: [UInt8] = call.path == Method.empty ? [] : [0x0A, 5]
                await peer.send(.status(call.stream, message: message))
            }
        }
        let client = try await bench.client(path)
        #expect(await refusal { try await client.unaryCall(TestingV1.SimpleRequest()) }?.code == .internal)
        let stream = try await client.streamingInputCall()
        #expect(await refusal { try await stream.response() }?.code == .internal)
        #expect(try await client.emptyCall(TestingV1.Empty()) == TestingV1.Empty())
        #expect(bench.script?.connectionCount == 1)
        await bench.stop()
    }

    private static let maximum = 20_000

    /// An encoded request of exactly so many bytes.
    private func request(_ bytes: Int) throws -> [UInt8] {
        let around = try TestingV1.SimpleRequest(payload: payload(bytes)).encodedBytes().count - bytes
        let encoded = try TestingV1.SimpleRequest(payload: payload(bytes - around)).encodedBytes()
        try #require(encoded.count == bytes)
        return encoded
    }

    @Test(
        "13. a request at the limit passes; one byte more is RESOURCE_EXHAUSTED, and the connection lives",
        arguments: Path.allCases)
    func case13Request(_ path: Path) async throws {
        let (bench, service) = try await GatewayBench.watched(
            limits: ConnectionLimits(messageBytes: UInt32(Self.maximum)))
        let peer = try await bench.peer(path)
        #expect(await peer.greet()?.messageBytes == UInt32(Self.maximum))
        for (stream, bytes, code) in [
            (UInt32(1), Self.maximum, StatusCode.ok), (3, Self.maximum + 1, .resourceExhausted), (5, Self.maximum, .ok),
        ] {
            let message = try request(bytes)
            await peer.send(
                .call(stream, Method.unary, Array(message.prefix(10_000)), flags: []),
                .data(stream, Array(message.dropFirst(10_000)), flags: [.messageEnd, .streamEnd]))
            #expect(await peer.frames(ofCall: stream).status(stream)?.code == code, "\(bytes) bytes")
        }
        #expect(service.counts.begun == 2)
        await bench.stop()
    }

    @Test("13. an oversize message is refused before its end has come", arguments: Path.allCases)
    func case13BeforeItsEnd(_ path: Path) async throws {
        let (bench, _) = try await GatewayBench.watched(limits: ConnectionLimits(messageBytes: 1_000))
        let peer = try await bench.peer(path)
        await peer.greet()
        await peer.send(
            .call(1, Method.unary, flags: []), .data(1, [UInt8](repeating: 0, count: 1_000), flags: []),
            .data(1, [0], flags: []))
        #expect(await peer.frames(ofCall: 1).status(1)?.code == .resourceExhausted)
        await bench.stop()
    }

    @Test(
        "13. a response at the client's limit passes; one byte more is RESOURCE_EXHAUSTED, and the connection lives",
        arguments: Path.allCases)
    func case13Response(_ path: Path) async throws {
        let bench = try await GatewayBench(isSingleLoop: true)
        let transport = try await bench.transport(
            path, limits: ConnectionLimits(messageBytes: UInt32(Self.maximum)))
        let client = TestingV1.TestServiceClient(transport)
        let companion = try await Companion(client)
        let empty = try await client.unaryCall(TestingV1.SimpleRequest(responseBytes: UInt32(Self.maximum - 1_000)))
        let around = try empty.encodedBytes().count - (Self.maximum - 1_000)
        for (bytes, isWithin) in [(Self.maximum, true), (Self.maximum + 1, false), (Self.maximum, true)] {
            let request = TestingV1.SimpleRequest(responseBytes: UInt32(bytes - around))
            if isWithin {
                #expect(try await client.unaryCall(request).encodedBytes().count == bytes)
            } else {
                #expect(await refusal { try await client.unaryCall(request) }?.code == .resourceExhausted)
            }
            try await companion.expectAnswer()
        }
        await bench.stop()
    }
}
