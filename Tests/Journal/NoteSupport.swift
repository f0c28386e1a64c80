import Cryptography
import Journal

/// A log's key pair.
struct LogKey {
    let signing: SigningKey
    let key: NoteKey

    init(name: String, seed: UInt8) throws {
        signing = try SigningKey(rawRepresentation: Array(repeating: seed, count: SigningKey.rawBytes))
        key = try NoteKey(name: name, publicKey: signing.verifyingKey.rawRepresentation, sha256)
    }

    var signer: NoteSigner {
        let signing = signing
        return NoteSigner(key: key) { try signing.signature(for: $0) }
    }
}

/// Ed25519.
func isValid(key: NoteKey, signature: [UInt8], text: [UInt8]) -> Bool {
    (try? VerifyingKey(rawRepresentation: key.publicKey))?.isValid(signature: signature, for: text) == true
}
