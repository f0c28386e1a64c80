import Cryptography
import Testing

/// The bytes that `hexadecimal` spells.
func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = Array(hexadecimal.utf8)
    return stride(from: 0, to: digits.count, by: 2).map {
        UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)!
    }
}

@Suite("SHA-256")
struct SHA256Tests {
    @Test(
        "agrees with the examples of FIPS 180-4",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ])
    func examples(text: String, digest: String) {
        #expect(SHA256.hash(Array(text.utf8)) == bytes(digest))
    }

    @Test("one hash leaves nothing behind for the next on the same thread")
    func contextsAreReset() {
        let first = SHA256.hash([1, 2, 3])
        _ = SHA256.hash([UInt8](repeating: 7, count: 100_000))
        #expect(SHA256.hash([1, 2, 3]) == first)
    }

    @Test("many threads hash at once and agree")
    func manyThreads() async {
        let input = [UInt8](repeating: 0x61, count: 1_000_000)
        let expected = bytes("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
        await withTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<16 { group.addTask { SHA256.hash(input) } }
            for await digest in group { #expect(digest == expected) }
        }
    }

    @Test("writes into the first 32 bytes of memory that is given")
    func intoMemory() {
        var room = [UInt8](repeating: 0xAA, count: 40)
        room.withUnsafeMutableBytes { room in
            [UInt8]("abc".utf8).withUnsafeBytes { SHA256.hash($0, into: room) }
        }
        #expect(room == SHA256.hash(Array("abc".utf8)) + [UInt8](repeating: 0xAA, count: 8))
    }
}
