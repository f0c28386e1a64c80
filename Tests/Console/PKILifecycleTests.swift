import Console
import Cryptography
import Foundation
import TLS
import TestSupport
import Testing

/// An authority in a directory of its own, and what the command line says about it.
private struct Office {
    let root: String
    var pki: String { root + "/pki" }

    /// Runs a command; returns its exit code.
    func run(_ arguments: String...) async -> Int32 {
        await Console.run(["pki"] + arguments)
    }

    func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(root)/\(name)", encoding: .utf8)
    }

    func write(_ text: String, _ name: String) throws {
        try text.write(toFile: "\(root)/\(name)", atomically: true, encoding: .utf8)
    }

    /// The numbers of all that were issued.
    func serials() throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: pki + "/issued").map { $0.replacing(".pem", with: "") })
    }

    func revoked() throws -> Set<String> {
        let list = try RevocationList(pem: text("pki/revocations.pem"))
        return Set(
            list.entries.map { entry in
                entry.serial.map { String(format: "%02X", $0) }.joined()
            })
    }

    func context(_ directory: String, key: String? = nil) throws -> TLSContext {
        try TLSContext(
            client: TLSConfiguration(
                certificatePath: "\(root)/\(directory)/cert.pem", keyPath: key ?? "\(root)/\(directory)/key.pem",
                authorityPath: pki + "/ca.pem", revocationsPath: pki + "/revocations.pem"))
    }
}

@Suite("qmctl pki: a certificate from its request to its end")
struct PKILifecycleTests {
    private static let reporter = ["--organisation", "410100", "--role", "reporter"]

    private func withOffice(_ body: (Office) async throws -> Void) async throws {
        let office = Office(root: FileManager.default.temporaryDirectory.appendingPathComponent("pki-\(UUID())").path)
        defer { try? FileManager.default.removeItem(atPath: office.root) }
        #expect(await office.run("init", "--directory", office.pki, "--domain", "quality.example") == 0)
        try await body(office)
    }

    private func request(_ office: Office, to output: String, _ more: [String] = []) async -> Int32 {
        await Console.run(
            ["pki", "request", "--domain", "quality.example", "--output", office.root + "/" + output] + Self.reporter
                + more)
    }

    private func sign(
        _ office: Office, _ request: String, to output: String = "answer", _ subject: [String] = reporter
    ) async -> Int32 {
        await Console.run(
            [
                "pki", "sign", "--directory", office.pki, "--request", office.root + "/" + request, "--output",
                office.root + "/" + output,
            ] + subject)
    }

    @Test("serial numbers are positive, of one length, and within the 20 octets that are allowed")
    func serialNumbers() async throws {
        try await withOffice { office in
            for number in 0..<40 {
                #expect(
                    await office.run(
                        "issue", "--directory", office.pki, "--service", "registry", "--output",
                        "\(office.root)/\(number)") == 0)
            }
            let serials = try office.serials()
            #expect(serials.count == 40)
            // 16 octets, of which the first needs no zero before it.
            #expect(serials.allSatisfy { $0.count == 32 && $0 >= "4" && $0 < "8" })
        }
    }

    @Test("a key made here, certified there, works; it is its owner's alone and never leaves")
    func requestAndSign() async throws {
        try await withOffice { office in
            #expect(await request(office, to: "city") == 0)
            let attributes = try FileManager.default.attributesOfItem(atPath: office.root + "/city/key.pem")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(await sign(office, "city/request.pem") == 0)
            try office.write(office.text("answer/cert.pem"), "city/cert.pem")
            _ = try office.context("city")
            #expect(!FileManager.default.fileExists(atPath: office.root + "/answer/key.pem"))
            #expect(try office.serials().count == 1)
            // Neither side overwrites what it has.
            #expect(await request(office, to: "city") == 2)
            #expect(await sign(office, "city/request.pem") == 2)
        }
    }

    @Test("a request for somebody else than the signer named, or of another domain, is refused")
    func otherIdentity() async throws {
        try await withOffice { office in
            #expect(await request(office, to: "city") == 0)
            #expect(
                await sign(office, "city/request.pem", ["--organisation", "410100", "--role", "publisher"]) == 2)
            #expect(await sign(office, "city/request.pem", ["--service", "gateway"]) == 2)
            #expect(
                await Console.run(
                    ["pki", "request", "--domain", "other.example", "--output", office.root + "/other"]
                        + Self.reporter) == 0)
            #expect(await sign(office, "other/request.pem") == 2)
            #expect(!FileManager.default.fileExists(atPath: office.root + "/answer/cert.pem"))
        }
    }

    @Test(
        "a request that asks for more, for less, with a weak key or altered is refused",
        arguments: [
            ("P-256", ["subjectAltName=URI:spiffe://quality.example/org/410100/reporter"], true),
            ("P-256", [], false),
            ("P-256", ["subjectAltName=DNS:gateway.example"], false),
            (
                "P-256",
                [
                    "subjectAltName=URI:spiffe://quality.example/org/410100/reporter,"
                        + "URI:spiffe://quality.example/service/gateway"
                ], false
            ),
            (
                "P-256",
                ["subjectAltName=URI:spiffe://quality.example/org/410100/reporter,DNS:gateway.example"], false
            ),
            (
                "P-256",
                [
                    "subjectAltName=URI:spiffe://quality.example/org/410100/reporter",
                    "basicConstraints=critical,CA:TRUE",
                ], false
            ),
            (
                "P-256",
                ["subjectAltName=URI:spiffe://quality.example/org/410100/reporter", "extendedKeyUsage=serverAuth"],
                false
            ),
            ("P-256", ["subjectAltName=URI:https://quality.example/org/410100/reporter"], false),
            ("P-384", ["subjectAltName=URI:spiffe://quality.example/org/410100/reporter"], false),
            ("RSA", ["subjectAltName=URI:spiffe://quality.example/org/410100/reporter"], false),
        ])
    func foreignRequests(curve: String, extensions: [String], isTaken: Bool) async throws {
        try await withOffice { office in
            try office.write(try ForeignRequest.pem(key: curve, extensions: extensions), "request.pem")
            #expect(await sign(office, "request.pem") == (isTaken ? 0 : 2))
            guard isTaken else { return }
            // What the certificate is for is the authority's word, not the request's.
            #expect(try office.serials().count == 1)
            var altered = Array(try office.text("request.pem"))
            let middle = altered.count / 2
            altered[middle] = altered[middle] == "A" ? "B" : "A"
            try office.write(String(altered), "request.pem")
            #expect(await sign(office, "request.pem", to: "second") == 2)
            #expect(try office.serials().count == 1)
        }
    }

    @Test("revoking writes a list that counts up, keeps whom it names, and may be asked twice")
    func revoke() async throws {
        try await withOffice { office in
            #expect(try office.revoked().isEmpty)
            for name in ["a", "b"] {
                #expect(
                    await office.run(
                        "issue", "--directory", office.pki, "--service", name, "--output", office.root + "/" + name)
                        == 0)
            }
            #expect(await office.run("revoke", "--directory", office.pki, office.root + "/a/cert.pem") == 0)
            let first = try office.revoked()
            #expect(first.count == 1)
            let other = try #require(office.serials().subtracting(first).first)
            #expect(await office.run("revoke", "--directory", office.pki, other.lowercased()) == 0)
            #expect(await office.run("revoke", "--directory", office.pki, office.root + "/a/cert.pem") == 0)
            #expect(try office.revoked() == office.serials())
            #expect(await office.run("revoke", "--directory", office.pki, "--refresh", "--days", "3") == 0)
            let list = try RevocationList(pem: office.text("pki/revocations.pem"))
            #expect(list.number == 5)
            #expect(list.entries.count == 2)
            _ = try office.context("a")
        }
    }

    @Test("nobody is revoked by a wrong number, a file of another authority, or no name at all")
    func revokeNobody() async throws {
        try await withOffice { office in
            let before = try office.text("pki/revocations.pem")
            let foreign = office.root + "/foreign"
            #expect(await office.run("init", "--directory", foreign, "--domain", "quality.example") == 0)
            #expect(
                await office.run(
                    "issue", "--directory", foreign, "--service", "gateway", "--output", foreign + "/gateway") == 0)
            for targets in [["1F03"], [foreign + "/gateway/cert.pem"], [office.root + "/none.pem"], []] {
                #expect(await Console.run(["pki", "revoke", "--directory", office.pki] + targets) == 2)
            }
            #expect(try office.text("pki/revocations.pem") == before)
        }
    }

    @Test("a renewed certificate is for the same key and identity, in place or beside; a revoked one is not renewed")
    func renew() async throws {
        try await withOffice { office in
            #expect(
                await office.run(
                    "issue", "--directory", office.pki, "--service", "gateway", "--dns-name", "gateway.example",
                    "--output", office.root + "/gateway") == 0)
            let old = try office.text("gateway/cert.pem")
            let serial = try #require(office.serials().first)
            #expect(
                await office.run(
                    "renew", "--directory", office.pki, office.root + "/gateway/cert.pem", "--in-place") == 0)
            #expect(try office.text("gateway/cert.pem") != old)
            _ = try office.context("gateway")
            #expect(
                await office.run("renew", "--directory", office.pki, serial, "--output", office.root + "/next") == 0)
            _ = try office.context("next", key: office.root + "/gateway/key.pem")
            #expect(try office.serials().count == 3)
            #expect(await office.run("revoke", "--directory", office.pki, serial) == 0)
            #expect(await office.run("renew", "--directory", office.pki, serial, "--output", office.root + "/no") == 2)
        }
    }

    @Test("with a request the renewed certificate is for the new key; a request of somebody else is refused")
    func renewWithNewKey() async throws {
        try await withOffice { office in
            #expect(await request(office, to: "city") == 0)
            #expect(await sign(office, "city/request.pem") == 0)
            #expect(await request(office, to: "next") == 0)
            #expect(
                await office.run(
                    "renew", "--directory", office.pki, office.root + "/answer/cert.pem", "--request",
                    office.root + "/next/request.pem", "--output", office.root + "/answer2") == 0)
            try office.write(office.text("answer2/cert.pem"), "next/cert.pem")
            _ = try office.context("next")
            try office.write(
                try ForeignRequest.pem(
                    key: "P-256", extensions: ["subjectAltName=URI:spiffe://quality.example/service/gateway"]),
                "request.pem")
            #expect(
                await office.run(
                    "renew", "--directory", office.pki, office.root + "/answer/cert.pem", "--request",
                    office.root + "/request.pem", "--output", office.root + "/answer3") == 2)
        }
    }

    @Test("the list names every certificate with its number, identity and state")
    func list() async throws {
        try await withOffice { office in
            for name in ["gateway", "registry"] {
                #expect(
                    await office.run(
                        "issue", "--directory", office.pki, "--service", name, "--days", "100", "--output",
                        office.root + "/" + name) == 0)
            }
            #expect(await office.run("revoke", "--directory", office.pki, office.root + "/registry/cert.pem") == 0)
            let output = await FakeSubmission { _ in preconditionFailure("not of this test") }
                .run("pki", "list", "--directory", office.pki, "--output", "csv").output
            let lines = output.split(separator: "\n").dropFirst()
            let serials = try office.serials()
            #expect(Set(lines.compactMap { $0.split(separator: ",").first.map(String.init) }) == serials)
            let gateway = try #require(lines.first { $0.contains("spiffe://quality.example/service/gateway,") })
            // The rest of a second decides which.
            #expect(gateway.hasSuffix(",valid,99") || gateway.hasSuffix(",valid,100"), "\(output)")
            let registry = try #require(lines.first { $0.contains("spiffe://quality.example/service/registry,") })
            #expect(registry.contains(",revoked "), "\(output)")
        }
    }
}
