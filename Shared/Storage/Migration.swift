/// One step of a schema: applied once, in order, each in a transaction of its own.
///
/// Statements are plain SQL, one each, without a semicolon: `CREATE TABLE name (column BIGINT NOT NULL, ...,
/// PRIMARY KEY (...))` ends with the closing parenthesis, so that the driver can say how it clusters the table on that
/// key. Make keys grow with time where rows are many. A migration that was released is never changed.
public struct Migration: Sendable {
    /// From 1, without gaps.
    public let version: Int
    /// What it does, for the log: "reports by unit".
    public let name: String
    public let statements: [String]

    public init(version: Int, name: String, statements: [String]) {
        self.version = version
        self.name = name
        self.statements = statements
    }
}

extension Migration {
    /// Which migrations a schema has: storage's own and the service's are counted apart.
    enum Component: String {
        case storage
        case service
    }

    /// Applies those of `migrations` that the store lacks. `.mismatch` for a store that a newer program wrote.
    static func apply(_ migrations: [Migration], of component: Component, to connection: any DriverConnection) throws {
        precondition(
            migrations.map(\.version) == Array(migrations.indices.map { $0 + 1 }),
            "migrations are numbered from 1 without gaps")
        let applied =
            try connection.first(
                "SELECT version FROM schema_version WHERE component = ?", [.text(component.rawValue)]
            ) { try $0.number(0, as: Int.self) } ?? 0
        guard applied <= migrations.count else {
            throw StorageError(
                .mismatch,
                "has schema version \(applied) of \(component.rawValue), this program knows \(migrations.count): "
                    + "run the newer program, or give this one a store of its own")
        }
        for migration in migrations.dropFirst(applied) {
            try connection.inTransaction {
                for statement in migration.statements { try connection.define(statement) }
                let isFirst = migration.version == 1
                try connection.execute(
                    isFirst
                        ? "INSERT INTO schema_version (version, component) VALUES (?, ?)"
                        : "UPDATE schema_version SET version = ? WHERE component = ?",
                    [.number(migration.version), .text(component.rawValue)])
            }
        }
    }
}

extension DriverConnection {
    func inTransaction<Value>(_ body: () throws -> Value) throws -> Value {
        try begin()
        do {
            let value = try body()
            try commit()
            return value
        } catch {
            if isInTransaction { try? rollback() }
            throw error
        }
    }
}
