/// A column of values as one parameter, e.g. for `SELECT * FROM unnest($1::bytea[], $2::bigint[])`. Kept as the text that
/// is sent: a value is written once, straight from where it lies.
///
/// The text is PostgreSQL's for arrays ("Array Input and Output Syntax"): every text and every run of bytes stands in
/// quotes, NULL does not.
public struct PostgresArray: Sendable, Hashable {
    /// What its elements are; never ``PostgresType/unspecified``.
    public enum Element: Sendable, Hashable {
        case integer, text, bytes
    }

    /// What its elements are.
    public let element: Element
    /// How many there are.
    public private(set) var count = 0
    /// Without the brace that ends it.
    private var text: [UInt8] = [UInt8(ascii: "{")]
    private(set) var holdsNUL = false

    /// An array without elements. `reservingBytes` is a guess of how long its text will be.
    public init(_ element: Element, reservingBytes: Int = 0) {
        self.element = element
        text.reserveCapacity(reservingBytes)
    }

    /// An array of integers, NULL for `nil`.
    public init(_ values: [Int64?]) {
        self.init(.integer)
        for value in values {
            if let value { append(value) } else { appendNull() }
        }
    }

    /// An array of texts, NULL for `nil`.
    public init(_ values: [String?]) {
        self.init(.text)
        for value in values {
            if let value { append(value) } else { appendNull() }
        }
    }

    /// An array of runs of bytes, NULL for `nil`.
    public init(_ values: [[UInt8]?]) {
        self.init(.bytes)
        for value in values {
            if let value { append(value) } else { appendNull() }
        }
    }

    /// Appends NULL, whatever the elements are.
    public mutating func appendNull() {
        separate()
        text += "NULL".utf8
    }

    /// To an array of integers.
    public mutating func append(_ value: Int64) {
        precondition(element == .integer, "an integer in an array of \(element)")
        separate()
        text.appendDecimal(value)
    }

    /// To an array of texts. One with a NUL is refused when the array is sent.
    public mutating func append(_ value: String) {
        precondition(element == .text, "a text in an array of \(element)")
        separate()
        var value = value
        value.withUTF8 { utf8 in
            text.reserveFor(utf8.count + 2)
            text.append(UInt8(ascii: "\""))
            for byte in utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { text.append(UInt8(ascii: "\\")) }
                if byte == 0 { holdsNUL = true }
                text.append(byte)
            }
            text.append(UInt8(ascii: "\""))
        }
    }

    /// To an array of bytes.
    public mutating func append(_ value: [UInt8]) {
        value.withUnsafeBytes { append(bytes: $0) }
    }

    /// To an array of bytes, from where they lie.
    public mutating func append(bytes: UnsafeRawBufferPointer) {
        precondition(element == .bytes, "bytes in an array of \(element)")
        separate()
        text.reserveFor(bytes.count * 2 + 5)
        text += #""\\x"#.utf8
        Hexadecimal.append(bytes, to: &text)
        text.append(UInt8(ascii: "\""))
    }

    /// Bytes that will be sent.
    public var byteCount: Int { text.count + 1 }

    var type: PostgresType {
        switch element {
        case .integer: .integerArray
        case .text: .textArray
        case .bytes: .byteArray
        }
    }

    /// The whole of it, as the server reads it.
    func write(to buffer: inout [UInt8]) {
        buffer += text
        buffer.append(UInt8(ascii: "}"))
    }

    private mutating func separate() {
        if count > 0 { text.append(UInt8(ascii: ",")) }
        count += 1
    }
}

extension [UInt8] {
    /// A number in decimal digits.
    mutating func appendDecimal(_ value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        let start = count
        repeat {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        self[start...].reverse()
    }
}
