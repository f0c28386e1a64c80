import Cryptography
import Journal
import Testing

/// RFC 6962, section 2.1, word for word.
private func rootByDefinition(_ entries: ArraySlice<JournalHash>) -> JournalHash {
    if entries.count == 1 { return hash([0] + entries[entries.startIndex].bytes) }
    var half = 1
    while half * 2 < entries.count { half *= 2 }
    let middle = entries.startIndex + half
    return hash([1] + rootByDefinition(entries[..<middle]).bytes + rootByDefinition(entries[middle...]).bytes)
}

private func entries(_ count: Int) -> [JournalHash] {
    (0..<count).map { hash([UInt8($0)]) }
}

@Suite struct JournalTreeTests {
    @Test("the root is RFC 6962's for 1 to 33 leaves", arguments: 1...33)
    func rootIsByDefinition(count: Int) {
        let entries = entries(count)
        #expect(JournalTree(entries: entries, sha256).root == rootByDefinition(entries[...]))
    }

    @Test("every leaf's path leads to the root", arguments: 1...33)
    func everyPathVerifies(count: Int) {
        let tree = JournalTree(entries: entries(count), sha256)
        for (index, leaf) in tree.leaves.enumerated() {
            let root = JournalTree.root(
                leaf: leaf, index: UInt64(index), count: UInt64(count), path: tree.path(to: index), sha256)
            #expect(root == tree.root)
        }
    }

    @Test("a path verifies for no other place, and neither shortened nor lengthened", arguments: 2...17)
    func pathBelongsToItsPlace(count: Int) {
        let tree = JournalTree(entries: entries(count), sha256)
        for index in 0..<count {
            let path = tree.path(to: index)
            let leaf = tree.leaves[index]
            func root(index: Int, path: [JournalHash]) -> JournalHash? {
                JournalTree.root(leaf: leaf, index: UInt64(index), count: UInt64(count), path: path, sha256)
            }
            for other in 0..<count where other != index { #expect(root(index: other, path: path) != tree.root) }
            #expect(root(index: index, path: path.dropLast()) != tree.root)
            #expect(root(index: index, path: path + [.zero]) == nil)
            #expect(root(index: count, path: path) == nil)
        }
    }

    @Test("a tree rebuilt from its leaves is the same tree")
    func rebuiltFromLeaves() {
        let tree = JournalTree(entries: entries(21), sha256)
        let rebuilt = JournalTree(leaves: tree.leaves, sha256)
        #expect(rebuilt.root == tree.root)
        #expect(rebuilt.path(to: 20) == tree.path(to: 20))
    }
}

@Suite struct JournalProofTests {
    private let key: SigningKey
    private let proof: JournalProof

    init() throws {
        key = try SigningKey.generate()
        let epoch = JournalEpoch((0..<16).map { UInt8($0) })!
        let headers = (0..<5).map { index in
            JournalEntryHeader(
                position: JournalPosition(epoch: epoch, partition: 2, sequence: UInt64(index + 7)),
                previousHash: hash([9, UInt8(index)]), sealedUnixMicroseconds: 1_568_822_400_000_000,
                kind: "report.accepted", statement: [1, 2, 3], bodyHash: hash([UInt8(index)]))
        }
        let tree = JournalTree(entries: headers.map { $0.hash(sha256) }, sha256)
        var seal = JournalSeal(
            epoch: epoch, number: 3, unixMicroseconds: 1_568_822_400_000_000, leafCount: 5, root: tree.root)
        seal.signature = try key.signature(for: seal.statement)
        seal.keyID = key.verifyingKey.id
        proof = JournalProof(header: headers[3], leafIndex: 3, path: tree.path(to: 3), seal: seal)
    }

    private func fault(_ proof: JournalProof) -> JournalProof.Fault? {
        proof.fault(sha256) { key.verifyingKey.isValid(signature: $0, for: $1) }
    }

    @Test("a proof holds as it was made") func holds() {
        #expect(fault(proof) == nil)
    }

    @Test("whatever is changed, a proof fails")
    func changed() {
        func changing(_ change: (inout JournalProof) -> Void) -> JournalProof.Fault? {
            var changed = proof
            change(&changed)
            return fault(changed)
        }
        #expect(changing { $0.header.position.sequence += 1 } == .brokenPath)
        #expect(changing { $0.header.position.partition = 1 } == .brokenPath)
        #expect(changing { $0.header.previousHash = .zero } == .brokenPath)
        #expect(changing { $0.header.kind = "report.rejected" } == .brokenPath)
        #expect(changing { $0.header.statement[0] ^= 1 } == .brokenPath)
        #expect(changing { $0.header.bodyHash = .zero } == .brokenPath)
        #expect(changing { $0.leafIndex = 2 } == .brokenPath)
        #expect(changing { $0.path[1] = .zero } == .brokenPath)
        #expect(changing { $0.seal.root = .zero } == .brokenPath)
        #expect(changing { $0.header.sealedUnixMicroseconds -= 1 } == .sealOfAnotherCommit)
        #expect(changing { $0.seal.number += 1 } == .badSignature)
        #expect(changing { $0.seal.signature[63] ^= 1 } == .badSignature)
        #expect(
            changing {
                $0.header.sealedUnixMicroseconds -= 1
                $0.seal.unixMicroseconds -= 1
            } == .brokenPath)
    }

    @Test("a flipped bit anywhere in what is signed fails")
    func flippedBits() {
        let statement = proof.seal.statement
        for index in statement.indices {
            for bit in 0..<8 {
                var flipped = statement
                flipped[index] ^= 1 << bit
                #expect(!key.verifyingKey.isValid(signature: proof.seal.signature, for: flipped))
            }
        }
    }
}

@Suite struct JournalCursorTests {
    private let epoch = JournalEpoch(Array(repeating: 7, count: 16))!

    private func entry(_ sequence: UInt64, after previous: JournalHash, body: [UInt8] = [1]) -> JournalEntry {
        var entry = JournalEntry(
            partition: 0, sequence: sequence, previousHash: previous, hash: .zero, sealedUnixMicroseconds: 5,
            kind: "test", statement: [], body: body)
        entry.hash = entry.header(in: epoch, sha256).hash(sha256)
        return entry
    }

    @Test("a cursor moves over the next entry only, and only if it is intact")
    func advances() throws {
        let first = entry(1, after: .zero)
        let second = entry(2, after: first.hash)
        var cursor = JournalCursor(startOf: epoch, partitionCount: 1)
        #expect(throws: JournalCursor.Break.gap(partition: 0, expected: 1, found: 2)) {
            try cursor.advance(over: second, sha256)
        }
        try cursor.advance(over: first, sha256)
        #expect(throws: JournalCursor.Break.gap(partition: 0, expected: 2, found: 1)) {
            try cursor.advance(over: first, sha256)
        }
        let foreign = entry(2, after: .zero)
        #expect(throws: JournalCursor.Break.otherHistory(partition: 0, sequence: 2)) {
            try cursor.advance(over: foreign, sha256)
        }
        var altered = second
        altered.body = [2]
        #expect(throws: JournalCursor.Break.altered(partition: 0, sequence: 2)) {
            try cursor.advance(over: altered, sha256)
        }
        try cursor.advance(over: second, sha256)
        #expect(cursor.places == [JournalCursor.Place(sequence: 2, hash: second.hash)])
        #expect(cursor.covers(second.position(in: epoch)))
        #expect(!cursor.covers(JournalPosition(epoch: epoch, partition: 0, sequence: 3)))
    }

    @Test("the canonical bytes of an entry are those of the specification")
    func canonicalBytes() {
        let header = JournalEntryHeader(
            position: JournalPosition(epoch: epoch, partition: 258, sequence: 3), previousHash: .zero,
            sealedUnixMicroseconds: -2, kind: "ab", statement: [0xff], bodyHash: .zero)
        var expected = Array("quality journal entry 1".utf8) + [0] + Array(repeating: 7, count: 16)
        expected += [0, 0, 1, 2] + [0, 0, 0, 0, 0, 0, 0, 3] + Array(repeating: 0, count: 32)
        expected += Array(repeating: 0xff, count: 7) + [0xfe]
        expected += [0, 0, 0, 2] + Array("ab".utf8) + [0, 0, 0, 1, 0xff] + Array(repeating: 0, count: 32)
        #expect(header.canonicalBytes == expected)
    }

    @Test("a unit always falls in the same partition") func partitions() {
        // FNV-1a 64 of "a" is af63dc4c8601ec8c.
        #expect(JournalPartition.of("a", count: 16) == 0xc)
        #expect(JournalPartition.of("", count: 4) == UInt32(0xcbf2_9ce4_8422_2325 as UInt64 % 4))
    }
}
