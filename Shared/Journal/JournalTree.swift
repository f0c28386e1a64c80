/// The Merkle tree over the entries of one group commit, shaped and hashed as RFC 6962, section 2.1, has it: a leaf is
/// SHA-256(0x00 | entry hash), a node SHA-256(0x01 | left | right), the left half the largest power of two that is
/// smaller than the number of leaves. Building it level by level, an odd node going up as it is, gives that shape.
public struct JournalTree: Sendable {
    // From the leaves to the root; at least one level.
    private let levels: [[JournalHash]]

    /// The tree over `entries`, the hashes of a group commit's entries in the order they were appended. At least one.
    public init(entries: [JournalHash], _ sha256: JournalHashFunction) {
        self.init(leaves: entries.map { Self.leaf($0, sha256) }, sha256)
    }

    /// The tree over leaves that are hashed already. At least one.
    public init(leaves: [JournalHash], _ sha256: JournalHashFunction) {
        precondition(!leaves.isEmpty, "a group commit without entries has no tree")
        var levels = [leaves]
        while let level = levels.last, level.count > 1 {
            var above: [JournalHash] = []
            above.reserveCapacity((level.count + 1) / 2)
            for index in stride(from: 0, to: level.count - 1, by: 2) {
                above.append(Self.node(level[index], level[index + 1], sha256))
            }
            if level.count % 2 == 1 { above.append(level[level.count - 1]) }
            levels.append(above)
        }
        self.levels = levels
    }

    public var leaves: [JournalHash] { levels[0] }

    public var root: JournalHash { levels[levels.count - 1][0] }

    /// The siblings from the leaf at `index` up to the root: RFC 6962's audit path.
    public func path(to index: Int) -> [JournalHash] {
        precondition(leaves.indices.contains(index), "no leaf \(index)")
        var path: [JournalHash] = []
        var position = index
        for level in levels.dropLast() {
            let sibling = position ^ 1
            // The odd node at the end of a level has no sibling and goes up as it is.
            if sibling < level.count { path.append(level[sibling]) }
            position >>= 1
        }
        return path
    }

    /// The root that `path` leads to from the leaf at `index` of `count` leaves (RFC 9162, section 2.1.3.2); `nil` when
    /// the path is too long or too short for that place, or the place does not exist.
    public static func root(
        leaf: JournalHash, index: UInt64, count: UInt64, path: [JournalHash], _ sha256: JournalHashFunction
    ) -> JournalHash? {
        guard index < count else { return nil }
        var node = index
        var last = count - 1
        var hash = leaf
        for sibling in path {
            guard last != 0 else { return nil }
            if node & 1 == 1 || node == last {
                hash = Self.node(sibling, hash, sha256)
                // Levels at which this node had no sibling.
                while node & 1 == 0 && node != 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                hash = Self.node(hash, sibling, sha256)
            }
            node >>= 1
            last >>= 1
        }
        return last == 0 ? hash : nil
    }

    public static func leaf(_ entry: JournalHash, _ sha256: JournalHashFunction) -> JournalHash {
        withUnsafeTemporaryAllocation(byteCount: 1 + JournalHash.byteCount, alignment: 8) { buffer in
            buffer[0] = 0
            entry.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[1...]).copyMemory(from: $0) }
            return sha256(UnsafeRawBufferPointer(buffer))
        }
    }

    private static func node(
        _ left: JournalHash, _ right: JournalHash, _ sha256: JournalHashFunction
    ) -> JournalHash {
        withUnsafeTemporaryAllocation(byteCount: 1 + 2 * JournalHash.byteCount, alignment: 8) { buffer in
            buffer[0] = 1
            left.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[1...]).copyMemory(from: $0) }
            right.withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: buffer[(1 + JournalHash.byteCount)...]).copyMemory(from: $0)
            }
            return sha256(UnsafeRawBufferPointer(buffer))
        }
    }
}
