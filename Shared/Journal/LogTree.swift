/// How a log's tree is hashed: RFC 6962, section 2.1, with SHA-256. A tree of one leaf is that leaf; a tree of more is the
/// node over a left half, as large a power of two as is smaller than the number of leaves, and the rest.
///
/// SHA-256 is handed in over bytes that lie together: a node's 65 are put together on the stack, which costs less than a
/// hash function that is fed in parts.
public enum LogTree {
    /// The most leaves that a log may have: what fits an `int64`, which is what other implementations count in.
    public static let maximumSize = UInt64(Int64.max)
    /// The most hashes of a path or of a frontier: a tree of ``maximumSize`` leaves has 63 levels above them.
    public static let maximumPathHashes = 63

    /// The root of a tree without leaves: SHA-256 of nothing.
    public static func emptyRoot(_ sha256: JournalHashFunction) -> JournalHash {
        sha256(UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// The hash of a leaf: SHA-256(0x00 | entry).
    public static func leaf(_ entry: UnsafeRawBufferPointer, _ sha256: JournalHashFunction) -> JournalHash {
        withUnsafeTemporaryAllocation(byteCount: 1 + entry.count, alignment: 8) { buffer in
            buffer[0] = 0
            UnsafeMutableRawBufferPointer(rebasing: buffer[1...]).copyMemory(from: entry)
            return sha256(UnsafeRawBufferPointer(buffer))
        }
    }

    /// The hash of a leaf: SHA-256(0x00 | entry).
    public static func leaf(_ entry: [UInt8], _ sha256: JournalHashFunction) -> JournalHash {
        entry.withUnsafeBytes { leaf($0, sha256) }
    }

    /// The hash of a node: SHA-256(0x01 | left | right).
    public static func node(
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

    /// The root of a full subtree over `leaves`, whose number is a power of two.
    static func fullRoot(of leaves: ArraySlice<JournalHash>, _ sha256: JournalHashFunction) -> JournalHash {
        precondition(leaves.count.nonzeroBitCount == 1, "\(leaves.count) leaves are no full tree")
        var level = Array(leaves)
        var count = level.count
        while count > 1 {
            count /= 2
            for index in 0..<count { level[index] = node(level[2 * index], level[2 * index + 1], sha256) }
        }
        return level[0]
    }
}

/// A full subtree: its leaves are those from `index << level` up to and without `(index + 1) << level`.
public struct LogNode: Hashable, Sendable {
    /// 0 for a leaf; at most 62.
    public var level: Int
    /// From 0, counted from the left within its level.
    public var index: UInt64

    /// The subtree at `index` of `level`.
    public init(level: Int, index: UInt64) {
        self.level = level
        self.index = index
    }
}
