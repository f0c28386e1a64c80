import Glibc
import RPC
import Synchronization
import TestBench
import TestStores
import TestSupport
import Testing
import TestingMessages
import Transport
import Wire

/// Cases 27 and 33: peers that hold sockets or places at the door. Nobody else is kept out by them, or not for longer than
/// they are there.
extension Cases {
    @Test(
        "27. without a socket to spare nobody is accepted, which is said, and those who are there are served; then it goes on",
        arguments: Path.allCases)
    func case27SocketsRunOut(_ path: Path) async throws {
        let descriptors = DescriptorAllowance()
        let lines = LogLines()
        var backend = GatewayBench.Backend()
        if path == .direct { backend.descriptors = descriptors }
        let bench = try await GatewayBench(
            backend, isSingleLoop: true, descriptors: path == .direct ? .unlimited : descriptors, logger: lines.logger)
        let neighbour = try await Companion(try await bench.client(path))
        // As many as are accepted in one go: the listening socket has been asked for these already.
        let limit = descriptors.taken + 4
        descriptors.setLimit(limit)
        var silent: [Int32] = []
        for _ in 0..<20 { silent.append(try #require(Loopback.connect(port: bench.port(path)))) }
        try await Patience.until("it says that it accepts nobody") {
            lines.all.contains { $0.message == "accepting paused" && $0.metadata.contains("cause=sockets") }
        }
        let newcomer = try await bench.client(path)
        let isServed = Mutex(false)
        let call = Task {
            _ = try await newcomer.emptyCall(TestingV1.Empty())
            isServed.withLock { $0 = true }
        }
        for _ in 0..<20 { try await neighbour.expectAnswer() }
        #expect(descriptors.taken <= limit)
        #expect(!isServed.withLock { $0 })
        for descriptor in silent { close(descriptor) }
        try await call.value
        try await neighbour.expectAnswer()
        await bench.stop()
    }

    @Test("33. hundreds of connections that say nothing, or half a record, keep nobody out", arguments: Path.allCases)
    func case33SilentPeers(_ path: Path) async throws {
        let (bench, _) = try await GatewayBench.watched()
        let port = bench.port(path)
        var silent: [Int32] = []
        defer { for descriptor in silent { close(descriptor) } }
        for index in 0..<400 {
            // One that is closed for another's sake may be closed before it has said its word.
            guard let descriptor = Loopback.connect(port: port) else { continue }
            silent.append(descriptor)
            if index % 4 == 0 { _ = send(descriptor, [0x16, 0x03] as [UInt8], 2, Int32(MSG_NOSIGNAL)) }
            if index % 100 == 99 {
                let client = TestingV1.TestServiceClient(try await bench.transport(path))
                #expect(try await client.emptyCall(TestingV1.Empty()) == TestingV1.Empty())
            }
        }
        await bench.stop()
    }
}
