import MessageRuntime
import Messages
import RPC
import TestBench
import TestSupport
import TestTurns
import Testing
import TestingMessages
import TestingService
import Transport
import Wire

/// Bytes that nobody takes on, over TLS through a gateway whose callers share one connection to the service: others' calls
/// pass at once, and the connection lives.
@Suite("Parked bytes, through a gateway", .takesTurns)
struct ParkedBytesTests {
    private static let viewer = "spiffe://quality.example/org/henan/viewer"

    /// Everything on one loop, so that there is one connection from the gateway to the service.
    private func bench(_ loops: ConnectionLoops? = nil) async throws -> GatewayBench {
        var backend = GatewayBench.Backend()
        backend.register = { router in
            TestService().register(on: &router)
            NamedHealth(name: "backend").register(on: &router)
        }
        return try await GatewayBench(backend, gatewayLoops: loops, isSingleLoop: loops == nil)
    }

    private func peer(_ bench: GatewayBench, _ limits: ConnectionLimits = ConnectionLimits()) async throws -> FramePeer
    {
        let peer = try await bench.peer(.throughGateway, bench.authority.issue("URI:\(Self.viewer)"))
        await peer.greet(limits)
        return peer
    }

    /// A call that was open before all of it, and one caller's calls beside it: together more bytes than the connection's
    /// window would carry if the parked ones held theirs.
    private struct Neighbour {
        let stream: BidirectionalCall<TestingV1.StreamingOutputRequest, TestingV1.StreamingOutputResponse>
        let client: TestingV1.TestServiceClient

        init(_ bench: GatewayBench) async throws {
            client = try await bench.client(.throughGateway)
            stream = try await client.fullDuplexCall()
            try await expectAnswer()
        }

        private func expectAnswer() async throws {
            try await stream.send(TestingV1.StreamingOutputRequest(responseBytes: [3]))
            var responses = stream.responses.makeAsyncIterator()
            #expect(try await responses.next()?.payload?.body.count == 3)
        }

        func expectAnswers() async throws {
            let body = [UInt8](repeating: 1, count: 12_000)
            for _ in 0..<60 {
                let response = try await client.unaryCall(
                    TestingV1.SimpleRequest(responseBytes: 12_000, payload: TestingV1.Payload(body: body)))
                #expect(response.payload?.body.count == 12_000)
            }
            try await expectAnswer()
        }
    }

    /// One whole message of 16 KB.
    private func message(_ make: ([UInt8]) throws -> [UInt8]) rethrows -> [UInt8] {
        try make([UInt8](repeating: 0x61, count: 16_300))
    }

    @Test("unary calls of one whole message without the stream's end hold up nobody else's", arguments: [33, 70])
    func unfinishedCalls(_ count: Int) async throws {
        let bench = try await bench()
        let neighbour = try await Neighbour(bench)
        let peer = try await peer(bench)
        let message = try message {
            try TestingV1.SimpleRequest(payload: TestingV1.Payload(body: $0)).encodedBytes()
        }
        for index in 0..<UInt32(count) {
            await peer.send(
                .call(index * 2 + 1, "\(TestingV1.TestService.name)/UnaryCall", flags: []),
                .data(index * 2 + 1, message))
        }
        // Nobody has ended any of them.
        #expect(await peer.framesUntilPong().allSatisfy { $0.frameType == .credit })
        try await neighbour.expectAnswers()
        // They only lacked the end.
        await peer.send(.data(1, [], flags: .streamEnd))
        #expect(await peer.frames(ofCall: 1).last?.status?.code == .ok)
        await bench.stop()
    }

    @Test("health checks of a service, parked in the same way, hold up nobody")
    func unfinishedHealthChecks() async throws {
        let bench = try await bench()
        let neighbour = try await Neighbour(bench)
        let peer = try await peer(bench)
        let message = try message {
            try RPCV1.CheckRequest(service: String(decoding: $0, as: UTF8.self)).encodedBytes()
        }
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

    @Test("answers that their caller does not read hold up nobody else's")
    func unreadAnswers() async throws {
        let bench = try await bench()
        let neighbour = try await Neighbour(bench)
        // It gives no credit beyond the first byte.
        let peer = try await peer(bench, ConnectionLimits(streamCreditBytes: 1))
        let request = try TestingV1.StreamingOutputRequest(responseBytes: [65_000]).encodedBytes()
        for index in 0..<UInt32(600) {
            await peer.send(.call(index * 2 + 1, "\(TestingV1.TestService.name)/StreamingOutputCall", request))
        }
        // One byte of each has come: the rest of it waits at the gateway, or at the service.
        var begun = 0
        while begun < 600, let frame = await peer.next() {
            if frame.frameType == .data { begun += 1 }
        }
        #expect(begun == 600)
        try await neighbour.expectAnswers()
        await peer.send(.credit(1, 100_000))
        #expect(await peer.frames(ofCall: 1).last?.status?.code == .ok)
        await bench.stop()
    }

    @Test("what waits of one caller's requests is bounded: its call that has waited longest ends, and nobody else's")
    func boundOfOneCaller() async throws {
        // The service takes nothing: what callers send beyond its window of a stream waits at the gateway.
        let limits = BytesInFlightLimits(bytes: 1 << 30, callerBytes: 300_000)
        let loops = ConnectionLoops(threads: 1, limits: limits)
        let bench = try await GatewayBench(
            script: { peer, _ in await peer.serve(ConnectionLimits(streamCreditBytes: 1)) { _, _ in } },
            gatewayLoops: loops)
        let (heavy, light) = (try await peer(bench), try await bench.peer(.throughGateway))
        await light.greet()
        await light.send(
            .call(1, "\(TestingV1.TestService.name)/FullDuplexCall", flags: []),
            .data(1, [UInt8](repeating: 1, count: 16_000)))
        _ = await light.framesUntilPong()
        for index in 0..<UInt32(10) {
            let id = index * 2 + 1
            await heavy.send(.call(id, "\(TestingV1.TestService.name)/FullDuplexCall", flags: []))
            for _ in 0..<4 { await heavy.send(.data(id, [UInt8](repeating: 1, count: 16_000))) }
        }
        // Ten times 64,000 bytes; four times fit.
        var ended: [RawFrame] = []
        while ended.count < 6, let frame = await heavy.next() {
            if frame.frameType == .status { ended.append(frame) }
        }
        #expect(ended.map(\.stream) == [1, 3, 5, 7, 9, 11])
        #expect(ended.allSatisfy { $0.status?.code == .resourceExhausted && $0.status?.isNotStarted == false })
        #expect(await heavy.framesUntilPong().allSatisfy { $0.frameType == .credit })
        #expect(await light.framesUntilPong().allSatisfy { $0.frameType == .credit })
        await bench.stop()
        try await loops.shutDown()
    }
}
