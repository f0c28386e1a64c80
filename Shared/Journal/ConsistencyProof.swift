/// The proof that a tree begins with all leaves of a smaller one: RFC 6962's consistency proof (section 2.1.2).
public struct ConsistencyProof: Hashable, Sendable {
    /// The number of leaves of the smaller tree.
    public var oldSize: UInt64
    /// The number of leaves of the larger tree.
    public var newSize: UInt64
    /// From the subtree that both trees share up. Empty when the sizes are equal, or the old one is 0.
    public var path: [JournalHash]

    /// Whatever the parts are: they are judged by ``fault(oldRoot:newRoot:_:)``.
    public init(oldSize: UInt64, newSize: UInt64, path: [JournalHash]) {
        self.oldSize = oldSize
        self.newSize = newSize
        self.path = path
    }

    /// What is wrong with a proof.
    public enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// The new tree is the smaller one.
        case shrinks(from: UInt64, to: UInt64)
        /// The path is not as long as for these sizes.
        case wrongLength
        /// The path does not lead to both roots: the new tree does not begin with the old one.
        case inconsistent

        public var description: String {
            switch self {
            case .shrinks(let old, let new): "a log of \(old) entries cannot become one of \(new)"
            case .wrongLength: "the proof has not as many hashes as two trees of these sizes take"
            case .inconsistent: "the proof does not lead to both roots: one log does not begin with the other"
            }
        }
    }

    /// Checks that the tree with `newRoot` begins with the leaves of the one with `oldRoot` (RFC 9162, section 2.1.4.2);
    /// `nil` when it does.
    public func fault(
        oldRoot: JournalHash, newRoot: JournalHash, _ sha256: JournalHashFunction
    ) -> Fault? {
        guard oldSize <= newSize else { return .shrinks(from: oldSize, to: newSize) }
        guard oldSize > 0, oldSize < newSize else {
            guard path.isEmpty else { return .wrongLength }
            if oldSize == 0 && oldRoot != LogTree.emptyRoot(sha256) { return .inconsistent }
            return oldSize == newSize && oldRoot != newRoot ? .inconsistent : nil
        }
        // An old tree that is one full subtree is known to whoever checks, and left out of the path.
        let isFull = oldSize.nonzeroBitCount == 1
        guard let first = isFull ? oldRoot : path.first else { return .wrongLength }
        return fault(
            from: first, isFull ? path[...] : path.dropFirst(), oldRoot: oldRoot, newRoot: newRoot, sha256)
    }

    private func fault(
        from first: JournalHash, _ path: ArraySlice<JournalHash>, oldRoot: JournalHash, newRoot: JournalHash,
        _ sha256: JournalHashFunction
    ) -> Fault? {
        let shared = UInt64((oldSize - 1).trailingOneBitCount)
        var node = (oldSize - 1) >> shared
        var last = (newSize - 1) >> shared
        var old = first
        var new = first
        for hash in path {
            guard last != 0 else { return .wrongLength }
            if node & 1 == 1 || node == last {
                old = LogTree.node(hash, old, sha256)
                new = LogTree.node(hash, new, sha256)
                while node & 1 == 0 && node != 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                new = LogTree.node(new, hash, sha256)
            }
            node >>= 1
            last >>= 1
        }
        guard last == 0 else { return .wrongLength }
        return old == oldRoot && new == newRoot ? nil : .inconsistent
    }
}

extension UInt64 {
    fileprivate var trailingOneBitCount: Int { (~self).trailingZeroBitCount }
}
