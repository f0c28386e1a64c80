import Foundation
import PostgreSQL
import Storage
import TestPostgres
import TestStores
import TestSupport
import Testing

extension PostgresFaultTests {
    /// A database that a role without special rights owns, which may have so many connections.
    private func limitedDatabase(_ server: PostgresServer, limit: Int) throws -> PostgresAddress {
        try server.connect().executeOnce(
            "DO $$ BEGIN CREATE ROLE tenant LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$")
        let database = try server.makeDatabase("OWNER tenant CONNECTION LIMIT \(limit)")
        var address = try server.address(database: database)
        address.user = "tenant"
        return address
    }

    @Test("a database with a connection to write and none to read is refused at start, with how many are wanted")
    func noReaderAtStart() async throws {
        let server = try await PostgresServer.shared()
        let address = try limitedDatabase(server, limit: 1)
        let error = #expect(throws: StorageError.self) { try Store(opening: careless(address)) }
        #expect(error?.code == .unreachable)
        for words in ["\(address)", "wants 5", "max_connections"] {
            #expect(error?.message.contains(words) == true, "\(String(describing: error))")
        }
    }

    @Test("readers that no connection is left for are trouble until there is one; where there are some they serve all")
    func noReaderLater() async throws {
        let server = try await PostgresServer.shared()
        let address = try limitedDatabase(server, limit: 2)
        let store = try Store(opening: careless(address))
        try await store.commit(adding)
        // Four may read at once, and one connection does for all.
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<12 { group.addTask { _ = try await store.counters() } }
            try await group.waitForAll()
        }
        #expect(store.trouble == nil)

        let connection = try server.connect()
        try connection.executeOnce("ALTER DATABASE \(address.database) CONNECTION LIMIT 1")
        try connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", [.text(address.database)])
        // The one that writes comes back, and those that read are looked into before anybody needs them.
        let words = "no connection to spare"
        try await Patience.until("it may be written to, and not read") {
            let isTold = store.trouble?.message.contains(words) == true
            return (try? await store.commit(adding)) != nil && isTold
        }
        let error = await #expect(throws: StorageError.self) { try await store.counters() }
        #expect(error?.message.contains(words) == true, "\(String(describing: error))")
        try await Patience.until("it is trouble") { store.trouble == error }
        try connection.executeOnce("ALTER DATABASE \(address.database) CONNECTION LIMIT 2")
        try await Patience.until("the trouble is over, though nobody reads") { store.trouble == nil }
        #expect(try await store.counters().count == 1)
    }

    @Test("whatever keeps a program from its database at start is a sentence with the thing, the place and the remedy")
    func sentences() async throws {
        let server = try await PostgresServer.shared()
        let plain = try await PostgresServer()
        try await plain.start()
        let files = ScratchDirectory()
        try TextFile.write(PostgresServer.sharedAuthority.pem, to: files.file("ca.pem"))
        try TextFile.write(TestAuthority(name: "another").pem, to: files.file("other.pem"))
        try TextFile.write("*:*:*:secret:geheim\n", to: files.file("wrong"))
        let identity = PostgresServer.sharedAuthority.issue(service: "submission")
        try TextFile.write(identity.certificate, to: files.file("cert.pem"))
        try TextFile.write(identity.key, to: files.file("open.pem"))
        chmod(files.file("open.pem"), 0o644)
        let verified = "sslmode=verify-full&sslrootcert=\(files.file("ca.pem"))"
        let here = "127.0.0.1:\(server.port)"
        let closed = try ServicePort.next()
        try server.connect().executeOnce(
            "DO $$ BEGIN CREATE ROLE outsider LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN END $$")
        let walled = try server.makeDatabase()
        try server.connect().executeOnce("REVOKE CONNECT ON DATABASE \(walled) FROM PUBLIC")
        for (url, remedy) in [
            ("secret@\(here)/postgres?passfile=\(files.file("wrong"))", "passfile names"),
            ("secret@\(here)/postgres", "add passfile=FILE"),
            ("stranger@\(here)/postgres", "CREATE ROLE"),
            ("certified@\(here)/postgres?\(verified)", "sslcert=FILE and sslkey=FILE"),
            ("outsider@\(here)/\(walled)", "GRANT CONNECT"),
            ("postgres@\(here)/nowhere", "CREATE DATABASE"),
            ("postgres@127.0.0.1:\(plain.port)/postgres?\(verified)", "ssl = on"),
            (
                "postgres@\(here)/postgres?sslmode=verify-full&sslrootcert=\(files.file("other.pem"))",
                "name the right file"
            ),
            (
                "postgres@\(here)/postgres?sslmode=verify-full&sslrootcert=\(files.file("none.pem"))",
                "sslrootcert names"
            ),
            ("postgres@127.0.0.2:\(server.port)/postgres?\(verified)", "is for another host"),
            (
                "certified@\(here)/postgres?\(verified)&sslcert=\(files.file("cert.pem"))&sslkey=\(files.file("open.pem"))",
                "chmod 0600"
            ),
            (
                "certified@\(here)/postgres?\(verified)&sslcert=\(files.file("wrong"))&sslkey=\(files.file("open.pem"))",
                "sslcert names"
            ),
            ("postgres@nowhere.invalid/postgres?\(verified)", "correct the name"),
            ("postgres@127.0.0.1:\(closed)/postgres", "see that its server runs"),
            ("postgres@/postgres?host=/nonexistent", "see that its server runs"),
        ] {
            let address = try PostgresAddress(parsing: "postgresql://\(url)")
            let error = #expect(throws: StorageError.self) { try Store(opening: careless(address)) }
            let message = error?.message ?? ""
            #expect(message.hasPrefix("store \(address): ") && message.contains(remedy), "\(url): \(message)")
            #expect(error?.description.contains("geheim") == false)
        }
    }
}
