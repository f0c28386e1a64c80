/// The end of a log that is appended to: its frontier, and the hashes of the tiles that are not full yet.
///
/// What a store writes with each group commit, in the same transaction:
/// - the entries, and the group's checkpoint with the frontier before it (``CompactRange/bytes``) and the group's leaf
///   hashes, from which every receipt of the group comes again (``GroupTree``);
/// - each tile that the group has filled (``GroupAppended/tiles``): position, bytes, and root.
///
/// From that the end is found again, when a store is opened or another process has written (``init(frontier:edges:_:)``):
/// the frontier behind the last group is ``GroupTree/after`` of what lies with its checkpoint; the edge of level 0 are the
/// leaf hashes from `size / 256 * 256` on, which lie with the last groups; the edge of a level above are the roots of the
/// full tiles of the level below from `size >> 8 * (level + 1) << 8` on, at most 255.
public struct TiledLog: Sendable {
    /// The frontier.
    public private(set) var frontier: CompactRange
    /// Level by level the hashes behind the last full tile, at most 255 each; as many levels as have any full tile below
    /// them, and level 0.
    public private(set) var edges: [[JournalHash]]

    /// A log without entries.
    public init() {
        frontier = CompactRange()
        edges = [[]]
    }

    /// What is wrong with an end that was stored.
    public enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// The edge of a level has not as many hashes as a log of that size.
        case edgeLength(level: Int, expected: Int, found: Int)
        /// The hashes of a level are not those that the frontier was made of.
        case otherEdge(level: Int)

        public var description: String {
            switch self {
            case .edgeLength(let level, let expected, let found):
                "the unfinished tile of level \(level) has \(found) hashes where the log's size takes \(expected)"
            case .otherEdge(let level): "the unfinished tile of level \(level) does not fit the log's frontier"
            }
        }
    }

    /// The end of a log, put together from what a store has of it; a level whose edge is empty may be left out at the end.
    /// Costs a hash for each hash of the edges: they are checked against the frontier.
    public init(
        frontier: CompactRange, edges: [[JournalHash]], _ sha256: JournalHashFunction
    ) throws(Fault) {
        self.init()
        self.frontier = frontier
        self.edges = []
        for level in 0..<max(edges.count, Self.levelCount(of: frontier.size)) {
            let edge = level < edges.count ? edges[level] : []
            let expected = Self.edgeCount(of: frontier.size, level: level)
            guard edge.count == expected else {
                throw .edgeLength(level: level, expected: expected, found: edge.count)
            }
            guard edge.isEmpty || Self.fits(edge, level: level, frontier, sha256) else {
                throw .otherEdge(level: level)
            }
            self.edges.append(edge)
        }
    }

    /// How many levels of tiles a log of `size` has hashes for, full tiles or not.
    private static func levelCount(of size: UInt64) -> Int {
        max(1, (UInt64.bitWidth - size.leadingZeroBitCount + LogTile.height - 1) / LogTile.height)
    }

    /// How many hashes behind its last full tile a level has: tlog-tiles' `floor(s / 256**l) mod 256`.
    public static func edgeCount(of size: UInt64, level: Int) -> Int {
        Int(size >> UInt64(LogTile.height * level) & UInt64(LogTile.width - 1))
    }

    private static func fits(
        _ edge: [JournalHash], level: Int, _ frontier: CompactRange, _ sha256: JournalHashFunction
    ) -> Bool {
        var range = CompactRange()
        for hash in edge { range.append(hash, sha256) }
        return (0..<LogTile.height).allSatisfy { bit in
            range.size >> UInt64(bit) & 1 == 0
                || range.node(atLevel: bit) == frontier.node(atLevel: level * LogTile.height + bit)
        }
    }

    /// What appending a group brings.
    public struct GroupAppended: Sendable {
        /// The group's part of the tree: root, receipts' paths, frontier.
        public let tree: GroupTree
        /// The tiles that are full now, from the lowest level up and from the left.
        public let tiles: [LogTile]
    }

    /// Appends the leaf hashes of a group, in their order; at least one. Costs a hash a leaf.
    public mutating func append(_ leaves: [JournalHash], _ sha256: JournalHashFunction) -> GroupAppended {
        let tree = GroupTree(before: frontier, leaves: leaves, sha256)
        var tiles: [LogTile] = []
        for level in 0..<Self.levelCount(of: tree.size) {
            if level == edges.count { edges.append([]) }
            fill(level, from: tree, into: &tiles)
        }
        frontier = tree.after
        return GroupAppended(tree: tree, tiles: tiles)
    }

    private mutating func fill(_ level: Int, from tree: GroupTree, into tiles: inout [LogTile]) {
        let treeLevel = LogTile.height * level
        let shift = UInt64(treeLevel)
        for index in (tree.before.size >> shift)..<(tree.size >> shift) {
            edges[level].append(tree.node(at: treeLevel, index))
            guard edges[level].count == LogTile.width else { continue }
            let position = LogTilePosition(level: level, index: index >> UInt64(LogTile.height))
            tiles.append(
                LogTile(
                    position: position, hashes: edges[level],
                    root: tree.node(at: treeLevel + LogTile.height, position.index)))
            edges[level].removeAll()
        }
    }

    /// The hashes of the log as it is now, with full tiles read by `readTile`.
    public func hashes(
        readTile: @escaping (LogTilePosition) throws -> [UInt8], _ sha256: @escaping JournalHashFunction
    ) -> TiledHashes {
        TiledHashes(log: self, readTile: readTile, sha256: sha256)
    }
}

/// Reads the hashes of a log's tree from its full tiles and from the edges of a ``TiledLog``. Each tile is read once.
public struct TiledHashes: LogHashSource {
    fileprivate let log: TiledLog
    fileprivate let readTile: (LogTilePosition) throws -> [UInt8]
    fileprivate let sha256: JournalHashFunction
    private var tiles: [LogTilePosition: [JournalHash]] = [:]

    fileprivate init(
        log: TiledLog, readTile: @escaping (LogTilePosition) throws -> [UInt8], sha256: @escaping JournalHashFunction
    ) {
        self.log = log
        self.readTile = readTile
        self.sha256 = sha256
    }

    /// What keeps a hash from being read.
    public enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// The log has not all leaves of that subtree.
        case outside(LogNode)
        /// What was read is no full tile.
        case malformedTile(LogTilePosition)

        public var description: String {
            switch self {
            case .outside(let node): "the log does not reach over the node \(node.index) of level \(node.level)"
            case .malformedTile(let position): "\(position.path) has not \(LogTile.byteCount) bytes"
            }
        }
    }

    /// Throws ``Fault``, or what reading a tile throws.
    public mutating func hash(of node: LogNode) throws -> JournalHash {
        guard node.level >= 0, node.level < 63, node.index < log.frontier.size >> UInt64(node.level) else {
            throw Fault.outside(node)
        }
        let inner = node.level % LogTile.height
        // The hashes below the node, all in one tile.
        let first = node.index << UInt64(inner)
        let position = LogTilePosition(
            level: node.level / LogTile.height, index: first >> UInt64(LogTile.height))
        let start = Int(first & UInt64(LogTile.width - 1))
        let hashes = try hashes(at: position)
        if inner == 0 { return hashes[start] }
        return LogTree.fullRoot(of: hashes[start..<(start + 1 << inner)], sha256)
    }

    private mutating func hashes(at position: LogTilePosition) throws -> [JournalHash] {
        let fullTiles = log.frontier.size >> UInt64(LogTile.height * (position.level + 1))
        if position.index == fullTiles { return log.edges[position.level] }
        if let tile = tiles[position] { return tile }
        guard let tile = LogTile.hashes(try readTile(position)) else { throw Fault.malformedTile(position) }
        tiles[position] = tile
        return tile
    }
}
