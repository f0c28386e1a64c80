import Glibc
import RPC
import TestBench
import TestSupport
import Testing
import TestingMessages
import Transport
import Wire

/// Case 33: peers that hold places at the door. Nobody else is kept out by them.
extension Cases {
    @Test("33. hundreds of connections that say nothing, or half a record, keep nobody out", arguments: Path.allCases)
    func case33SilentPeers(_ path: Path) async throws {
        let (bench, _) = try await GatewayBench.watched()
        let port = path == .direct ? bench.backendEndpoints[0].port : bench.gatewayEndpoint.port
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
