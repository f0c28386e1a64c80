import MessageJSON
import Testing

@Suite("JSON is read as it stands")
struct JSONReaderTests {
    private func read(_ text: String) throws -> JSONValue {
        try JSONValue(parsing: Array(text.utf8))
    }

    private func failure(_ text: String) -> TextError? {
        do {
            _ = try read(text)
            return nil
        } catch {
            return error as? TextError
        }
    }

    @Test(
        "a number keeps its digits",
        arguments: ["0", "-0", "36.50", "0.10000000000000001", "9007199254740993", "1e400"])
    func digits(_ number: String) throws {
        #expect(try read(number).content == .number(number))
    }

    @Test("members keep their order and values their lines")
    func order() throws {
        let value = try read("{\"b\": 1,\n \"a\": [true,\n null]}")
        guard case .object(let members) = value.content else { throw TextError(line: 0, message: "no object") }
        #expect(members.map(\.name) == ["b", "a"])
        #expect(
            value["a"]
                == JSONValue(
                    .array([JSONValue(.flag(true), line: 2, column: 8), JSONValue(.null, line: 3, column: 2)]),
                    line: 2, column: 7))
    }

    @Test("escapes, a surrogate pair and a byte order mark are understood")
    func escapes() throws {
        #expect(try read("\u{FEFF}\"\\u8d28\\n\\/\\ud83d\\ude00\"").content == .text("质\n/😀"))
    }

    @Test(
        "what RFC 8259 does not allow is refused with its line",
        arguments: [
            "", "{", "[1,]", "{\"a\":1,}", "01", "1.", ".5", "+1", "1e", "nul", "'a'", "\"a", "\"\u{1}\"", "\"\\x\"",
            "\"\\ud83d\"", "\"\\ud83dx\"", "\"\\ude00\"", "\"\\u12\"", "1 2", "{\"a\" 1}", "{a: 1}", "[1 2]", "// x\n1",
        ])
    func refused(_ text: String) {
        #expect(failure(text) != nil)
    }

    @Test("a member that stands twice is refused")
    func twice() {
        #expect(failure("{\"a\": 1,\n\"a\": 2}") == TextError(line: 2, column: 4, message: "member \"a\" stands twice"))
    }

    @Test("nesting has a limit")
    func depth() throws {
        let limit = JSONReader.depthLimit
        _ = try read(String(repeating: "[", count: limit) + String(repeating: "]", count: limit))
        #expect(failure(String(repeating: "[", count: 100_000)) != nil)
    }

    @Test("values can follow each other")
    func sequence() throws {
        let values = try JSONValue.sequence(parsing: Array(" {\"a\":1}{}\n[2] 3 \n".utf8))
        #expect(values.map { $0.written() } == ["{\n  \"a\": 1\n}", "{}", "[\n  2\n]", "3"])
        #expect(values.map(\.line) == [1, 1, 2, 2])
        #expect(try JSONValue.sequence(parsing: []).isEmpty)
        #expect(throws: TextError.self) { try JSONValue.sequence(parsing: Array("{} ]".utf8)) }
    }

    @Test("bytes that are not UTF-8 are refused")
    func encoding() {
        #expect(throws: TextError.self) { try JSONValue(parsing: [0x22, 0xC3, 0x28, 0x22]) }
    }

    @Test("what is written is read back")
    func roundTrip() throws {
        let value = JSONValue.object([
            "text": .text("“质量”\"\\\n\u{1}"), "number": JSONValue(.number("36.50")), "none": .null,
            "list": .array([.flag(false), .array([]), .object([:])]),
        ])
        #expect(try read(value.written()).written() == value.written())
        #expect(try read(value.written())["text"]?.content == .text("“质量”\"\\\n\u{1}"))
    }
}
