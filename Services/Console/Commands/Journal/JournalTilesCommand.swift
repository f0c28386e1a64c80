internal import ArgumentParser
internal import Journal
internal import Reporting

struct JournalTilesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tiles", abstract: "Copy a journal's hash tiles to a directory, for other tools.",
        discussion: """
            The directory gets the layout of C2SP's tlog-tiles: checkpoint, tile/L/N, and tile/L/N.p/W for tiles that are not \
            full. Each tile is checked before it is written, and the checkpoint comes last. A later run checks what is there, \
            also against the older checkpoint, and adds what is new; a directory of another history is left as it is. \
            Tiles that were not full stay beside those that replace them.

            The entries themselves (tile/entries) are not written: they hold what units have reported, and are for those who \
            may follow the journal. The hashes suffice to check that the log is only appended to, and to make any proof.

            Example:
              qmctl journal tiles copy --key submission.vkey
            """)

    @OptionGroup var options: JournalOptions
    @Argument(help: "The directory; it is made if it is not there.") var directory: String

    func run() async throws {
        let log = try await options.open()
        let copy = TileDirectory(path: directory)
        let head = try await log.head(since: try copy.checkpoint())
        var audit = try log.audit(head)
        var progress = ProgressBar(options.journal.rawValue, total: Int(head.size), environment: .current)
        var tileCount = 0
        var newCount = 0
        var hashCount = 0
        while let run = audit.next {
            let kept = try copy.tiles(run)
            let hashes: [UInt8]
            if let all = kept.all {
                hashes = all
            } else {
                hashes = kept.completing(try await log.tiles(run, head.trust.epoch))
            }
            let tiles: [AuditedTile]
            do throws(TileAudit.Fault) {
                tiles = try audit.take(hashes)
            } catch {
                throw kept.isAtFault(error) ? copy.fault(error) : log.fault("\(error)")
            }
            for tile in tiles where try copy.add(tile) { newCount += 1 }
            tileCount += tiles.count
            hashCount += run.first.level == 0 ? run.hashCount : 0
            progress.show(hashCount)
        }
        progress.finish()
        try copy.setCheckpoint(head.signed)
        try ConsoleEnvironment.current.print(
            "\(head.words); \(directory) has all \(tileCount) hash tiles, \(newCount) of them new")
    }
}

/// A log's tiles in a directory, as tlog-tiles has them.
private struct TileDirectory {
    let path: String

    private var checkpointPath: String { "\(path)/checkpoint" }

    /// `nil` for a directory that is not there, or was not finished.
    func checkpoint() throws(CommandFailure) -> KeptCheckpoint? {
        guard try ConsoleEnvironment.contentsIfAny(of: checkpointPath) != nil else { return nil }
        return try KeptCheckpoint(file: checkpointPath)
    }

    func setCheckpoint(_ signed: SignedCheckpoint) throws(CommandFailure) {
        try ConsoleEnvironment.write(Array(signed.description.utf8), to: checkpointPath)
    }

    /// Those of a run that are there: full ones, for which nothing need be fetched.
    func tiles(_ run: LogTileRun) throws(CommandFailure) -> KeptTiles {
        var tiles: [[UInt8]?] = []
        for (position, hashCount) in run.tiles {
            guard hashCount == LogTile.width, let bytes = try contents(position.path) else {
                tiles.append(nil)
                continue
            }
            guard bytes.count == LogTile.byteCount else { throw fault("\(position.path) has \(bytes.count) bytes") }
            tiles.append(bytes)
        }
        return KeptTiles(run: run, tiles: tiles)
    }

    /// False when it is there.
    func add(_ tile: AuditedTile) throws(CommandFailure) -> Bool {
        if let bytes = try contents(tile.path) {
            guard bytes == tile.bytes else { throw fault("\(tile.path) is not the log's") }
            return false
        }
        let file = "\(path)/\(tile.path)"
        try ConsoleEnvironment.makeDirectory(String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)]))
        try ConsoleEnvironment.write(tile.bytes, to: file)
        return true
    }

    private func contents(_ tilePath: String) throws(CommandFailure) -> [UInt8]? {
        try ConsoleEnvironment.contentsIfAny(of: "\(path)/\(tilePath)")
    }

    func fault(_ what: some CustomStringConvertible) -> CommandFailure {
        CommandFailure(
            .refused, "\(path): it is damaged, or of another history: \(what); copy to another directory")
    }
}

/// What a directory has of a run of tiles.
private struct KeptTiles {
    let run: LogTileRun
    /// `nil` for one that is not there.
    let tiles: [[UInt8]?]

    /// When none is missing.
    var all: [UInt8]? {
        let found = tiles.compactMap { $0 }
        return found.count == tiles.count ? Array(found.joined()) : nil
    }

    /// What the service sent, with what is there in its place: that must fit too.
    func completing(_ served: [UInt8]) -> [UInt8] {
        // Of another length it will be refused as it is.
        guard served.count == run.byteCount else { return served }
        var hashes = served
        for (index, tile) in tiles.enumerated() {
            guard let tile else { continue }
            let start = index * LogTile.byteCount
            hashes.replaceSubrange(start..<(start + tile.count), with: tile)
        }
        return hashes
    }

    /// Whether what does not fit is from the directory.
    func isAtFault(_ fault: TileAudit.Fault) -> Bool {
        guard case .otherTile(let position) = fault else { return false }
        return tiles[Int(position.index - run.first.index)] != nil
    }
}
