/// The frontier of a log's tree: the roots of the full subtrees that its leaves fall into, from the left, one for each bit
/// of the size. It is all that is needed to append, and to know the root at any moment: at most 63 hashes.
public struct CompactRange: Hashable, Sendable {
    /// How many leaves there are.
    public private(set) var size: UInt64
    /// The roots of the full subtrees, the largest first.
    public private(set) var nodes: [JournalHash]

    /// Of a log without entries.
    public init() {
        size = 0
        nodes = []
    }

    /// `nodes` are as many as `size` has bits.
    init(size: UInt64, nodes: [JournalHash]) {
        precondition(nodes.count == size.nonzeroBitCount, "\(nodes.count) nodes are no frontier of \(size) leaves")
        self.size = size
        self.nodes = nodes
    }

    /// Appends the hash of a leaf: one more hash on average, no allocation.
    public mutating func append(_ leaf: JournalHash, _ sha256: JournalHashFunction) {
        precondition(size < LogTree.maximumSize, "a log has at most \(LogTree.maximumSize) entries")
        var node = leaf
        // Each full subtree of the same size to the left joins with it.
        for _ in 0..<(~size).trailingZeroBitCount { node = LogTree.node(nodes.removeLast(), node, sha256) }
        nodes.append(node)
        size += 1
    }

    /// The root of the tree (RFC 6962, section 2.1).
    public func root(_ sha256: JournalHashFunction) -> JournalHash {
        guard var root = nodes.last else { return LogTree.emptyRoot(sha256) }
        for node in nodes.dropLast().reversed() { root = LogTree.node(node, root, sha256) }
        return root
    }

    /// The root of the full subtree of `1 << level` leaves; there is one when that bit of ``size`` is set.
    func node(atLevel level: Int) -> JournalHash {
        precondition(size >> UInt64(level) & 1 == 1, "a frontier of \(size) leaves has no subtree at level \(level)")
        return nodes[(size >> UInt64(level + 1)).nonzeroBitCount]
    }

    /// How it is stored: the size (u64, big-endian), then the nodes, 32 bytes each.
    public var bytes: [UInt8] {
        var encoding = JournalEncoding(capacityBytes: 8 + nodes.count * JournalHash.byteCount)
        encoding.append(size)
        for node in nodes { encoding.append(fixed: node) }
        return encoding.bytes
    }

    /// Reads ``bytes`` back; `nil` unless there are as many nodes as the size has bits, and nothing behind them.
    public init?(bytes: [UInt8]) {
        var reader = CanonicalReader(bytes)
        guard let size = reader.integer(UInt64.self), size <= LogTree.maximumSize,
            bytes.count == 8 + size.nonzeroBitCount * JournalHash.byteCount
        else { return nil }
        var nodes: [JournalHash] = []
        nodes.reserveCapacity(size.nonzeroBitCount)
        while let node = reader.bytes(JournalHash.byteCount).flatMap({ JournalHash($0) }) { nodes.append(node) }
        self.init(size: size, nodes: nodes)
    }
}
