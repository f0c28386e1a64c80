import Journal
import TestRandom
import Testing

@Suite struct TiledLogTests {
    @Test("full tiles are tlog-tiles', whatever the groups are", arguments: [1, 7, 255, 256, 257, 1000, 70_000])
    func tiles(groupSize: Int) {
        let size = groupSize < 100 ? 3000 : 70_000
        let leaves = leaves(0..<size)
        let tree = DefinedTree(leaves)
        var stored = StoredLog()
        for start in stride(from: 0, to: size, by: groupSize) {
            let group = Array(leaves[start..<min(start + groupSize, size)])
            let appended = stored.append(group)
            #expect(appended.tree.leaves == group)
        }
        #expect(stored.log.frontier.size == size)
        #expect(stored.log.frontier.root(sha256) == tree.root(0, size))
        #expect(stored.tiles.count == size / 256 + size / 65_536)
        for level in 0...1 {
            for tile in 0..<(size >> (8 * level + 8)) {
                let position = LogTilePosition(level: level, index: UInt64(tile))
                let hashes = (0..<256).map { index in
                    tree.root((tile * 256 + index) << (8 * level), (tile * 256 + index + 1) << (8 * level))
                }
                #expect(stored.tiles[position]?.hashes == hashes)
                #expect(stored.tiles[position]?.bytes == hashes.flatMap(\.bytes))
                #expect(
                    stored.tiles[position]?.root == tree.root(tile << (8 * level + 8), (tile + 1) << (8 * level + 8)))
            }
        }
        // tlog-tiles' own example.
        if size == 70_000 { #expect(stored.log.edges.map(\.count) == [112, 17, 1]) }
    }

    @Test("a tile comes back from its bytes, and from no other number of bytes")
    func tileBytes() throws {
        var stored = StoredLog()
        let tile = try #require(stored.append(leaves(0..<256)).tiles.first)
        #expect(tile.bytes.count == 8192)
        #expect(LogTile(position: tile.position, bytes: tile.bytes, sha256) == tile)
        #expect(LogTile(position: tile.position, bytes: tile.bytes.dropLast(), sha256) == nil)
        #expect(LogTile(position: tile.position, bytes: tile.bytes + [0], sha256) == nil)
    }

    @Test("the path of a tile is tlog-tiles'")
    func paths() {
        #expect(LogTilePosition(level: 4, index: 1_234_067).path == "tile/4/x001/x234/067")
        #expect(LogTilePosition(level: 0, index: 0).path == "tile/0/000")
        #expect(LogTilePosition(level: 0, index: 999).path == "tile/0/999")
        #expect(LogTilePosition(level: 7, index: 1000).path == "tile/7/x001/000")
    }

    @Test(
        "a log goes on from what a store has of it as if it had never stopped", arguments: 1...6 as ClosedRange<UInt64>)
    func resumes(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let size = seed == 1 ? 65_536 : Int.random(in: 1...140_000, using: &random)
        let more = Int.random(in: 1...600, using: &random)
        let all = leaves(0..<(size + more))
        var stored = StoredLog()
        _ = stored.append(Array(all[..<size]))
        // As the store finds them: leaf hashes that lie with the last groups, and the roots of full tiles.
        var edges = [Array(all[(size / 256 * 256)..<size])]
        for level in 1...2 {
            let first = UInt64(size >> (8 * level) & ~255)
            edges.append(
                (first..<UInt64(size >> (8 * level))).map {
                    stored.tiles[LogTilePosition(level: level - 1, index: $0)]!.root
                })
        }
        let bytes = stored.log.frontier.bytes
        var resumed = try TiledLog(frontier: try #require(CompactRange(bytes: bytes)), edges: edges, sha256)
        let appended = resumed.append(Array(all[size...]), sha256)
        let expected = stored.append(Array(all[size...]))
        #expect(appended.tiles == expected.tiles)
        #expect(appended.tree.root == expected.tree.root)
        #expect(resumed.frontier == stored.log.frontier)
    }

    @Test("an end whose edge does not fit its frontier is refused")
    func misfit() throws {
        var stored = StoredLog()
        _ = stored.append(leaves(0..<1000))
        let frontier = stored.log.frontier
        let edges = stored.log.edges
        #expect(edges.map(\.count) == [232, 3])
        _ = try TiledLog(frontier: frontier, edges: edges, sha256)
        #expect(throws: TiledLog.Fault.edgeLength(level: 0, expected: 232, found: 231)) {
            try TiledLog(frontier: frontier, edges: [edges[0].dropLast(), edges[1]], sha256)
        }
        #expect(throws: TiledLog.Fault.edgeLength(level: 1, expected: 3, found: 0)) {
            try TiledLog(frontier: frontier, edges: [edges[0]], sha256)
        }
        #expect(throws: TiledLog.Fault.edgeLength(level: 2, expected: 0, found: 1)) {
            try TiledLog(frontier: frontier, edges: edges + [[.zero]], sha256)
        }
        #expect(throws: TiledLog.Fault.edgeLength(level: 8, expected: 0, found: 1)) {
            try TiledLog(frontier: frontier, edges: edges + [[], [], [], [], [], [], [.zero]], sha256)
        }
        for level in 0...1 {
            var altered = edges
            altered[level][altered[level].count - 1] = .zero
            #expect(throws: TiledLog.Fault.otherEdge(level: level)) {
                try TiledLog(frontier: frontier, edges: altered, sha256)
            }
        }
    }

    @Test("proofs at any size come from the tiles", arguments: [1, 255, 256, 257, 3000, 66_000])
    func proofs(size: Int) throws {
        var random = SplitMix(seed: UInt64(size))
        let leaves = leaves(0..<size)
        let tree = DefinedTree(leaves)
        var stored = StoredLog()
        _ = stored.append(leaves)
        var hashes = stored.hashes
        #expect(try hashes.root(ofFirst: 0, sha256) == LogTree.emptyRoot(sha256))
        for _ in 0..<100 {
            let at = Int.random(in: 1...size, using: &random)
            let index = Int.random(in: 0..<at, using: &random)
            #expect(try hashes.root(ofFirst: UInt64(at), sha256) == tree.root(0, at))
            let inclusion = try InclusionProof.make(of: UInt64(index), in: UInt64(at), from: &hashes, sha256)
            #expect(inclusion.path == tree.path(index, 0, at))
            let old = Int.random(in: 1...at, using: &random)
            let consistency = try ConsistencyProof.make(from: UInt64(old), to: UInt64(at), from: &hashes, sha256)
            #expect(consistency.path == tree.consistency(old, at))
        }
    }

    @Test("hashes that the log does not have, and tiles that are none, are faults and not answers")
    func faults() throws {
        var stored = StoredLog()
        _ = stored.append(leaves(0..<600))
        var hashes = stored.hashes
        for node in [LogNode(level: 0, index: 600), LogNode(level: 8, index: 2), LogNode(level: 63, index: 0)] {
            #expect(throws: TiledHashes.Fault.outside(node)) { try hashes.hash(of: node) }
        }
        #expect(throws: TiledHashes.Fault.outside(LogNode(level: -1, index: 0))) {
            try hashes.hash(of: LogNode(level: -1, index: 0))
        }
        var short = stored.log.hashes(readTile: { _ in [1, 2, 3] }, sha256)
        let first = LogTilePosition(level: 0, index: 0)
        #expect(throws: TiledHashes.Fault.malformedTile(first)) { try short.hash(of: LogNode(level: 0, index: 5)) }
        stored.tiles = [:]
        var gone = stored.hashes
        #expect(throws: StoredLog.Missing.self) { try gone.hash(of: LogNode(level: 3, index: 0)) }
        #expect(try gone.hash(of: LogNode(level: 0, index: 599)) == leaves(599..<600)[0])
    }
}
