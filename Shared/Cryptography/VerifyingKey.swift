internal import COpenSSL

/// An Ed25519 public key (RFC 8032).
public struct VerifyingKey: Sendable, Hashable {
    public static let rawBytes = 32
    public static let signatureBytes = 64
    public static let idBytes = 8

    private let handle: KeyHandle
    /// 32 bytes.
    public let rawRepresentation: [UInt8]

    /// Takes 32 bytes; `.wrongLength` for any other count. Bytes that are no point of the curve are taken too, and
    /// verify nothing.
    public init(rawRepresentation: [UInt8]) throws(CryptographyError) {
        guard rawRepresentation.count == Self.rawBytes else {
            throw CryptographyError(
                .wrongLength, "an Ed25519 public key has \(Self.rawBytes) bytes, this has \(rawRepresentation.count)")
        }
        ERR_clear_error()
        guard
            let pointer = EVP_PKEY_new_raw_public_key(
                EVP_PKEY_ED25519, nil, rawRepresentation, rawRepresentation.count)
        else { throw .library("Ed25519 key") }
        handle = KeyHandle(owning: pointer)
        self.rawRepresentation = rawRepresentation
    }

    /// Reads "-----BEGIN PUBLIC KEY-----". `.malformedKey` for anything else.
    public init(pem: String) throws(CryptographyError) {
        ERR_clear_error()
        guard let handle = KeyHandle.readPEM(pem, { PEM_read_bio_PUBKEY($0, nil, nil, nil) }), handle.isEd25519 else {
            ERR_clear_error()
            throw CryptographyError(.malformedKey, "not an Ed25519 public key in PEM form")
        }
        var count = Self.rawBytes
        var raw = [UInt8](repeating: 0, count: count)
        guard EVP_PKEY_get_raw_public_key(handle.pointer, &raw, &count) == 1 else { throw .library("Ed25519 key") }
        self.handle = handle
        rawRepresentation = raw
    }

    public var pem: String {
        get throws(CryptographyError) {
            try KeyHandle.writePEM { PEM_write_bio_PUBKEY($0, handle.pointer) }
        }
    }

    /// The first 8 bytes of SHA-256 of ``rawRepresentation``: the `key_id` of a receipt.
    public var id: [UInt8] {
        Array(SHA256.hash(rawRepresentation).prefix(Self.idBytes))
    }

    /// True when `signature` was made over `message` with this key's other half. False for anything else, also for a
    /// signature of the wrong length.
    public func isValid(signature: [UInt8], for message: UnsafeRawBufferPointer) -> Bool {
        guard signature.count == Self.signatureBytes, let context = EVP_MD_CTX_new() else { return false }
        defer {
            EVP_MD_CTX_free(context)
            // A signature that does not fit leaves an entry in this thread's queue.
            ERR_clear_error()
        }
        return EVP_DigestVerifyInit(context, nil, nil, nil, handle.pointer) == 1
            && EVP_DigestVerify(
                context, signature, signature.count, message.baseAddress?.assumingMemoryBound(to: UInt8.self),
                message.count) == 1
    }

    /// True when `signature` was made over `message` with this key's other half.
    public func isValid(signature: [UInt8], for message: [UInt8]) -> Bool {
        message.withUnsafeBytes { isValid(signature: signature, for: $0) }
    }

    public static func == (left: VerifyingKey, right: VerifyingKey) -> Bool {
        left.rawRepresentation == right.rawRepresentation
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(rawRepresentation)
    }
}
