extension PostgresConnection {
    /// Writes and reads one of each type, with the values that a server, a mode or a client library is likely to change:
    /// an empty text, characters of four bytes, the ends of 64 bits, bytes with a zero, NULL. Needs no table.
    ///
    /// `.unsuitableServer` with what came back otherwise.
    public func selfTest() throws(PostgresError) {
        let texts = ["", " ", "質量月 🀄️ \u{10FFFF}", #"'"\$1 {a,b} \x00"#, "line\r\n\ttab"]
        let integers: [Int64] = [.min, -1, 0, .max]
        let bytes: [[UInt8]] = [[], [0], Array(0...255)]
        for text in texts {
            try same(.text(text), "SELECT $1::text") { result throws(PostgresError) in try result.text(0, 0) == text }
        }
        for value in integers {
            try same(.integer(value), "SELECT $1::bigint") { result throws(PostgresError) in
                try result.integer(0, 0) == value
            }
        }
        for value in bytes {
            try same(.bytes(value), "SELECT $1::bytea") { result throws(PostgresError) in
                try result.bytes(0, 0) == value
            }
        }
        for (type, sql) in [
            (PostgresType.text, "SELECT $1::text"), (.integer, "SELECT $1::bigint"), (.bytes, "SELECT $1::bytea"),
        ] {
            try same(.null(type), sql) { $0.isNull(0, 0) }
        }
    }

    private func same(
        _ value: PostgresParameter, _ sql: String,
        _ isSame: (PostgresResult) throws(PostgresError) -> Bool
    ) throws(PostgresError) {
        let result = try execute(sql, [value])
        guard result.rowCount == 1, result.columnCount == 1, try isSame(result) else {
            let came = result.rowCount == 1 && result.isNull(0, 0) ? "NULL" : "another value"
            throw PostgresError(.unsuitableServer, "the database gives back \(came) for \(value): it cannot be used")
        }
    }

    /// Whether arrays can be parameters: else a statement is sent for each row. `false` only for an error of the server's
    /// in its answer.
    public func takesArrays() throws(PostgresError) -> Bool {
        let sql = "SELECT a, b, c FROM unnest($1::bigint[], $2::text[], $3::bytea[]) AS t (a, b, c)"
        do throws(PostgresError) {
            let result = try execute(
                sql,
                [
                    .array(PostgresArray([.max, nil])), .array(PostgresArray([#"a"\,{}"#, nil] as [String?])),
                    .array(PostgresArray([[0, 255], nil] as [[UInt8]?])),
                ])
            guard result.rowCount == 2 else { return false }
            let (integer, text, bytes) = (try result.integer(0, 0), try result.text(0, 1), try result.bytes(0, 2))
            return integer == .max && text == #"a"\,{}"# && bytes == [0, 255]
                && (0..<3).allSatisfy { result.isNull(1, $0) }
        } catch {
            guard isOpen, error.sqlState != nil else { throw error }
            return false
        }
    }
}
