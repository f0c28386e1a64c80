internal import PostgreSQL

/// A connection to PostgreSQL behind the face. A group commit takes two round trips: one that begins it and loads, one that
/// stores and commits; a third where rows lead to others.
final class PostgresStoreConnection: DriverConnection {
    let connection: PostgresConnection
    /// Whether a statement takes many rows as arrays; else each has one of its own.
    private let takesArrays: Bool
    private var tables: [String: PostgresTable] = [:]
    private var translated: [String: String] = [:]
    /// BEGIN goes out with the first statement.
    private var beginning: PostgresIsolation?
    /// Whether nobody waits for the answers any more: asked before each statement.
    var isGivenUp: () -> Bool = { false }

    init(_ connection: PostgresConnection, takesArrays: Bool) {
        self.connection = connection
        self.takesArrays = takesArrays
    }

    @discardableResult
    private func run(_ pipeline: PostgresPipeline) throws(StorageError) -> [PostgresResult] {
        guard !isGivenUp() else { throw StorageError(.closed, "the read was given up") }
        do throws(PostgresError) {
            return try connection.run(pipeline)
        } catch {
            // What a session may do it is told when it begins: another one may be told otherwise.
            if error.kind == .readOnly || error.sqlState == Self.notPermitted { connection.close() }
            throw StorageError(error)
        }
    }

    // MARK: Statements

    func statement(_ sql: String) throws(StorageError) -> any DriverStatement {
        PostgresStatement { [self] arguments throws(StorageError) in
            var pipeline = PostgresPipeline()
            let isFirst = beginning != nil
            if let beginning { pipeline.begin(beginning) }
            pipeline.execute(numbered(sql), arguments.map(PostgresParameter.init))
            let results = try run(pipeline)
            beginning = nil
            return results[isFirst ? 1 : 0]
        }
    }

    /// With `$1` in the place of each `?`. No statement of ours has a question mark elsewhere.
    private func numbered(_ sql: String) -> String {
        if let known = translated[sql] { return known }
        var text = ""
        var count = 0
        for character in sql {
            guard character == "?" else {
                text.append(character)
                continue
            }
            count += 1
            text += "$\(count)"
        }
        translated[sql] = text
        return text
    }

    func begin() throws { try begin(.readCommitted) }

    func begin(_ isolation: PostgresIsolation) throws(StorageError) {
        var pipeline = PostgresPipeline()
        pipeline.begin(isolation)
        try run(pipeline)
    }

    /// Begins a transaction together with its first statement.
    func beginLater(_ isolation: PostgresIsolation) { beginning = isolation }

    func commit() throws { try commitGroup([]) }

    func rollback() {
        beginning = nil
        do throws(PostgresError) {
            try connection.rollback()
        } catch {
            // The server rolls back what was begun on a connection that is gone.
            connection.close()
        }
    }

    // MARK: Tables

    func hasTable(_ name: String) throws -> Bool {
        do throws(PostgresError) {
            try connection.executeOnce("SELECT 1 FROM \(name) LIMIT 1")
            return true
        } catch {
            guard error.sqlState == Self.undefinedTable else { throw StorageError(error) }
            return false
        }
    }

    private static let undefinedTable = "42P01"
    private static let notPermitted = "42501"
    private static let undefinedColumn = "42703"
    /// A table of that name, or the type of its rows.
    private static let duplicates = ["42P07", "42710"]

    func make(_ table: Table) throws {
        for statement in table.creation(again: true, text: #"TEXT COLLATE "C""#) { try make(statement) }
        try check(table)
    }

    private func make(_ statement: String) throws(StorageError) {
        do throws(PostgresError) {
            try connection.executeOnce(statement)
        } catch {
            // Another process makes the same: PostgreSQL looks before it makes, not while.
            let isThere = error.kind == .uniqueViolation || error.sqlState.map(Self.duplicates.contains) == true
            guard isThere else { throw StorageError(error) }
        }
    }

    /// A table of that name may have been there before.
    func check(_ table: Table) throws {
        let columns = table.key + table.values
        do throws(PostgresError) {
            let result = try connection.executeOnce(
                "SELECT \(columns.map(\.name).joined(separator: ", ")) FROM \(table.name) LIMIT 0")
            if columns.indices.allSatisfy({ result.kind(of: $0) == columns[$0].kind.inAnswers }) { return }
        } catch {
            guard error.sqlState == Self.undefinedColumn else { throw StorageError(error) }
        }
        throw StorageError(
            .mismatch,
            "has a table '\(table.name)' that is not this service's: give the service a database of its own "
                + "(store.url)")
    }

    // MARK: Group commits

    func beginGroup(loading rows: [WantedRows], log size: UInt64, mustReachDisk: Bool) throws -> LogAdvance? {
        var pipeline = PostgresPipeline()
        pipeline.begin()
        let first = pipeline.count
        pipeline.execute(Self.lockHead, [.text(LogHeadRow.name)])
        pipeline.execute(Self.groupsBeyond, [.integer(Int64(size))])
        let loading = try add(rows, to: &pipeline)
        let results = try run(pipeline)
        let advance = try Self.advance(results[first], results[first + 1])
        try take(results[(first + 2)...], loading)
        return advance
    }

    func load(_ rows: [WantedRows]) throws {
        var pipeline = PostgresPipeline()
        let isFirst = beginning != nil
        if let beginning { pipeline.begin(beginning) }
        let loading = try add(rows, to: &pipeline)
        let results = try run(pipeline)
        beginning = nil
        try take(results[(isFirst ? 1 : 0)...], loading)
    }

    func commitGroup(_ changes: [RowChanges]) throws {
        var pipeline = PostgresPipeline()
        let expected = changes.flatMap { add($0, to: &pipeline) }
        pipeline.commit()
        // Rows that were loaded under the head's lock are there, unless a program that knows nothing of it took them away. It
        // is told after the fact: asking before would be a third round trip.
        try check(run(pipeline), expected)
    }

    /// How many rows a step must change.
    private typealias Expected = (step: Int, count: Int, changes: RowChanges)

    private func add(_ changes: RowChanges, to pipeline: inout PostgresPipeline) -> [Expected] {
        if case .forget(let rows) = changes.kind {
            pipeline.execute(numbered(rows.statement), rows.arguments.map(PostgresParameter.init))
            return []
        }
        return table(changes.table).statements(for: changes, inArrays: takesArrays).map { piece in
            pipeline.execute(piece.sql, piece.parameters)
            return (pipeline.count - 1, piece.count, changes)
        }
    }

    private func check(_ results: [PostgresResult], _ expected: [Expected]) throws(StorageError) {
        for (step, count, changes) in expected where results[step].affectedRowCount != count { throw changes.lost }
    }

    func advance(beyond size: UInt64) throws -> LogAdvance? {
        guard let head = try row(LogHeadRow.self, LogHeadRow.name) else { throw LogHeadRow.missing }
        guard head.size != size else { return nil }
        var pipeline = PostgresPipeline()
        pipeline.begin(.repeatableRead)
        pipeline.execute(Self.readHead, [.text(LogHeadRow.name)])
        pipeline.execute(Self.groupsBeyond, [.integer(Int64(size))])
        pipeline.commit()
        let results = try run(pipeline)
        return try Self.advance(results[1], results[2])
    }

    func lockedHead() throws -> LogHeadRow? {
        var pipeline = PostgresPipeline()
        pipeline.execute(Self.lockHead, [.text(LogHeadRow.name)])
        return try Self.head(run(pipeline)[0])
    }

    func make(_ changes: RowChanges) throws {
        var pipeline = PostgresPipeline()
        let expected = add(changes, to: &pipeline)
        try check(run(pipeline), expected)
    }

    private static let readHead =
        "SELECT log_size, sealed_unix_us, token FROM log_head WHERE head_name = $1"
    private static let lockHead = readHead + " FOR UPDATE"
    private static let groupsBeyond = """
        SELECT first_index, log_size, frontier, leaves, checkpoint, token FROM log_group
        WHERE first_index >= $1 ORDER BY first_index
        """

    private static func advance(_ head: PostgresResult, _ groups: PostgresResult) throws -> LogAdvance {
        guard let head = try Self.head(head) else { throw LogHeadRow.missing }
        let statement = PostgresStatement(answered: groups)
        var rows: [LogGroupRow] = []
        while try statement.step() { rows.append(try LogGroupRow(row: Row(statement: statement))) }
        return LogAdvance(head: head, groups: rows)
    }

    private static func head(_ result: PostgresResult) throws -> LogHeadRow? {
        let statement = PostgresStatement(answered: result)
        guard try statement.step() else { return nil }
        var reader = ColumnReader(statement)
        return try LogHeadRow(key: LogHeadRow.name, values: &reader)
    }

    // MARK: Rows

    private func table(_ table: Table) -> PostgresTable {
        if let known = tables[table.name] { return known }
        let new = PostgresTable(table)
        tables[table.name] = new
        return new
    }

    /// Which rows each step asks for.
    private typealias Loading = [(rows: WantedRows, first: Int)]

    private func add(_ rows: [WantedRows], to pipeline: inout PostgresPipeline) throws -> Loading {
        var loading: Loading = []
        for rows in rows {
            for piece in table(rows.table).statements(for: rows, inArrays: takesArrays) {
                loading.append((rows, piece.first))
                pipeline.execute(piece.sql, piece.parameters)
            }
        }
        return loading
    }

    private func take(_ results: ArraySlice<PostgresResult>, _ loading: Loading) throws {
        for (result, (rows, first)) in zip(results, loading) {
            let statement = PostgresStatement(answered: result)
            while try statement.step() {
                var reader = ColumnReader(statement, from: 1)
                try rows.take(first + Int(statement.integer(0)), &reader)
            }
        }
    }
}

extension Column.Kind {
    fileprivate var inAnswers: PostgresResult.ColumnKind {
        switch self {
        case .integer: .integer
        case .text: .text
        case .bytes: .bytes
        }
    }
}
