internal import COpenSSL

/// An Ed25519 private key (RFC 8032).
public struct SigningKey: Sendable {
    /// Length of the raw form, which RFC 8032 calls the seed.
    public static let rawBytes = 32

    private let handle: KeyHandle
    /// The other half of the pair.
    public let verifyingKey: VerifyingKey

    private init(handle: KeyHandle) throws(CryptographyError) {
        self.handle = handle
        var count = VerifyingKey.rawBytes
        var raw = [UInt8](repeating: 0, count: count)
        guard EVP_PKEY_get_raw_public_key(handle.pointer, &raw, &count) == 1 else { throw .library("Ed25519 key") }
        verifyingKey = try VerifyingKey(rawRepresentation: raw)
    }

    /// A fresh key pair.
    public static func generate() throws(CryptographyError) -> SigningKey {
        try SigningKey(rawRepresentation: RandomBytes.make(count: rawBytes))
    }

    /// Takes the 32 bytes of ``rawRepresentation``; `.wrongLength` for any other count.
    public init(rawRepresentation: [UInt8]) throws(CryptographyError) {
        guard rawRepresentation.count == Self.rawBytes else {
            throw CryptographyError(
                .wrongLength, "an Ed25519 private key has \(Self.rawBytes) bytes, this has \(rawRepresentation.count)")
        }
        ERR_clear_error()
        guard
            let pointer = EVP_PKEY_new_raw_private_key(
                EVP_PKEY_ED25519, nil, rawRepresentation, rawRepresentation.count)
        else { throw .library("Ed25519 key") }
        try self.init(handle: KeyHandle(owning: pointer))
    }

    /// Reads "-----BEGIN PRIVATE KEY-----" (PKCS #8, not encrypted). `.malformedKey` for anything else.
    public init(pem: String) throws(CryptographyError) {
        ERR_clear_error()
        // The callback answers "no pass phrase": without it libcrypto would ask for one at the terminal.
        let handle = KeyHandle.readPEM(pem) { PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in -1 }, nil) }
        guard let handle, handle.isEd25519 else {
            ERR_clear_error()
            throw CryptographyError(.malformedKey, "not an Ed25519 private key in PEM form without a pass phrase")
        }
        try self.init(handle: handle)
    }

    /// 32 bytes: to be stored where only the owner reads.
    public var rawRepresentation: [UInt8] {
        get throws(CryptographyError) {
            ERR_clear_error()
            var count = Self.rawBytes
            var raw = [UInt8](repeating: 0, count: count)
            guard EVP_PKEY_get_raw_private_key(handle.pointer, &raw, &count) == 1 else { throw .library("Ed25519 key") }
            return raw
        }
    }

    /// PKCS #8 PEM text, not encrypted.
    public var pem: String {
        get throws(CryptographyError) {
            try KeyHandle.writePEM { PEM_write_bio_PKCS8PrivateKey($0, handle.pointer, nil, nil, 0, nil, nil) }
        }
    }

    /// The signature of `message`, 64 bytes; the same each time.
    public func signature(for message: UnsafeRawBufferPointer) throws(CryptographyError) -> [UInt8] {
        ERR_clear_error()
        guard let context = EVP_MD_CTX_new() else { throw .library("Ed25519 signature") }
        defer { EVP_MD_CTX_free(context) }
        var count = VerifyingKey.signatureBytes
        var signature = [UInt8](repeating: 0, count: count)
        guard EVP_DigestSignInit(context, nil, nil, nil, handle.pointer) == 1,
            EVP_DigestSign(
                context, &signature, &count, message.baseAddress?.assumingMemoryBound(to: UInt8.self), message.count)
                == 1
        else { throw .library("Ed25519 signature") }
        return signature
    }

    /// The signature of `message`, 64 bytes; the same each time.
    public func signature(for message: [UInt8]) throws(CryptographyError) -> [UInt8] {
        let result = message.withUnsafeBytes { buffer in
            Result { () throws(CryptographyError) in try signature(for: buffer) }
        }
        return try result.get()
    }
}

extension SigningKey: CustomStringConvertible {
    /// Never the key: values of this type end up in logs.
    public var description: String { "SigningKey(Ed25519)" }
}
