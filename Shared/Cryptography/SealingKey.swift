internal import COpenSSL

/// A 256-bit key that seals bytes with AES-256-GCM (NIST SP 800-38D).
///
/// A sealed text is `nonce (12) | ciphertext | tag (16)`, 28 bytes longer than what was sealed. Nonces are random, so
/// one key should seal no more than 2^32 texts.
public struct SealingKey: Sendable, Hashable {
    public static let keyBytes = 32
    /// By how much sealing lengthens a text.
    public static let overheadBytes = nonceBytes + tagBytes

    private static let nonceBytes = 12
    private static let tagBytes = 16

    /// The key itself, 32 bytes: to be stored where only its owner reads.
    public let rawRepresentation: [UInt8]

    /// Takes 32 bytes as they are; `.wrongLength` for any other count.
    public init(rawRepresentation: [UInt8]) throws(CryptographyError) {
        guard rawRepresentation.count == Self.keyBytes else {
            throw CryptographyError(
                .wrongLength, "an AES-256 key has \(Self.keyBytes) bytes, this has \(rawRepresentation.count)")
        }
        self.rawRepresentation = rawRepresentation
    }

    /// A fresh random key.
    public static func generate() throws(CryptographyError) -> SealingKey {
        try SealingKey(rawRepresentation: RandomBytes.make(count: keyBytes))
    }

    /// Encrypts and authenticates `plaintext`, and authenticates `additionalData`, which must be given again to open.
    public func seal(_ plaintext: [UInt8], additionalData: [UInt8] = []) throws(CryptographyError) -> [UInt8] {
        let nonce = try RandomBytes.make(count: Self.nonceBytes)
        let cipher = try GCM.begin(.seal, key: rawRepresentation, nonce: nonce)
        try cipher.authenticate(additionalData)
        let ciphertext = try cipher.process(plaintext[...])
        guard cipher.finish() else { throw .library("sealing") }
        return nonce + ciphertext + (try cipher.tag(bytes: Self.tagBytes))
    }

    /// What ``seal(_:additionalData:)`` was given. `.notAuthentic` when anything was altered, `.wrongLength` when
    /// `sealed` is too short to be a sealed text.
    public func open(_ sealed: [UInt8], additionalData: [UInt8] = []) throws(CryptographyError) -> [UInt8] {
        guard sealed.count >= Self.overheadBytes else {
            throw CryptographyError(
                .wrongLength, "a sealed text has \(Self.overheadBytes) bytes at least, this has \(sealed.count)")
        }
        let nonce = Array(sealed.prefix(Self.nonceBytes))
        let cipher = try GCM.begin(.open, key: rawRepresentation, nonce: nonce)
        try cipher.authenticate(additionalData)
        let plaintext = try cipher.process(sealed.dropFirst(Self.nonceBytes).dropLast(Self.tagBytes))
        try cipher.expect(tag: Array(sealed.suffix(Self.tagBytes)))
        guard cipher.finish() else {
            ERR_clear_error()
            throw CryptographyError(.notAuthentic, "the sealed bytes were altered or belong to another key")
        }
        return plaintext
    }

    public static func == (left: SealingKey, right: SealingKey) -> Bool {
        // Both have 32 bytes; compared in constant time, since a key is a secret.
        CRYPTO_memcmp(left.rawRepresentation, right.rawRepresentation, keyBytes) == 0
    }
}

extension SealingKey: CustomStringConvertible {
    /// Never the key: values of this type end up in logs.
    public var description: String { "SealingKey(AES-256-GCM)" }
}

/// One run of AES-256-GCM. Owns its cipher context.
private struct GCM: ~Copyable {
    enum Direction: Int32 {
        case open = 0
        case seal = 1
    }

    private let context: OpaquePointer

    private init(owning context: OpaquePointer) {
        self.context = context
    }

    static func begin(_ direction: Direction, key: [UInt8], nonce: [UInt8]) throws(CryptographyError) -> GCM {
        ERR_clear_error()
        guard let context = EVP_CIPHER_CTX_new() else { throw .library("AES-256-GCM") }
        let cipher = GCM(owning: context)
        // 12 bytes of nonce are the mode's default.
        guard EVP_CipherInit_ex2(context, EVP_aes_256_gcm(), key, nonce, direction.rawValue, nil) == 1 else {
            throw .library("AES-256-GCM")
        }
        return cipher
    }

    deinit {
        EVP_CIPHER_CTX_free(context)
    }

    func authenticate(_ additionalData: [UInt8]) throws(CryptographyError) {
        guard !additionalData.isEmpty else { return }
        var count: Int32 = 0
        guard let length = Int32(exactly: additionalData.count),
            EVP_CipherUpdate(context, nil, &count, additionalData, length) == 1
        else { throw .library("AES-256-GCM additional data") }
    }

    /// As many bytes out as in.
    func process(_ input: ArraySlice<UInt8>) throws(CryptographyError) -> [UInt8] {
        guard let length = Int32(exactly: input.count) else {
            throw CryptographyError(.wrongLength, "\(input.count) bytes are too many to seal at once")
        }
        guard length > 0 else { return [] }
        var isDone = false
        let output = [UInt8](unsafeUninitializedCapacity: input.count) { buffer, initialized in
            var count: Int32 = 0
            isDone = input.withUnsafeBufferPointer {
                EVP_CipherUpdate(context, buffer.baseAddress, &count, $0.baseAddress, length) == 1
            }
            initialized = isDone ? Int(count) : 0
        }
        guard isDone else { throw .library("AES-256-GCM") }
        return output
    }

    /// False when opening and the tag does not fit.
    func finish() -> Bool {
        var rest: UInt8 = 0
        var count: Int32 = 0
        return EVP_CipherFinal_ex(context, &rest, &count) == 1
    }

    func tag(bytes: Int) throws(CryptographyError) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: bytes)
        guard EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(bytes), &tag) == 1 else {
            throw .library("AES-256-GCM tag")
        }
        return tag
    }

    func expect(tag: [UInt8]) throws(CryptographyError) {
        var tag = tag
        guard EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1 else {
            throw .library("AES-256-GCM tag")
        }
    }
}
