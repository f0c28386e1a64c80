import Cryptography
import Journal
import TestRandom
import Testing

/// The leaves and roots that implementations of Certificate Transparency have tested each other with since RFC 6962:
/// transparency-dev/merkle, testonly/constants.go.
private enum Reference {
    static let leaves: [[UInt8]] = [
        [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], Array(0x40...0x43), Array(0x50...0x57), Array(0x60...0x6f),
    ]
    static let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    static let leafHashes = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
        "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1",
    ]
}

@Suite struct LogTreeTests {
    @Test("leaves and roots are those that others have known since RFC 6962")
    func reference() {
        var range = CompactRange()
        #expect(range.root(sha256).description == Reference.roots[0])
        for (index, entry) in Reference.leaves.enumerated() {
            let leaf = LogTree.leaf(entry, sha256)
            #expect(leaf.description == Reference.leafHashes[index])
            range.append(leaf, sha256)
            #expect(range.root(sha256).description == Reference.roots[index + 1])
        }
    }
}

@Suite struct CompactRangeTests {
    @Test("the root is RFC 6962's at every size, and the frontier comes back from its bytes")
    func roots() throws {
        let leaves = leaves(0..<300)
        let tree = DefinedTree(leaves)
        var range = CompactRange()
        for size in 0...300 {
            #expect(range.size == size)
            #expect(range.root(sha256) == tree.root(0, size))
            #expect(range.nodes.count == size.nonzeroBitCount)
            #expect(range.bytes.count == 8 + 32 * size.nonzeroBitCount)
            #expect(CompactRange(bytes: range.bytes) == range)
            if size < 300 { range.append(leaves[size], sha256) }
        }
    }

    @Test("bytes of any other length than the size says, or of a size that no log has, are no frontier")
    func malformed() {
        var range = CompactRange()
        for leaf in leaves(0..<11) { range.append(leaf, sha256) }
        let bytes = range.bytes
        for count in 0..<bytes.count { #expect(CompactRange(bytes: Array(bytes.prefix(count))) == nil) }
        #expect(CompactRange(bytes: bytes + [0]) == nil)
        #expect(CompactRange(bytes: bytes + Array(repeating: 0, count: 32)) == nil)
        #expect(CompactRange(bytes: [0x80] + Array(repeating: 0, count: 7 + 32)) == nil)
        #expect(CompactRange(bytes: [0x40] + Array(repeating: 0, count: 7 + 32))?.size == 1 << 62)
        #expect(CompactRange(bytes: Array(repeating: 0, count: 8)) == CompactRange())
    }
}

@Suite struct GroupTreeTests {
    private struct Group: Sendable {
        let before: Int
        let count: Int
    }

    private func frontier(_ leaves: ArraySlice<JournalHash>) -> CompactRange {
        var range = CompactRange()
        for leaf in leaves { range.append(leaf, sha256) }
        return range
    }

    private func expectRight(_ group: Group, _ leaves: [JournalHash], _ tree: DefinedTree) {
        let size = group.before + group.count
        let made = GroupTree(
            before: frontier(leaves[..<group.before]), leaves: Array(leaves[group.before..<size]), sha256)
        #expect(made.size == size)
        #expect(made.root == tree.root(0, size))
        #expect(made.after == frontier(leaves[..<size]))
        for index in group.before..<size {
            let proof = made.inclusionProof(of: UInt64(index))
            #expect(
                proof == InclusionProof(index: UInt64(index), size: UInt64(size), path: tree.path(index, 0, size)))
        }
        if group.before > 0 { #expect(made.inclusionProof(of: UInt64(group.before - 1)) == nil) }
        #expect(made.inclusionProof(of: UInt64(size)) == nil)
    }

    @Test("root, frontier and every path are RFC 6962's for every group behind every log of up to 40 entries")
    func smallGroups() {
        let leaves = leaves(0..<75)
        let tree = DefinedTree(leaves)
        for before in 0...40 {
            for count in 1...35 { expectRight(Group(before: before, count: count), leaves, tree) }
        }
    }

    @Test("the same for groups at random", arguments: 1...12 as ClosedRange<UInt64>)
    func randomGroups(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let group = Group(
            before: Int.random(in: 0...3000, using: &random), count: Int.random(in: 1...300, using: &random))
        let leaves = leaves(0..<(group.before + group.count))
        expectRight(group, leaves, DefinedTree(leaves))
    }

    @Test("a receipt's path made again from the stored frontier and leaf hashes is the same")
    func madeAgain() throws {
        let leaves = leaves(0..<77)
        let first = GroupTree(before: frontier(leaves[..<53]), leaves: Array(leaves[53...]), sha256)
        let stored = (first.before.bytes, first.leaves)
        let again = GroupTree(before: try #require(CompactRange(bytes: stored.0)), leaves: stored.1, sha256)
        for index in UInt64(53)..<77 { #expect(again.inclusionProof(of: index) == first.inclusionProof(of: index)) }
        #expect(again.root == first.root)
    }
}

@Suite struct LogEntryTests {
    private let entry = LogEntry(
        kind: "ab", sealedUnixMicroseconds: -2, statement: [0xff], bodyHash: hash([1]))

    @Test("the canonical bytes of an entry are those of the specification")
    func canonicalBytes() {
        var expected = Array("quality log entry 1".utf8) + [0]
        expected += [0, 0, 0, 2] + Array("ab".utf8) + Array(repeating: 0xff, count: 7) + [0xfe]
        expected += [0, 0, 0, 1, 0xff] + hash([1]).bytes
        #expect(entry.canonicalBytes == expected)
        #expect(entry.canonicalByteCount == expected.count)
        #expect(entry.leafHash(sha256) == hash([0] + expected))
        #expect(entry.leafHash(sha256) == LogTree.leaf(expected, sha256))
    }

    @Test("an entry is read back from its canonical bytes and from no others")
    func readBack() {
        let bytes = entry.canonicalBytes
        #expect(LogEntry(canonicalBytes: bytes) == entry)
        for count in 0..<bytes.count { #expect(LogEntry(canonicalBytes: Array(bytes.prefix(count))) == nil) }
        #expect(LogEntry(canonicalBytes: bytes + [0]) == nil)
        for index in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[index] ^= 1 << bit
                let read = LogEntry(canonicalBytes: flipped)
                #expect(read == nil || read?.canonicalBytes == flipped && read != entry)
            }
        }
    }

    @Test("an entry that is too long for a bundle of entries is not read")
    func tooLong() {
        var entry = entry
        entry.statement = Array(
            repeating: 1, count: LogEntry.maximumCanonicalBytes - entry.canonicalByteCount + 1)
        #expect(entry.canonicalByteCount == 65_535)
        #expect(LogEntry(canonicalBytes: entry.canonicalBytes) == entry)
        entry.statement.append(1)
        #expect(LogEntry(canonicalBytes: entry.canonicalBytes) == nil)
    }

    @Test("kinds that only look alike are two")
    func lookAlike() {
        var composed = entry
        var decomposed = entry
        composed.kind = "\u{e9}"
        decomposed.kind = "e\u{301}"
        #expect(composed.kind == decomposed.kind)
        #expect(composed != decomposed)
    }

    @Test("a cursor covers what came before it in its own epoch")
    func cursors() {
        let epoch = JournalEpoch(Array(repeating: 7, count: 16))!
        let other = JournalEpoch(Array(repeating: 8, count: 16))!
        #expect(LogCursor(epoch: epoch, size: 3).covers(LogCursor(epoch: epoch, size: 3)))
        #expect(!LogCursor(epoch: epoch, size: 3).covers(LogCursor(epoch: epoch, size: 4)))
        #expect(!LogCursor(epoch: epoch, size: 3).covers(LogCursor(epoch: other, size: 1)))
    }
}
