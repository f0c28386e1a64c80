import COpenSSL
import Foundation
import Messages
import RPC
import TestProcesses
import TestSupport
import TestTurns
import Testing
import Transport
import Wire

@Suite("Certificates at the door of the real programs, and while they run", .serialized, .takesTurnsWithProcesses)
struct SecurityIdentityTests {
    private static let uri = "URI:spiffe://\(RunningSuite.domain)/org/top/reporter"

    /// A suite whose gateway checks revocations.
    private func suite() async throws -> RunningSuite {
        let suite = try await RunningSuite()
        try await suite.start(
            .gateway, settings: ["tls.revocations": suite.directory + "/pki/revocations.pem", "tls.reloadSeconds": "1"])
        return suite
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    /// Writes an identity where the suite's clients find it.
    private func install(_ identity: TestAuthority.Identity, _ name: String, _ suite: RunningSuite) throws -> String {
        let directory = suite.identityDirectory(name)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try identity.certificate.write(toFile: directory + "/cert.pem", atomically: true, encoding: .utf8)
        try identity.key.write(toFile: directory + "/key.pem", atomically: true, encoding: .utf8)
        try text(suite.directory + "/pki/ca.pem").write(
            toFile: directory + "/ca.pem", atomically: true, encoding: .utf8)
        return directory
    }

    private func reload(_ suite: RunningSuite, _ words: String) async throws {
        suite.signal(.gateway, SIGHUP)
        try await suite.logs(.gateway, words)
    }

    @Test("each certificate that names nobody, or not now, is refused with its reason")
    func certificates() async throws {
        let suite = try await suite()
        let authority = try suite.authority()
        let lost = authority.issue(Self.uri)
        let names = "spiffe://\(RunningSuite.domain)/org/top"
        let cases: [(String, TestAuthority.Identity)] = [
            ("identity none", authority.issue(nil)),
            ("identity none", authority.issue("URI:\(names)/reporter,URI:\(names)/publisher")),
            ("expected one spiffe:// URI", authority.issue("URI:https://quality.example/org/top/reporter")),
            ("names no spiffe://DOMAIN/service/NAME", authority.issue("URI:\(names)")),
            ("certificate expired on", authority.issue(Self.uri, validSeconds: -7200 ... -3600)),
            ("certificate is not yet valid", authority.issue(Self.uri, validSeconds: 3600...7200)),
            ("was revoked by its authority", lost),
        ]
        try authority.revocations([lost]).write(
            toFile: suite.directory + "/pki/revocations.pem", atomically: true, encoding: .utf8)
        try await reload(suite, "certificates reloaded")
        let port = suite.port(of: .gateway)
        for (index, (reason, identity)) in cases.enumerated() {
            let directory = try install(identity, "case-\(index)", suite)
            let outcome = try Stranger(identityDirectory: directory).shakeHands(withPort: port)
            // Whose URI has the wrong form is told so in GOAWAY; all others do not get through TLS.
            #expect(outcome == .refused || reason.hasPrefix("names no"), "\(reason)")
            try await suite.logs(.gateway, "level=warning", reason)
        }
        let good = try Stranger(identityDirectory: install(authority.issue(Self.uri), "good", suite))
        #expect(try good.shakeHands(withPort: port) == .letIn)
        #expect(try await suite.stop(.gateway) == .exited(0))
    }

    @Test("a certificate revoked while its holder is connected ends that one's calls, and nobody else's")
    func revokedWhileConnected() async throws {
        let suite = try await suite()
        try await suite.identity(organisation: "top", "reporter")
        try await suite.identity(organisation: "next", "reporter")
        let lost = try await suite.client(as: "top-reporter")
        let other = try await suite.client(as: "next-reporter")
        var watch = try await RPCV1.HealthServiceClient(lost).watch(
            .init(), options: CallOptions(timeout: .seconds(3600))
        ).makeAsyncIterator()
        var otherWatch = try await RPCV1.HealthServiceClient(other)
            .watch(.init(), options: CallOptions(timeout: .seconds(3600))).makeAsyncIterator()
        #expect(try await watch.next() != nil)
        #expect(try await otherWatch.next() != nil)
        try await suite.succeed(
            "pki", "revoke", "--directory", suite.directory + "/pki",
            suite.identityDirectory("top-reporter") + "/cert.pem")
        // No signal: the file is looked at every second.
        do throws(RPCError) {
            while try await watch.next() != nil {}
            Issue.record("the call ended well")
        } catch {
            #expect(error.code == .unavailable)
        }
        try await suite.logs(
            .gateway, "level=warning", "identity=spiffe://\(RunningSuite.domain)/org/top/reporter", "was revoked")
        await #expect(throws: RPCError.self) { _ = try await RPCV1.HealthServiceClient(lost).check(.init()) }
        _ = try await RPCV1.HealthServiceClient(other).check(.init())
        await lost.close()
        // Its stream is the same one still: it ends with the gateway, in order.
        #expect(!suite.log(of: .gateway).contains("next/reporter"))
        await other.close()
    }

    @Test("a renewed certificate is shown to new connections and disturbs no open one; a broken one changes nothing")
    func renewed() async throws {
        let suite = try await suite()
        try await suite.identity(organisation: "top", "reporter")
        let client = try await suite.client(as: "top-reporter")
        var watch = try await RPCV1.HealthServiceClient(client)
            .watch(.init(), options: CallOptions(timeout: .seconds(3600))).makeAsyncIterator()
        #expect(try await watch.next() != nil)
        let known = Stranger(identityDirectory: suite.identityDirectory("registry"))
        let port = suite.port(of: .gateway)
        let before = try known.serverSerial(atPort: port)
        let certificate = suite.identityDirectory("gateway") + "/cert.pem"
        try await suite.succeed("pki", "renew", "--directory", suite.directory + "/pki", certificate, "--in-place")
        try await reload(suite, "certificates reloaded")
        let after = try known.serverSerial(atPort: port)
        #expect(!before.isEmpty && !after.isEmpty && before != after)
        try "broken".write(toFile: certificate, atomically: true, encoding: .utf8)
        try await reload(suite, "certificates not reloaded")
        #expect(try known.serverSerial(atPort: port) == after)
        // Nor does another's, with its key.
        for file in ["key.pem", "cert.pem"] {
            let others = try String(contentsOfFile: suite.identityDirectory("registry") + "/" + file, encoding: .utf8)
            try others.write(
                toFile: suite.identityDirectory("gateway") + "/" + file, atomically: true, encoding: .utf8)
        }
        try await reload(suite, "is the certificate of spiffe://\(RunningSuite.domain)/service/registry")
        #expect(try known.serverSerial(atPort: port) == after)
        _ = try await RPCV1.HealthServiceClient(client).check(.init())
        #expect(!suite.log(of: .gateway).contains("org/top/reporter"))
        await client.close()
        #expect(try await suite.stop(.gateway) == .exited(0))
    }

    @Test("a certificate that ends while its holder is connected serves no further call")
    func endedWhileConnected() async throws {
        let suite = try await suite()
        _ = try install(try suite.authority().issue(Self.uri, validSeconds: -60...4), "brief", suite)
        let client = try await suite.client(as: "brief")
        _ = try await RPCV1.HealthServiceClient(client).check(.init())
        try await suite.eventually("a call is refused") {
            do throws(RPCError) {
                _ = try await RPCV1.HealthServiceClient(client).check(.init())
                return false
            } catch {
                return error.code == .unavailable
            }
        }
        try await suite.logs(.gateway, "connection refused", "certificate expired on")
        await client.close()
    }

    @Test("qmctl with a certificate that was revoked or has ended says so, also when it may not wait long")
    func console() async throws {
        let suite = try await suite()
        let authority = try suite.authority()
        let lost = authority.issue(Self.uri)
        _ = try install(lost, "lost", suite)
        _ = try install(authority.issue(Self.uri, validSeconds: -7200 ... -3600), "ended", suite)
        try authority.revocations([lost]).write(
            toFile: suite.directory + "/pki/revocations.pem", atomically: true, encoding: .utf8)
        try await reload(suite, "certificates reloaded")
        for (name, reason) in [("lost", "was revoked"), ("ended", "expired")] {
            for timeout in ["1", "30"] {
                let result = try await suite.qmctl(as: name, "health", "--timeout", timeout)
                #expect(result.exitCode == 3)
                #expect(result.errors.contains(reason), "\(timeout) s: \(result.errors)")
            }
        }
    }

    @Test("a program says at its start that a certificate is about to end, and refuses to start without its list")
    func warnings() async throws {
        let suite = try await RunningSuite()
        try await suite.start(.gateway, settings: ["tls.warnDays": "365,3"])
        try await suite.logs(.gateway, "level=warning", "the certificate ends soon", "gateway/cert.pem", "days_left=36")
        #expect(try await suite.stop(.gateway) == .exited(0))
        let process = try suite.launch(.gateway, settings: ["tls.revocations": suite.directory + "/none.pem"])
        #expect(await process.ending() == .exited(2))
        #expect(suite.log(of: .gateway).contains("none.pem: No such file or directory"))
    }
}
