/// Where the hashes of a log's tree are read from.
public protocol LogHashSource {
    /// The root of a full subtree, all of whose leaves the log has. Throws what keeps it from reading.
    mutating func hash(of node: LogNode) throws -> JournalHash
}

extension InclusionProof {
    /// The proof that the entry at `index` stands in the log as it was at `size` entries, which `source` has at least.
    /// Reads at most 62 + 62 hashes. Throws ``Fault/noSuchLeaf(index:size:)``, or what `source` throws.
    public static func make(
        of index: UInt64, in size: UInt64, from source: inout some LogHashSource, _ sha256: JournalHashFunction
    ) throws -> InclusionProof {
        guard index < size else { throw Fault.noSuchLeaf(index: index, size: size) }
        var part = 0..<size
        var siblings: [Range<UInt64>] = []
        while part.count > 1 {
            let (left, right) = part.halves
            siblings.append(left.contains(index) ? right : left)
            part = left.contains(index) ? left : right
        }
        let path = try siblings.reversed().map { try source.root(of: $0, sha256) }
        return InclusionProof(index: index, size: size, path: path)
    }
}

extension ConsistencyProof {
    /// The proof that the log as it was at `newSize` entries, which `source` has at least, begins with the `oldSize`
    /// entries before. Throws ``Fault/shrinks(from:to:)``, or what `source` throws.
    public static func make(
        from oldSize: UInt64, to newSize: UInt64, from source: inout some LogHashSource, _ sha256: JournalHashFunction
    ) throws -> ConsistencyProof {
        guard oldSize <= newSize else { throw Fault.shrinks(from: oldSize, to: newSize) }
        guard oldSize > 0 else { return ConsistencyProof(oldSize: 0, newSize: newSize, path: []) }
        var part = 0..<newSize
        var parts: [Range<UInt64>] = []
        while part.upperBound > oldSize {
            let (left, right) = part.halves
            parts.append(oldSize <= left.upperBound ? right : left)
            part = oldSize <= left.upperBound ? left : right
        }
        // What both trees share is the old root itself as long as only right halves were left out.
        if part.lowerBound > 0 { parts.append(part) }
        let path = try parts.reversed().map { try source.root(of: $0, sha256) }
        return ConsistencyProof(oldSize: oldSize, newSize: newSize, path: path)
    }
}

extension LogHashSource {
    /// The root of the tree of the first `size` leaves.
    public mutating func root(ofFirst size: UInt64, _ sha256: JournalHashFunction) throws -> JournalHash {
        size == 0 ? LogTree.emptyRoot(sha256) : try root(of: 0..<size, sha256)
    }

    /// The root over leaves that begin where a full subtree of at least their number does.
    fileprivate mutating func root(of leaves: Range<UInt64>, _ sha256: JournalHashFunction) throws -> JournalHash {
        var nodes: [JournalHash] = []
        var start = leaves.lowerBound
        while start < leaves.upperBound {
            let level = UInt64.bitWidth - 1 - (leaves.upperBound - start).leadingZeroBitCount
            nodes.append(try hash(of: LogNode(level: level, index: start >> UInt64(level))))
            start += 1 << UInt64(level)
        }
        var root = nodes.removeLast()
        for node in nodes.reversed() { root = LogTree.node(node, root, sha256) }
        return root
    }
}

extension Range<UInt64> {
    /// RFC 6962's split: the left half is the largest power of two that is smaller than the whole. More than one leaf.
    fileprivate var halves: (left: Range<UInt64>, right: Range<UInt64>) {
        let last = upperBound - lowerBound - 1
        let middle = lowerBound + 1 << UInt64(UInt64.bitWidth - 1 - last.leadingZeroBitCount)
        return (lowerBound..<middle, middle..<upperBound)
    }
}
