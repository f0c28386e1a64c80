import Journal
import TestRandom
import Testing

@Suite struct InclusionProofTests {
    @Test("every proof in every log of up to 300 entries is RFC 6962's, and holds")
    func allSmall() throws {
        let leaves = leaves(0..<300)
        let tree = DefinedTree(leaves)
        var source = LeafHashes(tree: tree)
        for size in 1...300 {
            let root = tree.root(0, size)
            for index in 0..<size {
                let proof = try InclusionProof.make(of: UInt64(index), in: UInt64(size), from: &source, sha256)
                #expect(proof.path == tree.path(index, 0, size))
                #expect(proof.fault(leaf: leaves[index], root: root, sha256) == nil)
            }
        }
    }

    @Test("no entry behind the end is proved")
    func noSuchEntry() {
        var source = LeafHashes(tree: DefinedTree(leaves(0..<3)))
        #expect(throws: InclusionProof.Fault.noSuchLeaf(index: 3, size: 3)) {
            try InclusionProof.make(of: 3, in: 3, from: &source, sha256)
        }
        #expect(throws: InclusionProof.Fault.noSuchLeaf(index: 0, size: 0)) {
            try InclusionProof.make(of: 0, in: 0, from: &source, sha256)
        }
        let proof = InclusionProof(index: 3, size: 3, path: [])
        #expect(proof.fault(leaf: .zero, root: .zero, sha256) == .noSuchLeaf(index: 3, size: 3))
    }

    @Test("a proof for another place, or shorter, or longer, does not hold", arguments: 1...20)
    func otherPlaces(size: Int) {
        let leaves = leaves(0..<size)
        let tree = DefinedTree(leaves)
        let root = tree.root(0, size)
        for index in 0..<size {
            let proof = InclusionProof(
                index: UInt64(index), size: UInt64(size), path: tree.path(index, 0, size))
            func fault(_ change: (inout InclusionProof) -> Void) -> InclusionProof.Fault? {
                var changed = proof
                change(&changed)
                return changed.fault(leaf: leaves[index], root: root, sha256)
            }
            for other in 0..<size where other != index { #expect(fault { $0.index = UInt64(other) } != nil) }
            let length = proof.path.count
            #expect(fault { $0.path.append(.zero) } == .wrongLength(expected: length, found: length + 1))
            if length > 0 {
                #expect(fault { $0.path.removeLast() } == .wrongLength(expected: length, found: length - 1))
                #expect(fault { $0.path.removeFirst() } == .wrongLength(expected: length, found: length - 1))
            }
            #expect(fault { $0.size = 0 } == .noSuchLeaf(index: UInt64(index), size: 0))
        }
    }

    @Test("a proof with any one bit flipped does not hold", arguments: 1...8 as ClosedRange<UInt64>)
    func flippedBits(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let size = Int.random(in: 2...600, using: &random)
        let index = Int.random(in: 0..<size, using: &random)
        let leaves = leaves(0..<size)
        let tree = DefinedTree(leaves)
        let root = tree.root(0, size)
        let path = tree.path(index, 0, size)
        for bit in 0..<(256 * path.count) {
            let proof = InclusionProof(index: UInt64(index), size: UInt64(size), path: path.flipping(bit: bit))
            #expect(proof.fault(leaf: leaves[index], root: root, sha256) == .otherRoot)
        }
        let proof = InclusionProof(index: UInt64(index), size: UInt64(size), path: path)
        for bit in 0..<256 {
            let leaf = [leaves[index]].flipping(bit: bit)[0]
            #expect(proof.fault(leaf: leaf, root: root, sha256) == .otherRoot)
            #expect(proof.fault(leaf: leaves[index], root: [root].flipping(bit: bit)[0], sha256) == .otherRoot)
        }
    }

    @Test("sizes and indexes at the limits end with an answer")
    func limits() {
        for size in [1, 2, 1 << 62, UInt64(Int64.max), .max] {
            for index in [0, 1, size / 2, size - 1] where index < size {
                let proof = InclusionProof(index: index, size: size, path: Array(repeating: .zero, count: 63))
                #expect(proof.fault(leaf: .zero, root: .zero, sha256) != nil)
            }
        }
    }
}

@Suite struct ConsistencyProofTests {
    @Test("every proof between two logs of up to 300 entries is RFC 6962's, and holds")
    func allSmall() throws {
        let tree = DefinedTree(leaves(0..<300))
        var source = LeafHashes(tree: tree)
        for new in 1...300 {
            for old in 1...new {
                let proof = try ConsistencyProof.make(
                    from: UInt64(old), to: UInt64(new), from: &source, sha256)
                #expect(proof.path == tree.consistency(old, new))
                #expect(proof.fault(oldRoot: tree.root(0, old), newRoot: tree.root(0, new), sha256) == nil)
            }
        }
    }

    @Test("a log begins with nothing, and with itself; a smaller one does not begin with a larger one")
    func edges() throws {
        let tree = DefinedTree(leaves(0..<7))
        var source = LeafHashes(tree: tree)
        let fromNothing = try ConsistencyProof.make(from: 0, to: 7, from: &source, sha256)
        #expect(fromNothing.path.isEmpty)
        #expect(fromNothing.fault(oldRoot: LogTree.emptyRoot(sha256), newRoot: tree.root(0, 7), sha256) == nil)
        #expect(fromNothing.fault(oldRoot: .zero, newRoot: tree.root(0, 7), sha256) == .inconsistent)
        let same = try ConsistencyProof.make(from: 7, to: 7, from: &source, sha256)
        #expect(same.path.isEmpty)
        #expect(same.fault(oldRoot: tree.root(0, 7), newRoot: tree.root(0, 7), sha256) == nil)
        #expect(same.fault(oldRoot: tree.root(0, 7), newRoot: tree.root(0, 6), sha256) == .inconsistent)
        #expect(throws: ConsistencyProof.Fault.shrinks(from: 7, to: 6)) {
            try ConsistencyProof.make(from: 7, to: 6, from: &source, sha256)
        }
        let shrinking = ConsistencyProof(oldSize: 7, newSize: 6, path: [])
        #expect(shrinking.fault(oldRoot: .zero, newRoot: .zero, sha256) == .shrinks(from: 7, to: 6))
        for (old, new) in [(0, 7), (7, 7)] as [(UInt64, UInt64)] {
            let surplus = ConsistencyProof(oldSize: old, newSize: new, path: [.zero])
            #expect(
                surplus.fault(oldRoot: tree.root(0, Int(old)), newRoot: tree.root(0, 7), sha256) == .wrongLength)
        }
    }

    @Test("a proof that is shorter or longer, or for other sizes, does not hold", arguments: 2...24)
    func otherSizes(new: Int) {
        let tree = DefinedTree(leaves(0..<new))
        for old in 1..<new {
            let proof = ConsistencyProof(
                oldSize: UInt64(old), newSize: UInt64(new), path: tree.consistency(old, new))
            func fault(_ change: (inout ConsistencyProof) -> Void) -> ConsistencyProof.Fault? {
                var changed = proof
                change(&changed)
                return changed.fault(oldRoot: tree.root(0, old), newRoot: tree.root(0, new), sha256)
            }
            #expect(fault { $0.path.append(.zero) } == .wrongLength)
            #expect(fault { $0.path.removeLast() } == .wrongLength)
            #expect(fault { $0.path.removeFirst() } != nil)
            #expect(fault { $0.path.removeAll() } == .wrongLength)
            for other in 0..<new where other != old { #expect(fault { $0.oldSize = UInt64(other) } != nil) }
        }
    }

    @Test("a proof with any one bit flipped does not hold", arguments: 1...8 as ClosedRange<UInt64>)
    func flippedBits(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let new = Int.random(in: 2...600, using: &random)
        let old = Int.random(in: 1..<new, using: &random)
        let tree = DefinedTree(leaves(0..<new))
        let path = tree.consistency(old, new)
        let roots = [tree.root(0, old), tree.root(0, new)]
        for bit in 0..<(256 * path.count) {
            let proof = ConsistencyProof(
                oldSize: UInt64(old), newSize: UInt64(new), path: path.flipping(bit: bit))
            #expect(proof.fault(oldRoot: roots[0], newRoot: roots[1], sha256) != nil)
        }
        let proof = ConsistencyProof(oldSize: UInt64(old), newSize: UInt64(new), path: path)
        for bit in 0..<512 {
            let flipped = roots.flipping(bit: bit)
            #expect(proof.fault(oldRoot: flipped[0], newRoot: flipped[1], sha256) != nil)
        }
    }

    @Test("a log that was cut and went on in another way is not consistent with what it was")
    func forked() {
        let first = DefinedTree(leaves(0..<20))
        let second = DefinedTree(leaves(0..<12) + leaves(100..<120))
        for old in 13...20 {
            let proof = ConsistencyProof(
                oldSize: UInt64(old), newSize: 32, path: second.consistency(old, 32))
            #expect(proof.fault(oldRoot: first.root(0, old), newRoot: second.root(0, 32), sha256) == .inconsistent)
        }
    }
}
