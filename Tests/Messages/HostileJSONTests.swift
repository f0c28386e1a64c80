import MessageJSON
import MessageRuntime
import Messages
import RPC
import TestRandom
import Testing
import TestingMessages

@Suite("JSON that is no message is refused with its place")
struct HostileJSONTests {
    private let mapping: MessageJSON

    init() throws {
        mapping = try MessageJSON([.suite, .testing])
    }

    private func bytes(_ json: String, limits: DecodingLimits = .standard) throws -> [UInt8] {
        try mapping.bytes(of: JSONValue(parsing: Array(json.utf8)), as: EveryKind.schema, limits: limits)
    }

    struct Case: Sendable {
        let json: String
        let pointer: String
        let line: Int
        let column: Int
        let words: String
    }

    @Test(
        "a field, a value or a shape that does not fit",
        arguments: [
            Case(json: "[]", pointer: "", line: 1, column: 1, words: "an object is due"),
            Case(json: "{\"x\": 1}", pointer: "/x", line: 1, column: 7, words: "no such field: it has oneDouble"),
            Case(json: "{\"x\": null}", pointer: "/x", line: 1, column: 7, words: "no such field"),
            Case(json: "{\"a/b~\": 1}", pointer: "/a~1b~0", line: 1, column: 10, words: "no such field"),
            Case(json: "{\"oneInt32\\u0000\": 1}", pointer: "/oneInt32\0", line: 1, column: 20, words: "no such field"),
            Case(
                json: "{\"oneInner\":\n  {\"innermost\": {\"txt\": \"\"}}}", pointer: "/oneInner/innermost/txt",
                line: 2,
                column: 25, words: "EveryKind.Inner.Innermost has no such field: it has text"),
            Case(
                json: "{\"manyInner\": [{}, {\"number\": true}]}", pointer: "/manyInner/1/number", line: 1, column: 31,
                words: "true or false cannot be a whole number"),
            Case(json: "{\"manyInt32\": 1}", pointer: "/manyInt32", line: 1, column: 15, words: "an array is due"),
            Case(json: "{\"manyInt32\": [1, null]}", pointer: "/manyInt32/1", line: 1, column: 19, words: "null"),
            Case(json: "{\"oneInt32\": [1]}", pointer: "/oneInt32", line: 1, column: 14, words: "an array cannot be"),
            Case(
                json: "{\"oneInt32\": \" 1\"}", pointer: "/oneInt32", line: 1, column: 14, words: "not a whole number"),
            Case(
                json: "{\"oneInt32\": \"+1\"}", pointer: "/oneInt32", line: 1, column: 14, words: "not a whole number"),
            Case(
                json: "{\"oneInt32\": \"0x1\"}", pointer: "/oneInt32", line: 1, column: 14, words: "not a whole number"),
            Case(json: "{\"oneBool\": \"true\"}", pointer: "/oneBool", line: 1, column: 13, words: "true or false"),
            Case(json: "{\"oneString\": 1}", pointer: "/oneString", line: 1, column: 15, words: "cannot be a text"),
            Case(json: "{\"oneBytes\": \"A\"}", pointer: "/oneBytes", line: 1, column: 14, words: "not base64"),
            Case(json: "{\"oneBytes\": \"AB\"}", pointer: "/oneBytes", line: 1, column: 14, words: "not base64"),
            Case(json: "{\"oneBytes\": \"A=A=\"}", pointer: "/oneBytes", line: 1, column: 14, words: "not base64"),
            Case(json: "{\"oneBytes\": \"质量\"}", pointer: "/oneBytes", line: 1, column: 14, words: "not base64"),
            Case(json: "{\"oneColour\": \"RED\"}", pointer: "/oneColour", line: 1, column: 15, words: "COLOUR_RED"),
            Case(
                json: "{\"oneColour\": \"COLOUR_RED\\u0000\"}", pointer: "/oneColour", line: 1, column: 15,
                words: "no value"),
            Case(
                json: "{\"oneInt32\": 1, \"one_int32\": 1}", pointer: "/one_int32", line: 1, column: 30,
                words: "both of its names"),
            Case(
                json: "{\"choiceInt32\": 0, \"choiceBool\": false}", pointer: "/choiceBool", line: 1, column: 34,
                words: "choice_int32"),
        ])
    func refused(_ wrong: Case) throws {
        let error = #expect(throws: JSONMappingError.self, "\(wrong.json)") { try bytes(wrong.json) }
        #expect(error?.pointer == wrong.pointer)
        #expect(error?.line == wrong.line, "\(wrong.json)")
        #expect(error?.column == wrong.column, "\(wrong.json)")
        #expect(error?.message.contains(wrong.words) == true, "\(error?.message ?? "")")
    }

    @Test(
        "text that is no JSON",
        arguments: [
            "{\"oneInt32\": 1, \"oneInt32\": 2}", "{\"oneString\": \"\\ud800\"}", "{\"oneString\": \"\\udc00\\ud800\"}",
            "{\"oneString\": \"a\0b\"}", "{\"oneInt32\": 01}", "{\"oneInt32\": NaN}", "{\"oneDouble\": Infinity}", "{",
            String(repeating: "[", count: 1_000_000), String(repeating: "{\"oneInner\":", count: 100_000),
        ])
    func noJSON(text: String) {
        #expect(throws: TextError.self) { try bytes(text) }
    }

    @Test("depth and elements have limits")
    func limits() throws {
        var limits = DecodingLimits.standard
        limits.depth = 2
        #expect(throws: JSONMappingError.self) { try bytes("{\"oneInner\": {\"innermost\": {}}}", limits: limits) }
        _ = try bytes("{\"oneInner\": {}}", limits: limits)
        limits.elements = 3
        _ = try bytes("{\"manyInt32\": [1, 2, 3]}", limits: limits)
        #expect(throws: JSONMappingError.self) { try bytes("{\"manyInt32\": [1, 2, 3, 4]}", limits: limits) }
        #expect(throws: JSONMappingError.self) {
            try bytes("{\"oneInt32\": 1, \"manyInt32\": [1, 2, 3]}", limits: limits)
        }
    }

    @Test(
        "single fields count as elements, at every depth",
        arguments: [
            ("{\"oneInt32\": 1, \"oneBool\": true, \"oneString\": \"a\", \"maybeInt32\": 0}", "/maybeInt32"),
            ("{\"oneInner\": {\"number\": 1, \"innermost\": {\"text\": \"a\"}}}", "/oneInner/innermost/text"),
            ("{\"manyInner\": [{\"number\": 1}, {\"number\": 2}]}", "/manyInner/1/number"),
        ])
    func singleFields(json: String, fourth: String) throws {
        var limits = DecodingLimits.standard
        limits.elements = 4
        _ = try bytes(json, limits: limits)
        limits.elements = 3
        let error = #expect(throws: JSONMappingError.self) { try bytes(json, limits: limits) }
        #expect(error?.pointer == fourth)
        #expect(error?.message.contains("more than 3 elements") == true)
    }

    @Test("a number of a million digits is out of range, not a wait")
    func longNumber() {
        let digits = String(repeating: "9", count: 1_000_000)
        #expect(throws: JSONMappingError.self) { try bytes("{\"oneInt32\": \(digits)}") }
        #expect(throws: JSONMappingError.self) { try bytes("{\"oneInt32\": 1e\(digits)}") }
        #expect(throws: JSONMappingError.self) { try bytes("{\"oneDouble\": 1e\(digits)}") }
    }

    @Test("bytes that are no message of the type do not become JSON")
    func notAMessage() {
        #expect(throws: RPCError.self) { try mapping.json(of: [0xFF], as: EveryKind.schema) }
        #expect(throws: RPCError.self) { try mapping.json(of: Bytes.delimited(14, [0xC3]), as: EveryKind.schema) }
    }

    @Test("JSON changed at random: a message or an error")
    func mutations() throws {
        var random = SplitMix(seed: 7)
        let original = Array(
            try mapping.json(of: EveryKind.full.encodedBytes(), as: EveryKind.schema).written().utf8)
        var accepted = 0
        for _ in 0..<1_000 {
            var text = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let at = Int.random(in: 0..<text.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: text[at] = .random(in: 0...255, using: &random)
                case 1: text.remove(at: at)
                default: text.insert(contentsOf: Array("0\"{}[]:,\\e-".utf8).shuffled(using: &random).prefix(1), at: at)
                }
            }
            do {
                let bytes = try mapping.bytes(of: JSONValue(parsing: text), as: EveryKind.schema)
                _ = try EveryKind.decode(bytes)
                accepted += 1
            } catch {
                #expect(error is TextError || error is JSONMappingError)
            }
        }
        #expect(accepted > 0)
    }
}
