public import Cryptography
public import Journal

/// What a store signs its log's checkpoints with, and in whose name.
public struct LogKey: Sendable {
    /// The suite's, e.g. "quality.example": a part of the log's origin.
    public let trustDomain: String
    public let publicKey: VerifyingKey
    private let sign: @Sendable ([UInt8]) throws -> [UInt8]

    public init(trustDomain: String, key: SigningKey) {
        self.init(trustDomain: trustDomain, key: key) { try key.signature(for: $0) }
    }

    /// With a key whose private half lies elsewhere.
    ///
    /// - Parameter sign: Ed25519 over the bytes handed in, 64 bytes.
    package init(trustDomain: String, key: SigningKey, sign: @escaping @Sendable ([UInt8]) throws -> [UInt8]) {
        self.trustDomain = trustDomain
        publicKey = key.verifyingKey
        self.sign = sign
    }

    /// What a store remembers of it: the public key in base 64.
    var text: String { Self.text(of: publicKey) }

    static func text(of key: VerifyingKey) -> String { Base64.encode(key.rawRepresentation) }

    /// Signs for the log of a service's store, whose origin is the key's name.
    func signer(service: String, epoch: JournalEpoch) throws(StorageError) -> NoteSigner {
        guard let origin = LogOrigin.of(trustDomain: trustDomain, service: service, epoch: epoch),
            let noteKey = try? NoteKey(
                name: origin, publicKey: publicKey.rawRepresentation, journalSHA256)
        else {
            throw StorageError(.cannotOpen, "'\(trustDomain)' is no trust domain that a log can be named by")
        }
        return NoteSigner(key: noteKey, sign: sign)
    }
}

extension NoteKey {
    /// Whether `signature` is one of `text` by this key.
    public static let signatureCheck: @Sendable (NoteKey, [UInt8], [UInt8]) -> Bool = { key, signature, text in
        guard let key = try? VerifyingKey(rawRepresentation: key.publicKey) else { return false }
        return key.isValid(signature: signature, for: text)
    }
}
