/// Where a full tile lies.
public struct LogTilePosition: Hashable, Sendable {
    /// 0 for tiles of leaf hashes; each hash of a tile above is the root of a full tile below it. At most 7.
    public var level: Int
    /// From 0, counted from the left within its level.
    public var index: UInt64

    /// The tile at `index` of `level`.
    public init(level: Int, index: UInt64) {
        self.level = level
        self.index = index
    }

    /// The path below a log's prefix by which tlog-tiles has a full tile, e.g. "tile/0/x001/x234/067".
    public var path: String {
        var rest = index / 1000
        var path = Self.digits(index % 1000)
        while rest > 0 {
            path = "x\(Self.digits(rest % 1000))/\(path)"
            rest /= 1000
        }
        return "tile/\(level)/\(path)"
    }

    private static func digits(_ number: UInt64) -> String {
        String("000\(number)".suffix(3))
    }
}

/// A full tile of hashes, as tlog-tiles has it: 256 subtree roots of one level that lie side by side.
public struct LogTile: Hashable, Sendable {
    /// How many levels of the tree a tile spans.
    public static let height = 8
    /// How many hashes a full tile has.
    public static let width = 1 << height
    /// The length of ``bytes``.
    public static let byteCount = width * JournalHash.byteCount
    /// How many levels of tiles a log may have.
    public static let levelCount = 8

    /// Where it lies.
    public let position: LogTilePosition
    /// From the left; ``width`` of them.
    public let hashes: [JournalHash]
    /// The root over ``hashes``, which is one hash of the tile above. A store keeps it beside ``bytes``, so that the
    /// unfinished tiles of all levels are found without reading those below (``TiledLog``).
    public let root: JournalHash

    /// `root` is that of `hashes`.
    init(position: LogTilePosition, hashes: [JournalHash], root: JournalHash) {
        precondition(hashes.count == Self.width, "\(hashes.count) hashes are no full tile")
        self.position = position
        self.hashes = hashes
        self.root = root
    }

    /// Reads ``bytes``; `nil` unless there are ``byteCount``. Costs 255 hashes, for the root.
    public init?(position: LogTilePosition, bytes: [UInt8], _ sha256: JournalHashFunction) {
        guard let hashes = Self.hashes(bytes) else { return nil }
        self.init(position: position, hashes: hashes, root: LogTree.fullRoot(of: hashes[...], sha256))
    }

    /// What is served and stored: the hashes one after the other, 8192 bytes.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.byteCount)
        for hash in hashes { hash.withUnsafeBytes { bytes.append(contentsOf: $0) } }
        return bytes
    }

    /// The hashes that lie in the bytes of a full tile; `nil` for any other number of bytes.
    static func hashes(_ bytes: [UInt8]) -> [JournalHash]? {
        guard bytes.count == byteCount else { return nil }
        return (0..<width).compactMap {
            JournalHash(bytes[($0 * JournalHash.byteCount)...].prefix(JournalHash.byteCount))
        }
    }
}
