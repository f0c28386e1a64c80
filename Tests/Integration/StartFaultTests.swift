import Cryptography
import Foundation
import TestProcesses
import TestTurns
import Testing

@Suite("A program that cannot start says what, where and what to do", .serialized, .takesTurnsWithProcesses)
struct StartFaultTests {
    /// Starts a service and expects it to end with `code` and a single line that holds all of `words`.
    private func expectFault(
        _ suite: RunningSuite, _ service: RunningSuite.Service, settings: [String: String] = [:], code: Int32,
        _ words: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let process = try suite.launch(service, settings: settings)
        #expect(await process.ending() == .exited(code), sourceLocation: sourceLocation)
        let last = suite.log(of: service).split(separator: "\n").last.map(String.init) ?? ""
        for word in ["qm-\(service): "] + words {
            #expect(last.contains(word), sourceLocation: sourceLocation)
        }
    }

    @Test("a port that is in use, a host that is none")
    func portInUse() async throws {
        let suite = try await RunningSuite()
        try await suite.start(.gateway)
        try await expectFault(
            suite, .registry, settings: ["listen.port": "\(suite.port(of: .gateway))"], code: 1, "listen:",
            "\(suite.port(of: .gateway))", "in use")
        for (key, words) in [("listen.host", "listen: nowhere.invalid:"), ("admin.host", "admin: nowhere.invalid:")] {
            try await expectFault(
                suite, .registry, settings: [key: "nowhere.invalid", "admin.port": "0"], code: 1, words)
        }
    }

    @Test("a store that another process has open, and one made in a rehearsal", .enabled(if: RunningSuite.keepsFiles))
    func storeTaken() async throws {
        let suite = try await RunningSuite()
        try await suite.start(.gateway)
        try await suite.start(.registry)
        let other = try await RunningSuite()
        try await expectFault(
            other, .registry, settings: ["store.path": suite.storePath(of: .registry)], code: 1,
            suite.storePath(of: .registry))
        try await suite.stop(.registry)
        try await expectFault(
            suite, .registry, settings: ["rehearsal.clockStartsAt": "2019-08-30T09:00:00+08:00"], code: 1, "rehearsal")
    }

    @Test("a store whose keys are not there, or are another's")
    func keysOfTheStore() async throws {
        let suite = try await RunningSuite()
        try await suite.start(.gateway)
        try await suite.start(.submission)
        try await suite.stop(.submission)
        let files = FileManager.default
        let signing = suite.storePath(of: .submission) + ".key"
        for (path, setting) in [
            (signing, "store.signingKey"), (suite.wrappingKeyPath, "store.wrappingKey"),
        ] {
            let kept = path + ".kept"
            try files.moveItem(atPath: path, toPath: kept)
            try await expectFault(suite, .submission, code: 2, setting, path, "put the key back")
            #expect(!files.fileExists(atPath: path), "a fresh key would be another one")
            try await expectFault(
                suite, .submission, settings: try foreign(setting, suite), code: 1, setting,
                "put that one back")
            try files.moveItem(atPath: kept, toPath: path)
        }
        try await suite.start(.submission)
    }

    /// Another store's key in the place of one of a suite's.
    private func foreign(_ setting: String, _ suite: RunningSuite) throws -> [String: String] {
        let path = suite.directory + "/foreign-\(setting)"
        if setting == "store.signingKey" {
            try SigningKey.generate().save(path: path)
            return [setting: path, "store.wrappingKey": suite.wrappingKeyPath]
        }
        try WrappingKey.generate().save(path: path)
        return [setting: path]
    }

    @Test("a database that cannot be reached, for which no key is left behind", .enabled(if: !RunningSuite.keepsFiles))
    func noDatabase() async throws {
        let suite = try await RunningSuite()
        try await expectFault(
            suite, .submission, settings: ["store.url": "postgresql://nobody@127.0.0.1:1/submission"], code: 1,
            "127.0.0.1:1/submission", "see that its server runs")
        for path in [suite.storePath(of: .submission) + ".key", suite.wrappingKeyPath] {
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("a configuration or a certificate that cannot be used", .enabled(if: RunningSuite.keepsFiles))
    func configuration() async throws {
        let suite = try await RunningSuite()
        try await expectFault(suite, .gateway, settings: ["listen.prot": "1"], code: 2, "listen.prot", "no such key")
        try await expectFault(suite, .gateway, settings: ["listen.port": "70000"], code: 2, "listen", "70000")
        let damaged = try suite.write(
            "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n", to: "damaged.pem")
        let otherKey = suite.identityDirectory("registry") + "/key.pem"
        for (key, path, words) in [
            ("tls.certificate", "/nowhere/cert.pem", "pki"), ("tls.certificate", damaged, "not a certificate"),
            ("tls.key", damaged, "not a private key"), ("tls.key", otherKey, "does not belong"),
            ("tls.authority", damaged, "not a certificate"),
        ] {
            try await expectFault(suite, .gateway, settings: [key: path], code: 2, path, words)
        }
        try await expectFault(
            suite, .gateway, settings: ["policy": "/nowhere/policy.yaml"], code: 2, "policy", "/nowhere/policy.yaml")
        let mistaken = try suite.write("roles:\n  viewer: [no-method]\n", to: "mistaken.yaml")
        try await expectFault(
            suite, .gateway, settings: ["policy": mistaken], code: 2, "\(mistaken):2", "no-method", "SERVICE/METHOD")
        let broken = try suite.write("listen: [", to: "broken.yaml")
        let process = try SuiteProcess(
            path: RunningSuite.executable("qm-gateway"), arguments: ["--config", broken],
            logPath: suite.directory + "/broken.log")
        #expect(await process.ending() == .exited(2))
        #expect(process.log.contains("broken.yaml:2:1: is not YAML here"))
        #expect(process.log.split(separator: "\n").count == 1, "\(process.log)")
        // A directory is no file, whoever is to read it.
        for service in [RunningSuite.Service.submission, .registry] {
            try await expectFault(
                suite, service, settings: ["store.path": suite.directory], code: 2, "store.path",
                "\(suite.directory) is a directory")
        }
        try await expectFault(
            suite, .gateway, settings: ["policy": suite.directory], code: 2, "policy", "is a directory")
        try await expectFault(
            suite, .gateway, settings: ["limits.messageBytes": "10"], code: 2, "limits.messageBytes", "from 4096 to")
    }

    @Test(
        "a program with another service's certificate, or an organisation's, which everybody would refuse",
        arguments: RunningSuite.Service.allCases)
    func anothersCertificate(service: RunningSuite.Service) async throws {
        let suite = try await RunningSuite()
        try await suite.identity(organisation: "top", "reporter")
        let other: RunningSuite.Service = service == .submission ? .gateway : .submission
        for (name, uri) in [(other.rawValue, "/service/\(other)"), ("top-reporter", "/org/top/reporter")] {
            let directory = suite.identityDirectory(name)
            try await expectFault(
                suite, service,
                settings: ["tls.certificate": directory + "/cert.pem", "tls.key": directory + "/key.pem"], code: 2,
                directory + "/cert.pem", "spiffe://\(RunningSuite.domain)\(uri)", "--service \(service)")
        }
    }

    @Test("a gateway without a policy lets nobody in: it does not start")
    func noPolicy() async throws {
        let suite = try await RunningSuite()
        let identity = suite.identityDirectory("gateway")
        let configuration = try suite.write(
            """
            tls: {certificate: \(identity)/cert.pem, key: \(identity)/key.pem, authority: \(identity)/ca.pem}
            routes: {quality.registry.v1.RegistryService: [127.0.0.1:1]}
            """, to: "open.yaml")
        let process = try SuiteProcess(
            path: RunningSuite.executable("qm-gateway"), arguments: ["--config", configuration, "--listen-port", "0"],
            logPath: suite.directory + "/open.log")
        #expect(await process.ending() == .exited(2))
        #expect(process.log.contains("policy is not set"))
        #expect(process.log.contains("compose/policy.yaml"))
    }

    @Test("qmctl: a campaign file, a report file, an identity that cannot be used; nobody at the gateway's address")
    func console() async throws {
        let suite = try await RunningSuite()
        try await suite.identity(organisation: "top", "publisher")
        let campaign = try suite.write("campaign:\n  code: [\n", to: "campaign.yaml")
        for (arguments, code, word) in [
            (["campaign", "publish", campaign], 2, "campaign.yaml:"),
            (["campaign", "publish", "/nowhere.yaml"], 2, "/nowhere.yaml"),
            (["report", "push", try suite.write("{\n\"campaign\" 1}", to: "r.json")], 2, "r.json:2"),
            (["report", "push", try suite.write("x", to: "r.txt")], 2, "r.txt"),
            (["report", "list", "c", "--identity", "/nowhere"], 2, "/nowhere"),
            (["report", "list", "c", "--gateway", "nonsense"], 2, "nonsense"),
            (["report", "lsit"], 2, "lsit"),
            (["report", "list", "c"], 3, "Connection refused"),
        ] as [([String], Int32, String)] {
            let result = try await suite.qmctl(as: "top-publisher", arguments)
            #expect(result.exitCode == code, "\(arguments): \(result.errors)")
            #expect(result.errors.contains(word), "\(arguments): \(result.errors)")
        }
    }
}
