import RPC
import TestBench
import TestSupport
import TestTurns
import Testing
import TestingMessages
import Transport
import Wire

/// Bytes that nobody takes on, over TLS through a gateway whose callers share one connection to the service. That others'
/// calls pass beside them are cases 29 to 31 in Tests/Conformance.
@Suite("Parked bytes, through a gateway", .takesTurns)
struct ParkedBytesTests {
    @Test("what waits of one caller's requests is bounded: its call that has waited longest ends, and nobody else's")
    func boundOfOneCaller() async throws {
        // The service takes nothing: what callers send beyond its window of a stream waits at the gateway.
        let limits = BytesInFlightLimits(bytes: 1 << 30, callerBytes: 300_000)
        let loops = ConnectionLoops(threads: 1, limits: limits)
        let bench = try await GatewayBench(
            script: { peer, _ in await peer.serve(ConnectionLimits(streamCreditBytes: 1)) { _, _ in } },
            gatewayLoops: loops)
        let viewer = bench.authority.issue("URI:spiffe://quality.example/org/henan/viewer")
        let (heavy, light) = (
            try await bench.peer(.throughGateway, viewer), try await bench.peer(.throughGateway)
        )
        for peer in [heavy, light] { await peer.greet() }
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
