/// The public half of a key that signs notes, with the name it signs under: C2SP signed-note's verifier key. Ed25519, type
/// 0x01: the only type that this room knows.
public struct NoteKey: Hashable, Sendable {
    /// signed-note's signature type of Ed25519.
    static let ed25519: UInt8 = 0x01
    static let publicKeyBytes = 32

    /// Who signs: not empty, without white space, plus signs and control characters. By custom a URL without a scheme.
    public let name: String
    /// The first four bytes of SHA-256(name | 0x0A | 0x01 | public key), big-endian.
    public let id: UInt32
    /// Ed25519, 32 bytes (RFC 8032).
    public let publicKey: [UInt8]

    /// What is wrong with a key or with its text.
    public enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// The name is empty or has a character that it may not have.
        case invalidName
        /// Not as many bytes as an Ed25519 public key has.
        case wrongLength(Int)
        /// Not "name+hash+key", or one of the parts is not written as it must be.
        case malformed
        /// Another signature type than Ed25519.
        case unknownType(UInt8)
        /// The hash in the text is not that of the name and the key.
        case otherHash(expected: UInt32, found: UInt32)

        public var description: String {
            switch self {
            case .invalidName: "a key's name is not empty and has no spaces, plus signs or control characters"
            case .wrongLength(let count): "an Ed25519 public key has \(publicKeyBytes) bytes, this has \(count)"
            case .malformed: "a verifier key is NAME+HASH+KEY: 8 lower-case hexadecimal digits, and base 64"
            case .unknownType(let type): "a key of type \(type); only Ed25519, 1, is known"
            case .otherHash(let expected, let found):
                "the key's hash is \(hexadecimal(found)), but its name and key have \(hexadecimal(expected))"
            }
        }
    }

    /// Takes 32 bytes, which are not looked at: those that are no point of the curve verify nothing.
    public init(name: String, publicKey: [UInt8], _ sha256: JournalHashFunction) throws(Fault) {
        guard Self.isValid(name: name) else { throw .invalidName }
        guard publicKey.count == Self.publicKeyBytes else { throw .wrongLength(publicKey.count) }
        self.name = name
        self.publicKey = publicKey
        let hashed = Array(name.utf8) + [UInt8(ascii: "\n"), Self.ed25519] + publicKey
        id = hashed.withUnsafeBytes { sha256($0) }.bytes.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// Reads ``text`` back.
    public init(text: String, _ sha256: JournalHashFunction) throws(Fault) {
        // Base 64 has plus signs too; a name has none.
        let parts = Array(text.utf8).split(
            separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let name = String(validating: parts[0], as: UTF8.self),
            let encoded = Base64.decode(parts[2]), let type = encoded.first
        else { throw .malformed }
        guard type == Self.ed25519 else { throw .unknownType(type) }
        try self.init(name: name, publicKey: Array(encoded.dropFirst()), sha256)
        guard let found = UInt32(String(decoding: parts[1], as: UTF8.self), radix: 16),
            parts[1].elementsEqual(hexadecimal(found).utf8)
        else { throw .malformed }
        guard found == id else { throw .otherHash(expected: id, found: found) }
    }

    /// "name+hash+key": what other implementations are configured with.
    public var text: String {
        "\(name)+\(hexadecimal(id))+\(Base64.encode([Self.ed25519] + publicKey))"
    }

    /// True for a name that a key may have.
    static func isValid(name: String) -> Bool {
        !name.isEmpty
            && name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "+" && !$0.properties.isWhitespace }
    }

    /// Byte by byte: two names that only look alike are two keys.
    public static func == (left: NoteKey, right: NoteKey) -> Bool {
        left.id == right.id && left.publicKey == right.publicKey && left.name.utf8.elementsEqual(right.name.utf8)
    }
}

/// Eight lower-case digits.
func hexadecimal(_ number: UInt32) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
}

/// Signs notes: a private key that stays outside this room.
public struct NoteSigner: Sendable {
    /// The public half, with the name.
    public let key: NoteKey
    /// Ed25519 over the bytes handed in, 64 bytes.
    public let sign: @Sendable ([UInt8]) throws -> [UInt8]

    /// `sign` makes signatures that `key` verifies.
    public init(key: NoteKey, sign: @escaping @Sendable ([UInt8]) throws -> [UInt8]) {
        self.key = key
        self.sign = sign
    }
}

/// Tells whether `signature` is one of `text` by `key`: Ed25519 (RFC 8032). Also handed signatures of a wrong length.
public typealias NoteSignatureCheck = (_ key: NoteKey, _ signature: [UInt8], _ text: [UInt8]) -> Bool
