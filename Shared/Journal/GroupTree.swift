/// What a group commit adds to a log's tree: every node that has one of its leaves below it, each hashed once.
///
/// From it come the root that the group's checkpoint names, the path of each receipt, and the frontier for the next group.
/// A store keeps two things with each checkpoint, the frontier before the group (``CompactRange/bytes``) and the group's
/// leaf hashes: a tree made from the two again is this tree, so that the first receipt comes again byte for byte.
public struct GroupTree: Sendable {
    /// The frontier before the group.
    public let before: CompactRange
    /// How many leaves the log has with the group.
    public let size: UInt64
    // Level 0 is the group's leaves. Level n begins with the node at `before.size >> n`. The last node of a level may
    // stand for a subtree that is not full: one without a right sibling goes up as it is.
    private let levels: [[JournalHash]]

    /// The tree of `before` and `leaves` behind it, in their order. Costs a hash a leaf and one or two a level.
    public init(before: CompactRange, leaves: [JournalHash], _ sha256: JournalHashFunction) {
        precondition(!leaves.isEmpty, "a group without entries changes no tree")
        precondition(
            UInt64(leaves.count) <= LogTree.maximumSize - before.size,
            "a log has at most \(LogTree.maximumSize) entries")
        self.before = before
        size = before.size + UInt64(leaves.count)
        var levels = [leaves]
        // Until one node stands for everything.
        while before.size >> UInt64(levels.count - 1) > 0 || levels[levels.count - 1].count > 1 {
            levels.append(Self.level(above: levels[levels.count - 1], at: levels.count - 1, before: before, sha256))
        }
        self.levels = levels
    }

    private static func level(
        above nodes: [JournalHash], at level: Int, before: CompactRange, _ sha256: JournalHashFunction
    ) -> [JournalHash] {
        var above: [JournalHash] = []
        above.reserveCapacity(nodes.count / 2 + 1)
        var next = 0
        if before.size >> UInt64(level) & 1 == 1 {
            // The first node's left sibling lies before the group.
            above.append(LogTree.node(before.node(atLevel: level), nodes[0], sha256))
            next = 1
        }
        while next + 1 < nodes.count {
            above.append(LogTree.node(nodes[next], nodes[next + 1], sha256))
            next += 2
        }
        if next < nodes.count { above.append(nodes[next]) }
        return above
    }

    /// The hashes of the group's leaves, in their order.
    public var leaves: [JournalHash] { levels[0] }

    /// The root of the log's tree with the group.
    public var root: JournalHash { levels[levels.count - 1][0] }

    /// The frontier behind the group.
    public var after: CompactRange {
        let bits = (0..<64).reversed().filter { size >> UInt64($0) & 1 == 1 }
        return CompactRange(size: size, nodes: bits.map { node(at: $0, (size >> UInt64($0)) - 1) })
    }

    /// The proof that the entry at `index` stands in the log of ``size`` leaves; `nil` unless it is one of the group's.
    public func inclusionProof(of index: UInt64) -> InclusionProof? {
        guard index >= before.size, index < size else { return nil }
        var path: [JournalHash] = []
        path.reserveCapacity(levels.count - 1)
        for level in 0..<(levels.count - 1) {
            let sibling = index >> UInt64(level) ^ 1
            // None where a node goes up as it is.
            if sibling << UInt64(level) < size { path.append(node(at: level, sibling)) }
        }
        return InclusionProof(index: index, size: size, path: path)
    }

    /// A node of the tree that has a leaf of the group below it, or is of the frontier before.
    func node(at level: Int, _ index: UInt64) -> JournalHash {
        let first = before.size >> UInt64(level)
        if index >= first { return levels[level][Int(index - first)] }
        precondition(index + 1 == first, "node \(index) at level \(level) is none of the group's")
        return before.node(atLevel: level)
    }
}
