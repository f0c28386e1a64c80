import Foundation
import RPC
import TLS
import Testing

@testable import Console

@Suite("qmctl pki")
struct PKICommandTests {
    /// A directory of this test alone.
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("pki-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }

    private func permissions(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func configuration(_ directory: String) throws -> TLSConfiguration {
        try TLSConfiguration(
            certificatePath: directory + "/cert.pem", keyPath: directory + "/key.pem",
            authorityPath: directory + "/ca.pem")
    }

    @Test("makes what a server and a client need, with keys for their owner alone")
    func issues() async throws {
        try await withDirectory { root in
            let pki = root + "/pki"
            #expect(await Console.run(["pki", "init", "--directory", pki, "--domain", "quality.example"]) == 0)
            #expect(try permissions(pki + "/ca-key.pem") == 0o600)
            for subject in [["--service", "gateway"], ["--organisation", "410100", "--role", "reporter"]] {
                let output = root + "/" + subject[1]
                #expect(
                    await Console.run(["pki", "issue", "--directory", pki, "--output", output] + subject) == 0)
                #expect(try permissions(output + "/key.pem") == 0o600)
                _ = try TLSContext(client: configuration(output))
                _ = try TLSContext(server: configuration(output))
            }
        }
    }

    @Test("never overwrites an authority or an identity")
    func neverOverwrites() async throws {
        try await withDirectory { root in
            let pki = root + "/pki"
            let makeAuthority = ["pki", "init", "--directory", pki, "--domain", "quality.example"]
            let issue = ["pki", "issue", "--directory", pki, "--service", "gateway", "--output", root + "/gateway"]
            #expect(await Console.run(makeAuthority) == 0)
            #expect(await Console.run(issue) == 0)
            let before = try ["/pki/ca-key.pem", "/pki/ca.pem", "/gateway/key.pem", "/gateway/cert.pem"].map {
                try String(contentsOfFile: root + $0, encoding: .utf8)
            }
            #expect(await Console.run(makeAuthority) == 2)
            #expect(await Console.run(issue) == 2)
            let after = try ["/pki/ca-key.pem", "/pki/ca.pem", "/gateway/key.pem", "/gateway/cert.pem"].map {
                try String(contentsOfFile: root + $0, encoding: .utf8)
            }
            #expect(before == after)
        }
    }

    @Test(
        "refuses a command line that names nobody, two, or something that cannot stand in a URI",
        arguments: [
            [], ["--service", "a", "--organisation", "b", "--role", "viewer"], ["--organisation", "410100"],
            ["--organisation", "410100", "--role", "king"], ["--service", "a/b"], ["--service", "网关"],
            ["--service", "a", "--days", "0"],
        ])
    func refusedSubjects(subject: [String]) async throws {
        try await withDirectory { root in
            #expect(await Console.run(["pki", "init", "--directory", root, "--domain", "quality.example"]) == 0)
            let output = root + "/out"
            #expect(await Console.run(["pki", "issue", "--directory", root, "--output", output] + subject) == 2)
            #expect(!FileManager.default.fileExists(atPath: output + "/key.pem"))
        }
    }

    @Test("refuses a domain that is none", arguments: ["", "Quality.example", "a b", "a/b"])
    func refusedDomains(domain: String) async throws {
        try await withDirectory { root in
            #expect(await Console.run(["pki", "init", "--directory", root, "--domain", domain]) == 2)
        }
    }

    @Test("what is wrong with a file is said in words, without the names of types and files of ours")
    func words() async throws {
        try await withDirectory { root in
            #expect(await Console.run(["pki", "init", "--directory", root, "--domain", "quality.example"]) == 0)
            let key = try String(contentsOfFile: root + "/ca-key.pem", encoding: .utf8)
            var failures = [
                #expect(throws: CommandFailure.self) { try SigningRequest(pem: "nonsense", origin: "r.pem") },
                #expect(throws: CommandFailure.self) { try SigningRequest(pem: key, origin: "r.pem") },
            ]
            for (file, place) in [("ca-key.pem", "its key: "), ("ca.pem", "its certificate: ")] {
                try Data("nonsense".utf8).write(to: URL(fileURLWithPath: root + "/" + file))
                let failure = #expect(throws: CommandFailure.self) { try AuthorityDirectory(root) }
                #expect(failure?.message.contains(place + "could not find PEM start marker") == true)
                failures.append(failure)
            }
            for failure in failures {
                let message = try #require(failure?.message)
                for word in [".swift", "Error", "CommandFailure"] { #expect(!message.contains(word), "\(message)") }
            }
        }
    }

    @Test("issuing without an authority, or with a damaged one, is refused")
    func noAuthority() async throws {
        try await withDirectory { root in
            let issue = ["pki", "issue", "--directory", root, "--service", "gateway", "--output", root + "/out"]
            #expect(await Console.run(issue) == 2)
            #expect(await Console.run(["pki", "init", "--directory", root, "--domain", "quality.example"]) == 0)
            try Data("nonsense".utf8).write(to: URL(fileURLWithPath: root + "/ca.pem"))
            #expect(await Console.run(issue) == 2)
        }
    }
}
