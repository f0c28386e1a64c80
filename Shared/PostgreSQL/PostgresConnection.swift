internal import CPostgreSQL

/// A connection to a PostgreSQL database. Everything waits on the caller's own thread; one thread at a time uses it.
///
/// A statement writes its values as `$1`, `$2`, ... and is prepared once a connection. Whatever fails in a way that leaves
/// nobody knowing what the server thinks closes the connection: ask ``isOpen``, and make another one.
public final class PostgresConnection {
    /// Where it leads.
    public let address: PostgresAddress
    /// From sending a statement, or a pipeline, to the last of the answers: as the options say, until it is set here, as
    /// for a migration.
    public var roundTripTimeoutMilliseconds: Int
    let options: PostgresOptions
    private let library: PostgresLibrary
    var link: ServerLink?
    var statements = PreparedStatements()
    var values = ParameterBuffer()

    /// Connects, and refuses a database that would not mean what we say: an old version, another encoding, another mode.
    ///
    /// `.configuration`, `.connectionLost`, `.authentication`, `.missingDatabase`, `.tooManyConnections`,
    /// `.unsuitableServer`.
    public init(
        _ library: PostgresLibrary, to address: PostgresAddress, _ options: PostgresOptions = PostgresOptions()
    ) throws(PostgresError) {
        self.library = library
        self.address = address
        self.options = options
        roundTripTimeoutMilliseconds = options.roundTripTimeoutMilliseconds
        let parameters = try ConnectionParameters(
            address, options, keywords: library.keywords, libraryName: library.name)
        link = try ServerLink(
            parameters, mayUseTLS: address.sslMode != .disable && !address.isSocket, library,
            until: Deadline(afterMilliseconds: options.connectTimeoutMilliseconds))
        try inspect()
        for (name, value) in options.sessionSettings.sorted(by: { $0.key < $1.key }) {
            _ = try executeOnce("SELECT set_config($1, $2, false)", [.text(name), .text(value)])
        }
    }

    /// Closes it. Whatever was not committed is rolled back.
    public func close() { link = nil }

    /// False once it was closed or lost.
    public var isOpen: Bool { link != nil }

    // MARK: Statements

    /// Carries out a statement that is prepared once a connection. Its text is a constant of the program.
    @discardableResult
    public func execute(_ sql: String, _ parameters: [PostgresParameter] = []) throws(PostgresError) -> PostgresResult {
        var pipeline = PostgresPipeline()
        pipeline.execute(sql, parameters)
        return try onlyAnswer(of: pipeline)
    }

    /// Carries out a statement that comes once, such as CREATE TABLE, and is not kept.
    @discardableResult
    public func executeOnce(
        _ sql: String, _ parameters: [PostgresParameter] = []
    ) throws(PostgresError) -> PostgresResult {
        var pipeline = PostgresPipeline()
        pipeline.executeOnce(sql, parameters)
        return try onlyAnswer(of: pipeline)
    }

    private func onlyAnswer(of pipeline: PostgresPipeline) throws(PostgresError) -> PostgresResult {
        do {
            return try run(pipeline)[0]
        } catch {
            var error = error
            error.step = nil
            throw error
        }
    }

    // MARK: Transactions

    /// What a transaction is at.
    public enum TransactionStatus: Sendable, Hashable {
        /// Each statement is one of its own.
        case none
        /// Begun, and all well.
        case open
        /// A statement failed: only ``PostgresConnection/rollback()`` goes on from here.
        case failed
        /// The connection is closed.
        case unknown
    }

    /// As the server said with its last answer.
    public var transactionStatus: TransactionStatus {
        switch link?.transactionStatus {
        case CPOSTGRESQL_TRANSACTION_IDLE: .none
        case CPOSTGRESQL_TRANSACTION_OPEN: .open
        case CPOSTGRESQL_TRANSACTION_FAILED: .failed
        default: .unknown
        }
    }

    /// Begins a transaction.
    public func begin(_ isolation: PostgresIsolation = .readCommitted) throws(PostgresError) {
        var pipeline = PostgresPipeline()
        pipeline.begin(isolation)
        _ = try onlyAnswer(of: pipeline)
    }

    /// Commits. `.outcomeUnknown` when the connection was lost before the answer came: the transaction is there, or it is
    /// not. `.rolledBack` when it had failed before.
    public func commit() throws(PostgresError) {
        var pipeline = PostgresPipeline()
        pipeline.commit()
        _ = try onlyAnswer(of: pipeline)
    }

    /// Rolls back what was begun. Without a transaction it does nothing.
    public func rollback() throws(PostgresError) {
        guard transactionStatus != .none else { return }
        var pipeline = PostgresPipeline()
        pipeline.rollback()
        _ = try onlyAnswer(of: pipeline)
    }

    // MARK: The server

    /// E.g. 150018 for 15.18.
    public var serverVersion: Int { link?.serverVersion ?? 0 }

    private func inspect() throws(PostgresError) {
        var identity = PostgresServerIdentity(
            versionText: try executeOnce("SELECT version()").text(0, 0) ?? "", versionNumber: serverVersion,
            serverEncoding: try setting("server_encoding"), clientEncoding: try setting("client_encoding"),
            standardConformingStrings: try setting("standard_conforming_strings"))
        if let name = identity.modeSetting { identity.mode = try setting(name) }
        guard let refusal = identity.refusal else { return }
        close()
        throw refusal
    }

    /// What the server has under a name, which is a constant of the program, for this session. The server's error where it
    /// has none.
    public func setting(_ name: String) throws(PostgresError) -> String? {
        if let reported = link?.reported(name) { return reported }
        return try executeOnce("SHOW \(name)").text(0, 0)
    }
}
