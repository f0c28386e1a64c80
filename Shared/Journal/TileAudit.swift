/// Tiles of one level that lie side by side, as they are read together.
public struct LogTileRun: Hashable, Sendable {
    /// The most tiles of a run, 512 KiB.
    public static let maximumTiles = 64
    /// The most hashes of a run.
    public static let maximumHashes = maximumTiles * LogTile.width

    /// The first one's place.
    public let first: LogTilePosition
    /// How many hashes they have from the beginning of the first one on: the last tile may have fewer than
    /// ``LogTile/width``.
    public let hashCount: Int

    /// `nil` when no log can have such a run, or it is longer than ``maximumHashes``.
    public init?(first: LogTilePosition, hashCount: Int) {
        guard (0..<LogTile.levelCount).contains(first.level), (1...Self.maximumHashes).contains(hashCount) else {
            return nil
        }
        let mostHashes = LogTree.maximumSize >> UInt64(LogTile.height * first.level)
        guard UInt64(hashCount) <= mostHashes,
            first.index <= (mostHashes - UInt64(hashCount)) >> UInt64(LogTile.height)
        else { return nil }
        self.first = first
        self.hashCount = hashCount
    }

    /// How many bytes the hashes have.
    public var byteCount: Int { hashCount * JournalHash.byteCount }

    /// Whether a log of `size` entries has them all.
    public func isWithin(_ size: UInt64) -> Bool {
        first.index << UInt64(LogTile.height) + UInt64(hashCount) <= size >> UInt64(LogTile.height * first.level)
    }

    /// The tiles one by one, and how many hashes each has.
    public var tiles: [(position: LogTilePosition, hashCount: Int)] {
        stride(from: 0, to: hashCount, by: LogTile.width).map { start in
            (
                LogTilePosition(level: first.level, index: first.index + UInt64(start / LogTile.width)),
                min(LogTile.width, hashCount - start)
            )
        }
    }
}

/// A tile that is as a checkpoint has it.
public struct AuditedTile: Hashable, Sendable {
    /// Where it lies.
    public let position: LogTilePosition
    /// What tlog-tiles serves: the hashes one after the other.
    public let bytes: [UInt8]

    /// The path below a log's prefix by which tlog-tiles has it, e.g. "tile/0/067", or "tile/0/068.p/12" for one that is not
    /// full.
    public var path: String { position.path(hashCount: bytes.count / JournalHash.byteCount) }
}

extension LogTilePosition {
    /// The path by which tlog-tiles has the tile as long as it has so many hashes.
    public func path(hashCount: Int) -> String {
        hashCount == LogTile.width ? path : "\(path).p/\(hashCount)"
    }
}

/// Checks all tiles of a log against a checkpoint, from the top down: so it is known of each, when it comes, whether it is
/// the right one, and the first that is not has a name.
///
/// First come the unfinished tiles of all levels, which lead to the root; then, from the left, the full tiles below each:
/// the root of a full tile is a hash of the one above. Whoever drives it reads ``next`` and hands it to ``take(_:)`` until
/// there is none. It keeps at most 256 runs of expected hashes a level, whatever the log's size.
public struct TileAudit: Sendable {
    /// Of the checkpoint.
    public let size: UInt64
    private let root: JournalHash
    private let sha256: JournalHashFunction
    /// What is still to be read, the next last.
    private var wanted: [Wanted] = []
    /// The unfinished tiles that have come, from level 0 up.
    private var edges: [AuditedTile] = []

    private struct Wanted {
        let run: LogTileRun
        /// The root of each of its tiles, which are full; `nil` for an unfinished tile.
        let roots: ArraySlice<JournalHash>?
    }

    /// What is wrong with a log's tiles.
    public enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// Not as many bytes as the run has.
        case wrongLength(LogTileRun, found: Int)
        /// The unfinished tiles do not lead to the checkpoint's root.
        case otherRoot
        /// A full tile has not the root that stands for it in the tile above.
        case otherTile(LogTilePosition)

        public var description: String {
            switch self {
            case .wrongLength(let run, let found):
                "\(run.first.path) and what comes with it has \(found) bytes instead of \(run.byteCount)"
            case .otherRoot: "the unfinished tiles at the log's end do not lead to the checkpoint's root"
            case .otherTile(let position): "\(position.path) does not fit the tile above it"
            }
        }
    }

    /// Of a checkpoint whose signature has been checked. Throws ``Fault/otherRoot`` for one without entries whose root is
    /// not that of no entries.
    public init(size: UInt64, root: JournalHash, _ sha256: @escaping JournalHashFunction) throws(Fault) {
        self.size = size
        self.root = root
        self.sha256 = sha256
        guard size > 0 || root == LogTree.emptyRoot(sha256) else { throw .otherRoot }
        for level in (0..<LogTile.levelCount).reversed() {
            let first = LogTilePosition(level: level, index: size >> UInt64(LogTile.height * (level + 1)))
            if let run = LogTileRun(first: first, hashCount: TiledLog.edgeCount(of: size, level: level)) {
                wanted.append(Wanted(run: run, roots: nil))
            }
        }
    }

    /// What is to be read next; `nil` when every tile has been, and is right.
    public var next: LogTileRun? { wanted.last?.run }

    /// Takes in the hashes of ``next``, one after the other. Returns the tiles that are proved now: those of the run, or for the
    /// last of the unfinished tiles all of these.
    public mutating func take(_ bytes: [UInt8]) throws(Fault) -> [AuditedTile] {
        guard let now = wanted.popLast() else { preconditionFailure("nothing is left to be read") }
        guard bytes.count == now.run.byteCount else { throw .wrongLength(now.run, found: bytes.count) }
        let tiles = now.run.tiles.enumerated().map { index, tile in
            let start = index * LogTile.byteCount
            return AuditedTile(
                position: tile.position, bytes: Array(bytes[start..<(start + tile.hashCount * JournalHash.byteCount)]))
        }
        guard let roots = now.roots else {
            edges += tiles
            return wanted.isEmpty ? try closeEdges() : []
        }
        for (tile, root) in zip(tiles, roots) where LogTree.fullRoot(of: tile.hashes[...], sha256) != root {
            throw .otherTile(tile.position)
        }
        for tile in tiles.reversed() { want(below: tile) }
        return tiles
    }

    private mutating func closeEdges() throws(Fault) -> [AuditedTile] {
        var nodes: [JournalHash] = []
        for edge in edges.reversed() {
            var range = CompactRange()
            for hash in edge.hashes { range.append(hash, sha256) }
            nodes += range.nodes
        }
        guard CompactRange(size: size, nodes: nodes).root(sha256) == root else { throw .otherRoot }
        // The highest has what is farthest to the left, and comes first.
        for edge in edges { want(below: edge) }
        defer { edges = [] }
        return edges
    }

    /// The tiles whose roots are the hashes of `tile`.
    private mutating func want(below tile: AuditedTile) {
        guard tile.position.level > 0 else { return }
        let hashes = tile.hashes
        for start in stride(from: 0, to: hashes.count, by: LogTileRun.maximumTiles).reversed() {
            let roots = hashes[start..<min(start + LogTileRun.maximumTiles, hashes.count)]
            let first = LogTilePosition(
                level: tile.position.level - 1, index: tile.position.index << UInt64(LogTile.height) + UInt64(start))
            guard let run = LogTileRun(first: first, hashCount: roots.count * LogTile.width) else {
                preconditionFailure("\(tile.path) lies within a log of \(size)")
            }
            wanted.append(Wanted(run: run, roots: roots))
        }
    }
}

extension AuditedTile {
    fileprivate var hashes: [JournalHash] {
        stride(from: 0, to: bytes.count, by: JournalHash.byteCount).compactMap {
            JournalHash(bytes[$0..<($0 + JournalHash.byteCount)])
        }
    }
}
