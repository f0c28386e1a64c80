import Cryptography
import Journal
import Testing

/// The notes and keys that are printed in C2SP's documents and in the documentation of golang.org/x/mod/sumdb/note.
private enum Printed {
    static let key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    static let note = """
        This is an example message.

        — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

        """
    static let otherKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    static let otherNote = """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=

        """
    static let poem = """
        Ognuno sta solo sul cuor della terra
        trafitto da un raggio di sole:

        ed è subito sera.

        — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=

        """
}

private func malformed(_ text: String) -> SignedNote.Malformed? {
    malformed(Array(text.utf8))
}

private func malformed(_ bytes: [UInt8]) -> SignedNote.Malformed? {
    do throws(SignedNote.Malformed) {
        _ = try SignedNote(parsing: bytes)
        return nil
    } catch { return error }
}

@Suite struct NoteKeyTests {
    private func fault(_ text: String) -> NoteKey.Fault? {
        do throws(NoteKey.Fault) {
            _ = try NoteKey(text: text, sha256)
            return nil
        } catch { return error }
    }

    @Test(
        "keys that others have printed are read, and written as they were", arguments: [Printed.key, Printed.otherKey])
    func printed(text: String) throws {
        let key = try NoteKey(text: text, sha256)
        #expect(key.text == text)
        #expect(try NoteKey(name: key.name, publicKey: key.publicKey, sha256) == key)
    }

    @Test("the name may be anything but empty, with spaces, plus signs or control characters")
    func names() throws {
        let bytes = [UInt8](repeating: 1, count: 32)
        for name in ["", " ", "a b", "a+b", "a\n", "a\t", "\u{0}", "a\u{a0}b", "\u{2003}", "\u{3000}", "\u{85}"] {
            #expect(throws: NoteKey.Fault.invalidName) { try NoteKey(name: name, publicKey: bytes, sha256) }
        }
        for name in ["a", "example.com/log42", "河南.example", "—"] {
            let key = try NoteKey(name: name, publicKey: bytes, sha256)
            #expect(try NoteKey(text: key.text, sha256) == key)
        }
    }

    @Test("only Ed25519 keys of 32 bytes are keys")
    func types() {
        #expect(throws: NoteKey.Fault.wrongLength(31)) {
            try NoteKey(name: "a", publicKey: [UInt8](repeating: 1, count: 31), sha256)
        }
        #expect(fault("a+00000000+" + "BAAA") == .unknownType(4))
        #expect(fault("a+00000000+" + "AQAA") == .wrongLength(2))
    }

    @Test("what is not name, hash and key, each written as it must be, is no key")
    func strict() {
        #expect(fault("") == .malformed)
        #expect(fault("example.com/foo+530d903a") == .malformed)
        #expect(fault(Printed.key.replacing("530d903a", with: "530D903A")) == .malformed)
        #expect(fault(Printed.key.replacing("530d903a", with: "0530d903a")) == .malformed)
        #expect(fault(Printed.key.replacing("530d903a", with: "+530d903a")) == .malformed)
        #expect(fault(Printed.key + "\n") == .malformed)
        #expect(fault(Printed.key + "=") == .malformed)
        #expect(fault(Printed.key.replacing("example.com", with: "exam ple.com")) == .invalidName)
        #expect(
            fault(Printed.key.replacing("530d903a", with: "530d903b"))
                == .otherHash(expected: 0x530d_903a, found: 0x530d_903b))
        #expect(fault(Printed.key.replacing("foo", with: "fop")) != nil)
    }

    @Test("two names that only look alike are two keys")
    func lookAlike() throws {
        let bytes = [UInt8](repeating: 1, count: 32)
        let composed = try NoteKey(name: "\u{e9}", publicKey: bytes, sha256)
        let decomposed = try NoteKey(name: "e\u{301}", publicKey: bytes, sha256)
        #expect(composed.id != decomposed.id)
        #expect(composed != decomposed)
    }
}

@Suite struct SignedNoteTests {
    @Test("notes that others have printed are read, verified, and written as they were")
    func printed() throws {
        for (text, key) in [(Printed.note, Printed.key), (Printed.otherNote, Printed.otherKey)] {
            let note = try SignedNote(parsing: Array(text.utf8))
            #expect(note.description == text)
            #expect(note.fault(keys: [try NoteKey(text: key, sha256)], isValid: isValid) == nil)
        }
        let poem = try SignedNote(parsing: Array(Printed.poem.utf8))
        #expect(poem.description == Printed.poem)
        #expect(poem.text.hasSuffix("sole:\n\ned è subito sera.\n"))
        #expect(poem.fault(keys: [try NoteKey(text: Printed.key, sha256)], isValid: isValid) == .noKnownKey)
    }

    @Test("a note with any one bit flipped is no note, or not signed")
    func flippedBits() throws {
        let keys = [try NoteKey(text: Printed.key, sha256)]
        let bytes = Array(Printed.note.utf8)
        for index in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[index] ^= 1 << bit
                guard let note = try? SignedNote(parsing: flipped) else { continue }
                #expect(note.description.utf8.elementsEqual(flipped))
                #expect(note.fault(keys: keys, isValid: isValid) != nil, "byte \(index), bit \(bit)")
            }
        }
    }

    @Test("what is no note is refused, with the reason")
    func strict() {
        let line = "— a AAAAAAE=\n"
        #expect(malformed("text\n\n" + line) == nil)
        #expect(malformed("\n\n" + line) == nil)
        #expect(malformed("") == .noSignatures)
        #expect(malformed("text\n" + line) == .noSignatures)
        #expect(malformed("text\n\n") == .noSignatures)
        #expect(malformed("\n" + line) == .noSignatures)
        #expect(malformed("text\n\n" + line.dropLast()) == .unfinishedLine)
        #expect(malformed("text\n\n" + line + "x") == .unfinishedLine)
        #expect(malformed("te\txt\n\n" + line) == .controlCharacter)
        #expect(malformed("te\r\n\n" + line) == .controlCharacter)
        #expect(malformed("te\0xt\n\n" + line) == .controlCharacter)
        #expect(malformed([0xff] + Array("\n\n\(line)".utf8)) == .notUTF8)
        #expect(malformed([0xed, 0xa0, 0x80] + Array("\n\n\(line)".utf8)) == .notUTF8)
        for other in [
            "- a AAAAAAE=\n", "—a AAAAAAE=\n", "—  AAAAAAE=\n", "— a  AAAAAAE=\n", "— a\n", "— a \n", "— a AAAAAA==\n",
            "— a AAAAAAE\n", "— a AAAAAAF=\n", "— a AAAAAAE= \n", "— a AAAAAAE=\r\n", "— a+b AAAAAAE=\n",
            "— a\u{a0}b AAAAAAE=\n", "— a AAAA-AE=\n", "text\n",
        ] {
            #expect(malformed("text\n\n" + other) == .signatureLine(1), "\(other)")
            #expect(malformed("text\n\n" + line + other) == .signatureLine(2), "\(other)")
        }
        #expect(malformed("text\n\n" + String(repeating: line, count: 100)) == nil)
        #expect(malformed("text\n\n" + String(repeating: line, count: 101)) == .tooManySignatures)
        let long = String(repeating: "x", count: SignedNote.maximumBytes) + "\n\n" + line
        #expect(malformed(long) == .tooLong(bytes: long.utf8.count))
    }

    @Test("signatures of unknown keys are passed over; one of a known key must hold")
    func manySignatures() throws {
        let log = try LogKey(name: "example.com/log", seed: 1)
        let witness = try LogKey(name: "witness.example", seed: 2)
        let note = try SignedNote(signing: "text\n", by: [witness.signer, log.signer])
        #expect(try SignedNote(parsing: Array(note.description.utf8)) == note)
        #expect(note.fault(keys: [log.key], isValid: isValid) == nil)
        #expect(note.fault(keys: [witness.key], isValid: isValid) == nil)
        #expect(note.fault(keys: [log.key, witness.key], isValid: isValid) == nil)
        #expect(note.fault(keys: [], isValid: isValid) == .noKnownKey)
        // The same key under another name, and another key under the same name.
        let renamed = try LogKey(name: "example.com/gol", seed: 1)
        let namesake = try LogKey(name: "example.com/log", seed: 3)
        #expect(note.fault(keys: [renamed.key, namesake.key], isValid: isValid) == .noKnownKey)
    }

    @Test("one bad signature of a known key spoils the note, whoever else has signed it")
    func badSignature() throws {
        let log = try LogKey(name: "example.com/log", seed: 1)
        let witness = try LogKey(name: "witness.example", seed: 2)
        let forger = NoteSigner(key: witness.key) { _ in [UInt8](repeating: 0, count: 64) }
        let short = NoteSigner(key: witness.key) { _ in [1] }
        for signer in [forger, short] {
            let note = try SignedNote(signing: "text\n", by: [log.signer, signer])
            #expect(note.fault(keys: [log.key], isValid: isValid) == nil)
            #expect(
                note.fault(keys: [log.key, witness.key], isValid: isValid)
                    == .badSignature(name: "witness.example", keyID: witness.key.id))
        }
        // Also behind a good one of the same key.
        let doubled = try SignedNote(signing: "text\n", by: [witness.signer, forger])
        #expect(doubled.fault(keys: [witness.key], isValid: isValid) != nil)
    }

    @Test("a text that no note can have is not signed")
    func unsignable() throws {
        let log = try LogKey(name: "example.com/log", seed: 1)
        for (text, expected) in [
            ("text", SignedNote.Malformed.unfinishedText), ("", .unfinishedText), ("te\txt\n", .controlCharacter),
        ] {
            #expect(throws: expected) { try SignedNote(signing: text, by: [log.signer]) }
        }
        #expect(throws: SignedNote.Malformed.noSignatures) { try SignedNote(signing: "text\n", by: []) }
        let silent = NoteSigner(key: log.key) { _ in [] }
        #expect(throws: SignedNote.Malformed.signatureLine(2)) {
            try SignedNote(signing: "text\n", by: [log.signer, silent])
        }
        let long = String(repeating: "x", count: SignedNote.maximumBytes) + "\n"
        #expect(throws: SignedNote.Malformed.self) { try SignedNote(signing: long, by: [log.signer]) }
        #expect(throws: SignedNote.Malformed.tooManySignatures) {
            try SignedNote(signing: "text\n", by: Array(repeating: log.signer, count: 101))
        }
    }
}
