import Cryptography
import Testing

@Suite("AES-256-GCM")
struct SealingTests {
    @Test("opens the NIST example (GCM test case 16)")
    func example() throws {
        let key = try SealingKey(
            rawRepresentation: bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"))
        let sealed = bytes(
            "cafebabefacedbaddecaf888"
                + "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                + "76fc6ece0f4e1768cddf8853bb2d551b")
        let plaintext = bytes(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39")
        #expect(
            try key.open(sealed, additionalData: bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2")) == plaintext)
    }

    @Test("what was sealed opens again", arguments: [0, 1, 15, 16, 17, 4096, 100_000])
    func roundTrip(count: Int) throws {
        let key = try SealingKey.generate()
        let plaintext = try RandomBytes.make(count: count)
        let sealed = try key.seal(plaintext, additionalData: [1, 2])
        #expect(sealed.count == count + SealingKey.overheadBytes)
        #expect(try key.open(sealed, additionalData: [1, 2]) == plaintext)
    }

    @Test("sealing twice gives two texts")
    func freshNonces() throws {
        let key = try SealingKey.generate()
        #expect(try key.seal([1, 2, 3]) != key.seal([1, 2, 3]))
    }

    @Test("a flipped bit anywhere fails")
    func flippedBits() throws {
        let key = try SealingKey.generate()
        let sealed = try key.seal(Array("137****0000".utf8), additionalData: [9])
        for bit in 0..<sealed.count * 8 {
            var altered = sealed
            altered[bit / 8] ^= 1 << (bit % 8)
            #expect { try key.open(altered, additionalData: [9]) } throws: {
                ($0 as? CryptographyError)?.code == .notAuthentic
            }
        }
    }

    @Test("another key, other additional data or a cut text fails")
    func wrongContext() throws {
        let key = try SealingKey.generate()
        let sealed = try key.seal([1, 2, 3], additionalData: [9])
        #expect(throws: CryptographyError.self) { try SealingKey.generate().open(sealed, additionalData: [9]) }
        #expect(throws: CryptographyError.self) { try key.open(sealed) }
        #expect(throws: CryptographyError.self) { try key.open(sealed.dropLast(), additionalData: [9]) }
        #expect { try key.open([1, 2, 3]) } throws: { ($0 as? CryptographyError)?.code == .wrongLength }
    }

    @Test("a key has 32 bytes", arguments: [0, 16, 31, 33])
    func keyLength(count: Int) {
        #expect { try SealingKey(rawRepresentation: [UInt8](repeating: 0, count: count)) } throws: {
            ($0 as? CryptographyError)?.code == .wrongLength
        }
    }

    @Test("random bytes come in the count asked for, and differ")
    func randomBytes() throws {
        #expect(try RandomBytes.make(count: 0).isEmpty)
        #expect(try RandomBytes.make(count: 32) != RandomBytes.make(count: 32))
        #expect(throws: CryptographyError.self) { try RandomBytes.make(count: -1) }
    }
}
