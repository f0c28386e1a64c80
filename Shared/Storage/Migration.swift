/// One step of a schema: applied once, in order. A migration that was released is never changed.
///
/// On an engine that several processes may open, each table is made in a transaction of its own, and what is there already
/// is left: two that start at once, or one that was stopped half-way, come to the same schema.
public struct Migration: Sendable {
    /// From 1, without gaps.
    public let version: Int
    /// What it does, for the log: "reports by unit".
    public let name: String
    /// The tables that it makes.
    public let tables: [Table]

    public init(version: Int, name: String, tables: [Table]) {
        self.version = version
        self.name = name
        self.tables = tables
    }
}

extension DriverConnection {
    /// Throws when one of these tables is there though no store is: they are somebody else's.
    func refuseForeignTables(_ tables: [Table]) throws {
        for table in tables where try hasTable(table.name) {
            // Another process, which began at the same time, may be making them.
            if try hasTable(StorageSchema.settings.name) { return }
            throw StorageError(
                .mismatch,
                "has a table '\(table.name)' that is not this service's: give the service a place of its own (store.path or "
                    + "store.url)")
        }
    }
}

extension Migration {
    /// Which migrations a schema has: storage's own and the service's are counted apart.
    enum Component: String {
        case storage
        case service
    }

    /// Applies those of `migrations` that the store lacks. `.mismatch` for a store that a newer program wrote.
    static func apply(
        _ migrations: [Migration], of component: Component, to connection: any DriverConnection, isShared: Bool
    ) throws {
        precondition(
            migrations.map(\.version) == Array(migrations.indices.map { $0 + 1 }),
            "migrations are numbered from 1 without gaps")
        let applied = try version(of: component, connection) ?? 0
        guard applied <= migrations.count else {
            throw StorageError(
                .mismatch,
                "has schema version \(applied) of \(component.rawValue), this program knows \(migrations.count): "
                    + "run the newer program, or give this one a store of its own")
        }
        for migration in migrations.dropFirst(applied) {
            if isShared {
                for table in migration.tables { try connection.make(table) }
                try note(migration, component, connection)
            } else {
                try connection.inTransaction {
                    for table in migration.tables { try connection.make(table) }
                    try note(migration, component, connection)
                }
            }
        }
    }

    static func version(of component: Component, _ connection: any DriverConnection) throws -> Int? {
        try connection.first(
            "SELECT version FROM schema_version WHERE component = ?", [.text(component.rawValue)]
        ) { try $0.number(0, as: Int.self) }
    }

    private static func note(
        _ migration: Migration, _ component: Component, _ connection: any DriverConnection
    ) throws {
        let arguments: [SQLValue] = [.number(migration.version), .text(component.rawValue)]
        if migration.version > 1 {
            try connection.execute("UPDATE schema_version SET version = ? WHERE component = ?", arguments)
            return
        }
        do throws(StorageError) {
            try connection.execute("INSERT INTO schema_version (version, component) VALUES (?, ?)", arguments)
        } catch {
            // Another process, which began at the same time, has just done it.
            guard error.code == .conflict, try version(of: component, connection) != nil else { throw error }
        }
    }
}
