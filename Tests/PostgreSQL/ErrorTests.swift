import TestPostgres
import Testing

@testable import PostgreSQL

@Suite("What errors mean") struct ErrorTests {
    @Test(
        "a SQLSTATE has a kind",
        arguments: [
            ("40001", PostgresError.Kind.retryTransaction), ("40P01", .retryTransaction), ("08006", .connectionLost),
            ("08P01", .connectionLost), ("57P01", .connectionLost), ("57P02", .connectionLost),
            ("57P03", .connectionLost),
            ("08007", .outcomeUnknown), ("40003", .outcomeUnknown), ("53100", .diskFull),
            ("53300", .tooManyConnections),
            ("25006", .readOnly), ("28000", .authentication), ("28P01", .authentication), ("3D000", .missingDatabase),
            ("55P03", .lockNotAvailable), ("23505", .uniqueViolation), ("23502", .constraintViolation),
            ("42601", .other),
            ("22012", .other), ("57014", .other),
        ])
    func kinds(state: String, kind: PostgresError.Kind) {
        #expect(PostgresError.Kind(sqlState: state, severity: "ERROR") == kind)
    }

    @Test("what ends the connection and has no kind of its own is its loss")
    func fatal() {
        #expect(PostgresError.Kind(sqlState: "25P03", severity: "FATAL") == .connectionLost)
        #expect(PostgresError.Kind(sqlState: "XX000", severity: "PANIC") == .connectionLost)
        #expect(PostgresError.Kind(sqlState: "28P01", severity: "FATAL") == .authentication)
    }

    @Test("the SQLSTATE of a refused connection is found in its text, in any language")
    func refused() {
        let refused = PostgresError.refusedConnection(
            """
            connection to server at "127.0.0.1", port 5000 failed: FATAL:  28P01: password authentication failed for user "a"
            LOCATION:  auth_failed, auth.c:326

            """)
        #expect(refused.kind == .authentication)
        #expect(refused.sqlState == "28P01")
        #expect(
            refused.message
                == #"connection to server at "127.0.0.1", port 5000 failed: password authentication failed for user "a""#
        )
        let chinese = PostgresError.refusedConnection(
            "连接到\"127.0.0.1\", 端口5000失败：致命错误:  3D000: 数据库 \"x\" 不存在\nLOCATION:  InitPostgres, postinit.c:941\n")
        #expect(chinese.kind == .missingDatabase)
        let old = PostgresError.refusedConnection("FATAL:  53300: sorry, too many clients already\n")
        #expect(old.kind == .tooManyConnections)
        #expect(old.message == "sorry, too many clients already")
        let nobody = PostgresError.refusedConnection("connection refused\n\tIs the server running?\n")
        #expect(nobody.kind == .connectionLost)
        #expect(nobody.message == "connection refused; Is the server running?")
    }

    @Test("long texts are cut at a character")
    func cut() {
        let error = PostgresError(
            .other, String(repeating: "质", count: 1000), detail: String(repeating: "x", count: 5000))
        #expect(error.message.utf8.count == 1023 && error.message.hasSuffix("质..."))
        #expect(error.detail?.utf8.count == 1024)
    }

    @Test(
        "the server's errors come with their state and severity, and the connection goes on",
        arguments: [
            ("SELECT 1 / $1::bigint", "22012"), ("SELEC $1", "42601"), ("SELECT $1 FROM nowhere", "42P01"),
            ("INSERT INTO t (k) VALUES ($1)", "23505"),
        ])
    func fromTheServer(sql: String, state: String) async throws {
        let connection = try await PostgresServer.shared().connect()
        try connection.executeOnce("CREATE TEMPORARY TABLE t (k BIGINT PRIMARY KEY)")
        try connection.execute("INSERT INTO t (k) VALUES ($1)", [0])
        let error = #expect(throws: PostgresError.self) { try connection.execute(sql, [0]) }
        #expect(error?.sqlState == state)
        #expect(error?.severity == "ERROR")
        #expect(error?.step == nil)
        #expect(state != "23505" || error?.kind == .uniqueViolation)
        // For the log alone.
        #expect(state != "23505" || error?.detail == "Key (k)=(0) already exists.")
        #expect(error.map { "\($0)" }?.contains("already exists.") == false)
        #expect(try connection.execute("SELECT $1::bigint", [7]).integer(0, 0) == 7)
    }

    @Test(
        "a lock that somebody else has is told at once where nobody wants to wait, and a database set so is read only")
    func lockAndReadOnly() async throws {
        let server = try await PostgresServer.shared()
        let name = try server.makeDatabase()
        let first = try server.connect(database: name)
        try first.executeOnce("CREATE TABLE t (k BIGINT)")
        try first.execute("INSERT INTO t VALUES (1)")
        try first.begin()
        try first.execute("SELECT k FROM t FOR UPDATE")
        let second = try server.connect(database: name)
        let locked = #expect(throws: PostgresError.self) { try second.execute("SELECT k FROM t FOR UPDATE NOWAIT") }
        #expect(locked?.kind == .lockNotAvailable)
        try second.executeOnce("SET default_transaction_read_only = on")
        let refused = #expect(throws: PostgresError.self) { try second.execute("INSERT INTO t VALUES (2)") }
        #expect(refused?.kind == .readOnly)
    }

    @Test("a server whose places are taken says so")
    func tooMany() async throws {
        let server = try await PostgresServer.shared()
        let name = try server.makeDatabase("CONNECTION LIMIT 0")
        try server.connect().executeOnce(
            "DO $$ BEGIN CREATE ROLE plain LOGIN; EXCEPTION WHEN duplicate_object THEN END $$")
        var address = try server.address(database: name)
        address.user = "plain"
        let error = #expect(throws: PostgresError.self) {
            try PostgresConnection(try .load(), to: address, .patient)
        }
        #expect(error?.kind == .tooManyConnections)
    }
}
