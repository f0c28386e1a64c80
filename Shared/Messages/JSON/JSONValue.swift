internal import JSONText

/// A JSON text as it stands in a file: numbers keep their digits, members their order, values their line.
///
/// The platform's own readers turn numbers into binary floating point on the way; a reported figure must not pass
/// through one.
package struct JSONValue: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        case null
        case flag(Bool)
        /// The number's own text, checked against RFC 8259.
        case number(String)
        case text(String)
        case array([JSONValue])
        case object([Member])
    }

    package struct Member: Sendable, Equatable {
        package let name: String
        package let value: JSONValue

        package init(name: String, value: JSONValue) {
            self.name = name
            self.value = value
        }
    }

    package let content: Content
    /// From 1; 0 for a value that was not read from a file.
    package let line: Int
    /// The byte in the line where the value begins, from 1; 0 for a value that was not read from a file.
    package let column: Int

    package init(_ content: Content, line: Int = 0, column: Int = 0) {
        self.content = content
        self.line = line
        self.column = column
    }

    /// Reads one value with nothing behind it.
    package init(parsing bytes: [UInt8]) throws(TextError) {
        var reader = JSONReader(bytes)
        self = try reader.document()
    }

    /// Reads values that follow each other, with or without space between them; none is no error.
    package static func sequence(parsing bytes: [UInt8]) throws(TextError) -> [JSONValue] {
        var reader = JSONReader(bytes)
        return try reader.documents()
    }

    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = content else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// What kind of value it is, for messages.
    package var kindName: String {
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

/// What is wrong in a text, and where.
package struct TextError: Error, Equatable {
    /// From 1.
    package let line: Int
    /// The byte in the line, from 1; 0 where the line says enough.
    package let column: Int
    package let message: String

    package init(line: Int, column: Int = 0, message: String) {
        self.line = line
        self.column = column
        self.message = message
    }
}

// MARK: - Building and writing

extension JSONValue {
    package static let null = JSONValue(.null)

    package static func flag(_ value: Bool) -> JSONValue { JSONValue(.flag(value)) }
    package static func text(_ value: String) -> JSONValue { JSONValue(.text(value)) }
    package static func number(_ value: some BinaryInteger) -> JSONValue { JSONValue(.number(String(value))) }
    package static func array(_ values: [JSONValue]) -> JSONValue { JSONValue(.array(values)) }

    package static func object(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        JSONValue(.object(members.map { Member(name: $0.key, value: $0.value) }))
    }

    /// The value as text, indented by two spaces; arrays and objects without members stay on their line.
    package func written(indentation: Int = 0) -> String {
        let inner = String(repeating: " ", count: indentation + 2)
        let outer = String(repeating: " ", count: indentation)
        switch content {
        case .null: return "null"
        case .flag(let value): return value ? "true" : "false"
        case .number(let digits): return digits
        case .text(let value): return jsonText(value)
        case .array(let values) where values.isEmpty: return "[]"
        case .array(let values):
            let lines = values.map { inner + $0.written(indentation: indentation + 2) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(outer)]"
        case .object(let members) where members.isEmpty: return "{}"
        case .object(let members):
            let lines = members.map {
                "\(inner)\(jsonText($0.name)): \($0.value.written(indentation: indentation + 2))"
            }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(outer)}"
        }
    }
}
