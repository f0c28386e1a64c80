import TestPostgres
import Testing

@testable import PostgreSQL

@Suite("Values there and back") struct ValueTests {
    private func connect() async throws -> PostgresConnection { try await PostgresServer.shared().connect() }

    @Test("the self-test passes, arrays are taken, and both fail where a setting changes what is read")
    func selfTest() async throws {
        let connection = try await connect()
        try connection.selfTest()
        #expect(try connection.takesArrays())
        try connection.executeOnce("SET bytea_output = 'escape'")
        #expect(throws: PostgresError.self) { try connection.selfTest() }
    }

    @Test("integers", arguments: [Int64.min, -1, 0, 1, .max])
    func integers(value: Int64) async throws {
        let result = try await connect().execute("SELECT $1::bigint", [.integer(value)])
        #expect(result.kind(of: 0) == .integer)
        #expect(try result.integer(0, 0) == value)
    }

    @Test(
        "texts",
        arguments: [
            "", " ", "质量月 🀄️ \u{10FFFF}", #"'"\$1 {a,b} \x00 %s"#, "\r\n\t\u{1}\u{7f}",
            String(repeating: "质", count: 100_000),
        ])
    func texts(value: String) async throws {
        let result = try await connect().execute("SELECT $1::text", [.text(value)])
        #expect(result.kind(of: 0) == .text)
        #expect(try result.text(0, 0) == value)
        #expect(!result.isNull(0, 0))
    }

    @Test(
        "bytes",
        arguments: [[], [0], [255], Array(0...255), (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7) }] as [[UInt8]])
    func bytes(value: [UInt8]) async throws {
        let result = try await connect().execute("SELECT $1::bytea", [.bytes(value)])
        #expect(result.kind(of: 0) == .bytes)
        #expect(try result.bytes(0, 0) == value)
        var kept: [UInt8] = [7]
        #expect(try result.appendBytes(0, 0, to: &kept))
        #expect(kept == [7] + value)
    }

    @Test("NULL is none of the values, and an empty text may be stored as one")
    func null() async throws {
        let connection = try await connect()
        let result = try connection.execute(
            "SELECT $1::text, $2::bigint, $3::bytea, $4::text, $5::text",
            [.null(.text), .optional(nil as Int64?), .optional(nil as [UInt8]?), .storedText(""), .storedText("a")])
        #expect(try result.text(0, 0) == nil && result.integer(0, 1) == nil && result.bytes(0, 2) == nil)
        #expect(result.isNull(0, 3) && !result.isNull(0, 4))
        result.withText(0, 0) { #expect($0 == nil) }
        result.withText(0, 4) { #expect($0?.count == 1) }
        var kept: [UInt8] = []
        #expect(try !result.appendBytes(0, 2, to: &kept))
    }

    @Test("a text with a NUL is refused before anything is sent, also in an array")
    func nul() async throws {
        let connection = try await connect()
        try connection.begin()
        for parameter in [PostgresParameter.text("a\0b"), .array(PostgresArray(["a", "\0"] as [String?]))] {
            let error = #expect(throws: PostgresError.self) { try connection.execute("SELECT $1", [parameter]) }
            #expect(error?.kind == .invalidArgument)
        }
        #expect(connection.transactionStatus == .open)
    }

    @Test("what is read as something else is an error, and sums are integers")
    func otherKinds() async throws {
        let result = try await connect().execute(
            "SELECT 'a'::text, sum(v), 1.5::numeric, 1.5::float8 FROM (VALUES (9223372036854775807), (-1)) t (v)")
        #expect(throws: PostgresError.self) { try result.integer(0, 0) }
        #expect(throws: PostgresError.self) { try result.bytes(0, 0) }
        #expect(result.kind(of: 1) == .integer)
        #expect(try result.integer(0, 1) == 9_223_372_036_854_775_806)
        let error = #expect(throws: PostgresError.self) { try result.integer(0, 2) }
        #expect(error?.kind == .malformedAnswer)
        #expect(result.kind(of: 3) == .other)
    }

    @Test(
        "integers beyond 64 bits, and what is none, are not read as one",
        arguments: [
            "9223372036854775808", "-9223372036854775809", "", "-", "+1", " 1", "1.0", "1e3", "99999999999999999999",
        ])
    func decimals(text: String) {
        #expect(Array(text.utf8).withUnsafeBytes { Int64(decimal: $0) } == nil)
    }

    @Test(
        "hexadecimal text that is none is not read as bytes",
        arguments: ["", "\\x0", "\\x0g", "x00", "00", "\\x/0", "\\X00"])
    func hexadecimal(text: String) {
        var bytes: [UInt8] = [7]
        #expect(!Array(text.utf8).withUnsafeBytes { Hexadecimal.appendDecoded($0, to: &bytes) })
        #expect(bytes == [7])
    }

    @Test("arrays come apart as they were put together")
    func arrays() async throws {
        let integers: [Int64?] = [.min, nil, 0, .max]
        let texts: [String?] = ["", nil, "NULL", #"a"b\c{d},e 'f'"#, "质\n", " "]
        let bytes: [[UInt8]?] = [[], nil, [0, 0x5c, 0x22, 255]]
        let connection = try await connect()
        let first = try connection.execute("SELECT unnest($1::bigint[])", [.array(PostgresArray(integers))])
        #expect(try (0..<first.rowCount).map { try first.integer($0, 0) } == integers)
        let second = try connection.execute("SELECT unnest($1::text[])", [.array(PostgresArray(texts))])
        #expect(try (0..<second.rowCount).map { try second.text($0, 0) } == texts)
        let third = try connection.execute("SELECT unnest($1::bytea[])", [.array(PostgresArray(bytes))])
        #expect(try (0..<third.rowCount).map { try third.bytes($0, 0) } == bytes)
        for element in [PostgresArray.Element.integer, .text, .bytes] {
            let empty = PostgresArray(element)
            let result = try connection.execute("SELECT cardinality($1)", [.array(empty)])
            #expect(try result.integer(0, 0) == 0)
        }
    }

    @Test(
        "10,000 rows come whole and in order, over a socket and over TCP", arguments: [PostgresServer.Way.socket, .tcp])
    func manyRows(way: PostgresServer.Way) async throws {
        let connection = try await PostgresServer.shared().connect(over: way)
        let result = try connection.execute(
            "SELECT i, repeat('质', 100), decode(lpad(to_hex(i), 8, '0'), 'hex') FROM generate_series($1::bigint, 10000) i",
            [1])
        #expect(result.rowCount == 10_000 && result.columnCount == 3)
        #expect(result.affectedRowCount == 10_000)
        let text = String(repeating: "质", count: 100)
        var wrong = 0
        for row in 0..<result.rowCount {
            let number = UInt32(row + 1)
            let bytes = withUnsafeBytes(of: number.bigEndian, Array.init)
            let isRight = try result.integer(row, 0) == Int64(number) && result.text(row, 1) == text
            if try !isRight || result.bytes(row, 2) != bytes { wrong += 1 }
        }
        #expect(wrong == 0)
    }

    @Test("10 MiB go there and come back")
    func large() async throws {
        let value = [UInt8](repeating: 0xA7, count: 10 << 20)
        let result = try await connect().execute("SELECT $1::bytea, length($1::bytea)", [.bytes(value)])
        #expect(try result.integer(0, 1) == 10 << 20)
        #expect(try result.bytes(0, 0) == value)
    }

    @Test("changed rows are counted")
    func counts() async throws {
        let connection = try await connect()
        let made = try connection.executeOnce("CREATE TEMPORARY TABLE t (k BIGINT)")
        #expect(made.affectedRowCount == 0 && made.rowCount == 0 && made.commandTag == "CREATE TABLE")
        #expect(try connection.execute("INSERT INTO t SELECT generate_series(1, 10)").affectedRowCount == 10)
        #expect(try connection.execute("UPDATE t SET k = k WHERE k > $1", [7]).affectedRowCount == 3)
        #expect(try connection.execute("DELETE FROM t WHERE k > $1", [70]).affectedRowCount == 0)
    }
}
