import Cryptography
import Foundation
import Journal
import TestForeign
import TestRandom
import Testing

/// What our journals hand out, judged by programs that nobody here wrote: golang.org/x/mod/sumdb/note and tlog, of which
/// `Foreign/check.go` asks one question after the other.
@Suite("A stranger's tools")
struct ForeignTests {
    private let log: LogKey
    private let origin = "quality.example/submission/000102030405060708090a0b0c0d0e0f"
    private let leaves: [JournalHash]
    private let tree: DefinedTree

    init() throws {
        log = try LogKey(name: origin, seed: 1)
        leaves = Array(Self.allLeaves[...])
        tree = DefinedTree(leaves)
    }

    private static let size = 66_000
    private static let allLeaves = JournalTests.leaves(0..<size)

    @Test("read our notes, and nothing that was changed")
    func notes() throws {
        var questions: [String] = []
        var expected: [String] = []
        let signed = try Checkpoint(origin: origin, size: 5, root: .zero).signed(by: [log.signer]).description
        let witness = try LogKey(name: "witness.example", seed: 2)
        for _ in 0..<2 {
            let both = try SignedNote(signing: "text\n\nmore — text\n", by: [witness.signer, log.signer])
            questions += [note(log, signed), note(log, both.description), note(witness, both.description)]
            expected += ["good", "good", "good"]
        }
        questions += [note(witness, signed), note(log, signed.replacing("\n5\n", with: "\n6\n"))]
        expected += ["bad", "bad"]
        #expect(try ForeignTools.ask(questions).map(\.verdict) == expected)
    }

    private func note(_ key: LogKey, _ note: String) -> String {
        "note\t\(key.key.text)\t\(Data(note.utf8).base64EncodedString())"
    }

    @Test("check our proofs as we do, good ones and bad ones")
    func proofs() throws {
        var random = SplitMix(seed: 5)
        var questions: [String] = []
        var expected: [String] = []
        for _ in 0..<300 {
            let size = Int.random(in: 1...3000, using: &random)
            let index = Int.random(in: 0..<size, using: &random)
            let old = Int.random(in: 1...size, using: &random)
            var source = LeafHashes(tree: tree)
            let inclusion = try InclusionProof.make(of: UInt64(index), in: UInt64(size), from: &source, sha256)
            let consistency = try ConsistencyProof.make(from: UInt64(old), to: UInt64(size), from: &source, sha256)
            let root = tree.root(0, size)
            for path in [inclusion.path, changed(inclusion.path, &random)] {
                questions.append(
                    "inclusion\t\(size)\t\(base64(root))\t\(index)\t\(base64(leaves[index]))\t\(base64(path))")
                let proof = InclusionProof(index: UInt64(index), size: UInt64(size), path: path)
                expected.append(proof.fault(leaf: leaves[index], root: root, sha256) == nil ? "good" : "bad")
            }
            for path in [consistency.path, changed(consistency.path, &random)] {
                let oldRoot = tree.root(0, old)
                questions.append("consistency\t\(size)\t\(base64(root))\t\(old)\t\(base64(oldRoot))\t\(base64(path))")
                let proof = ConsistencyProof(oldSize: UInt64(old), newSize: UInt64(size), path: path)
                expected.append(proof.fault(oldRoot: oldRoot, newRoot: root, sha256) == nil ? "good" : "bad")
            }
        }
        #expect(expected.count { $0 == "good" } == 600)
        #expect(expected.count { $0 == "bad" } == 600)
        #expect(try ForeignTools.ask(questions).map(\.verdict) == expected)
    }

    /// Shorter, longer, or with one bit flipped.
    private func changed(_ path: [JournalHash], _ random: inout SplitMix) -> [JournalHash] {
        switch path.isEmpty ? 0 : Int.random(in: 0...4, using: &random) {
        case 0: path + [.zero]
        case 1: path.dropLast()
        default: path.flipping(bit: Int.random(in: 0..<(256 * path.count), using: &random))
        }
    }

    @Test("read our tiles, and make with them the proofs that we make")
    func tiles() throws {
        var stored = StoredLog()
        _ = stored.append(leaves)
        let directory = FileManager.default.temporaryDirectory.appending(path: "tiles-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        for tile in stored.tiles.values { try write(tile.bytes, directory, tile.position.path) }
        for (level, edge) in stored.log.edges.enumerated() where !edge.isEmpty {
            let position = LogTilePosition(level: level, index: UInt64(Self.size >> (8 * level + 8)))
            try write(edge.flatMap(\.bytes), directory, "\(position.path).p/\(edge.count)")
        }
        let signed = try Checkpoint(
            origin: origin, size: UInt64(Self.size), root: stored.log.frontier.root(sha256)
        ).signed(by: [log.signer])
        let checkpoint = Data(signed.description.utf8).base64EncodedString()
        var random = SplitMix(seed: 6)
        let asked = (0..<20).map { _ in
            (Int.random(in: 0..<Self.size, using: &random), Int.random(in: 1...Self.size, using: &random))
        }
        let answers = try ForeignTools.ask(
            asked.map { "tiles\t\(directory.path)\t\(log.key.text)\t\(checkpoint)\t\($0.0)\t\($0.1)" })
        var hashes = stored.hashes
        for ((index, old), answer) in zip(asked, answers) {
            let size = UInt64(Self.size)
            let inclusion = try InclusionProof.make(of: UInt64(index), in: size, from: &hashes, sha256)
            let consistency = try ConsistencyProof.make(from: UInt64(old), to: size, from: &hashes, sha256)
            #expect(answer.verdict == "good")
            #expect(answer.rest == [base64(inclusion.path), base64(consistency.path)])
        }
    }

    private func write(_ bytes: [UInt8], _ directory: URL, _ path: String) throws {
        let file = directory.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
    }

    @Test("check a receipt's text, and refuse it when its entry was changed")
    func receipts() throws {
        let entry = LogEntry(
            kind: "report.accepted", sealedUnixMicroseconds: 5, statement: [1, 2, 3], bodyHash: hash([4]))
        let group = GroupTree(
            before: CompactRange(), leaves: Array(leaves[..<9]) + [entry.leafHash(sha256)], sha256)
        let signed = try Checkpoint(origin: origin, size: 10, root: group.root).signed(by: [log.signer])
        let path = try #require(group.inclusionProof(of: 9)).path
        var questions: [String] = []
        for statement in [[1, 2, 3], [1, 2, 4]] as [[UInt8]] {
            var entry = entry
            entry.statement = statement
            let proof = LogProof(entry: entry, index: 9, path: path, checkpoint: signed)
            questions.append("proof\t\(log.key.text)\t\(Data(proof.text.utf8).base64EncodedString())")
        }
        #expect(try ForeignTools.ask(questions).map(\.verdict) == ["good", "bad"])
    }

    @Test("sign notes that we read")
    func theirNotes() throws {
        let text = "elsewhere.example/log\n7\n\(base64(tree.root(0, 7)))\n"
        let answer = try #require(
            ForeignTools.ask(["sign\t\(Data(text.utf8).base64EncodedString())"]).first)
        #expect(answer.verdict == "good")
        let key = try NoteKey(text: answer.rest[0], sha256)
        // A line of an answer ends before the note's last newline.
        let note = Array(try #require(Data(base64Encoded: answer.rest[1]))) + Array("\n".utf8)
        let signed = try SignedCheckpoint(parsing: note)
        #expect(signed.fault(origin: "elsewhere.example/log", keys: [key], isValid: isValid) == nil)
        #expect(signed.checkpoint.text == text)
    }

    private func base64(_ hash: JournalHash) -> String { Data(hash.bytes).base64EncodedString() }

    private func base64(_ path: [JournalHash]) -> String { path.map { base64($0) }.joined(separator: ",") }
}
