import NIOEmbedded
import TLS
import TestSupport
import Testing

@Suite("Serial numbers, and authorities between the root and a peer")
struct ChainTests {
    private let root = TestAuthority(name: "root")

    /// A client and a server of these authorities, who both trust the root.
    private func pair(
        client: TestAuthority.Identity? = nil, server: TestAuthority.Identity? = nil
    ) throws -> TLSPair {
        let pair = try TLSPair(
            client: TLSEnd(
                TLSContext(client: root.configuration(client ?? root.issue(service: "submission"))),
                peerRule: .service(named: "gateway")),
            server: TLSEnd(TLSContext(server: root.configuration(server ?? root.issue(service: "gateway")))))
        try pair.exchange()
        return pair
    }

    // MARK: Serial numbers

    static let sound: [[UInt8]] = [
        [1], [0x7f], [0x80], [UInt8](repeating: 0xff, count: 19), [0x7f] + [UInt8](repeating: 0xff, count: 19),
    ]
    /// With the octets that DER has for each.
    static let tooLong: [([UInt8], Int)] = [
        ([0x80] + [UInt8](repeating: 0, count: 19), 21), ([UInt8](repeating: 0x11, count: 21), 21),
        ([UInt8](repeating: 0xff, count: 32), 33),
    ]

    @Test("a certificate whose number has at most 20 octets is taken, on both sides", arguments: sound)
    func soundNumber(number: [UInt8]) throws {
        let pair = try pair(
            client: root.issue("URI:spiffe://quality.example/service/submission", number: number),
            server: root.issue("URI:spiffe://quality.example/service/gateway", number: number))
        #expect(pair.server.recorder.entries == [.bySubmission])
        #expect(pair.client.recorder.entries == [.byGateway])
    }

    @Test("a longer one is refused as one's own, by a sentence that says so", arguments: tooLong)
    func ownNumber(number: [UInt8], octets: Int) throws {
        let identity = root.issue("URI:spiffe://quality.example/service/gateway", number: number)
        for isServer in [true, false] {
            let error = #expect(throws: TLSError.self) {
                let configuration = root.configuration(identity)
                _ = isServer ? try TLSContext(server: configuration) : try TLSContext(client: configuration)
            }
            #expect(error?.code == .configuration)
            #expect(error?.message.contains("has a serial number of \(octets) octets; 20 are allowed") == true)
            #expect(error?.message.contains("qmctl pki renew") == true)
        }
    }

    @Test("the number zero is none")
    func zero() throws {
        let identity = root.issue("URI:spiffe://quality.example/service/gateway", number: [])
        let error = #expect(throws: TLSError.self) { try TLSContext(server: root.configuration(identity)) }
        #expect(error?.message.contains("has the serial number zero") == true)
    }

    @Test("a longer one is refused as a peer's, by a sentence that says so", arguments: tooLong)
    func peersNumber(number: [UInt8], octets: Int) throws {
        let words = "has a serial number of \(octets) octets; 20 are allowed (RFC 5280)"
        // Another program than ours shows it: ours does not start with it.
        let server = try TLSEnd(TLSContext(server: root.configuration(root.issue(service: "gateway"))))
        try server.connect()
        let client = RawClient(
            identity: root.issue("URI:spiffe://quality.example/service/submission", number: number))
        try client.exchange(with: server)
        #expect(server.recorder.entries == [.failed(.certificateNotTrusted), .inactive])
        #expect(server.recorder.error?.message.contains(words) == true)
    }

    @Test("of an authority between root and peer the number counts too, of the root it does not")
    func authoritiesNumber() throws {
        let long = [UInt8](repeating: 0x11, count: 21)
        let between = TestAuthority(below: root, serial: long)
        #expect(throws: TLSError.self) {
            try TLSContext(server: root.configuration(between.issue(service: "gateway")))
        }
    }

    // MARK: Chains

    @Test("a chain through one authority, or two, is accepted when it is sent, by either side")
    func sentChain() throws {
        let between = TestAuthority(below: root)
        let below = TestAuthority(below: between, name: "below")
        for authority in [between, below] {
            let pair = try pair(
                client: authority.issue(service: "submission"), server: authority.issue(service: "gateway"))
            #expect(pair.server.recorder.entries == [.bySubmission])
            #expect(pair.client.recorder.entries == [.byGateway])
        }
    }

    @Test("without the certificate between, the peer is refused and told what is missing")
    func missingBetween() throws {
        let between = TestAuthority(below: root, sendsChain: false)
        let client = try pair(client: between.issue(service: "submission"))
        #expect(client.server.recorder.entries == [.failed(.certificateNotTrusted), .inactive])
        #expect(client.server.recorder.error?.message.contains("behind the peer's in its cert.pem") == true)
        let server = try pair(server: between.issue(service: "gateway"))
        #expect(server.client.recorder.entries == [.failed(.certificateNotTrusted), .inactive])
        #expect(server.client.recorder.error?.message.contains("behind the peer's in its cert.pem") == true)
    }

    @Test("an authority that allows none below itself is held to it")
    func pathLength() throws {
        let between = TestAuthority(below: root, constraints: "critical,CA:TRUE,pathlen:0")
        #expect(try pair(client: between.issue(service: "submission")).server.recorder.entries == [.bySubmission])
        let below = TestAuthority(below: between, name: "below")
        let refused = try pair(client: below.issue(service: "submission"))
        #expect(refused.server.recorder.entries == [.failed(.certificateNotTrusted), .inactive])
        #expect(refused.server.recorder.error?.message.contains("allows no other authority") == true)
    }

    @Test("whoever is no authority certifies nobody, though the root has certified it")
    func noAuthority() throws {
        let impostor = TestAuthority(below: root, name: "impostor", constraints: "critical,CA:FALSE")
        let refused = try pair(client: impostor.issue(service: "submission"))
        #expect(refused.server.recorder.entries == [.failed(.certificateNotTrusted), .inactive])
        #expect(refused.server.recorder.error?.message.contains("it is no authority") == true)
    }

    @Test("a certificate for another purpose is refused behind a chain as without one")
    func purpose() throws {
        let between = TestAuthority(below: root)
        let client = try pair(
            client: between.issue("URI:spiffe://quality.example/service/submission", usage: "serverAuth"))
        #expect(client.server.recorder.error?.message.contains("unsuitable certificate purpose") == true)
        let server = try pair(
            server: between.issue("URI:spiffe://quality.example/service/gateway", usage: "clientAuth"))
        #expect(server.client.recorder.error?.message.contains("unsuitable certificate purpose") == true)
    }

    @Test("a peer behind a chain is judged anew with it when trust changes")
    func judgedAnew() throws {
        let between = TestAuthority(below: root)
        let source = TLSContextSource(try TLSContext(server: root.configuration(root.issue(service: "gateway"))))
        let pair = try TLSPair(
            client: TLSEnd(TLSContext(client: root.configuration(between.issue(service: "submission")))),
            server: TLSEnd(source))
        try pair.exchange()
        for (trusted, entries) in [
            (root, [Recorder.Entry.bySubmission]),
            (
                TestAuthority(name: "another"),
                [.bySubmission, .peerRefused(.certificateNotTrusted), .failed(.certificateNotTrusted), .inactive]
            ),
        ] {
            source.replace(
                with: try TLSContext(server: trusted.configuration(trusted.issue(service: "gateway"))),
                isTrustChanged: true, nowUnixSeconds: 1_000_000_000)
            pair.server.channel.embeddedEventLoop.run()
            try pair.exchange()
            #expect(pair.server.recorder.entries == entries)
        }
    }
}
