/// What holds for a connection, whatever its address.
public struct PostgresOptions: Sendable, Hashable {
    /// From the first packet to a session that takes statements. Looking the host's name up is not part of it: that is the
    /// C library's, which has its own limits (resolv.conf).
    public var connectTimeoutMilliseconds = 10_000
    /// From sending a statement, or a pipeline of them, to the last of the answers. At its end the connection is closed: a
    /// server that hangs holds no thread for ever. One that is only slow goes on with the statement until it finds nobody
    /// to answer: set `statement_timeout` and `idle_in_transaction_session_timeout` in ``sessionSettings`` below this.
    public var roundTripTimeoutMilliseconds = 30_000
    /// What the server shows in its list of sessions.
    public var applicationName = "quality-month"
    /// Statements go out without waiting for the answers of those before, where the library can; false: one by one.
    public var usesPipeline = true
    /// Settings for the session, set once it is there, e.g. "idle_in_transaction_session_timeout": "60000". Which there
    /// are depends on the server. `bytea_output` is how bytes are read here.
    public var sessionSettings = ["bytea_output": "hex"]

    /// The usual ones.
    public init() {}
}
