internal import PostgreSQL

/// PostgreSQL and its kin: one connection that writes, others that read, each opened again when it was lost.
///
/// Any number of processes may have the database open, on any machine. They take turns by the log's head (``LogHeadRow``).
/// Tables have what all of the family have: BIGINT, TEXT compared by its bytes, BYTEA.
final class PostgresDriver: StoreDriver, @unchecked Sendable {
    private let connect: @Sendable () throws -> PostgresStoreConnection
    private let readers: PostgresReaders
    // Touched by one thread at a time: who opens the store, then the group commit's.
    private var writer: PostgresStoreConnection?

    var isShared: Bool { true }
    var walBytes: Int { 0 }

    /// Connects, and refuses a database that would not keep what it acknowledges.
    init(_ address: PostgresAddress, library name: String, _ storeOptions: StoreOptions) throws {
        let mustSync = storeOptions.synchronous == .full
        let options = Self.options(for: storeOptions.service)
        let library = try Self.translating { try PostgresLibrary.load(name) }
        let connectionCount = 1 + storeOptions.readerCount
        connect = {
            let connection: PostgresConnection
            do throws(PostgresError) {
                connection = try PostgresConnection(library, to: address, options)
            } catch {
                throw StorageError(connecting: error, connectionCount: connectionCount)
            }
            return try Self.translating {
                if mustSync { try Self.checkDurability(of: connection) }
                try Self.preferIndices(connection)
                return PostgresStoreConnection(connection, takesArrays: try connection.takesArrays())
            }
        }
        let connection = try connect()
        // Without one that reads nobody can be served: said at start, and not to each caller.
        readers = try PostgresReaders(count: storeOptions.readerCount, connect: connect)
        try Self.translating {
            try connection.connection.selfTest()
            try connection.connection.setTimes(
                statement: Self.openingMilliseconds, roundTrip: Self.openingMilliseconds + Self.roundTripMilliseconds)
        }
        writer = connection
    }

    func opened() throws {
        try Self.translating {
            try writer?.connection.setTimes(
                statement: Self.statementMilliseconds, roundTrip: Self.roundTripMilliseconds)
        }
    }

    private static func translating<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as PostgresError {
            throw StorageError(error)
        }
    }

    /// A process that is stopped in the middle of a group commit holds up all others: not for longer than this.
    private static let idleMilliseconds = 5_000
    private static let lockMilliseconds = 6_000
    /// A server that does not answer is lost after so long.
    private static let roundTripMilliseconds = 15_000
    /// To make tables on a server that has much to do.
    private static let openingMilliseconds = 120_000
    /// Less than that of an answer.
    private static let statementMilliseconds = 12_000

    private static func options(for service: String) -> PostgresOptions {
        var options = PostgresOptions()
        options.applicationName = "qm-\(service)"
        options.roundTripTimeoutMilliseconds = roundTripMilliseconds
        options.sessionSettings["idle_in_transaction_session_timeout"] = "\(idleMilliseconds)"
        options.sessionSettings["lock_timeout"] = "\(lockMilliseconds)"
        options.sessionSettings["statement_timeout"] = "\(statementMilliseconds)"
        return options
    }

    /// Those of the family that have no such settings keep what they acknowledge.
    private static func checkDurability(of connection: PostgresConnection) throws {
        for name in ["fsync", "full_page_writes"] where try connection.setting(ifThere: name) == "off" {
            throw StorageError(
                .mismatch,
                "the database server has \(name) = off, with which a power cut loses reports that were acknowledged: set "
                    + "it to on")
        }
        if try connection.setting(ifThere: "synchronous_commit") == "off" {
            try connection.execute("SELECT set_config($1, $2, false)", ["synchronous_commit", "on"])
        }
    }

    /// Rows are looked up by their keys, hundreds at once. A server that knows nothing of a young table yet would read all
    /// of it, and go on so while it grows.
    private static func preferIndices(_ connection: PostgresConnection) throws {
        for name in ["enable_seqscan", "enable_hashjoin", "enable_mergejoin"]
        where try connection.setting(ifThere: name) != nil {
            try connection.execute("SELECT set_config($1, $2, false)", [.text(name), "off"])
        }
    }

    func withWriter<Value>(_ body: (any DriverConnection) throws -> Value) throws -> Value {
        let connection: PostgresStoreConnection
        if let writer, writer.connection.isOpen {
            connection = writer
        } else {
            connection = try connect()
            writer = connection
        }
        return try body(connection)
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any DriverConnection) throws -> Value
    ) async throws -> Value {
        try await readers.read(body)
    }

    var readFailure: StorageError? { readers.failure }

    func tryReading() { readers.probe() }

    func close() {
        readers.close()
        writer?.connection.close()
    }
}

extension PostgresConnection {
    fileprivate func setTimes(statement: Int, roundTrip: Int) throws(PostgresError) {
        try execute("SELECT set_config($1, $2, false)", ["statement_timeout", .text("\(statement)")])
        roundTripTimeoutMilliseconds = roundTrip
    }

    /// `nil` where the server knows no setting of that name.
    fileprivate func setting(ifThere name: String) throws(PostgresError) -> String? {
        do {
            return try setting(name)
        } catch {
            guard isOpen, error.sqlState != nil else { throw error }
            return nil
        }
    }
}
