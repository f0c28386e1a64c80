import RPC
import TestTurns
import Testing
import TestingMessages
import Transport

/// That they hold up nobody is case 37 in Tests/Conformance.
@Suite("Requests too large to be read on an event loop", .takesTurns)
struct LargeRequestTests {
    @Test("each is answered, one after the other, however many a connection brings")
    func large() async throws {
        let replicas = try await Replicas(hosts: ["127.0.0.1"])
        let client = try await replicas.client(replicas.configuration())
        var request = TestingV1.SimpleRequest(responseBytes: 3)
        request.payload = TestingV1.Payload(body: [UInt8](repeating: 1, count: 1 << 20))
        for _ in 0..<50 { #expect(try await client.unaryCall(request).payload?.body.count == 3) }
        await replicas.stopAll()
    }
}
