import MessageRuntime
import Messages
import RPC
import TestBench
import TestSupport
import Testing
import TestingMessages
import TestingService
import Transport
import Wire

/// Says that all is well.
private struct Health: RPCV1.HealthServiceHandler {
    func check(
        _ request: RPCV1.CheckRequest, context: ServerContext
    ) async throws(RPCError) -> RPCV1.CheckResponse {
        RPCV1.CheckResponse(status: .serving)
    }

    func watch(
        _ request: RPCV1.WatchRequest, responses: ResponseWriter<RPCV1.WatchResponse>, context: ServerContext
    ) async throws(RPCError) {
        throw RPCError(.unimplemented, "not of these cases")
    }
}

/// A call that was open before all of it, and one caller's calls beside it: together more bytes than a connection's window
/// would carry if parked ones held theirs.
private struct Neighbour {
    let companion: Companion
    let client: TestingV1.TestServiceClient

    init(_ bench: GatewayBench, _ path: Path) async throws {
        client = try await bench.client(path)
        companion = try await Companion(client)
    }

    func expectAnswers() async throws {
        let body = payload(12_000)
        for _ in 0..<60 {
            let response = try await client.unaryCall(TestingV1.SimpleRequest(responseBytes: 12_000, payload: body))
            #expect(response.payload?.body.count == 12_000)
        }
        try await companion.expectAnswer()
    }
}

/// Cases 29 and 30: bytes that nobody takes on. Through the gateway all callers share one connection to the service;
/// directly the offender's own other calls are those beside them.
extension Cases {
    private func parkedBytesBench() async throws -> GatewayBench {
        var backend = GatewayBench.Backend()
        backend.register = { router in
            TestService().register(on: &router)
            Health().register(on: &router)
        }
        // Everything on one loop, so that there is one connection from the gateway to the service.
        return try await GatewayBench(backend, isSingleLoop: true)
    }

    private func viewer(
        _ bench: GatewayBench, _ path: Path, _ limits: ConnectionLimits = ConnectionLimits()
    ) async throws -> FramePeer {
        let peer = try await bench.peer(path, bench.authority.issue("URI:spiffe://quality.example/org/henan/viewer"))
        await peer.greet(limits)
        return peer
    }

    /// One whole message of 16 KB.
    private static let text = [UInt8](repeating: 0x61, count: 16_300)

    @Test(
        "29. unary calls of one whole message without the stream's end hold up nobody else's, nor others of their caller",
        arguments: Path.allCases, [33, 70])
    func case29UnfinishedCalls(_ path: Path, _ count: Int) async throws {
        let bench = try await parkedBytesBench()
        let neighbour = try await Neighbour(bench, path)
        let peer = try await viewer(bench, path)
        let message = try TestingV1.SimpleRequest(payload: TestingV1.Payload(body: Self.text)).encodedBytes()
        for index in 0..<UInt32(count) {
            await peer.send(.call(index * 2 + 1, Method.unary, flags: []), .data(index * 2 + 1, message))
        }
        // Nobody has ended any of them.
        #expect(await peer.framesUntilPong().allSatisfy { $0.frameType == .credit })
        try await neighbour.expectAnswers()
        await peer.send(.call(999, Method.empty))
        #expect(await peer.frames(ofCall: 999).status(999)?.code == .ok)
        // They only lacked the end.
        await peer.send(.data(1, [], flags: .streamEnd))
        #expect(await peer.frames(ofCall: 1).last?.status?.code == .ok)
        await bench.stop()
    }

    @Test("29. health checks of a service, parked in the same way, hold up nobody", arguments: Path.allCases)
    func case29UnfinishedHealthChecks(_ path: Path) async throws {
        let bench = try await parkedBytesBench()
        let neighbour = try await Neighbour(bench, path)
        let peer = try await viewer(bench, path)
        let message = try RPCV1.CheckRequest(service: String(decoding: Self.text, as: UTF8.self)).encodedBytes()
        var metadata = Metadata()
        metadata.append("route-service", TestingV1.TestService.name)
        let block = try MetadataBlock.encoded(metadata)
        for index in 0..<UInt32(70) {
            await peer.send(
                .call(index * 2 + 1, "\(RPCV1.HealthService.name)/Check", flags: [], metadata: block),
                .data(index * 2 + 1, message))
        }
        #expect(await peer.framesUntilPong().allSatisfy { $0.frameType == .credit })
        try await neighbour.expectAnswers()
        await peer.send(.data(1, [], flags: .streamEnd))
        #expect(await peer.frames(ofCall: 1).last?.status?.code == .ok)
        await bench.stop()
    }

    @Test("30. 600 answers of 64 KB that their caller does not read hold up nobody else's", arguments: Path.allCases)
    func case30UnreadAnswers(_ path: Path) async throws {
        let bench = try await parkedBytesBench()
        let neighbour = try await Neighbour(bench, path)
        // It gives no credit beyond the first byte.
        let peer = try await viewer(bench, path, ConnectionLimits(streamCreditBytes: 1))
        let request = try TestingV1.StreamingOutputRequest(responseBytes: [65_000]).encodedBytes()
        for index in 0..<UInt32(600) { await peer.send(.call(index * 2 + 1, Method.output, request)) }
        // One byte of each has come: the rest of it waits at the gateway, or at the service.
        var begun = 0
        while begun < 600, let frame = await peer.next() {
            if frame.frameType == .data { begun += 1 }
        }
        #expect(begun == 600)
        try await neighbour.expectAnswers()
        await peer.send(.call(1_999, Method.empty))
        #expect(await peer.frames(ofCall: 1_999).status(1_999)?.code == .ok)
        await peer.send(.credit(1, 100_000))
        #expect(await peer.frames(ofCall: 1).last?.status?.code == .ok)
        await bench.stop()
    }

    @Test(
        "30. answers that their caller reads on none of its connections are bounded in all, and nobody else is cut",
        arguments: Path.allCases)
    func case30UnreadConnections(_ path: Path) async throws {
        let service = WatchedService()
        var backend = GatewayBench.Backend()
        backend.register = { service.register(on: &$0) }
        // Of what one connection's calls may keep before their senders wait, two connections' worth.
        let bench = try await GatewayBench(
            backend, bytesInFlight: BytesInFlightLimits(bytes: 1 << 30, callerBytes: 3_000_000), isSingleLoop: true)
        let neighbour = try await Companion(try await bench.client(path))
        let request = try TestingV1.StreamingOutputRequest(
            responseBytes: [UInt32](repeating: 100_000, count: 1_000)
        ).encodedBytes()
        let unlimited = ConnectionLimits(
            framePayloadBytes: 0xff_ffff, streamCreditBytes: 0x7fff_ffff, connectionCreditBytes: 0x7fff_ffff)
        var peers: [FramePeer] = []
        for _ in 0..<4 {
            let peer = try await viewer(bench, path, unlimited)
            await peer.stopReading()
            await peer.send(.call(1, Method.output, request))
            peers.append(peer)
        }
        // No call waits for long, and no connection has more waiting than it may: together they have.
        await service.until { $0.cancelled >= 2 }
        try await neighbour.expectAnswer()
        // The end of TCP is all that the first peer hears.
        await peers[0].resumeReading()
        #expect(await peers[0].framesUntilEnd().allSatisfy { $0.frameType == .headers || $0.frameType == .data })
        for peer in peers { await peer.end(.cut) }
        await service.until { $0.cancelled == 4 }
        await bench.stop()
    }
}
