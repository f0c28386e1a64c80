internal import Glibc
package import Journal
internal import PostgreSQL
package import Storage
internal import Synchronization

/// What tests keep their stores in: SQLite, or PostgreSQL where QM_TEST_POSTGRES names a server
/// (`compose/with-postgres`). So every test of a store runs on both engines.
package enum TestEngine {
    case sqlite, postgres

    package static let current: TestEngine = server == nil ? .sqlite : .postgres

    package static var isSQLite: Bool { current == .sqlite }

    private static let server = getenv("QM_TEST_POSTGRES").map { String(cString: $0) }
    private static let databases = Mutex<[String: String]>([:])

    /// The address of what is as good as a database of its own for what is called `name`, made when it is first asked for: a
    /// role's own schema, which is there in a moment, where a database is a copy of megabytes.
    package static func databaseURL(of name: String) -> String? {
        guard let server else { return nil }
        let role = databases.withLock { databases in
            if let known = databases[name] { return known }
            let new = "qm_\(getpid())_\(databases.count)"
            make(new, on: server)
            databases[name] = new
            return new
        }
        return server.replacing("postgres@", with: "\(role)@")
    }

    static func tamper(withDatabaseOf name: String, _ sql: String, _ blob: [UInt8]) {
        do {
            guard let url = databaseURL(of: name) else { preconditionFailure("no server") }
            let connection = try PostgresConnection(PostgresLibrary.load(), to: PostgresAddress(parsing: url))
            try connection.executeOnce(sql.replacing("?", with: "$1"), sql.contains("?") ? [.bytes(blob)] : [])
        } catch {
            // A mistake in a test.
            fatalError("\(sql): \(error)")
        }
    }

    private static func make(_ role: String, on server: String) {
        do {
            let connection = try PostgresConnection(PostgresLibrary.load(), to: PostgresAddress(parsing: server))
            try connection.executeOnce("CREATE ROLE \(role) LOGIN")
            try connection.executeOnce("CREATE SCHEMA AUTHORIZATION \(role)")
        } catch {
            // No test can say anything without it.
            fatalError("QM_TEST_POSTGRES: \(error)")
        }
    }
}

extension StoreOptions {
    /// A store at a path, or in a database that is as good as that.
    package init(
        testing service: String, at path: String, migrations: [Migration] = [], isRehearsal: Bool = false,
        logKey: LogKey? = .test, wallClock: @escaping @Sendable () -> Int64 = { 1 },
        makeEpoch: @escaping @Sendable () -> JournalEpoch = StoreOptions.randomEpoch
    ) {
        self.init(
            .test(path), service: service, migrations: migrations, isRehearsal: isRehearsal, logKey: logKey,
            wallClock: wallClock, makeEpoch: makeEpoch)
        // The tests' server does not sync.
        if !TestEngine.isSQLite { synchronous = .off }
    }
}

extension StorePlace {
    package static func test(_ path: String) -> StorePlace {
        guard let url = TestEngine.databaseURL(of: path) else { return .file(path) }
        // It was made of an address that has just been used.
        guard let address = try? PostgresAddress(parsing: url) else { fatalError("\(url) is no address") }
        return .database(address, library: PostgresLibrary.defaultName)
    }
}
