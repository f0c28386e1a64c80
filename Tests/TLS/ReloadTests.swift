import Foundation
import TLS
import TestSupport
import Testing

@Suite("Certificates that are replaced in their files")
struct ReloadTests {
    let authority = TestAuthority()
    private let now: Int64 = 1_000_000_000

    private func withFiles(
        revocations: String? = nil, _ body: (TLSFiles, (String, String) throws -> Void) throws -> Void
    ) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("reload-\(UUID())").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        func write(_ text: String, _ name: String) throws {
            try text.write(toFile: "\(directory)/\(name)", atomically: true, encoding: .utf8)
        }
        let identity = authority.issue(service: "gateway")
        try write(identity.certificate, "cert.pem")
        try write(identity.key, "key.pem")
        try write(authority.pem, "ca.pem")
        if let revocations { try write(revocations, "revocations.pem") }
        try body(
            TLSFiles(
                certificate: "\(directory)/cert.pem", key: "\(directory)/key.pem", authority: "\(directory)/ca.pem",
                revocations: revocations.map { _ in "\(directory)/revocations.pem" }), write)
    }

    @Test("what has not changed is not replaced, even when it is asked for")
    func unchanged() throws {
        try withFiles { files, _ in
            let reloader = try TLSReloader(files)
            let context = reloader.server.current
            #expect(reloader.check(nowUnixSeconds: now) == .unchanged)
            #expect(reloader.check(isForced: true, nowUnixSeconds: now) == .unchanged)
            #expect(reloader.server.current === context)
        }
    }

    @Test("a renewed certificate and its key are taken, in whatever order they come")
    func renewed() throws {
        for isKeyFirst in [true, false] {
            try withFiles { files, write in
                let reloader = try TLSReloader(files)
                let (server, client) = (reloader.server.current, reloader.client.current)
                let next = authority.issue(service: "gateway")
                try isKeyFirst ? write(next.key, "key.pem") : write(next.certificate, "cert.pem")
                guard case .refused(let error) = reloader.check(nowUnixSeconds: now) else {
                    Issue.record("half a pair was taken")
                    return
                }
                #expect(error.message.contains("does not belong to"))
                // Told once, and nothing is lost by it.
                #expect(reloader.check(nowUnixSeconds: now) == .unchanged)
                #expect(reloader.server.current === server)
                try isKeyFirst ? write(next.certificate, "cert.pem") : write(next.key, "key.pem")
                #expect(reloader.check(nowUnixSeconds: now) == .reloaded(isTrustChanged: false))
                #expect(reloader.server.current !== server)
                #expect(reloader.client.current !== client)
            }
        }
    }

    @Test("a certificate that is written over in place is seen, also when length and time of change are as they were")
    func overwrittenInPlace() throws {
        try withFiles { files, _ in
            // Until one has the length of the other.
            var next = authority.issue(service: "gateway")
            let before = try #require(FileStamp(path: files.certificate))
            let length = try String(contentsOfFile: files.certificate, encoding: .utf8).utf8.count
            while next.certificate.utf8.count != length { next = authority.issue(service: "gateway") }
            for (path, text) in [(files.key, next.key), (files.certificate, next.certificate)] {
                var times = stat()
                #expect(stat(path, &times) == 0)
                let descriptor = open(path, O_WRONLY)
                #expect(pwrite(descriptor, text, text.utf8.count, 0) == text.utf8.count)
                var restored = [times.st_atim, times.st_mtim]
                #expect(futimens(descriptor, &restored) == 0)
                close(descriptor)
            }
            #expect(FileStamp(path: files.certificate) != before)
        }
    }

    @Test("a new revocation list is a change of whom to believe")
    func revocations() throws {
        try withFiles(revocations: authority.revocations([])) { files, write in
            let reloader = try TLSReloader(files)
            try write(authority.revocations([authority.issue(service: "submission")]), "revocations.pem")
            #expect(reloader.check(nowUnixSeconds: now) == .reloaded(isTrustChanged: true))
        }
    }

    @Test(
        "a certificate of another identity is none renewed: the old one stays in force, and it says why",
        arguments: ["spiffe://other.example/service/gateway", "spiffe://quality.example/service/registry"])
    func anotherIdentity(uri: String) throws {
        try withFiles { files, write in
            let reloader = try TLSReloader(files)
            #expect(reloader.identity == "spiffe://quality.example/service/gateway")
            let context = reloader.server.current
            let other = authority.issue("URI:\(uri)")
            try write(other.certificate, "cert.pem")
            try write(other.key, "key.pem")
            guard case .refused(let error) = reloader.check(nowUnixSeconds: now) else {
                Issue.record("another's certificate was taken")
                return
            }
            #expect(error.message.contains("cert.pem: is the certificate of \(uri), and this process began as"))
            #expect(error.message.contains(reloader.identity))
            #expect(reloader.server.current === context)
            #expect(reloader.client.current.trustDomain == "quality.example")
            // Its own again is as it was.
            let own = authority.issue(service: "gateway")
            try write(own.certificate, "cert.pem")
            try write(own.key, "key.pem")
            #expect(reloader.check(nowUnixSeconds: now) == .reloaded(isTrustChanged: false))
        }
    }

    @Test("a program that is told who it is takes no certificate of another service")
    func anotherService() throws {
        try withFiles { files, _ in
            let own = try TLSReloader(files, service: "gateway")
            #expect(own.identity.hasSuffix("/service/gateway"))
            for name in ["registry", "gatewa", "gateway2"] {
                let error = #expect(throws: TLSError.self) { try TLSReloader(files, service: name) }
                #expect(
                    error?.message.contains(
                        "cert.pem: is the certificate of spiffe://quality.example/service/gateway, and this program is "
                            + "spiffe://quality.example/service/\(name)") == true)
            }
        }
    }

    @Test("a certificate that names no trust domain, or no service, is refused, at the start and later")
    func noService() throws {
        for names in [
            nil, "URI:https://quality.example/service/gateway", "DNS:gateway", "URI:spiffe:///service/x",
            "URI:spiffe://quality.example/org/top/viewer", "URI:spiffe://quality.example/services/x",
        ] {
            try withFiles { files, write in
                let reloader = try TLSReloader(files)
                let context = reloader.server.current
                let nobody = authority.issue(names)
                try write(nobody.certificate, "cert.pem")
                try write(nobody.key, "key.pem")
                guard case .refused(let error) = reloader.check(nowUnixSeconds: now) else {
                    Issue.record("a certificate of nobody was taken")
                    return
                }
                #expect(error.message.contains("cert.pem: names no spiffe://DOMAIN/service/NAME"))
                #expect(reloader.server.current === context)
                #expect(throws: error) { try TLSReloader(files) }
            }
        }
    }

    @Test("a list that is missing at the start is an error; one that vanishes later leaves the old one in force")
    func missingList() throws {
        try withFiles(revocations: authority.revocations([])) { files, _ in
            let reloader = try TLSReloader(files)
            let context = reloader.server.current
            try FileManager.default.removeItem(atPath: try #require(files.revocations))
            guard case .refused(let error) = reloader.check(nowUnixSeconds: now) else {
                Issue.record("a missing list was taken for an empty one")
                return
            }
            #expect(error.message.contains("revocations.pem: No such file"))
            #expect(reloader.server.current === context)
            #expect(throws: TLSError.self) { try TLSReloader(files) }
        }
    }
}
