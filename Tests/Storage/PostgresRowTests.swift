import PostgreSQL
import TestPostgres
import Testing

@testable import Storage

/// Rows in PostgreSQL as arrays, and one by one where an engine of the family or its library cannot do better.
@Suite("Rows in PostgreSQL") struct PostgresRowTests {
    private static let table = Table(
        "thing", key: [.text("kind"), .integer("number")],
        values: [.bytes("body"), .text("words", optional: true), .integer("count_of", optional: true)])

    private func changes(_ kind: RowChanges.Kind, _ rows: [[SQLValue]]) -> RowChanges {
        RowChanges(kind: kind, table: Self.table, count: rows.count) { index, columns in
            for value in rows[index] { columns.add(value) }
        }
    }

    @Test(
        "are inserted, changed, removed and found by their keys, however they travel",
        arguments: [true, false], [true, false])
    func rows(inArrays: Bool, isPipelined: Bool) async throws {
        let server = try await PostgresServer.shared()
        var options = PostgresOptions.patient
        options.usesPipeline = isPipelined
        let connection = PostgresStoreConnection(
            try server.connect(database: server.makeDatabase(), options), takesArrays: inArrays)
        try connection.make(Self.table)
        // Once more does nothing, as when two programs start at once.
        try connection.make(Self.table)
        let texts: [SQLValue] = [.text(#"a"\,{}NULL '质量' 🀄️"#), .null, .text("NULL"), .text("\\x00")]
        var rows = (0..<2_500).map { index -> [SQLValue] in
            [
                .text("kind \(index % 3)"), .number(index), .bytes([UInt8(index % 256), 0, 255]), texts[index % 4],
                index % 5 == 0 ? .null : .number(-index),
            ]
        }
        try connection.inTransaction { try connection.make(changes(.insert, rows)) }
        for index in stride(from: 0, to: 2_500, by: 7) { rows[index][3] = .text("changed") }
        let changed = stride(from: 0, to: 2_500, by: 7).map { rows[$0] }
        try connection.inTransaction {
            try connection.make(changes(.update, changed))
            try connection.make(changes(.delete, [Array(rows[1].prefix(2)), Array(rows[2_000].prefix(2))]))
        }
        var found: [Int: [SQLValue]] = [:]
        let keys = rows.map { Array($0.prefix(2)) } + [[.text("nowhere"), 1]]
        try connection.load([
            WantedRows(table: Self.table, count: keys.count, writeKey: { for value in keys[$0] { $1.add(value) } }) {
                index, columns in
                let (body, words, count) =
                    (try columns.bytes(), try columns.optionalText(), try columns.optionalInteger())
                found[index] = keys[index] + [.bytes(body), .optional(words), .optional(count)]
            }
        ])
        #expect(found.count == 2_498)
        #expect(found.allSatisfy { rows[$0.key] == $0.value })
        #expect(found[1] == nil && found[2_000] == nil && found[2_500] == nil)
        let lost = #expect(throws: StorageError.self) {
            try connection.inTransaction { try connection.make(changes(.update, [rows[1]])) }
        }
        #expect(lost?.code == .damaged)
        let twice = #expect(throws: StorageError.self) {
            try connection.inTransaction { try connection.make(changes(.insert, [rows[0]])) }
        }
        #expect(twice?.code == .conflict)
        // What failed was given up: the connection goes on.
        #expect(try connection.first("SELECT COUNT(*) FROM thing", []) { try $0.integer(0) } == 2_498)
    }
}
