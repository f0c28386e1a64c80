import Foundation
import TestPostgres
import TestSupport
import Testing

@testable import PostgreSQL

@Suite("Who is let in, and by whom") struct AuthenticationTests {
    private static func connect(_ url: String) throws -> PostgresConnection {
        try PostgresConnection(try .load(), to: PostgresAddress(parsing: url), .patient)
    }

    /// The files of a client, and of authorities that it may trust.
    private struct Files {
        let directory = ScratchDirectory()

        init(_ authority: TestAuthority = PostgresServer.sharedAuthority) throws {
            let identity = authority.issue(service: "submission")
            try TextFile.write(PostgresServer.sharedAuthority.pem, to: directory.file("ca.pem"))
            try TextFile.write(TestAuthority(name: "another").pem, to: directory.file("other.pem"))
            try TextFile.write(identity.certificate, to: directory.file("cert.pem"))
            try TextFile.write(identity.key, to: directory.file("key.pem"))
            // As .pgpass has it.
            let password = PostgresServer.password.replacing("\\", with: "\\\\").replacing(":", with: "\\:")
            try TextFile.write("*:*:*:secret:\(password)\n", to: directory.file("pass"))
            try TextFile.write("*:*:*:secret:geheim\n", to: directory.file("wrong"))
        }

        var verified: String { "sslmode=verify-full&sslrootcert=\(directory.file("ca.pem"))" }
        var identity: String { "sslcert=\(directory.file("cert.pem"))&sslkey=\(directory.file("key.pem"))" }
    }

    private static func isEncrypted(_ connection: PostgresConnection) throws -> Bool {
        let sql = "SELECT count(*) FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl"
        return try connection.execute(sql).integer(0, 0) == 1
    }

    // MARK: TLS

    @Test(
        "a server whose certificate is for the address is spoken to in TLS, and values come as without",
        arguments: [
            "localhost", "127.0.0.1",
        ])
    func verified(host: String) async throws {
        let (server, files) = (try await PostgresServer.shared(), try Files())
        let connection = try Self.connect("postgresql://postgres@\(host):\(server.port)/postgres?\(files.verified)")
        #expect(try Self.isEncrypted(connection))
        try connection.selfTest()
        let result = try connection.execute("SELECT repeat('x', 1000), i FROM generate_series(1, 10000) i")
        #expect(result.rowCount == 10_000)
        let value = [UInt8](repeating: 9, count: 2 << 20)
        #expect(try connection.execute("SELECT $1::bytea", [.bytes(value)]).bytes(0, 0) == value)
        #expect(try !Self.isEncrypted(server.connect(over: .tcp)))
    }

    @Test("a server of another authority, or for another address, is refused, and so is one without TLS")
    func refusedServers() async throws {
        let (server, files) = (try await PostgresServer.shared(), try Files())
        let port = server.port
        let other = "sslmode=verify-full&sslrootcert=\(files.directory.file("other.pem"))"
        let none = "sslmode=verify-full&sslrootcert=\(files.directory.file("none.pem"))"
        let plain = try await PostgresServer()
        try await plain.start()
        for (url, words) in [
            ("postgresql://postgres@127.0.0.1:\(port)/postgres?\(other)", "certificate verify failed"),
            ("postgresql://postgres@127.0.0.2:\(port)/postgres?\(files.verified)", "does not match host name"),
            ("postgresql://postgres@127.0.0.1:\(port)/postgres?\(none)", "does not exist"),
            ("postgresql://postgres@127.0.0.1:\(plain.port)/postgres?\(files.verified)", "does not support SSL"),
        ] {
            let error = #expect(throws: PostgresError.self) { try Self.connect(url) }
            #expect(error?.kind == .connectionLost)
            #expect(error?.message.contains(words) == true, "\(String(describing: error))")
        }
    }

    @Test("a certificate of the authority lets in, none and another's do not")
    func clientCertificates() async throws {
        let (server, files) = (try await PostgresServer.shared(), try Files())
        let foreign = try Files(TestAuthority(name: "another"))
        let url = "postgresql://certified@127.0.0.1:\(server.port)/postgres?\(files.verified)"
        #expect(try Self.isEncrypted(Self.connect("\(url)&\(files.identity)")))
        let none = #expect(throws: PostgresError.self) { try Self.connect(url) }
        #expect(none?.kind == .authentication)
        #expect(none?.sqlState == "28000")
        #expect(throws: PostgresError.self) { try Self.connect("\(url)&\(foreign.identity)") }
        chmod(files.directory.file("key.pem"), 0o644)
        let open = #expect(throws: PostgresError.self) { try Self.connect("\(url)&\(files.identity)") }
        #expect(open?.message.contains("has group or world access") == true)
    }

    // MARK: Passwords

    @Test("a password from a file lets in, with TLS and without; a wrong one, or none, does not")
    func passwords() async throws {
        let (server, files) = (try await PostgresServer.shared(), try Files())
        let url = "postgresql://secret@127.0.0.1:\(server.port)/postgres"
        let (right, wrong) = (files.directory.file("pass"), files.directory.file("wrong"))
        #expect(try Self.connect("\(url)?passfile=\(right)").isOpen)
        #expect(try Self.isEncrypted(Self.connect("\(url)?\(files.verified)&passfile=\(right)")))
        let refused = #expect(throws: PostgresError.self) { try Self.connect("\(url)?passfile=\(wrong)") }
        #expect(refused?.kind == .authentication)
        #expect(refused?.sqlState == "28P01")
        #expect(refused.map { "\($0)" }?.contains("geheim") == false)
        let none = #expect(throws: PostgresError.self) { try Self.connect(url) }
        #expect(none?.kind == .authentication)
        #expect(none?.message.contains("store.url names no passfile") == true)
        chmod(right, 0o640)
        let open = #expect(throws: PostgresError.self) { try Self.connect("\(url)?passfile=\(right)") }
        #expect(open?.kind == .configuration)
    }

    // MARK: Others

    @Test("a database that is not there, and a role that is not, are told apart")
    func missing() async throws {
        let server = try await PostgresServer.shared()
        let database = #expect(throws: PostgresError.self) { try server.connect(database: "nowhere") }
        #expect(database?.kind == .missingDatabase)
        #expect(database?.sqlState == "3D000")
        let role = #expect(throws: PostgresError.self) {
            try Self.connect("postgresql://nobody@127.0.0.1:\(server.port)/postgres")
        }
        #expect(role?.kind == .authentication)
    }

    @Test("a socket that is not there, and a port where nobody listens, cannot be reached")
    func nobody() throws {
        let port = try ServicePort.next()
        for url in ["postgresql://u@127.0.0.1:\(port)/d", "postgresql://u@/d?host=/nonexistent"] {
            let error = #expect(throws: PostgresError.self) { try Self.connect(url) }
            #expect(error?.kind == .connectionLost)
            #expect(error?.message.contains("\n") == false)
        }
    }
}
