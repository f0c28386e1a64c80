/// Statements that go to the server together and are answered together: one round trip, whatever their number.
///
/// The first that fails ends it: those behind it are not carried out, and a transaction that was open has failed and waits
/// for ROLLBACK. Where the library at hand cannot do that they go one by one, with the same outcome. What stands outside
/// of BEGIN and COMMIT is one transaction of its own in the one case and several in the other: do not rely on either.
public struct PostgresPipeline: Sendable, Hashable {
    struct Step: Sendable, Hashable {
        enum Kind: Sendable, Hashable {
            case prepared, once, commit
        }

        var kind: Kind
        var sql: String
        var parameters: [PostgresParameter]
    }

    private(set) var steps: [Step] = []

    /// More are a fault of the caller's: all answers are held in memory.
    public static let stepsLimit = 10_000

    /// Without a step.
    public init() {}

    /// How many answers there will be.
    public var count: Int { steps.count }

    /// Appends BEGIN.
    public mutating func begin(_ isolation: PostgresIsolation = .readCommitted) {
        append(.once, isolation.statement, [])
    }

    /// Appends a statement that is prepared once a connection. Its text is a constant of the program.
    public mutating func execute(_ sql: String, _ parameters: [PostgresParameter] = []) {
        append(.prepared, sql, parameters)
    }

    /// Appends a statement that is not prepared: one that comes once, such as CREATE TABLE.
    public mutating func executeOnce(_ sql: String, _ parameters: [PostgresParameter] = []) {
        append(.once, sql, parameters)
    }

    /// Appends COMMIT, the last step of a pipeline. A connection that is lost before its answer leaves the outcome unknown.
    public mutating func commit() { append(.commit, "COMMIT", []) }

    /// Appends ROLLBACK.
    public mutating func rollback() { append(.once, "ROLLBACK", []) }

    var endsWithCommit: Bool { steps.last?.kind == .commit }

    private mutating func append(_ kind: Step.Kind, _ sql: String, _ parameters: [PostgresParameter]) {
        precondition(!endsWithCommit, "nothing follows COMMIT: an error there would hide that it was carried out")
        steps.append(Step(kind: kind, sql: sql, parameters: parameters))
    }
}

/// What a transaction sees of others.
public enum PostgresIsolation: Sendable, Hashable, CaseIterable {
    case readCommitted, repeatableRead, serializable

    var statement: String {
        switch self {
        case .readCommitted: "BEGIN ISOLATION LEVEL READ COMMITTED"
        case .repeatableRead: "BEGIN ISOLATION LEVEL REPEATABLE READ"
        case .serializable: "BEGIN ISOLATION LEVEL SERIALIZABLE"
        }
    }
}
