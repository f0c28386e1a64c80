import RPC
import TestBench
import TestSupport
import Testing
import TestingMessages
import Wire

/// Cases 9 and 14: calls that are given up, by either side. How soon the service hears is measured by the benchmark.
extension Cases {
    @Test("9. a call given up after it began is cancelled at the service", arguments: Path.allCases)
    func case09CancelAfterBegin(_ path: Path) async throws {
        let (bench, service) = try await GatewayBench.watched()
        let client = try await bench.client(path)
        let companion = try await Companion(client)
        let call = Task { try await client.unaryCall(TestingV1.SimpleRequest(delayMs: 600_000)) }
        await service.until { $0.begun == 2 }
        call.cancel()
        #expect(await refusal { try await call.value }?.code == .cancelled)
        await service.until { $0.cancelled == 1 }
        try await companion.expectAnswer()
        await bench.stop()
    }

    @Test("9. a call given up after its first response is cancelled at the service", arguments: Path.allCases)
    func case09CancelAfterFirstResponse(_ path: Path) async throws {
        let (bench, service) = try await GatewayBench.watched()
        let client = try await bench.client(path)
        let companion = try await Companion(client)
        // More than all windows on the way hold: the handler is still writing when the call is given up.
        let call = try await client.streamingOutputCall(
            TestingV1.StreamingOutputRequest(responseBytes: [UInt32](repeating: 50_000, count: 100)))
        var responses = call.makeAsyncIterator()
        #expect(try await responses.next() != nil)
        call.cancel()
        // What had come before is still there to be read.
        let error = await refusal { while try await responses.next() != nil {} }
        #expect(error?.code == .cancelled)
        await service.until { $0.cancelled == 1 }
        #expect(service.counts.answered == 0)
        try await companion.expectAnswer()
        await bench.stop()
    }

    @Test("9. a call given up before it is half closed is cancelled at the service", arguments: Path.allCases)
    func case09CancelBeforeHalfClose(_ path: Path) async throws {
        let (bench, service) = try await GatewayBench.watched()
        let client = try await bench.client(path)
        let companion = try await Companion(client)
        let call = try await client.streamingInputCall()
        try await call.send(TestingV1.StreamingInputRequest(payload: payload(1)))
        await service.until { $0.begun == 2 }
        call.call.cancel()
        #expect(await refusal { try await call.response() }?.code == .cancelled)
        await service.until { $0.cancelled == 1 }
        #expect(service.counts.sums == [])
        try await companion.expectAnswer()
        await bench.stop()
    }

    /// How far into its answer a server is when it resets the call.
    enum ResetPlace: CaseIterable, Sendable {
        case atOnce, afterHeaders, withinData, afterData

        func frames(_ stream: UInt32) -> [RawFrame] {
            let headers = RawFrame(.headers, stream: stream, MetadataBlock.empty)
            let part = RawFrame.data(stream, [0x0a, 5, 1], flags: [])
            let whole = RawFrame.data(stream, [])
            return switch self {
            case .atOnce: []
            case .afterHeaders: [headers]
            case .withinData: [headers, part]
            case .afterData: [headers, whole]
            }
        }
    }

    @Test(
        "14. a call that the server resets fails with the code's status, and the connection lives",
        arguments: Path.allCases, ResetPlace.allCases)
    func case14ResetByServer(_ path: Path, _ place: ResetPlace) async throws {
        let bench = try await GatewayBench.scripted { peer, _ in
            await peer.serve { peer, call in
                if call.path == Method.unary {
                    let number = UInt32(call.metadata?.text(of: "x-code") ?? "0") ?? 0
                    let reset = RawFrame.reset(call.stream, ResetCode(rawValue: number) ?? .none)
                    await peer.send(bytes: (place.frames(call.stream) + [reset]).bytes)
                } else {
                    await peer.send(.status(call.stream, message: []))
                }
            }
        }
        let client = try await bench.client(path)
        // REFUSED says "not started", which after a first frame is nonsense, and is sent again: it has its own case.
        for code in ResetCode.allCases where code != .refused {
            var metadata = Metadata()
            metadata.append("x-code", "\(code.rawValue)")
            let error = await refusal {
                try await client.unaryCall(TestingV1.SimpleRequest(), options: CallOptions(metadata: metadata))
            }
            #expect(error?.code == code.status, "\(code)")
            #expect(error?.isNotStarted == false, "\(code)")
            #expect(try await client.emptyCall(TestingV1.Empty()) == TestingV1.Empty())
        }
        #expect(bench.script?.connectionCount == 1)
        await bench.stop()
    }

    /// What a client has sent when it resets the call.
    enum RequestPlace: CaseIterable, Sendable {
        case afterCall, withinData, afterData

        func frames(_ stream: UInt32) -> [RawFrame] {
            let call = RawFrame.call(stream, Method.input, flags: [])
            let message = (try? TestingV1.StreamingInputRequest(payload: payload(10)).encodedBytes()) ?? []
            return switch self {
            case .afterCall: [call]
            case .withinData: [call, .data(stream, Array(message.prefix(4)), flags: [])]
            case .afterData: [call, .data(stream, message)]
            }
        }
    }

    @Test(
        "14. a call that the client resets is cancelled, whatever was sent of it, and the connection lives",
        arguments: Path.allCases, RequestPlace.allCases)
    func case14ResetByClient(_ path: Path, _ place: RequestPlace) async throws {
        let (bench, service) = try await GatewayBench.watched()
        let peer = try await bench.peer(path)
        await peer.greet()
        await peer.send(bytes: place.frames(1).bytes)
        await service.until { $0.begun == 1 }
        await peer.send(.reset(1), .reset(1))
        await service.until { $0.cancelled == 1 }
        await peer.send(.call(3, Method.empty))
        let frames = await peer.frames(ofCall: 3)
        #expect(frames.status(3)?.code == .ok)
        // RESET is never answered.
        #expect(frames.filter { $0.stream == 1 } == [])
        #expect(service.counts.sums == [])
        await bench.stop()
    }
}
