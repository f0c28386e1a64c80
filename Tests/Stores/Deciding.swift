package import Cryptography
internal import GRDBSQLite
package import Storage

/// A decision that a test makes up where it needs one.
package struct Deciding<Answer: Sendable>: Decision {
    private let naming: @Sendable (WorkingSet) -> Void
    private let body: @Sendable (WorkingSet) throws -> Answer

    package init(
        naming: @escaping @Sendable (WorkingSet) -> Void = { _ in },
        _ body: @escaping @Sendable (WorkingSet) throws -> Answer
    ) {
        self.naming = naming
        self.body = body
    }

    package func load(_ rows: WorkingSet) { naming(rows) }

    package func decide(_ rows: WorkingSet) throws -> Answer { try body(rows) }
}

extension Store {
    /// Has a decision made that only appends to the journal, or does nothing.
    @discardableResult
    package func deciding<Answer: Sendable>(
        _ body: @escaping @Sendable (WorkingSet) throws -> Answer
    ) async throws -> Answer {
        try await commit(Deciding(body)).value
    }
}

/// Does to a store's file what no program of the suite does: one statement, with a blob as its argument if it takes one.
package func tamper(withStoreAt path: String, _ sql: String, _ blob: [UInt8] = []) {
    guard TestEngine.isSQLite else { return TestEngine.tamper(withDatabaseOf: path, sql, blob) }
    tamper(withFileAt: path, sql, blob)
}

/// The same where the store is a file, whatever other tests' are.
package func tamper(withFileAt path: String, _ sql: String, _ blob: [UInt8] = []) {
    var database: OpaquePointer?
    let opened = sqlite3_open(path, &database)
    precondition(opened == SQLITE_OK, "\(path) cannot be opened")
    defer { sqlite3_close(database) }
    sqlite3_busy_timeout(database, 60_000)
    var statement: OpaquePointer?
    let prepared = sqlite3_prepare_v2(database, sql, -1, &statement, nil)
    precondition(prepared == SQLITE_OK, "\(sql) is no statement")
    defer { sqlite3_finalize(statement) }
    blob.withUnsafeBytes { bytes in
        if sqlite3_bind_parameter_count(statement) > 0 {
            sqlite3_bind_blob64(statement, 1, bytes.baseAddress, UInt64(bytes.count), nil)
        }
        let done = sqlite3_step(statement)
        precondition(done == SQLITE_DONE, String(cString: sqlite3_errmsg(database)))
    }
}

extension SigningKey {
    /// A fixed seed: no test depends on which key it is.
    package static let test: SigningKey = {
        guard let key = try? SigningKey(rawRepresentation: Array(repeating: 7, count: SigningKey.rawBytes)) else {
            preconditionFailure("32 bytes are an Ed25519 key")
        }
        return key
    }()
}

extension LogKey {
    package static let test = LogKey(trustDomain: "quality.example", key: .test)
}
