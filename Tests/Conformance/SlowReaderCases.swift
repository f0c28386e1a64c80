import RPC
import TestBench
import TestSupport
import Testing
import TestingMessages
import Transport
import Wire

/// Case 23: one who does not read. What it does to its neighbours' times is measured by the benchmark.
extension Cases {
    @Test(
        "23. of 100 streams on one connection one is not read: 99 end, and what is held for it is within its windows",
        arguments: Path.allCases)
    func case23SlowReader(_ path: Path) async throws {
        let (bench, service) = try await GatewayBench.watched()
        let client = try await bench.client(path)
        let messageBytes = 20_000
        let messages = 12
        let request = TestingV1.StreamingOutputRequest(
            responseBytes: [UInt32](repeating: UInt32(messageBytes), count: messages))
        let slow = try await client.streamingOutputCall(request)
        var reader = slow.makeAsyncIterator()
        #expect(try await reader.next()?.payload?.body.count == messageBytes)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 1..<100 {
                group.addTask {
                    var received = 0
                    for try await response in try await client.streamingOutputCall(request) {
                        received += response.payload?.body.count ?? 0
                    }
                    return received
                }
            }
            for try await received in group { #expect(received == messages * messageBytes) }
        }
        #expect(service.counts.answered == 99)
        // What the handler of the slow one got rid of lies in windows: one of the caller's, one of the gateway's. Of one
        // message more a part went out.
        let hops = path == .direct ? 1 : 2
        let held = service.counts.writtenBytes - 99 * messages * messageBytes - messageBytes
        #expect(held <= hops * Int(ConnectionLimits().streamCreditBytes) + messageBytes)
        // It was only slow: all of it is there.
        var received = 1
        while try await reader.next() != nil { received += 1 }
        #expect(received == messages)
        await bench.stop()
    }

    @Test(
        "23. a peer that gives all the credit there is and stops reading for good is cut, and held little for",
        arguments: Path.allCases)
    func case23StoppedReader(_ path: Path) async throws {
        // Who faces the peer loses patience; the service behind a gateway has more, since its peer is the gateway.
        var impatient = ConnectionRules()
        impatient.times.stallTimeoutSeconds = 1
        let service = WatchedService()
        var backend = GatewayBench.Backend()
        if path == .direct { backend.rules = impatient }
        backend.register = { service.register(on: &$0) }
        let bench = try await GatewayBench(backend, rules: impatient, isSingleLoop: true)
        let neighbour = try await Companion(try await bench.client(path))
        let peer = try await bench.peer(path)
        await peer.greet(
            ConnectionLimits(
                framePayloadBytes: 0xff_ffff, streamCreditBytes: 0x7fff_ffff, connectionCreditBytes: 0x7fff_ffff))
        await peer.stopReading()
        let messageBytes = 100_000
        let messages = 1_000
        let request = TestingV1.StreamingOutputRequest(
            responseBytes: [UInt32](repeating: UInt32(messageBytes), count: messages))
        await peer.send(.call(1, Method.output, try request.encodedBytes()))
        // Nobody but the watch over the socket ends this call: no deadline, no credit that is missing.
        await service.until { $0.cancelled == 1 }
        // What the handler got rid of lies in the sockets, which hold some megabytes, and in the suite's buffers.
        #expect(service.counts.writtenBytes < messageBytes * messages / 2)
        #expect(service.counts.answered == 0)
        try await neighbour.expectAnswer()
        // The end of TCP is all that the peer hears: no GOAWAY, no status.
        await peer.resumeReading()
        let frames = await peer.framesUntilEnd()
        #expect(frames.allSatisfy { $0.frameType == .headers || $0.frameType == .data })
        #expect(frames.dataBytes(1) < messageBytes * messages / 2)
        try await neighbour.expectAnswer()
        await bench.stop()
    }
}
