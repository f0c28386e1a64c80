/// A key that other keys are sealed with before they are stored: whoever has the store and not this key has none of them.
///
/// It lies in a file of its own, 64 hexadecimal digits, as `openssl rand -hex 32` writes them.
public struct WrappingKey: Sendable, Hashable {
    /// Tells keys apart and nothing of what they are: 16 bytes of a hash.
    public let identifier: [UInt8]
    private let key: SealingKey

    private static let identifierBytes = 16
    private static let identifierPrefix = Array("quality month wrapping key\0".utf8)

    private init(_ key: SealingKey) {
        self.key = key
        identifier = Array(SHA256.hash(Self.identifierPrefix + key.rawRepresentation).prefix(Self.identifierBytes))
    }

    /// A fresh one.
    public static func generate() throws(CryptographyError) -> WrappingKey { WrappingKey(try .generate()) }

    /// Seals a secret so that it opens only as what `owner` has.
    public func wrap(_ secret: [UInt8], of owner: String) throws(CryptographyError) -> [UInt8] {
        try key.seal(secret, additionalData: Array(owner.utf8))
    }

    /// What ``wrap(_:of:)`` was given. `.notAuthentic` or `.wrongLength` when it is not that.
    public func unwrap(_ wrapped: [UInt8], of owner: String) throws(CryptographyError) -> [UInt8] {
        try key.open(wrapped, additionalData: Array(owner.utf8))
    }
}

// MARK: - Its file

extension WrappingKey {
    private static func file(_ path: String) -> KeyFile { KeyFile(what: "wrapping key", path: path) }

    /// Reads the file at `path`. `.file` when it cannot be read, or others may, `.malformedKey` when it holds something else.
    public static func load(path: String) throws(CryptographyError) -> WrappingKey {
        let text = try file(path).load(mustBePrivate: true)
        guard let bytes = bytes(ofHexadecimal: text) else {
            throw CryptographyError(
                .malformedKey, "wrapping key \(path): does not hold a key, which is 64 hexadecimal digits on one line")
        }
        return WrappingKey(try SealingKey(rawRepresentation: bytes))
    }

    /// Writes a new file at `path` that only its owner may read, and syncs it. `.fileExists`, or `.file` when it cannot be
    /// written.
    public func save(path: String) throws(CryptographyError) {
        let digits = key.rawRepresentation.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        try Self.file(path).save(digits + "\n")
    }

    private static func bytes(ofHexadecimal text: String) -> [UInt8]? {
        let line = text.hasSuffix("\n") ? text.dropLast() : text[...]
        let digits = line.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue.map(UInt8.init) }
        guard digits.count == line.utf8.count, digits.count == 2 * SealingKey.keyBytes else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}

extension WrappingKey: CustomStringConvertible {
    /// Never the key: values of this type end up in logs.
    public var description: String {
        "WrappingKey(" + identifier.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + ")"
    }
}
