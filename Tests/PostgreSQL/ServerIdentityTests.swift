import TestPostgres
import Testing

@testable import PostgreSQL

@Suite("Which servers are taken") struct ServerIdentityTests {
    private static let sound = PostgresServerIdentity(
        versionText: "PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64-pc-linux-gnu", versionNumber: 150_018,
        serverEncoding: "UTF8", clientEncoding: "UTF8", standardConformingStrings: "on")

    private func refusal(_ change: (inout PostgresServerIdentity) -> Void) -> String? {
        var identity = Self.sound
        change(&identity)
        if let refusal = identity.refusal { #expect(refusal.kind == .unsuitableServer) }
        return identity.refusal?.message
    }

    @Test("PostgreSQL from 14 on")
    func version() {
        #expect(refusal { _ in } == nil)
        #expect(refusal { $0.versionNumber = 140_000 } == nil)
        #expect(refusal { $0.versionNumber = 139_999 }?.contains("PostgreSQL 14 or later") == true)
    }

    @Test("the numbers of others mean nothing, the mode of those that have some does")
    func others() {
        let openGauss = "(openGauss 5.0.0 build a07d57c3) compiled at 2023-03-29"
        #expect(
            refusal {
                $0.versionText = "PostgreSQL 11.2-YB-2.21.0.0-b0 on x86_64"; $0.versionNumber = 110_002
            } == nil)
        #expect(
            refusal {
                $0.versionText = "CockroachDB CCL v23.2.0"; $0.versionNumber = 130_000
            } == nil)
        #expect(
            refusal {
                $0.versionText = openGauss; $0.versionNumber = 90_204; $0.mode = "PG"
            } == nil)
        #expect(
            refusal {
                $0.versionText = openGauss; $0.mode = "A"
            }?.contains("sql_compatibility A") == true)
        #expect(refusal { $0.versionText = openGauss }?.contains("sql_compatibility unknown") == true)
        #expect(
            refusal {
                $0.versionText = "KingbaseES V008R006C007B0012"; $0.mode = "pg"
            } == nil)
        #expect(
            refusal {
                $0.versionText = "KingbaseES V008R006"; $0.mode = "oracle"
            }?.contains("database_mode") == true)
        #expect(Self.sound.modeSetting == nil)
    }

    @Test("encodings and strings that mean something else are refused")
    func settings() {
        #expect(refusal { $0.serverEncoding = "SQL_ASCII" }?.contains("keeps its texts as SQL_ASCII") == true)
        #expect(refusal { $0.serverEncoding = nil } != nil)
        #expect(refusal { $0.clientEncoding = "LATIN1" }?.contains("speaks LATIN1") == true)
        #expect(
            refusal { $0.standardConformingStrings = "off" }?.contains("standard_conforming_strings is off") == true)
    }

    @Test("a database of another encoding is refused by a connection")
    func encoding() async throws {
        let server = try await PostgresServer.shared()
        let name = try server.makeDatabase("ENCODING 'SQL_ASCII' LOCALE 'C'")
        let error = #expect(throws: PostgresError.self) { try server.connect(database: name) }
        #expect(error?.kind == .unsuitableServer)
        #expect(error?.message.contains("SQL_ASCII") == true)
    }

    @Test("a database whose strings mean something else is refused by a connection")
    func strings() async throws {
        let server = try await PostgresServer.shared()
        let name = try server.makeDatabase()
        try server.connect().executeOnce("ALTER DATABASE \(name) SET standard_conforming_strings = off")
        let error = #expect(throws: PostgresError.self) { try server.connect(database: name) }
        #expect(error?.kind == .unsuitableServer)
    }
}
