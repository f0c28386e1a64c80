/// The proof that a leaf stands at an index of a tree: RFC 6962's audit path (section 2.1.1).
public struct InclusionProof: Hashable, Sendable {
    /// The entry's index, from 0.
    public var index: UInt64
    /// The number of leaves of the tree that it is proved for.
    public var size: UInt64
    /// The siblings from the leaf's up to those of the root's child.
    public var path: [JournalHash]

    /// Whatever the parts are: they are judged by ``fault(leaf:root:_:)``.
    public init(index: UInt64, size: UInt64, path: [JournalHash]) {
        self.index = index
        self.size = size
        self.path = path
    }

    /// What is wrong with a proof.
    public enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// The tree has no such leaf.
        case noSuchLeaf(index: UInt64, size: UInt64)
        /// A leaf at that place has a path of another length.
        case wrongLength(expected: Int, found: Int)
        /// The path does not lead from the leaf to the root.
        case otherRoot

        public var description: String {
            switch self {
            case .noSuchLeaf(let index, let size): "there is no entry \(index) in a log of \(size)"
            case .wrongLength(let expected, let found): "the path has \(found) hashes where it takes \(expected)"
            case .otherRoot: "the path does not lead from the entry to the root"
            }
        }
    }

    /// Checks that `leaf` stands at ``index`` of the tree with that `root`; `nil` when it does.
    public func fault(
        leaf: JournalHash, root: JournalHash, _ sha256: JournalHashFunction
    ) -> Fault? {
        guard index < size else { return .noSuchLeaf(index: index, size: size) }
        let length = Self.pathLength(index: index, size: size)
        guard path.count == length else { return .wrongLength(expected: length, found: path.count) }
        return self.root(from: leaf, sha256) == root ? nil : .otherRoot
    }

    /// How many hashes the path of a leaf has: one for each level at which its node has a sibling.
    static func pathLength(index: UInt64, size: UInt64) -> Int {
        // Below the level at which the leaf's way joins the tree's right edge every node has a sibling, above only those
        // that are right children.
        let inner = UInt64.bitWidth - (index ^ (size - 1)).leadingZeroBitCount
        return inner + (index >> UInt64(inner)).nonzeroBitCount
    }

    /// The root that the path leads to: RFC 9162, section 2.1.3.2, but for the levels without a sibling, which need not be
    /// counted where the path's length is known to be right. Behind them, as before, the node is the last of its level.
    private func root(from leaf: JournalHash, _ sha256: JournalHashFunction) -> JournalHash {
        var node = index
        var last = size - 1
        var hash = leaf
        for sibling in path {
            if node & 1 == 1 || node == last {
                hash = LogTree.node(sibling, hash, sha256)
            } else {
                hash = LogTree.node(hash, sibling, sha256)
            }
            node >>= 1
            last >>= 1
        }
        return hash
    }
}
