/// What a value is to the server. The types that all of the family have, and arrays of them as parameters.
public enum PostgresType: UInt32, Sendable, Hashable {
    /// Whatever the server finds the place to want.
    case unspecified = 0
    /// BYTEA.
    case bytes = 17
    /// BIGINT.
    case integer = 20
    /// TEXT.
    case text = 25
    /// BYTEA[].
    case byteArray = 1001
    /// TEXT[].
    case textArray = 1009
    /// BIGINT[].
    case integerArray = 1016
}

/// A value for one of a statement's places, `$1`, `$2`, ...
///
/// An empty text is one here. One vendor's mode stores NULL in its place (``PostgresConnection/selfTest()`` tells): who
/// stores texts uses ``storedText(_:)``, and takes NULL for an empty text again where it reads.
public enum PostgresParameter: Sendable, Hashable {
    /// NULL. The type makes it the same prepared statement as that of a value.
    case null(PostgresType)
    /// BIGINT.
    case integer(Int64)
    /// Without a NUL, which no PostgreSQL text can hold: it is refused with `.invalidArgument`.
    case text(String)
    /// BYTEA.
    case bytes([UInt8])
    /// A column of values.
    case array(PostgresArray)

    /// A text as it may be stored: NULL for one that is empty.
    public static func storedText(_ text: String) -> PostgresParameter { text.isEmpty ? .null(.text) : .text(text) }

    /// NULL for `nil`.
    public static func optional(_ value: Int64?) -> PostgresParameter { value.map { .integer($0) } ?? .null(.integer) }

    /// NULL for `nil`.
    public static func optional(_ value: String?) -> PostgresParameter { value.map { .text($0) } ?? .null(.text) }

    /// NULL for `nil`.
    public static func optional(_ value: [UInt8]?) -> PostgresParameter { value.map { .bytes($0) } ?? .null(.bytes) }

    /// What the server is told it is.
    public var type: PostgresType {
        switch self {
        case .null(let type): type
        case .integer: .integer
        case .text: .text
        case .bytes: .bytes
        case .array(let array): array.type
        }
    }
}

extension PostgresParameter: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    /// ``integer(_:)``.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// ``text(_:)``.
    public init(stringLiteral value: String) { self = .text(value) }
}
