import TestPostgres
import Testing

@testable import PostgreSQL

@Suite("Pipelines, and the same one by one") struct PipelineTests {
    private func connect(_ isPipelined: Bool, _ database: String = "postgres") async throws -> PostgresConnection {
        var options = PostgresOptions.patient
        options.usesPipeline = isPipelined
        let connection = try await PostgresServer.shared().connect(database: database, options)
        try connection.executeOnce("CREATE TEMPORARY TABLE t (k BIGINT PRIMARY KEY, v TEXT)")
        return connection
    }

    private static let insert = "INSERT INTO t (k, v) VALUES ($1, $2)"

    @Test("answers come in the order of the steps", arguments: [true, false])
    func inOrder(isPipelined: Bool) async throws {
        let connection = try await connect(isPipelined)
        var pipeline = PostgresPipeline()
        pipeline.begin()
        for key in 1...100 { pipeline.execute(Self.insert, [.integer(Int64(key)), .text("v\(key)")]) }
        pipeline.execute("SELECT count(*), min(v) FROM t WHERE k > $1", [50])
        pipeline.executeOnce("SELECT $1::text", ["once"])
        pipeline.commit()
        for round in 1...2 {
            try connection.executeOnce("DELETE FROM t")
            let results = try connection.run(pipeline)
            #expect(results.count == 104, "round \(round)")
            #expect(results[0].commandTag == "BEGIN" && results[103].commandTag == "COMMIT")
            #expect(results[1...100].allSatisfy { $0.affectedRowCount == 1 })
            #expect(try results[101].integer(0, 0) == 50)
            #expect(try results[102].text(0, 0) == "once")
            #expect(connection.transactionStatus == .none)
        }
        #expect(connection.statements.count == 2)
    }

    @Test(
        "an error in the middle ends the rest, is told once, and ROLLBACK makes the connection usable",
        arguments: [
            true, false,
        ])
    func errorInTheMiddle(isPipelined: Bool) async throws {
        let connection = try await connect(isPipelined)
        try connection.execute(Self.insert, [5, "there"])
        var pipeline = PostgresPipeline()
        pipeline.begin()
        for key in 1...10 { pipeline.execute(Self.insert, [.integer(Int64(key)), .text("new")]) }
        pipeline.execute("SELECT 1 / $1::bigint", [0])
        pipeline.commit()
        let error = #expect(throws: PostgresError.self) { try connection.run(pipeline) }
        #expect(error?.sqlState == "23505")
        #expect(error?.step == 5)
        #expect(connection.isOpen)
        #expect(connection.transactionStatus == .failed)
        try connection.rollback()
        #expect(connection.transactionStatus == .none)
        #expect(try connection.execute("SELECT count(*) FROM t").integer(0, 0) == 1)
        // What was to be prepared behind the error was not, and is now.
        let division = #expect(throws: PostgresError.self) { try connection.execute("SELECT 1 / $1::bigint", [0]) }
        #expect(division?.sqlState == "22012")
        #expect(try connection.execute("SELECT 1 / $1::bigint", [1]).integer(0, 0) == 1)
    }

    @Test("a statement that cannot be prepared fails at its step, and again each time", arguments: [true, false])
    func unprepared(isPipelined: Bool) async throws {
        let connection = try await connect(isPipelined)
        var pipeline = PostgresPipeline()
        pipeline.begin()
        pipeline.execute("SELECT v FROM nowhere")
        pipeline.execute("SELECT 1")
        for _ in 1...2 {
            let error = #expect(throws: PostgresError.self) { try connection.run(pipeline) }
            #expect(error?.sqlState == "42P01" && error?.step == 1)
            try connection.rollback()
        }
        #expect(connection.statements.count == 0)
        try connection.executeOnce("CREATE TEMPORARY TABLE nowhere (v BIGINT)")
        #expect(try connection.run(pipeline).count == 3)
        try connection.rollback()
    }

    @Test("more than sockets hold goes both ways at once", arguments: [true, false])
    func large(isPipelined: Bool) async throws {
        let connection = try await connect(isPipelined)
        let value = [UInt8](repeating: 7, count: 300_000)
        var pipeline = PostgresPipeline()
        for _ in 0..<10 { pipeline.execute("SELECT $1::bytea", [.bytes(value)]) }
        let results = try connection.run(pipeline)
        #expect(try results.allSatisfy { try $0.bytes(0, 0) == value })
    }

    @Test("COMMIT of a failed transaction is no success", arguments: [true, false])
    func commitOfFailed(isPipelined: Bool) async throws {
        let connection = try await connect(isPipelined)
        try connection.begin()
        #expect(throws: PostgresError.self) { try connection.execute("SELECT 1 / 0") }
        let error = #expect(throws: PostgresError.self) { try connection.commit() }
        #expect(error?.kind == .rolledBack)
        #expect(connection.isOpen && connection.transactionStatus == .none)
    }

    @Test("what the server refuses at COMMIT is known to be undone", arguments: [true, false])
    func refusedAtCommit(isPipelined: Bool) async throws {
        let connection = try await connect(isPipelined)
        try connection.executeOnce("CREATE TEMPORARY TABLE d (k BIGINT UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        var pipeline = PostgresPipeline()
        pipeline.begin()
        pipeline.execute("INSERT INTO d VALUES ($1), ($1)", [1])
        pipeline.commit()
        let error = #expect(throws: PostgresError.self) { try connection.run(pipeline) }
        #expect(error?.kind == .uniqueViolation && error?.step == 2)
        #expect(connection.transactionStatus == .none)
        // The same without a transaction, prepared and then prepared before: the server commits after the answer.
        for _ in 1...2 {
            let late = #expect(throws: PostgresError.self) {
                try connection.execute("INSERT INTO d (k) VALUES ($1), ($1)", [1])
            }
            #expect(late?.kind == .uniqueViolation)
        }
        #expect(connection.isOpen)
        #expect(try connection.execute("SELECT count(*) FROM d").integer(0, 0) == 0)
    }

    @Test("the empty pipeline answers nothing", arguments: [true, false])
    func empty(isPipelined: Bool) async throws {
        #expect(try await connect(isPipelined).run(PostgresPipeline()).isEmpty)
    }

    @Test("COPY, which is not spoken here, closes the connection", arguments: [true, false])
    func copy(isPipelined: Bool) async throws {
        let connection = try await connect(isPipelined)
        let error = #expect(throws: PostgresError.self) { try connection.executeOnce("COPY t TO STDOUT") }
        #expect(error?.kind == .malformedAnswer)
        #expect(!connection.isOpen)
    }

    @Test("statements that the server has forgotten are prepared anew", arguments: [true, false])
    func forgotten(isPipelined: Bool) async throws {
        let connection = try await connect(isPipelined)
        #expect(try connection.execute("SELECT $1::bigint", [1]).integer(0, 0) == 1)
        try connection.executeOnce("DEALLOCATE ALL")
        let error = #expect(throws: PostgresError.self) { try connection.execute("SELECT $1::bigint", [1]) }
        #expect(error?.sqlState == "26000" && error?.kind == .retryTransaction)
        #expect(try connection.execute("SELECT $1::bigint", [1]).integer(0, 0) == 1)
    }

    @Test("statements whose answers a change of the schema has altered are prepared anew", arguments: [true, false])
    func altered(isPipelined: Bool) async throws {
        let connection = try await connect(isPipelined)
        try connection.execute("SELECT * FROM t")
        try connection.executeOnce("ALTER TABLE t ADD COLUMN w BIGINT")
        #expect(throws: PostgresError.self) { try connection.execute("SELECT * FROM t") }
        #expect(try connection.execute("SELECT * FROM t").columnCount == 3)
    }
}

@Suite("Which statements are prepared") struct PreparedStatementsTests {
    @Test("one for each text and its types, under a name that is never used again")
    func names() {
        var statements = PreparedStatements()
        #expect(statements.lookUp("a", [20]) == .new("qm1"))
        #expect(statements.lookUp("a", [20]) == .prepared("qm1"))
        #expect(statements.lookUp("a", [25]) == .new("qm2"))
        statements.forget("a", "qm1")
        #expect(statements.lookUp("a", [20]) == .new("qm3"))
        #expect(statements.count == 2)
        statements.forgetAll()
        #expect(statements.lookUp("a", [25]) == .new("qm4"))
    }

    @Test("no more than a limit")
    func limit() {
        var statements = PreparedStatements()
        for index in 0..<PreparedStatements.limit { _ = statements.lookUp("\(index)", []) }
        #expect(statements.lookUp("one more", []) == .full)
        #expect(statements.lookUp("0", []) == .prepared("qm1"))
    }
}
