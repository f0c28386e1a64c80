import Foundation
import TestPostgres
import TestSupport
import Testing

@testable import PostgreSQL

@Suite("Servers that go away") struct LossTests {
    private static let modes = [true, false]

    private func options(_ isPipelined: Bool) -> PostgresOptions {
        var options = PostgresOptions.patient
        options.usesPipeline = isPipelined
        return options
    }

    private func address(port: Int) throws -> PostgresAddress {
        try PostgresAddress(parsing: "postgresql://postgres@127.0.0.1:\(port)/postgres")
    }

    // MARK: The server

    @Test(
        "one that is killed while idle, in a transaction, and stopped, is lost each time, and what was not committed is not there"
    )
    func killed() async throws {
        let server = try await PostgresServer()
        try await server.start()
        try server.connect().executeOnce("CREATE TABLE t (k BIGINT)")

        let idle = try server.connect(over: .tcp)
        let busy = try server.connect()
        try busy.begin()
        try busy.execute("INSERT INTO t VALUES (1)")
        try await server.kill()
        for connection in [idle, busy] {
            let error = #expect(throws: PostgresError.self) { try connection.execute("INSERT INTO t VALUES (2)") }
            #expect(error?.kind == .connectionLost)
            #expect(!connection.isOpen && connection.transactionStatus == .unknown)
            let again = #expect(throws: PostgresError.self) { try connection.rollback() }
            #expect(again?.kind == .connectionLost)
        }
        let refused = #expect(throws: PostgresError.self) { try server.connect(over: .tcp) }
        #expect(refused?.kind == .connectionLost)
        #expect(refused?.message.contains("refused") == true)

        try await server.start()
        let connection = try server.connect()
        #expect(try connection.execute("SELECT count(*) FROM t").integer(0, 0) == 0)
        try connection.begin()
        try connection.execute("INSERT INTO t VALUES (1)")
        try await server.stop(.fast)
        let stopped = #expect(throws: PostgresError.self) { try connection.execute("SELECT 1") }
        #expect(stopped?.kind == .connectionLost)
        #expect(stopped?.sqlState == "57P01")

        try await server.start()
        let last = try server.connect()
        #expect(try last.execute("SELECT count(*) FROM t").integer(0, 0) == 0)
        try await server.stop(.immediate)
        #expect(throws: PostgresError.self) { try last.execute("SELECT 1") }
    }

    @Test("a connection that an administrator ends says so (57P01)", arguments: modes)
    func terminated(isPipelined: Bool) async throws {
        let server = try await PostgresServer.shared()
        for way in [PostgresServer.Way.socket, .tcp] {
            let connection = try server.connect(over: way, options(isPipelined))
            let backend = try #require(try connection.execute("SELECT pg_backend_pid()").integer(0, 0))
            let ended = try server.connect().execute(
                "SELECT pg_terminate_backend($1::int, 300000)", [.integer(backend)])
            #expect(try ended.text(0, 0) == "t")
            var pipeline = PostgresPipeline()
            pipeline.begin()
            pipeline.execute("SELECT 1")
            pipeline.commit()
            let error = #expect(throws: PostgresError.self) { try connection.run(pipeline) }
            // It fell on the first step: nothing was committed.
            #expect(error?.kind == .connectionLost)
            #expect(error?.sqlState == "57P01")
            #expect(!connection.isOpen)
        }
    }

    @Test("one that ends itself in a statement before COMMIT leaves nothing unknown", arguments: modes)
    func endsBeforeCommit(isPipelined: Bool) async throws {
        let server = try await PostgresServer.shared()
        let connection = try server.connect(options(isPipelined))
        var pipeline = PostgresPipeline()
        pipeline.begin()
        pipeline.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        pipeline.execute("SELECT 1")
        pipeline.commit()
        let error = #expect(throws: PostgresError.self) { try connection.run(pipeline) }
        #expect(error?.kind == .connectionLost)
        #expect(error?.sqlState == "57P01")
        #expect(!connection.isOpen)
    }

    // MARK: COMMIT

    enum Shape: CaseIterable {
        case together, oneByOne, alone
    }

    private func commit(_ shape: Shape, _ rule: CuttingProxy.Rule) async throws -> (PostgresError?, rows: Int64?) {
        let server = try await PostgresServer.shared()
        let name = try server.makeDatabase()
        try server.connect(database: name).executeOnce("CREATE TABLE t (k BIGINT)")
        let proxy = try CuttingProxy(to: server.port, rule)
        var address = try server.address(database: name, over: .tcp)
        address.port = proxy.port
        let connection = try PostgresConnection(try .load(), to: address, options(shape != .oneByOne))
        var pipeline = PostgresPipeline()
        pipeline.begin()
        pipeline.execute("INSERT INTO t VALUES ($1)", [1])
        var error: PostgresError?
        do throws(PostgresError) {
            if shape != .alone { pipeline.commit() }
            try connection.run(pipeline)
            if shape == .alone { try connection.commit() }
        } catch let thrown {
            error = thrown
        }
        #expect(!connection.isOpen)
        // The server may still be at the end of the one that was cut.
        try await Patience.until("the session ends") {
            let sessions = "SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'"
            return try server.connect().execute(sessions, [.text(name)]).rowCount == 0
        }
        return (error, try server.connect(database: name).execute("SELECT count(*) FROM t").integer(0, 0))
    }

    @Test(
        "a connection cut between COMMIT and its answer: the outcome is unknown, and the row is there",
        arguments: Shape.allCases)
    func cutAfterCommit(shape: Shape) async throws {
        let (error, rows) = try await commit(shape, .cutAfter("COMMIT\0"))
        #expect(error?.kind == .outcomeUnknown)
        #expect(rows == 1)
    }

    @Test(
        "a connection cut before COMMIT comes to the server: the outcome is unknown, and the row is not there",
        arguments: Shape.allCases)
    func cutBeforeCommit(shape: Shape) async throws {
        let (error, rows) = try await commit(shape, .cutBefore("COMMIT\0"))
        #expect(error?.kind == .outcomeUnknown)
        #expect(rows == 0)
    }

    @Test(
        "a connection cut behind COMMIT's answer: it is committed, and the connection closed", arguments: Shape.allCases
    )
    func cutBehindCommit(shape: Shape) async throws {
        let (error, rows) = try await commit(shape, .cutBehind("COMMIT\0"))
        #expect(error == nil)
        #expect(rows == 1)
    }

    @Test("a connection cut before there was a COMMIT is lost, and nothing is unknown")
    func cutBeforeInsert() async throws {
        let (error, rows) = try await commit(.alone, .cutBefore("INSERT"))
        #expect(error?.kind == .connectionLost)
        #expect(rows == 0)
    }

    @Test("a COMMIT that is not answered in time: the outcome is unknown")
    func silentCommit() async throws {
        let server = try await PostgresServer.shared()
        let proxy = try CuttingProxy(to: server.port, .silentAfter("COMMIT\0", answerBytes: 0))
        let connection = try PostgresConnection(try .load(), to: address(port: proxy.port), .patient)
        try connection.begin()
        connection.roundTripTimeoutMilliseconds = 50
        let error = #expect(throws: PostgresError.self) { try connection.commit() }
        #expect(error?.kind == .outcomeUnknown)
        #expect(error?.message.contains("did not answer within 50 ms") == true)
        #expect(!connection.isOpen)
    }

    // MARK: Silence

    @Test("a server that takes connections and says nothing is given up", arguments: ["disable", "require"])
    func silent(mode: String) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(listener) }
        var address = try address(port: CuttingProxy.listen(listener))
        address.sslMode = try #require(.init(rawValue: mode))
        var options = PostgresOptions()
        options.connectTimeoutMilliseconds = 50
        let error = #expect(throws: PostgresError.self) { try PostgresConnection(try .load(), to: address, options) }
        #expect(error?.kind == .connectionLost)
        #expect(error?.message.contains("in time") == true)
    }

    @Test(
        "a server that hangs in the middle of an answer is given up, and the connection closed", arguments: modes,
        [0, 1, 7, 40])
    func hangs(isPipelined: Bool, answerBytes: Int) async throws {
        let server = try await PostgresServer.shared()
        let proxy = try CuttingProxy(to: server.port, .silentAfter("a long answer", answerBytes: answerBytes))
        let connection = try PostgresConnection(try .load(), to: address(port: proxy.port), options(isPipelined))
        connection.roundTripTimeoutMilliseconds = 50
        let error = #expect(throws: PostgresError.self) {
            try connection.execute("SELECT 'a long answer' || repeat('x', 10000)")
        }
        #expect(error?.kind == .connectionLost)
        #expect(error?.message.contains("did not answer within 50 ms") == true)
        #expect(!connection.isOpen)
    }

    @Test("a statement that takes too long is given up")
    func slow() async throws {
        let connection = try await PostgresServer.shared().connect()
        connection.roundTripTimeoutMilliseconds = 50
        let error = #expect(throws: PostgresError.self) { try connection.execute("SELECT pg_sleep(600)") }
        #expect(error?.kind == .connectionLost)
        #expect(!connection.isOpen)
    }
}

@Suite("Servers of tests") struct PostgresServerTests {
    @Test("nothing stays when the tests' process is gone")
    func leavesNothing() async throws {
        let processGuard = try PostgresGuard()
        let server = try await PostgresServer(processGuard: processGuard)
        try await server.start()
        #expect(FileManager.default.fileExists(atPath: server.directory))
        processGuard.release()
        try await server.ended()
        try await Patience.until("the directory is gone") {
            !FileManager.default.fileExists(atPath: processGuard.directory)
        }
    }

    @Test("nothing stays when nobody holds a server")
    func letGo() async throws {
        var server: PostgresServer? = try await PostgresServer()
        try await server?.start()
        let directory = try #require(server?.directory)
        let process = try #require(server?.processIdentifier)
        server = nil
        #expect(!FileManager.default.fileExists(atPath: directory))
        #expect(kill(process, 0) == -1)
    }
}
