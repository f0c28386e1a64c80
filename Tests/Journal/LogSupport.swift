import Cryptography
import Journal

let sha256: JournalHashFunction = { bytes in JournalHash { SHA256.hash(bytes, into: $0) } }

func hash(_ bytes: [UInt8]) -> JournalHash {
    bytes.withUnsafeBytes { sha256($0) }
}

/// The leaf hashes of a log in which entry i is the text "entry i".
func leaves(_ range: Range<Int>) -> [JournalHash] {
    range.map { hash([0] + Array("entry \($0)".utf8)) }
}

/// RFC 6962, sections 2.1, 2.1.1 and 2.1.2, word for word. It remembers what it has hashed, and nothing else of it is
/// clever.
final class DefinedTree {
    private struct Part: Hashable {
        let start: Int
        let end: Int
    }

    private let leaves: [JournalHash]
    private var hashed: [Part: JournalHash] = [:]

    init(_ leaves: [JournalHash]) {
        self.leaves = leaves
    }

    /// k, the largest power of two smaller than n.
    private func split(_ count: Int) -> Int {
        var k = 1
        while k * 2 < count { k *= 2 }
        return k
    }

    /// MTH(D[start:end]).
    func root(_ start: Int, _ end: Int) -> JournalHash {
        if start == end { return hash([]) }
        if end - start == 1 { return leaves[start] }
        if let known = hashed[Part(start: start, end: end)] { return known }
        let k = split(end - start)
        let node = hash([1] + root(start, start + k).bytes + root(start + k, end).bytes)
        hashed[Part(start: start, end: end)] = node
        return node
    }

    /// PATH(m, D[start:end]), m counted from `start`.
    func path(_ m: Int, _ start: Int, _ end: Int) -> [JournalHash] {
        if end - start == 1 { return [] }
        let k = split(end - start)
        return m < k
            ? path(m, start, start + k) + [root(start + k, end)]
            : path(m - k, start + k, end) + [root(start, start + k)]
    }

    /// PROOF(m, D[0:n]).
    func consistency(_ m: Int, _ n: Int) -> [JournalHash] {
        subproof(m, 0, n, true)
    }

    private func subproof(_ m: Int, _ start: Int, _ end: Int, _ isWhole: Bool) -> [JournalHash] {
        if m == end - start { return isWhole ? [] : [root(start, end)] }
        let k = split(end - start)
        return m <= k
            ? subproof(m, start, start + k, isWhole) + [root(start + k, end)]
            : subproof(m - k, start + k, end, false) + [root(start, start + k)]
    }
}

/// Full subtrees, each hashed from its leaves.
struct LeafHashes: LogHashSource {
    let tree: DefinedTree

    mutating func hash(of node: LogNode) -> JournalHash {
        tree.root(Int(node.index) << node.level, Int(node.index + 1) << node.level)
    }
}

/// A log with everything that a store would keep of it.
struct StoredLog {
    var log = TiledLog()
    var tiles: [LogTilePosition: LogTile] = [:]

    mutating func append(_ leaves: [JournalHash]) -> TiledLog.GroupAppended {
        let appended = log.append(leaves, sha256)
        for tile in appended.tiles { tiles[tile.position] = tile }
        return appended
    }

    struct Missing: Error {}

    var hashes: TiledHashes {
        log.hashes(
            readTile: { position in
                guard let tile = tiles[position] else { throw Missing() }
                return tile.bytes
            }, sha256)
    }
}

extension [JournalHash] {
    /// The same but for one bit.
    func flipping(bit: Int) -> [JournalHash] {
        var flipped = self
        var bytes = self[bit / 256].bytes
        bytes[bit % 256 / 8] ^= 1 << (bit % 8)
        flipped[bit / 256] = JournalHash(bytes)!
        return flipped
    }
}
