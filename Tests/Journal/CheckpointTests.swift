import Cryptography
import Journal
import Testing

private let origin = "quality.example/submission/000102030405060708090a0b0c0d0e0f"

private func malformed(_ text: String) -> Checkpoint.Malformed? {
    do throws(Checkpoint.Malformed) {
        _ = try Checkpoint(text: text)
        return nil
    } catch { return error }
}

@Suite struct CheckpointTests {
    /// tlog-checkpoint's own example.
    private let printed = """
        example.com/behind-the-sofa
        20852163
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=

        """

    @Test("the checkpoint that is printed in the specification is read, and written as it was")
    func example() throws {
        let signed = try SignedCheckpoint(parsing: Array(printed.utf8))
        #expect(signed.checkpoint.origin == "example.com/behind-the-sofa")
        #expect(signed.checkpoint.size == 20_852_163)
        #expect(
            signed.checkpoint.root.description == "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62")
        #expect(signed.checkpoint.extensions.isEmpty)
        #expect(signed.description == printed)
        #expect(signed.checkpoint.text == signed.note.text)
    }

    @Test("a text is a checkpoint only if it is what would be written")
    func strict() throws {
        let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
        #expect(malformed("a\n0\n\(root)\n") == nil)
        #expect(try Checkpoint(text: "a\n7\n\(root)\nx\ny\n").extensions == ["x", "y"])
        #expect(try Checkpoint(text: "a\n7\n\(root)\nx\ny\n").text == "a\n7\n\(root)\nx\ny\n")
        #expect(malformed("a\n9223372036854775807\n\(root)\n") == nil)
        #expect(malformed("") == .tooFewLines)
        #expect(malformed("a\n0\n") == .tooFewLines)
        #expect(malformed("a\n0\n\(root)") == .tooFewLines)
        #expect(malformed("a\n0\n\(root)\nx") == .tooFewLines)
        #expect(malformed("\n0\n\(root)\n") == .origin)
        #expect(malformed("a\tb\n0\n\(root)\n") == .origin)
        for size in [
            "", "00", "07", "+7", "-7", " 7", "7 ", "7.0", "9223372036854775808", "99999999999999999999", "x", "７",
        ] {
            #expect(malformed("a\n\(size)\n\(root)\n") == .size, "\(size)")
        }
        for other in ["", "AA==", root.dropLast() + "", root + " ", root.replacing("2I=", with: "2J=")] {
            #expect(malformed("a\n0\n\(other)\n") == .root, "\(other)")
        }
        #expect(malformed("a\n0\n\(root)\n\n") == .extensionLine(1))
        #expect(malformed("a\n0\n\(root)\nx\n\nz\n") == .extensionLine(2))
        #expect(throws: Checkpoint.Malformed.size) { try Checkpoint(origin: "a", size: 1 << 63, root: .zero) }
        #expect(throws: Checkpoint.Malformed.origin) { try Checkpoint(origin: "a\nb", size: 1, root: .zero) }
        #expect(throws: Checkpoint.Malformed.extensionLine(1)) {
            try Checkpoint(origin: "a", size: 1, root: .zero, extensions: ["x\ny"])
        }
    }

    @Test("a note that is no checkpoint, and a checkpoint that is no note, say what they are")
    func which() throws {
        let log = try LogKey(name: "a", seed: 1)
        let note = try SignedNote(signing: "no checkpoint\n", by: [log.signer])
        #expect(throws: SignedCheckpoint.Malformed.checkpoint(.tooFewLines)) {
            try SignedCheckpoint(parsing: Array(note.description.utf8))
        }
        #expect(throws: SignedCheckpoint.Malformed.note(.noSignatures)) {
            try SignedCheckpoint(parsing: Array("a\n0\n".utf8))
        }
    }

    @Test("a checkpoint is believed only of its own log, and only with a signature by that log's key")
    func faults() throws {
        let log = try LogKey(name: origin, seed: 1)
        let other = try LogKey(name: origin, seed: 2)
        let signed = try Checkpoint(origin: origin, size: 5, root: .zero).signed(by: [log.signer])
        #expect(try SignedCheckpoint(parsing: Array(signed.description.utf8)) == signed)
        #expect(signed.fault(origin: origin, keys: [log.key], isValid: isValid) == nil)
        #expect(signed.fault(origin: origin, keys: [other.key], isValid: isValid) == .note(.noKnownKey))
        #expect(
            signed.fault(origin: origin + "0", keys: [log.key], isValid: isValid)
                == .otherOrigin(expected: origin + "0", found: origin))
        let composed = try Checkpoint(origin: "\u{e9}", size: 5, root: .zero).signed(by: [log.signer])
        #expect(composed.fault(origin: "e\u{301}", keys: [log.key], isValid: isValid) != nil)
    }

    @Test("an origin is made of trust domain, service and epoch, and is a name that a key may have")
    func origins() throws {
        let epoch = try #require(JournalEpoch(Array(0...15)))
        #expect(LogOrigin.of(trustDomain: "quality.example", service: "submission", epoch: epoch) == origin)
        for part in ["", "a b", "a+b", "a/b", "a\nb"] {
            #expect(LogOrigin.of(trustDomain: part, service: "submission", epoch: epoch) == nil)
            #expect(LogOrigin.of(trustDomain: "quality.example", service: part, epoch: epoch) == nil)
        }
        _ = try LogKey(name: origin, seed: 1)
    }
}

/// Ten entries, and the proof of the seventh.
private struct Proven {
    let log: LogKey
    let body = Array("body".utf8)
    let entry: LogEntry
    let proof: LogProof

    init() throws {
        log = try LogKey(name: origin, seed: 1)
        entry = LogEntry(
            kind: "report.accepted", sealedUnixMicroseconds: 1_568_822_400_000_000, statement: [1, 2, 3],
            bodyHash: hash(body))
        let group = GroupTree(
            before: CompactRange(), leaves: leaves(0..<6) + [entry.leafHash(sha256)] + leaves(7..<10), sha256)
        let checkpoint = try Checkpoint(origin: origin, size: 10, root: group.root).signed(by: [log.signer])
        let inclusion = try #require(group.inclusionProof(of: 6))
        proof = LogProof(entry: entry, index: inclusion.index, path: inclusion.path, checkpoint: checkpoint)
    }
}

@Suite struct LogProofTests {
    private let log: LogKey
    private let body: [UInt8]
    private let entry: LogEntry
    private let proof: LogProof

    init() throws {
        let proven = try Proven()
        (log, body, entry, proof) = (proven.log, proven.body, proven.entry, proven.proof)
    }

    private func fault(
        _ proof: LogProof, entry: LogEntry? = nil, body: [UInt8]? = nil, origin: String = origin,
        keys: [NoteKey]? = nil
    ) -> LogProof.Fault? {
        proof.fault(entry: entry, body: body, origin: origin, keys: keys ?? [log.key], sha256, isValid: isValid)
    }

    private func parse(_ text: String) throws(LogProof.Malformed) -> LogProof {
        try LogProof(parsing: Array(text.utf8))
    }

    private func malformed(_ text: String) -> LogProof.Malformed? {
        do throws(LogProof.Malformed) {
            _ = try parse(text)
            return nil
        } catch { return error }
    }

    @Test("a proof is written as C2SP has it, read back, and holds")
    func holds() throws {
        let lines = proof.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines[0] == "c2sp.org/tlog-proof@v1")
        #expect(lines[1].hasPrefix("extra cXVhbGl0eSBsb2cgZW50cnkgMQ"))
        #expect(lines[2] == "index 6")
        #expect(proof.path.count == 4)
        #expect(lines[7] == "")
        #expect(lines[8...].joined(separator: "\n") == proof.checkpoint.description)
        let read = try parse(proof.text)
        #expect(read == proof)
        #expect(read.text == proof.text)
        #expect(read.entry == entry)
        #expect(fault(read) == nil)
        #expect(fault(read, entry: entry, body: body) == nil)
    }

    @Test("each thing that is wrong with a proof is told by name")
    func faults() throws {
        var otherEntry = entry
        otherEntry.sealedUnixMicroseconds += 1
        #expect(fault(proof, entry: otherEntry) == .otherEntry)
        #expect(fault(proof, body: [1]) == .otherBody)
        #expect(
            fault(proof, origin: "a")
                == .checkpoint(.otherOrigin(expected: "a", found: proof.checkpoint.checkpoint.origin)))
        #expect(fault(proof, keys: [try LogKey(name: origin, seed: 9).key]) == .checkpoint(.note(.noKnownKey)))
        let moved = LogProof(entry: entry, index: 7, path: proof.path, checkpoint: proof.checkpoint)
        #expect(fault(moved) == .inclusion(.otherRoot))
        let outside = LogProof(entry: entry, index: 10, path: proof.path, checkpoint: proof.checkpoint)
        #expect(fault(outside) == .inclusion(.noSuchLeaf(index: 10, size: 10)))
        let longer = LogProof(entry: entry, index: 6, path: proof.path + [.zero], checkpoint: proof.checkpoint)
        #expect(fault(longer) == .inclusion(.wrongLength(expected: 4, found: 5)))
        let replaced = LogProof(entry: otherEntry, index: 6, path: proof.path, checkpoint: proof.checkpoint)
        #expect(fault(replaced) == .inclusion(.otherRoot))
        let text = proof.text
        #expect(fault(try parse(text.replacing("\n10\n", with: "\n11\n"))) == .checkpoint(.note(badSignature)))
        let start = try #require(text.range(of: "extra "))
        let end = try #require(text[start.upperBound...].firstIndex(of: "\n"))
        var without = text
        without.removeSubrange(start.lowerBound...end)
        #expect(fault(try parse(without)) == .noEntry)
        #expect(try parse(without).text == without)
        let foreign = text.replacingCharacters(start.upperBound..<end, with: "AAAA")
        #expect(fault(try parse(foreign)) == .noEntry)
    }

    private var badSignature: SignedNote.Fault { .badSignature(name: origin, keyID: log.key.id) }

    @Test("a proof with any one bit flipped is no proof, or does not hold")
    func flippedBits() {
        let bytes = Array(proof.text.utf8)
        for index in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[index] ^= 1 << bit
                guard let read = try? LogProof(parsing: flipped) else { continue }
                #expect(read.text.utf8.elementsEqual(flipped))
                #expect(fault(read) != nil, "byte \(index), bit \(bit)")
            }
        }
    }

    @Test("what is no proof is refused, with the reason")
    func strict() {
        let text = proof.text
        let hash = proof.path[0].description
        #expect(hash.count == 64)
        #expect(malformed("") == .header)
        #expect(malformed(text.replacing("@v1", with: "@v2")) == .header)
        #expect(malformed("\n" + text) == .header)
        #expect(malformed(text.replacing("extra ", with: "extra  ")) == .extra)
        #expect(malformed(text.replacing("extra ", with: "extra =")) == .extra)
        #expect(malformed(text.replacing("extra ", with: "extras ")) == .index)
        #expect(malformed(text.replacing("extra ", with: "extra \nextra ")) == .extra)
        for index in ["index", "index ", "index 06", "index -6", "index 9223372036854775808", "Index 6"] {
            #expect(malformed(text.replacing("index 6", with: index)) == .index, "\(index)")
        }
        #expect(malformed(text.replacing("index 6\n", with: "index 6\nAAAA\n")) == .pathLine(1))
        #expect(malformed(text.replacing("\n\n" + origin, with: "\n=\n\n" + origin)) == .pathLine(5))
        let zero = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
        #expect(malformed(text.replacing("index 6\n", with: "index 6\n" + String(repeating: zero, count: 59))) == nil)
        #expect(
            malformed(text.replacing("index 6\n", with: "index 6\n" + String(repeating: zero, count: 60)))
                == .pathTooLong)
        #expect(malformed("c2sp.org/tlog-proof@v1\nindex 6\n" + zero) == .unfinished)
        #expect(malformed(text + "\n") != nil)
        #expect(malformed(text + "x") == .checkpoint(.note(.unfinishedLine)))
        #expect(malformed(text.replacing("\n10\n", with: "\n010\n")) == .checkpoint(.checkpoint(.size)))
        #expect(malformed(text.replacing("\n", with: "\r\n")) == .header)
        let long = text + String(repeating: "x", count: LogProof.maximumBytes)
        #expect(malformed(long) == .tooLong(bytes: long.utf8.count))
    }
}

extension String {
    fileprivate func replacingCharacters(_ range: Range<Index>, with text: String) -> String {
        self[..<range.lowerBound] + text + self[range.upperBound...]
    }

    fileprivate func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}
