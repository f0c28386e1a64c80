import Cryptography
import Foundation
import Testing

@Suite("Ed25519")
struct SignatureTests {
    /// RFC 8032, section 7.1, test 2.
    let seed = bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    let publicKey = bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
    let signature = bytes(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")

    @Test("agrees with RFC 8032")
    func example() throws {
        let key = try SigningKey(rawRepresentation: seed)
        #expect(key.verifyingKey.rawRepresentation == publicKey)
        #expect(try key.signature(for: [0x72]) == signature)
        #expect(try VerifyingKey(rawRepresentation: publicKey).isValid(signature: signature, for: [0x72]))
    }

    @Test("signs and verifies the empty message")
    func emptyMessage() throws {
        let key = try SigningKey.generate()
        let signature = try key.signature(for: [])
        #expect(key.verifyingKey.isValid(signature: signature, for: []))
        #expect(!key.verifyingKey.isValid(signature: signature, for: [0]))
    }

    @Test("a flipped bit anywhere fails: in the message, in the signature, in the key")
    func flippedBits() throws {
        let key = try SigningKey.generate()
        let message = Array("report.accepted".utf8)
        let signature = try key.signature(for: message)
        func flips(_ bytes: [UInt8]) -> [[UInt8]] {
            (0..<bytes.count * 8).map { bit in
                var copy = bytes
                copy[bit / 8] ^= 1 << (bit % 8)
                return copy
            }
        }
        for message in flips(message) { #expect(!key.verifyingKey.isValid(signature: signature, for: message)) }
        for signature in flips(signature) { #expect(!key.verifyingKey.isValid(signature: signature, for: message)) }
        for raw in flips(key.verifyingKey.rawRepresentation) {
            #expect(try !VerifyingKey(rawRepresentation: raw).isValid(signature: signature, for: message))
        }
    }

    @Test("a signature of another length is simply not valid", arguments: [0, 1, 63, 65, 128])
    func wrongLength(count: Int) throws {
        let key = try SigningKey.generate()
        #expect(!key.verifyingKey.isValid(signature: [UInt8](repeating: 1, count: count), for: [1]))
    }

    @Test("keys survive their raw and PEM forms")
    func representations() throws {
        let key = try SigningKey.generate()
        #expect(try SigningKey(rawRepresentation: key.rawRepresentation).verifyingKey == key.verifyingKey)
        #expect(try SigningKey(pem: key.pem).rawRepresentation == key.rawRepresentation)
        #expect(try VerifyingKey(pem: key.verifyingKey.pem) == key.verifyingKey)
    }

    @Test("a key's id is the first 8 bytes of SHA-256 of its public half")
    func keyID() throws {
        let key = try SigningKey(rawRepresentation: seed)
        #expect(key.verifyingKey.id == Array(SHA256.hash(publicKey).prefix(8)))
    }

    @Test("what is no Ed25519 key is refused with a reason")
    func malformed() throws {
        #expect(throws: CryptographyError.self) { try SigningKey(rawRepresentation: [1, 2, 3]) }
        #expect(throws: CryptographyError.self) { try VerifyingKey(rawRepresentation: []) }
        #expect(throws: CryptographyError.self) { try SigningKey(pem: "hello") }
        let key = try SigningKey.generate()
        #expect(throws: CryptographyError.self) { try SigningKey(pem: key.verifyingKey.pem) }
        #expect(throws: CryptographyError.self) { try VerifyingKey(pem: key.pem) }
        // A key of another kind: NIST P-256.
        let other = """
            -----BEGIN PUBLIC KEY-----
            MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYD54V/vp+54P9DXarYqx4MPcm+HK
            RIQzNasYSoRQHQ/6S6Ps8tpMcT+KvIIC8W/e9k0W7Cm72M1P9jU7SLf/vg==
            -----END PUBLIC KEY-----
            """
        #expect(throws: CryptographyError(.malformedKey, "not an Ed25519 public key in PEM form")) {
            try VerifyingKey(pem: other)
        }
    }

    @Test("a key file is private to its owner, is never overwritten, and gives the key back")
    func keyFile() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).pem").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let key = try SigningKey.generate()
        try key.save(path: path)
        let permissions = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(permissions == 0o600)
        #expect(try SigningKey.load(path: path).verifyingKey == key.verifyingKey)
        #expect { try SigningKey.generate().save(path: path) } throws: { error in
            (error as? CryptographyError)?.code == .fileExists && "\(error)".contains(path)
        }
        #expect { try SigningKey.load(path: path + ".absent") } throws: { error in
            (error as? CryptographyError)?.code == .file && "\(error)".contains("No such file")
        }
    }

    @Test("a description never shows a secret")
    func descriptions() throws {
        #expect("\(try SigningKey(rawRepresentation: seed))" == "SigningKey(Ed25519)")
        #expect("\(try SealingKey(rawRepresentation: seed))" == "SealingKey(AES-256-GCM)")
    }
}
