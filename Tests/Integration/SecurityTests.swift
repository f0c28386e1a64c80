import COpenSSL
import Foundation
import Messages
import RPC
import TestProcesses
import TestTurns
import Testing
import Transport
import Wire

@Suite("Strangers at the door of the real programs", .serialized, .takesTurnsWithProcesses)
struct SecurityTests {
    /// Everyone who must not come in, and what the log must say of it.
    private func strangers(_ suite: RunningSuite) async throws -> [(
        reason: String, knock: @Sendable (Int) throws -> Stranger.Outcome
    )] {
        let foreign = suite.directory + "/foreign"
        try await suite.succeed("pki", "init", "--directory", foreign, "--domain", RunningSuite.domain)
        try await suite.succeed(
            "pki", "issue", "--directory", foreign, "--service", "gateway", "--output", foreign + "/gateway")
        let own = suite.identityDirectory("gateway")
        return [
            (
                "not TLS: first bytes 47 45 54 20",
                { try Stranger.send(Array("GET / HTTP/1.1\r\nHost: quality\r\n\r\n".utf8), toPort: $0) }
            ),
            (
                "not TLS: first bytes 9e 9e",
                { try Stranger.send([UInt8](repeating: 0x9E, count: 5000), toPort: $0) }
            ),
            ("peer sent no certificate", { try Stranger().shakeHands(withPort: $0) }),
            (
                "not issued by our authority",
                { try Stranger(identityDirectory: foreign + "/gateway").shakeHands(withPort: $0) }
            ),
            (
                "protocol TLS 1.2 refused",
                { try Stranger(highestVersion: TLS1_2_VERSION, identityDirectory: own).shakeHands(withPort: $0) }
            ),
            (
                "does not offer the application protocol quality/1",
                {
                    try Stranger(applicationProtocols: [2] + Array("h2".utf8), identityDirectory: own)
                        .shakeHands(withPort: $0)
                }
            ),
            (
                "peer offers no application protocol",
                { try Stranger(applicationProtocols: [], identityDirectory: own).shakeHands(withPort: $0) }
            ),
        ]
    }

    @Test(
        "each is refused and logged with the reason, and the server is unharmed",
        arguments: [
            RunningSuite.Service.gateway, .registry,
        ])
    func refused(_ service: RunningSuite.Service) async throws {
        let suite = try await RunningSuite()
        try await suite.start(.gateway)
        if service != .gateway { try await suite.start(service) }
        let port = suite.port(of: service)
        for (reason, knock) in try await strangers(suite) {
            #expect(try knock(port) == .refused, "\(reason)")
            try await suite.logs(service, "level=warning", "connection refused", reason)
            // The next caller who may come in is served.
            let client = try await suite.client(as: "gateway", of: service)
            _ = try await RPCV1.HealthServiceClient(client).check(.init())
            await client.close()
        }
        // It was never gone: it stops as one that was asked to.
        #expect(try await suite.stop(service) == .exited(0))
    }

    @Test("a stranger with one of our certificates and our protocol is let in: the others failed for their own reasons")
    func control() async throws {
        let suite = try await RunningSuite()
        try await suite.start(.gateway)
        let known = Stranger(identityDirectory: suite.identityDirectory("registry"))
        // The server's HELLO is the byte it reads.
        #expect(try known.shakeHands(withPort: suite.port(of: .gateway)) == .letIn)
    }

    @Test("qmctl with a certificate of another authority says so and exits with 3")
    func consoleOfAnotherAuthority() async throws {
        let suite = try await RunningSuite()
        try await suite.start(.gateway)
        let foreign = suite.directory + "/pki/foreign"
        try await suite.succeed("pki", "init", "--directory", foreign, "--domain", RunningSuite.domain)
        try await suite.succeed(
            "pki", "issue", "--directory", foreign, "--organisation", "henan", "--role", "viewer",
            "--output", suite.identityDirectory("foreign-viewer"))
        let result = try await suite.qmctl(as: "foreign-viewer", "health")
        #expect(result.exitCode == 3, "\(result.output)\(result.errors)")
        #expect((result.output + result.errors).contains("not issued by our authority"))
    }

    @Test("a service believes no caller but the gateway, and dialled directly serves nobody else")
    func directly() async throws {
        let suite = try await RunningSuite()
        try await suite.startAll()
        try await suite.identity(organisation: "top", "publisher")
        let result = try await suite.qmctl(
            as: "top-publisher", "campaign", "list", "--gateway", "127.0.0.1:\(suite.port(of: .registry))")
        #expect(result.exitCode == 3)
        try await suite.succeed(as: "top-publisher", "campaign", "list")
    }
}
