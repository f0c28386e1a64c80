import Journal
import TestRandom
import Testing

/// Tiles of a log as a service hands them out, and the ways in which it may not.
@Suite("All tiles of a log are checked against a checkpoint")
struct TileAuditTests {
    private static let allLeaves = leaves(0..<70_000)
    private static let longest = log(70_000)

    private static func log(_ size: Int) -> StoredLog {
        var log = StoredLog()
        if size > 0 { _ = log.append(Array(allLeaves[..<size])) }
        return log
    }

    /// Walks the log's tiles; `change` may alter what is read.
    private func audit(
        _ log: StoredLog, root: JournalHash? = nil,
        change: (LogTileRun, inout [UInt8]) -> Void = { _, _ in }
    ) throws -> [AuditedTile] {
        var audit = try TileAudit(
            size: log.log.frontier.size, root: root ?? log.log.frontier.root(sha256), sha256)
        var tiles: [AuditedTile] = []
        while let run = audit.next {
            var bytes = log.bytes(of: run)
            change(run, &bytes)
            tiles += try audit.take(bytes)
        }
        return tiles
    }

    @Test(
        "each comes once, as it was stored",
        arguments: [0, 1, 255, 256, 257, 511, 16_384, 16_385, 65_535, 65_536, 65_537, 70_000])
    func all(size: Int) throws {
        let log = Self.log(size)
        let tiles = try audit(log)
        var expected = log.tiles.mapValues(\.bytes)
        for (level, edge) in log.log.edges.enumerated() where !edge.isEmpty {
            let position = LogTilePosition(level: level, index: UInt64(size >> (8 * level + 8)))
            expected[position] = edge.flatMap(\.bytes)
        }
        #expect(tiles.count == expected.count)
        #expect(Dictionary(tiles.map { ($0.position, $0.bytes) }) { first, _ in first } == expected)
        // From the left, so that whoever writes them out has no gaps for long.
        let leafTiles = tiles.filter { $0.position.level == 0 && $0.bytes.count == LogTile.byteCount }
        #expect(leafTiles.map(\.position.index) == Array(0..<UInt64(size / 256)))
    }

    @Test("one flipped bit is found where it is", arguments: 1...6 as ClosedRange<UInt64>)
    func flipped(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let log = Self.longest
        let full = log.tiles.keys.sorted { ($0.level, $0.index) < ($1.level, $1.index) }
        let damaged = full[Int.random(in: 0..<full.count, using: &random)]
        let bit = Int.random(in: 0..<(8 * LogTile.byteCount), using: &random)
        let fault = #expect(throws: TileAudit.Fault.self) {
            try audit(log) { run, bytes in
                guard let index = run.tiles.firstIndex(where: { $0.position == damaged && $0.hashCount == 256 }) else {
                    return
                }
                bytes[index * LogTile.byteCount + bit / 8] ^= 1 << UInt8(bit % 8)
            }
        }
        #expect(fault == .otherTile(damaged))
    }

    @Test("a flipped bit of an unfinished tile, and another root", arguments: 0...2)
    func unfinished(level: Int) throws {
        let log = Self.longest
        let fault = #expect(throws: TileAudit.Fault.self) {
            try audit(log) { run, bytes in
                if run.first.level == level, run.hashCount < 256 { bytes[bytes.count - 1] ^= 1 }
            }
        }
        #expect(fault == .otherRoot)
        #expect(throws: TileAudit.Fault.otherRoot) { try audit(log, root: .zero) }
        #expect(throws: TileAudit.Fault.otherRoot) { try audit(StoredLog(), root: .zero) }
    }

    @Test("too few or too many bytes")
    func length() throws {
        for change in [-1, 1, 32] {
            let fault = #expect(throws: TileAudit.Fault.self) {
                try audit(Self.log(300)) { _, bytes in
                    bytes = change < 0 ? Array(bytes.dropLast()) : bytes + Array(repeating: 0, count: change)
                }
            }
            guard case .wrongLength = fault else {
                Issue.record("\(String(describing: fault))")
                continue
            }
        }
    }

    @Test("no run is longer than is sent at once, or lies where no log can reach")
    func runs() {
        func run(_ level: Int, _ index: UInt64, _ hashCount: Int) -> LogTileRun? {
            LogTileRun(first: LogTilePosition(level: level, index: index), hashCount: hashCount)
        }
        #expect(run(0, 0, 16_384)?.tiles.count == 64)
        #expect(run(0, 5, 257)?.tiles.map(\.hashCount) == [256, 1])
        for (level, index, hashCount) in [
            (0, 0, 0), (0, 0, -1), (0, 0, 16_385), (-1, 0, 1), (8, 0, 1), (0, .max, 1), (7, 0, 128), (7, 1, 1),
            (7, 0, 16_384), (1, UInt64.max >> 8, 256),
        ] as [(Int, UInt64, Int)] {
            #expect(run(level, index, hashCount) == nil, "\(level) \(index) \(hashCount)")
        }
        #expect(run(7, 0, 127) != nil)
        #expect(run(0, 1, 44)?.isWithin(300) == true)
        #expect(run(0, 1, 45)?.isWithin(300) == false)
        #expect(run(1, 0, 2)?.isWithin(511) == false)
    }
}

extension StoredLog {
    fileprivate func bytes(of run: LogTileRun) -> [UInt8] {
        run.tiles.flatMap { position, hashCount in
            tiles[position]?.bytes ?? Array(log.edges[position.level].flatMap(\.bytes).prefix(hashCount * 32))
        }
    }
}
