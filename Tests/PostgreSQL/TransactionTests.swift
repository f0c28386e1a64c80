import TestPostgres
import TestSupport
import Testing

@testable import PostgreSQL

@Suite("Transactions against each other") struct TransactionTests {
    private func database() async throws -> (PostgresServer, String) {
        let server = try await PostgresServer.shared()
        let name = try server.makeDatabase()
        let connection = try server.connect(database: name)
        try connection.executeOnce("CREATE TABLE t (k BIGINT PRIMARY KEY, v BIGINT)")
        try connection.execute("INSERT INTO t VALUES (1, 0), (2, 0)")
        return (server, name)
    }

    @Test("what is not committed is not there, and what is stays")
    func commitAndRollback() async throws {
        let (server, name) = try await database()
        let connection = try server.connect(database: name)
        let other = try server.connect(database: name)
        for (isCommitted, count) in [(false, Int64(2)), (true, 3)] {
            try connection.begin()
            #expect(connection.transactionStatus == .open)
            try connection.execute("INSERT INTO t VALUES (3, 0)")
            #expect(try other.execute("SELECT count(*) FROM t").integer(0, 0) == 2)
            try isCommitted ? connection.commit() : connection.rollback()
            #expect(connection.transactionStatus == .none)
            #expect(try other.execute("SELECT count(*) FROM t").integer(0, 0) == count)
        }
        // Nothing to roll back.
        try connection.rollback()
    }

    @Test("two that read what the other writes: one of them is to try again (40001)")
    func serialization() async throws {
        let (server, name) = try await database()
        let connections = [try server.connect(database: name), try server.connect(database: name)]
        for connection in connections {
            try connection.begin(.serializable)
            try connection.execute("SELECT sum(v) FROM t")
        }
        for (index, connection) in connections.enumerated() {
            try connection.execute("UPDATE t SET v = v + 1 WHERE k = $1", [.integer(Int64(index + 1))])
        }
        try connections[0].commit()
        let error = #expect(throws: PostgresError.self) { try connections[1].commit() }
        #expect(error?.sqlState == "40001")
        #expect(error?.kind == .retryTransaction)
        #expect(connections[1].isOpen && connections[1].transactionStatus == .none)
        #expect(try connections[1].execute("SELECT sum(v) FROM t").integer(0, 0) == 1)
    }

    @Test("two that wait for each other: one of them is to try again (40P01), the other goes on")
    func deadlock() async throws {
        let (server, name) = try await database()
        let taken = Meeting()
        func take(_ first: Int64, _ second: Int64) async throws -> PostgresError? {
            try await onOwnThread {
                var options = PostgresOptions.patient
                options.sessionSettings["deadlock_timeout"] = "10ms"
                let connection = try server.connect(database: name, options)
                try connection.begin()
                try connection.execute("UPDATE t SET v = v + 1 WHERE k = $1", [.integer(first)])
                taken.meet()
                do throws(PostgresError) {
                    try connection.execute("UPDATE t SET v = v + 1 WHERE k = $1", [.integer(second)])
                    try connection.commit()
                    return nil
                } catch {
                    #expect(connection.transactionStatus == .failed)
                    try connection.rollback()
                    #expect(try connection.execute("SELECT 1").integer(0, 0) == 1)
                    return error
                }
            }
        }
        async let one = take(1, 2)
        async let other = take(2, 1)
        let errors = try await [one, other].compactMap { $0 }
        #expect(errors.map(\.sqlState) == ["40P01"])
        #expect(errors.map(\.kind) == [.retryTransaction])
    }
}
