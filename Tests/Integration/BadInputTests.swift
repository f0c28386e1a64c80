import Foundation
import TLS
import TestProcesses
import TestSupport
import TestTurns
import Testing
import Wire

/// What a caller who does wrong is told, and what operators see of it: the table in the README's operations part.
@Suite("Bad input at the real programs", .serialized, .takesTurnsWithProcesses)
struct BadInputTests {
    /// One wrong thing on one connection.
    struct Case: Sendable {
        var name: String
        /// What is sent, and until what it is read.
        var act: @Sendable (FramePeer) async -> [RawFrame]
        /// What the caller sees.
        var isAnswered: @Sendable ([RawFrame]) -> Bool
        /// In the log, all in one line.
        var words: [String]
        /// In the metrics, without the number.
        var series: String
    }

    private static let watch = "quality.rpc.v1.HealthService/Watch"
    private static let check = "quality.rpc.v1.HealthService/Check"
    private static let uri = "spiffe://\(RunningSuite.domain)/org/top/viewer"

    private static func cut(
        _ name: String, _ code: ConnectionError.Code, _ cause: String, _ bytes: [UInt8]
    ) -> Case {
        Case(
            name: name,
            act: {
                await $0.send(bytes: bytes)
                return await $0.framesUntilEnd()
            }, isAnswered: { $0.last?.goAway?.error.code == code },
            words: ["level=warning", "connection failed", "cause=\(cause)", "identity=\(uri)", "peer="],
            series: "rpc_connections_cut_total{reason=\"\(cause)\",side=\"server\"}")
    }

    /// A call on `stream` that is refused or cut, after these frames.
    private static func call(
        _ name: String, _ stream: UInt32, _ code: StatusCode, isNotStarted: Bool, _ message: String, _ cause: String,
        _ metric: String, _ frames: [RawFrame]
    ) -> Case {
        Case(
            name: name,
            act: {
                await $0.send(bytes: frames.bytes)
                return await $0.frames(ofCall: stream)
            },
            isAnswered: {
                let status = $0.status(stream)
                return status?.code == code && status?.isNotStarted == isNotStarted
            }, words: ["level=warning", message, "cause=\(cause)", "identity=\(uri)", "peer="],
            series: "\(metric){reason=\"\(cause)\"}")
    }

    private static let atTheGateway: [Case] = [
        cut("a frame of a stream that was never opened", .protocolViolation, "protocol", RawFrame.data(9, [1]).bytes),
        cut("a second HELLO", .hello, "hello", RawFrame.hello().bytes),
        cut(
            "a frame of a wrong length", .frameSize, "frame_size",
            RawFrame(.ping, [UInt8](repeating: 0, count: 9)).bytes),
        cut(
            "a flood", .excessiveLoad, "flood_pings",
            [RawFrame](repeating: RawFrame(.ping, [UInt8](repeating: 0, count: 8)), count: 100).bytes),
        call(
            "more calls than may be open", 5, .resourceExhausted, isNotStarted: true, "call refused", "open_calls",
            "rpc_calls_refused_total", [.call(1, watch), .call(3, watch), .call(5, check)]),
        call(
            "a message too long at once", 1, .resourceExhausted, isNotStarted: true, "call refused", "message_bytes",
            "rpc_calls_refused_total", [.call(1, check, [UInt8](repeating: 0, count: 5_000))]),
        call(
            "a message too long in time", 1, .resourceExhausted, isNotStarted: false, "call cut", "message_bytes",
            "rpc_calls_cut_total",
            [.call(1, watch, flags: []), .data(1, [UInt8](repeating: 0, count: 5_000))]),
        call(
            "metadata that breaks the rules", 1, .invalidArgument, isNotStarted: true, "call refused", "metadata",
            "rpc_calls_refused_total", [.call(1, check, metadata: [0, 1, 1, 65, 0, 0])]),
        call(
            "what the policy does not grant", 1, .permissionDenied, isNotStarted: true, "call refused", "policy",
            "gateway_calls_refused_total", [.call(1, "quality.registry.v1.RegistryService/PublishCampaign")]),
        Case(
            name: "credit of zero",
            act: {
                await $0.send(.call(1, watch), .credit(1, 0))
                return await $0.frames { $0.type == FrameType.reset.rawValue }
            }, isAnswered: { $0.last?.number == Int32(ResetCode.flowControl.rawValue) },
            words: ["level=warning", "call cut", "cause=stream_rules", "identity=\(uri)"],
            series: "rpc_calls_cut_total{reason=\"stream_rules\"}"),
        Case(
            name: "a service that cannot be reached",
            act: {
                await $0.send(.call(1, "quality.statistics.v1.StatisticsService/GetRollup"))
                return await $0.frames(ofCall: 1)
            }, isAnswered: { $0.status(1)?.code == .unavailable && $0.status(1)?.isNotStarted == true },
            words: ["level=warning", "endpoint unavailable", "StatisticsService", "Connection refused"],
            series: "rpc_endpoint_connect_failures_total"),
        Case(
            name: "no call for long",
            act: { await $0.framesUntilEnd() },
            isAnswered: { $0.last?.goAway?.error.code == ConnectionError.Code.none },
            words: ["level=info", "connection drains", "cause=idle", "identity=\(uri)"],
            series: "rpc_connections_drained_total{reason=\"idle\"}"),
    ]

    private static let atAService: [Case] = [
        call(
            "a caller that is stated by somebody else than the gateway", 1, .permissionDenied, isNotStarted: true,
            "call refused", "forged_caller", "rpc_calls_refused_total",
            [.call(1, check, caller: "spiffe://\(RunningSuite.domain)/org/other/publisher")]),
        call(
            "a service that is dialled directly", 1, .permissionDenied, isNotStarted: true, "call refused",
            "direct_caller", "rpc_calls_refused_total", [.call(1, check)]),
    ]

    private func tls(_ suite: RunningSuite, _ identity: TestAuthority.Identity) throws -> TLSContext {
        let authority = try String(contentsOfFile: suite.directory + "/pki/ca.pem", encoding: .utf8)
        return try TLSContext(
            client: TLSConfiguration(
                certificatePEM: identity.certificate, keyPEM: identity.key, authorityPEM: authority))
    }

    private func expectSeen(
        _ suite: RunningSuite, _ service: RunningSuite.Service, admin: Int, _ name: String, _ words: [String],
        _ series: String
    ) async throws {
        try await suite.logs(service, words)
        try await suite.eventually("\(name): \(service) counts \(series)") {
            HTTPGet("/metrics", port: admin)?.body.split(separator: "\n").contains {
                $0.hasPrefix(series + " ") && !$0.hasSuffix(" 0")
            } ?? false
        }
    }

    @Test(
        "each wrong thing has its answer, its line and its metric",
        arguments: [RunningSuite.Service.gateway, .registry])
    func answers(_ service: RunningSuite.Service) async throws {
        let suite = try await RunningSuite()
        let admin = try suite.freePort()
        try await suite.start(
            service,
            settings: [
                "admin.port": "\(admin)", "limits.openCalls": "2", "limits.messageBytes": "4096",
                "limits.pingsPerSecond": "50", "limits.idleSeconds": "3",
            ])
        let authority = try suite.authority()
        let tls = try tls(suite, authority.issue("URI:\(Self.uri)"))
        for wrong in service == .gateway ? Self.atTheGateway : Self.atAService {
            let peer = try await FramePeer.connect(port: suite.port(of: service), tls: tls)
            await peer.greet()
            let frames = await wrong.act(peer)
            #expect(wrong.isAnswered(frames), "\(wrong.name): \(frames)")
            await peer.abandon()
            try await expectSeen(suite, service, admin: admin, wrong.name, wrong.words, wrong.series)
        }
        #expect(try await suite.stop(service) == .exited(0))
    }

    @Test("each certificate that is not let in has its line and its metrics")
    func certificates() async throws {
        let suite = try await RunningSuite()
        let admin = try suite.freePort()
        let authority = try suite.authority()
        let lost = authority.issue("URI:\(Self.uri)")
        let list = try suite.write(authority.revocations([lost]), to: "list.pem")
        try await suite.start(.gateway, settings: ["admin.port": "\(admin)", "tls.revocations": list])
        let other = TestAuthority()
        let cases: [(identity: TestAuthority.Identity, cause: String, isCut: Bool)] = [
            (authority.issue("URI:\(Self.uri)", validSeconds: -7200 ... -3600), "certificate_expired", true),
            (lost, "certificate_revoked", true), (other.issue("URI:\(Self.uri)"), "certificate_not_trusted", true),
            (authority.issue(nil), "identity_refused", true),
            (authority.issue("URI:spiffe://elsewhere.example/org/top/viewer"), "trust_domain", false),
            (authority.issue("URI:spiffe://\(RunningSuite.domain)/org/top"), "no_identity", false),
        ]
        for (identity, cause, isCut) in cases {
            let peer = try await FramePeer.connect(port: suite.port(of: .gateway), tls: try tls(suite, identity))
            #expect(await peer.greet() == nil, "\(cause)")
            await peer.abandon()
            let reason = isCut ? "tls_\(cause)" : cause
            try await expectSeen(
                suite, .gateway, admin: admin, cause,
                ["level=warning", "connection refused", "cause=\(reason)", "peer="],
                "rpc_connections_refused_total{reason=\"\(reason)\"}")
            guard isCut else { continue }
            try await expectSeen(
                suite, .gateway, admin: admin, cause, [], "tls_handshakes_total{side=\"server\",result=\"\(cause)\"}")
        }
        #expect(try await suite.stop(.gateway) == .exited(0))
    }

    @Test("a file of endpoints that cannot be read has one line, and each attempt to read it is counted")
    func unreadableEndpoints() async throws {
        let suite = try await RunningSuite()
        let admin = try suite.freePort()
        try await suite.start(.gateway, settings: ["admin.port": "\(admin)", "discovery.seconds": "1"])
        let service = "quality.statistics.v1.StatisticsService"
        let missing = suite.directory + "/endpoints"
        let configuration = suite.directory + "/gateway.yaml"
        let routes = try String(contentsOfFile: configuration, encoding: .utf8).split(separator: "\n").map {
            $0.contains(service) ? "  \(service): [\"file:\(missing)\"]" : $0
        }
        _ = try suite.write(routes.joined(separator: "\n") + "\n", to: "gateway.yaml")
        suite.signal(.gateway, SIGHUP)
        let series = "rpc_endpoint_resolution_failures_total "
        try await suite.eventually("the attempts are counted, one after the other") {
            let counts = HTTPGet("/metrics", port: admin)?.body.split(separator: "\n").compactMap {
                $0.hasPrefix(series) ? Int($0.dropFirst(series.count)) : nil
            }
            return (counts?.first ?? 0) >= 4
        }
        let lines = try await suite.logs(.gateway, "endpoints cannot be learnt")
        #expect(lines.count == 1, "\(lines)")
        #expect(lines.first?.contains(service) == true && lines.first?.contains(missing) == true)
        #expect(try await suite.stop(.gateway) == .exited(0))
    }
}
