/// A JSON text as it stands in a file: numbers keep their digits, members their order, values their line.
///
/// The platform's own readers turn numbers into binary floating point on the way; a reported figure must not pass
/// through one.
struct JSONValue: Sendable, Equatable {
    enum Content: Sendable, Equatable {
        case null
        case flag(Bool)
        /// The number's own text, checked against RFC 8259.
        case number(String)
        case text(String)
        case array([JSONValue])
        case object([Member])
    }

    struct Member: Sendable, Equatable {
        let name: String
        let value: JSONValue
    }

    let content: Content
    /// From 1; 0 for a value that was not read from a file.
    let line: Int

    init(_ content: Content, line: Int = 0) {
        self.content = content
        self.line = line
    }

    /// Reads one value with nothing behind it.
    init(parsing bytes: [UInt8]) throws(TextError) {
        var reader = JSONReader(bytes)
        self = try reader.document()
    }

    subscript(name: String) -> JSONValue? {
        guard case .object(let members) = content else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// What kind of value it is, for messages.
    var kindName: String {
        switch content {
        case .null: "null"
        case .flag: "true or false"
        case .number: "a number"
        case .text: "a text"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// What is wrong in a text, and in which line (from 1).
package struct TextError: Error, Equatable {
    let line: Int
    let message: String
}

// MARK: - Building and writing

extension JSONValue {
    static let null = JSONValue(.null)

    static func flag(_ value: Bool) -> JSONValue { JSONValue(.flag(value)) }
    static func text(_ value: String) -> JSONValue { JSONValue(.text(value)) }
    static func number(_ value: some BinaryInteger) -> JSONValue { JSONValue(.number(String(value))) }
    static func array(_ values: [JSONValue]) -> JSONValue { JSONValue(.array(values)) }

    static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        JSONValue(.object(members.map { Member(name: $0.key, value: $0.value) }))
    }

    /// The value as text, indented by two spaces; arrays and objects without members stay on their line.
    func written(indentation: Int = 0) -> String {
        let inner = String(repeating: " ", count: indentation + 2)
        let outer = String(repeating: " ", count: indentation)
        switch content {
        case .null: return "null"
        case .flag(let value): return value ? "true" : "false"
        case .number(let digits): return digits
        case .text(let value): return Self.quoted(value)
        case .array(let values) where values.isEmpty: return "[]"
        case .array(let values):
            let lines = values.map { inner + $0.written(indentation: indentation + 2) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(outer)]"
        case .object(let members) where members.isEmpty: return "{}"
        case .object(let members):
            let lines = members.map {
                "\(inner)\(Self.quoted($0.name)): \($0.value.written(indentation: indentation + 2))"
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(outer)}"
        }
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
