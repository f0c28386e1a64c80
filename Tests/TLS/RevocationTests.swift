import NIOCore
import NIOEmbedded
import TLS
import TestSupport
import Testing

@Suite("Revoked certificates, in the handshake")
struct RevocationTests {
    let authority = TestAuthority()

    /// A pair of which one end checks `revocations`.
    private func pair(
        client: TestAuthority.Identity, server: TestAuthority.Identity, serverChecks: String? = nil,
        clientChecks: String? = nil
    ) throws -> TLSPair {
        try TLSPair(
            client: TLSEnd(TLSContext(client: authority.configuration(client, revocations: clientChecks))),
            server: TLSEnd(TLSContext(server: authority.configuration(server, revocations: serverChecks))))
    }

    @Test("a client whose certificate was taken back is refused, and told so; another is let in")
    func revokedClient() throws {
        let gateway = authority.issue(service: "gateway")
        let lost = authority.issue(service: "submission")
        let list = authority.revocations([lost])
        let refused = try pair(client: lost, server: gateway, serverChecks: list)
        try refused.exchange()
        #expect(refused.server.recorder.entries == [.failed(.certificateRevoked), .inactive])
        #expect(refused.server.recorder.error?.message.contains("service/submission") == true)
        #expect(refused.server.recorder.error?.message.contains("was revoked by its authority") == true)
        #expect(refused.client.recorder.error?.message.contains("our certificate was revoked") == true)
        let next = try pair(client: authority.issue(service: "submission"), server: gateway, serverChecks: list)
        try next.exchange()
        #expect(next.server.recorder.entries == [.bySubmission])
    }

    @Test("a server whose certificate was taken back is refused by its client")
    func revokedServer() throws {
        let gateway = authority.issue(service: "gateway")
        let pair = try pair(
            client: authority.issue(service: "submission"), server: gateway,
            clientChecks: authority.revocations([gateway]))
        try pair.exchange()
        #expect(pair.client.recorder.entries == [.failed(.certificateRevoked), .inactive])
        #expect(pair.server.recorder.entries == [.failed(.refusedByPeer), .inactive])
    }

    @Test("without a list nothing is checked")
    func noList() throws {
        let pair = try pair(
            client: authority.issue(service: "submission"), server: authority.issue(service: "gateway"))
        try pair.exchange()
        #expect(pair.server.recorder.entries == [.bySubmission])
    }

    @Test(
        "a list past its next issue, or not yet valid, still says who is out and keeps nobody else out",
        arguments: [
            -7200 ... -3600, 3600...7200,
        ])
    func agedList(validSeconds: ClosedRange<Int>) throws {
        let gateway = authority.issue(service: "gateway")
        let lost = authority.issue(service: "submission")
        let list = authority.revocations([lost], validSeconds: validSeconds)
        let good = try pair(client: authority.issue(service: "submission"), server: gateway, serverChecks: list)
        try good.exchange()
        #expect(good.server.recorder.entries == [.bySubmission])
        let bad = try pair(client: lost, server: gateway, serverChecks: list)
        try bad.exchange()
        #expect(bad.server.recorder.entries == [.failed(.certificateRevoked), .inactive])
    }

    @Test("a peer of an authority without a list is refused: the file must hold one for each")
    func authorityWithoutList() throws {
        let other = TestAuthority(name: "second authority")
        var configuration = authority.configuration(
            authority.issue(service: "gateway"), revocations: authority.revocations([]))
        configuration.authorityPEM += other.pem
        let client = TLSConfiguration(
            certificatePEM: "", keyPEM: "", authorityPEM: authority.pem)
        let identity = other.issue(service: "submission")
        var clientConfiguration = client
        clientConfiguration.certificatePEM = identity.certificate
        clientConfiguration.keyPEM = identity.key
        let pair = try TLSPair(
            client: TLSEnd(TLSContext(client: clientConfiguration)), server: TLSEnd(TLSContext(server: configuration)))
        try pair.exchange()
        #expect(pair.server.recorder.entries == [.failed(.certificateNotTrusted), .inactive])
        #expect(pair.server.recorder.error?.message.contains("has no list of its authority") == true)
    }

    @Test("a list that is none, or that somebody else signed in the authority's name, is refused at the start")
    func badLists() throws {
        let impostor = TestAuthority()
        let identity = authority.issue(service: "gateway")
        for (list, words) in [
            ("hello", "the revocation list: not a revocation list in PEM form"),
            (impostor.revocations([]), "the revocation list: is not signed by the authority's certificate"),
        ] {
            #expect {
                try TLSContext(server: authority.configuration(identity, revocations: list))
            } throws: { error in
                (error as? TLSError)?.code == .configuration && "\(error)".hasPrefix(words)
            }
        }
    }

    @Test("a context says until when its certificate, authority and list hold")
    func validity() throws {
        let context = try TLSContext(
            server: authority.configuration(
                authority.issue("URI:spiffe://quality.example/service/gateway", validSeconds: -10...1000),
                revocations: authority.revocations([], validSeconds: -10...500)))
        let ends = context.validity.map { ($0.kind, $0.endsUnixSeconds) }
        #expect(ends.map(\.0) == [.certificate, .authority, .revocations])
        #expect(ends[1].1 - ends[0].1 > 2500)
        #expect((400...600).contains(ends[0].1 - ends[2].1))
    }
}

@Suite("Replaced contexts and the connections that are open")
struct ReplacementTests {
    let authority = TestAuthority()
    private let now: Int64 = 1_000_000_000

    /// A server whose context can be replaced, and a client of it, connected.
    private func connected(_ client: TestAuthority.Identity) throws -> (pair: TLSPair, source: TLSContextSource) {
        let source = TLSContextSource(try server())
        let pair = try TLSPair(
            client: TLSEnd(TLSContext(client: authority.configuration(client))), server: TLSEnd(source))
        try pair.exchange()
        #expect(pair.server.recorder.entries == [.bySubmission])
        return (pair, source)
    }

    private func server(revoking identities: [TestAuthority.Identity]? = nil, authority other: TestAuthority? = nil)
        throws
        -> TLSContext
    {
        let issuer = other ?? authority
        return try TLSContext(
            server: issuer.configuration(
                issuer.issue(service: "gateway"), revocations: identities.map { issuer.revocations($0) }))
    }

    private func settle(_ pair: TLSPair) throws {
        pair.server.channel.embeddedEventLoop.run()
        try pair.exchange()
    }

    @Test("a peer that was revoked while connected is cut at once; with an alert or the words of who hears it")
    func revokedWhileConnected() throws {
        let lost = authority.issue(service: "submission")
        let (pair, source) = try connected(lost)
        source.replace(with: try server(revoking: [lost]), isTrustChanged: true, nowUnixSeconds: now)
        try settle(pair)
        #expect(
            pair.server.recorder.entries == [
                .bySubmission, .peerRefused(.certificateRevoked), .failed(.certificateRevoked), .inactive,
            ])
    }

    @Test("a peer whose authority is no longer trusted is cut; one that may stay goes on undisturbed")
    func vanishedAuthority() throws {
        let (pair, source) = try connected(authority.issue(service: "submission"))
        source.replace(
            with: try server(revoking: [authority.issue(service: "submission")]), isTrustChanged: true,
            nowUnixSeconds: now)
        try settle(pair)
        #expect(pair.server.recorder.entries == [.bySubmission])
        _ = pair.client.write([1, 2, 3])
        pair.client.channel.flush()
        try pair.exchange()
        #expect(pair.server.recorder.received == [1, 2, 3])
        source.replace(
            with: try server(authority: TestAuthority(name: "new authority")), isTrustChanged: true, nowUnixSeconds: now
        )
        try settle(pair)
        #expect(pair.server.recorder.entries.contains(.peerRefused(.certificateNotTrusted)))
        #expect(pair.server.recorder.entries.last == .inactive)
    }

    @Test("when our own certificate moves to another trust domain, peers of the old one are cut")
    func anotherDomain() throws {
        let (pair, source) = try connected(authority.issue(service: "submission"))
        let moved = authority.issue("URI:spiffe://other.example/service/gateway")
        source.replace(
            with: try TLSContext(server: authority.configuration(moved)), isTrustChanged: true, nowUnixSeconds: now)
        try settle(pair)
        #expect(
            pair.server.recorder.entries == [
                .bySubmission, .peerRefused(.identityRefused), .failed(.identityRefused), .inactive,
            ])
    }

    @Test("a connection opened after the replacement uses the new context")
    func newConnections() throws {
        let lost = authority.issue(service: "submission")
        let (_, source) = try connected(lost)
        source.replace(with: try server(revoking: [lost]), isTrustChanged: true, nowUnixSeconds: now)
        let next = try TLSPair(
            client: TLSEnd(TLSContext(client: authority.configuration(lost))), server: TLSEnd(source))
        try next.exchange()
        #expect(next.server.recorder.entries == [.failed(.certificateRevoked), .inactive])
    }

    @Test("a handshake that began before the replacement does not slip through it")
    func handshakeMeanwhile() throws {
        let lost = authority.issue(service: "submission")
        let source = TLSContextSource(try server())
        let pair = try TLSPair(
            client: TLSEnd(TLSContext(client: authority.configuration(lost))), server: TLSEnd(source))
        let hello = try pair.client.takeCiphertext()
        for buffer in hello { try pair.server.deliver(buffer) }
        source.replace(with: try server(revoking: [lost]), isTrustChanged: true, nowUnixSeconds: now)
        try settle(pair)
        #expect(pair.server.recorder.entries == [.failed(.certificateRevoked), .inactive])
    }

    @Test("a connection that was silent for two reviews goes on as if nothing had been")
    func idle() throws {
        let (pair, source) = try connected(authority.issue(service: "submission"))
        for round in 1...3 {
            for _ in 1...2 { source.reviewPeers(nowUnixSeconds: now) }
            try settle(pair)
            let bytes = [UInt8](repeating: UInt8(round), count: 40_000)
            _ = pair.client.write(bytes)
            pair.client.channel.flush()
            _ = pair.server.write(bytes)
            pair.server.channel.flush()
            try pair.exchange(pieceBytes: 5000)
            #expect(pair.server.recorder.received.count == 40_000 * round)
            #expect(pair.client.recorder.received.suffix(40_000) == bytes[...])
        }
    }

    @Test("a peer whose certificate ends while connected is told of once, and cut after the time of grace")
    func endedWhileConnected() throws {
        let (pair, source) = try connected(authority.issue(service: "submission"))
        let end = try #require(pair.server.handler.peerCertificate?.notAfterUnixSeconds)
        for now in [end, end + 1, end + 2, end + TLSHandler.expiryGraceSeconds] {
            source.reviewPeers(nowUnixSeconds: now)
            try settle(pair)
            #expect(pair.server.recorder.entries == [.bySubmission] + (now > end ? [.peerExpired] : []))
        }
        source.reviewPeers(nowUnixSeconds: end + TLSHandler.expiryGraceSeconds + 1)
        try settle(pair)
        #expect(
            pair.server.recorder.entries.suffix(3) == [
                .peerRefused(.certificateExpired), .failed(.certificateExpired), .inactive,
            ])
    }
}
