import RPC
import TestBench
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
}
