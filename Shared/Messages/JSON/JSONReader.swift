/// Reads RFC 8259, strictly: no comments, no trailing commas, no member twice, no more than ``depthLimit`` levels.
package struct JSONReader {
    package static let depthLimit = 64

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    /// Where the line begins.
    private var lineStart = 0

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        lineStart = position
    }

    /// Every value to the end of the text.
    package mutating func documents() throws(TextError) -> [JSONValue] {
        var values: [JSONValue] = []
        skipSpace()
        while position < bytes.count {
            values.append(try value(depth: 0))
            skipSpace()
        }
        return values
    }

    package mutating func document() throws(TextError) -> JSONValue {
        skipSpace()
        let value = try self.value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw failure("something stands behind the end of the JSON value") }
        return value
    }

    // MARK: Values

    private mutating func value(depth: Int) throws(TextError) -> JSONValue {
        guard depth < Self.depthLimit else { throw failure("more than \(Self.depthLimit) levels of nesting") }
        let line = line, column = column
        return JSONValue(try content(depth: depth), line: line, column: column)
    }

    private mutating func content(depth: Int) throws(TextError) -> JSONValue.Content {
        switch current {
        case UInt8(ascii: "{"): return .object(try members(depth: depth))
        case UInt8(ascii: "["): return .array(try elements(depth: depth))
        case UInt8(ascii: "\""): return .text(try string())
        case UInt8(ascii: "t"): return try word("true", .flag(true))
        case UInt8(ascii: "f"): return try word("false", .flag(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case let byte? where byte == UInt8(ascii: "-") || Self.isDigit(byte): return .number(try number())
        case nil: throw failure("the text ends where a value is due")
        default: throw failure("a value is due here")
        }
    }

    private mutating func members(depth: Int) throws(TextError) -> [JSONValue.Member] {
        position += 1
        var members: [JSONValue.Member] = []
        var names: Set<String> = []
        skipSpace()
        if take("}") { return members }
        repeat {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw failure("a member's name in quotes is due here") }
            let name = try string()
            guard names.insert(name).inserted else { throw failure("member \"\(name)\" stands twice") }
            skipSpace()
            guard take(":") else { throw failure("a colon is due after \"\(name)\"") }
            skipSpace()
            members.append(JSONValue.Member(name: name, value: try value(depth: depth + 1)))
            skipSpace()
        } while take(",")
        guard take("}") else { throw failure("a comma or } is due here") }
        return members
    }

    private mutating func elements(depth: Int) throws(TextError) -> [JSONValue] {
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return elements }
        repeat {
            skipSpace()
            elements.append(try value(depth: depth + 1))
            skipSpace()
        } while take(",")
        guard take("]") else { throw failure("a comma or ] is due here") }
        return elements
    }

    private mutating func word(_ word: StaticString, _ content: JSONValue.Content) throws(TextError)
        -> JSONValue.Content
    {
        let expected = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard bytes[position...].starts(with: expected) else { throw failure("a value is due here") }
        position += expected.count
        return content
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    private mutating func number() throws(TextError) -> String {
        let start = position
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(TextError) {
        let start = position
        while let byte = current, Self.isDigit(byte) { position += 1 }
        guard position > start else { throw failure("a digit is due here") }
    }

    // MARK: Strings

    private mutating func string() throws(TextError) -> String {
        position += 1
        var text: [UInt8] = []
        while let byte = current {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw failure("the text is not UTF-8")
                }
                return string
            case UInt8(ascii: "\\"):
                text.append(contentsOf: String(Character(try escaped())).utf8)
            case 0..<0x20:
                throw failure("a text holds a control character or its closing quote is missing")
            default:
                text.append(byte)
            }
        }
        throw failure("a text's closing quote is missing")
    }

    private mutating func escaped() throws(TextError) -> Unicode.Scalar {
        defer { position += 1 }
        switch current {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let first = try codeUnit()
            guard UTF16.isLeadSurrogate(first) else {
                guard let scalar = Unicode.Scalar(first) else { throw failure("half a surrogate pair") }
                return scalar
            }
            guard bytes[(position + 1)...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
                throw failure("half a surrogate pair")
            }
            position += 2
            let second = try codeUnit()
            let value = 0x10000 + (UInt32(first & 0x3FF) << 10) + UInt32(second & 0x3FF)
            guard UTF16.isTrailSurrogate(second), let scalar = Unicode.Scalar(value) else {
                throw failure("half a surrogate pair")
            }
            return scalar
        default: throw failure("an escape that JSON does not know")
        }
    }

    /// Four hexadecimal digits behind the `u` at the position; ends on the last of them.
    private mutating func codeUnit() throws(TextError) -> UInt16 {
        let digits = bytes[(position + 1)...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw failure("four hexadecimal digits are due after \\u") }
        position += 4
        return unit
    }

    // MARK: Bytes

    private var column: Int { position - lineStart + 1 }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\n"):
                line += 1
                lineStart = position + 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
            default: return
            }
            position += 1
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private func failure(_ message: String) -> TextError {
        TextError(line: line, column: column, message: message)
    }
}
