import COpenSSL
import NIOCore
import NIOEmbedded
import TLS
import TestSupport
import Testing

@Suite("Who is refused by TLS, and how it is told")
struct RefusalTests {
    let authority = TestAuthority()

    func server(rule: PeerRule = .anyIdentity) throws -> TLSEnd {
        let context = try TLSContext(server: authority.configuration(authority.issue(service: "gateway")))
        let end = try TLSEnd(context, peerRule: rule)
        try end.connect()
        return end
    }

    func pair(client identity: TestAuthority.Identity) throws -> TLSPair {
        try TLSPair(
            client: TLSEnd(TLSContext(client: authority.configuration(identity))), server: server())
    }

    /// A client that wants the service of this name.
    func pair(
        asking service: String, client: TestAuthority.Identity, server: TestAuthority.Identity
    ) throws -> TLSPair {
        try TLSPair(
            client: TLSEnd(
                TLSContext(client: authority.configuration(client)), peerRule: .service(named: service)),
            server: TLSEnd(TLSContext(server: authority.configuration(server))))
    }

    @Test("a client of another authority")
    func wrongAuthorityOfClient() throws {
        let other = TestAuthority(name: "other authority").issue(service: "submission")
        let pair = try pair(client: other)
        try pair.exchange()
        #expect(pair.server.recorder.entries == [.failed(.certificateNotTrusted), .inactive])
        #expect(pair.server.recorder.error?.message.contains("spiffe://quality.example/service/submission") == true)
        #expect(pair.server.recorder.error?.message.contains("not issued by our authority") == true)
        // TLS 1.3: the client has completed when it sends its certificate, and learns of the refusal after.
        #expect(pair.client.recorder.entries == [.byGateway, .failed(.refusedByPeer), .inactive])
        #expect(pair.client.recorder.error?.message.contains("unknown CA") == true)
    }

    @Test("a server of another authority")
    func wrongAuthorityOfServer() throws {
        let other = TestAuthority(name: "other authority")
        let context = try TLSContext(
            client: other.configuration(authority.issue(service: "submission")))
        let pair = try TLSPair(client: TLSEnd(context), server: server())
        try pair.exchange()
        #expect(pair.client.recorder.entries == [.failed(.certificateNotTrusted), .inactive])
        #expect(pair.server.recorder.entries == [.failed(.refusedByPeer), .inactive])
    }

    @Test("a client without a certificate")
    func noCertificate() throws {
        let server = try server()
        let client = RawClient()
        try client.exchange(with: server)
        #expect(server.recorder.entries == [.failed(.certificateMissing), .inactive])
        #expect(server.recorder.error?.message.hasPrefix("peer sent no certificate") == true)
    }

    @Test("an expired certificate")
    func expired() throws {
        let pair = try pair(
            client: authority.issue("URI:spiffe://quality.example/service/submission", validSeconds: -7200 ... -3600))
        try pair.exchange()
        #expect(pair.server.recorder.entries == [.failed(.certificateExpired), .inactive])
        #expect(pair.server.recorder.error?.message.contains("certificate expired on 20") == true)
        #expect(pair.client.recorder.entries.last == .inactive)
        #expect(pair.client.recorder.error?.message.contains("our certificate has expired") == true)
    }

    @Test("a certificate that is not valid yet")
    func notYetValid() throws {
        let pair = try pair(
            client: authority.issue("URI:spiffe://quality.example/service/submission", validSeconds: 3600...7200))
        try pair.exchange()
        #expect(pair.server.recorder.error?.code == .certificateNotYetValid)
        #expect(pair.server.recorder.error?.message.contains("not yet valid") == true)
    }

    @Test("a certificate made only for servers, shown by a client")
    func wrongPurpose() throws {
        let pair = try pair(
            client: authority.issue("URI:spiffe://quality.example/service/submission", usage: "serverAuth"))
        try pair.exchange()
        #expect(pair.server.recorder.error?.code == .certificateNotTrusted)
    }

    @Test(
        "a certificate that names nobody, or more than one",
        arguments: [
            nil, "DNS:gateway.example", "URI:https://quality.example/service/gateway",
            "URI:spiffe://quality.example/service/a,URI:spiffe://quality.example/service/b",
        ])
    func noIdentity(names: String?) throws {
        let pair = try pair(client: authority.issue(names))
        try pair.exchange()
        #expect(pair.server.recorder.entries == [.failed(.identityRefused), .inactive])
        #expect(pair.client.recorder.error?.code == .refusedByPeer)
    }

    @Test("a server that is somebody else than expected")
    func wrongServer() throws {
        let pair = try TLSPair(authority: authority, clientRule: .service(named: "registry"))
        try pair.exchange()
        #expect(pair.client.recorder.entries == [.failed(.identityRefused), .inactive])
        #expect(
            pair.client.recorder.error?.message.contains("expected spiffe://quality.example/service/registry") == true)
        #expect(pair.server.recorder.entries == [.failed(.refusedByPeer), .inactive])
    }

    @Test(
        "a server of the right name and another trust domain, though one authority certified both",
        arguments: [
            "spiffe://other.example/service/gateway", "spiffe://quality.example.org/service/gateway",
            "spiffe://quality.exampl/service/gateway", "spiffe://quality.example/service/gateway/",
            "spiffe://quality.example/org/service/gateway", "spiffe:///service/gateway",
        ])
    func serverOfAnotherDomain(uri: String) throws {
        let pair = try pair(
            asking: "gateway", client: authority.issue(service: "submission"), server: authority.issue("URI:\(uri)"))
        try pair.exchange()
        #expect(pair.client.recorder.entries == [.failed(.identityRefused), .inactive])
        #expect(
            pair.client.recorder.error?.message.contains("expected spiffe://quality.example/service/gateway") == true)
    }

    @Test("a client without a trust domain of its own takes no server for a service")
    func clientWithoutDomain() throws {
        let pair = try pair(
            asking: "gateway", client: authority.issue(nil), server: authority.issue(service: "gateway"))
        try pair.exchange()
        #expect(pair.client.recorder.entries == [.failed(.identityRefused), .inactive])
        #expect(pair.client.recorder.error?.message.contains("our own certificate names none") == true)
    }

    @Test("rules accept whom they name")
    func rules() throws {
        let uri = "spiffe://quality.example/service/submission"
        for rule in [PeerRule.service(named: "submission"), .uri(uri), .anyIdentity] {
            let pair = try TLSPair(authority: authority, serverRule: rule)
            try pair.exchange()
            #expect(pair.server.recorder.entries == [.bySubmission])
        }
        let pair = try TLSPair(authority: authority, serverRule: .uri(uri + "x"))
        try pair.exchange()
        #expect(pair.server.recorder.entries == [.failed(.identityRefused), .inactive])
    }

    @Test("a server without the DNS name that was asked for; one with it is accepted")
    func serverName() throws {
        let identity = authority.issue("URI:spiffe://quality.example/service/gateway,DNS:gateway.example")
        let serverContext = try TLSContext(server: authority.configuration(identity))
        let clientContext = try TLSContext(
            client: authority.configuration(authority.issue(service: "submission")))
        for (name, entries) in [
            ("gateway.example", [Recorder.Entry.byGateway]),
            ("other.example", [.failed(.certificateNotTrusted), .inactive]),
        ] {
            let pair = try TLSPair(
                client: TLSEnd(clientContext, expectedServerName: name), server: TLSEnd(serverContext))
            try pair.exchange()
            #expect(pair.client.recorder.entries == entries)
        }
    }

    @Test("TLS 1.2")
    func oldVersion() throws {
        let server = try server()
        try RawClient(identity: authority.issue(service: "submission"), highestVersion: TLS1_2_VERSION)
            .exchange(with: server)
        #expect(server.recorder.entries == [.failed(.versionRefused), .inactive])
        #expect(server.recorder.error?.message.hasPrefix("protocol TLS 1.2 refused") == true)
    }

    @Test("another application protocol, or none", arguments: [[2] + Array("h2".utf8), []])
    func otherProtocol(protocols: [UInt8]) throws {
        let server = try server()
        try RawClient(identity: authority.issue(service: "submission"), protocols: protocols).exchange(with: server)
        #expect(server.recorder.entries == [.failed(.applicationProtocolRefused), .inactive])
    }

    @Test("our protocol among several is chosen")
    func severalProtocols() throws {
        let server = try server()
        let protocols: [UInt8] = [2] + Array("h2".utf8) + [9] + Array("quality/1".utf8)
        let client = RawClient(identity: authority.issue(service: "submission"), protocols: protocols)
        try client.exchange(with: server)
        #expect(client.isEstablished)
        #expect(server.recorder.entries == [.bySubmission])
    }

    @Test(
        "plain text and garbage",
        arguments: zip(
            [
                Array("GET / HTTP/1.1\r\n\r\n".utf8), Array("PRI * HTTP/2.0\r\n".utf8), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
                [UInt8](repeating: 0xFF, count: 3000), [0x16, 0x09, 0x01, 0, 5, 1, 2, 3, 4, 5],
            ],
            ["(\"GET / HT\")", "(\"PRI * HT\")", "00 01 02 03 04 05 06 07", "ff ff", "16 09"]))
    func notTLS(bytes: [UInt8], message: String) throws {
        let server = try server()
        try server.deliver(ByteBuffer(bytes: bytes))
        #expect(server.recorder.entries == [.failed(.notTLS), .inactive])
        #expect(server.recorder.error?.message.hasPrefix("not TLS: first bytes ") == true)
        #expect(server.recorder.error?.message.contains(message) == true)
    }

    @Test("garbage behind a valid record header")
    func garbageHandshake() throws {
        let server = try server()
        try server.deliver(ByteBuffer(bytes: [0x16, 3, 1, 0, 6, 1, 0, 0, 2, 9, 9]))
        #expect(server.recorder.entries == [.failed(.protocolViolation), .inactive])
    }

    @Test("after each refusal the same context serves the next client")
    func contextUnharmed() throws {
        let context = try TLSContext(server: authority.configuration(authority.issue(service: "gateway")))
        let clientContext = try TLSContext(client: authority.configuration(authority.issue(service: "submission")))
        for _ in 0..<3 {
            let garbage = try TLSEnd(context)
            try garbage.connect()
            try garbage.deliver(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"))
            let anonymous = try TLSEnd(context)
            try anonymous.connect()
            try RawClient().exchange(with: anonymous)
            let pair = try TLSPair(client: TLSEnd(clientContext), server: TLSEnd(context))
            try pair.exchange()
            #expect(pair.server.recorder.entries == [.bySubmission])
        }
    }
}
