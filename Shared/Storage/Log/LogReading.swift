public import Journal

/// A piece of a service's log, as followers read it.
public struct LogPiece: Sendable {
    /// In order.
    public var entries: [JournalEntry]
    /// The head of the log behind them, a signed note; `nil` where a group commit goes on behind them, and for none.
    public var checkpoint: String?

    public init(entries: [JournalEntry], checkpoint: String?) {
        self.entries = entries
        self.checkpoint = checkpoint
    }
}

extension DriverConnection {
    /// Entries behind the first `size`, until they have `limitBytes` (at least one if there is any) or are `limitEntries`, as
    /// far as the last group commit that is whole; a part of one only when not even the first is.
    func logPiece(after size: UInt64, limitBytes: Int, limitEntries: Int) throws -> LogPiece {
        let statement = try statement(
            """
            SELECT log_index, sealed_unix_us, kind, statement, body FROM log_entry
            WHERE log_index >= ? ORDER BY log_index LIMIT ?
            """)
        defer { statement.reset() }
        try statement.bind([.number(size), .number(limitEntries)])
        var entries: [JournalEntry] = []
        var remainingBytes = limitBytes
        while remainingBytes > 0, try statement.step() {
            let row = Row(statement: statement)
            let entry = JournalEntry(
                index: try row.number(0), sealedUnixMicroseconds: try row.integer(1), kind: try row.text(2),
                statement: try row.optionalBytes(3) ?? [], body: try row.bytes(4))
            guard entry.index == size + UInt64(entries.count) else {
                throw StorageError(.journalBroken, "entry \(size + UInt64(entries.count)) of the log is missing")
            }
            remainingBytes -= entry.approximateBytes
            entries.append(entry)
        }
        let end = size + UInt64(entries.count)
        let groups = try all(
            "SELECT log_size, checkpoint FROM log_group WHERE first_index < ? ORDER BY first_index DESC LIMIT 2",
            [.number(end)]
        ) { (size: try $0.number(0, as: UInt64.self), checkpoint: try $0.text(1)) }
        guard let whole = groups.first(where: { $0.size <= end }), whole.size >= size, !groups.isEmpty else {
            return LogPiece(entries: entries, checkpoint: nil)
        }
        guard whole.size > size || entries.isEmpty else { return LogPiece(entries: entries, checkpoint: nil) }
        return LogPiece(
            entries: Array(entries.prefix(Int(whole.size - size))), checkpoint: whole.checkpoint)
    }

    /// The group commit that the entry at `index` is of; `nil` if there is none.
    func logGroup(of index: UInt64) throws -> LogGroupRow? {
        guard let wanted = Int64(exactly: index) else { return nil }
        let group = try first(
            """
            SELECT first_index, log_size, frontier, leaves, checkpoint, token FROM log_group
            WHERE first_index <= ? ORDER BY first_index DESC LIMIT 1
            """, [.integer(wanted)], LogGroupRow.init(row:))
        return group.flatMap { index < $0.size ? $0 : nil }
    }

    /// The last group commit.
    func lastLogGroup() throws -> LogGroupRow? {
        try first(
            """
            SELECT first_index, log_size, frontier, leaves, checkpoint, token FROM log_group
            ORDER BY first_index DESC LIMIT 1
            """, [], LogGroupRow.init(row:))
    }

    /// The group commits from the one on whose first entry is at `index`, at most so many.
    func logGroups(from index: UInt64, limit: Int) throws -> [LogGroupRow] {
        try all(
            """
            SELECT first_index, log_size, frontier, leaves, checkpoint, token FROM log_group
            WHERE first_index >= ? ORDER BY first_index LIMIT ?
            """, [.number(index), .number(limit)], LogGroupRow.init(row:))
    }

    /// The proof of the entry at `index`, the same bytes each time; `nil` if it does not exist.
    func proof(at index: UInt64) throws -> LogProof? {
        guard let group = try logGroup(of: index), let entry = try logEntry(at: index) else { return nil }
        guard let inclusion = try group.tree().inclusionProof(of: index) else { return nil }
        return LogProof(
            entry: entry.logEntry(journalSHA256), index: index, path: inclusion.path,
            checkpoint: try group.signedCheckpoint())
    }

    func logEntry(at index: UInt64) throws -> JournalEntry? {
        guard Int64(exactly: index) != nil else { return nil }
        return try row(LogEntryRow.self, LogIndex(index))?.entry
    }

    /// Makes the row that group commits change, if it is not there: with a new store.
    func makeLogHead() throws {
        let statement = "INSERT INTO log_head (head_name, log_size, sealed_unix_us, token) VALUES (?, ?, ?, ?)"
        guard try row(LogHeadRow.self, LogHeadRow.name) == nil else { return }
        do throws(StorageError) {
            try execute(statement, [.text(LogHeadRow.name), 0, 0, .bytes(LogHeadRow.makeToken())])
        } catch {
            // Another process, which began at the same time, has just done it.
            guard error.code == .conflict else { throw error }
        }
    }

    /// Writes what is there already: whether that can be done shows.
    func touchLogHead() throws {
        try inTransaction {
            guard let head = try lockedHead() else { throw LogHeadRow.missing }
            try make(.updating([head]))
        }
    }

    /// Writes what needs room on the disk, and takes it back: whether there is any shows. What cannot be made smaller.
    func tryRoom() throws {
        try begin()
        defer { rollback() }
        var generator = SystemRandomNumberGenerator()
        let body = (0..<Self.triedBytes / 8).flatMap { _ in withUnsafeBytes(of: generator.next(), Array.init) }
        let entry = JournalEntry(
            index: UInt64(Int64.max), sealedUnixMicroseconds: 0, kind: "room", statement: [], body: body)
        try make(.inserting([LogEntryRow(entry)]))
    }

    /// Of the order of a group commit: there is room for more than the rest of a page.
    private static var triedBytes: Int { 256 << 10 }

    /// The log's end, from what lies with its last groups and tiles.
    func logEnd() throws -> TiledLog? {
        guard let last = try lastLogGroup() else { return nil }
        let frontier = try last.tree().after
        var edge: [JournalHash] = []
        let wanted = TiledLog.edgeCount(of: frontier.size, level: 0)
        var group = last
        while edge.count < wanted {
            edge = try group.leafHashes() + edge
            guard edge.count < wanted, group.key.index > 0 else { break }
            guard let before = try logGroup(of: group.key.index - 1) else { break }
            group = before
        }
        var edges = [Array(edge.suffix(wanted))]
        for level in 1..<LogTile.levelCount {
            let count = TiledLog.edgeCount(of: frontier.size, level: level)
            let first = (frontier.size >> UInt64(LogTile.height * (level + 1))) << UInt64(LogTile.height)
            edges.append(
                count == 0
                    ? []
                    : try all(
                        "SELECT root FROM log_tile WHERE tile_level = ? AND tile_index >= ? ORDER BY tile_index LIMIT ?",
                        [.number(level - 1), .number(first), .number(count)]
                    ) { try $0.hash(0) })
        }
        do {
            return try TiledLog(frontier: frontier, edges: edges, journalSHA256)
        } catch {
            throw StorageError(.journalBroken, "the log's end does not hold: \(error)")
        }
    }

    /// The root of the tree of the first `size` entries, which the log has.
    func logRoot(ofFirst size: UInt64) throws -> JournalHash? {
        guard let log = try logEnd(), size <= log.frontier.size else {
            return size == 0 ? LogTree.emptyRoot(journalSHA256) : nil
        }
        var hashes = log.hashes(readTile: { position in try tile(at: position) }, journalSHA256)
        return try hashes.root(ofFirst: size, journalSHA256)
    }

    func tile(at position: LogTilePosition) throws -> [UInt8] {
        guard let tile = try row(LogTileRow.self, LogTileRow.Key(position: position)) else {
            throw StorageError(.journalBroken, "\(position.path) of the log is missing")
        }
        return tile.hashes
    }
}

extension LogGroupRow {
    /// From columns first_index, log_size, frontier, leaves, checkpoint, token.
    init(row: borrowing Row) throws {
        self.init(
            key: LogIndex(try row.number(0)), size: try row.number(1), frontier: try row.bytes(2),
            leaves: try row.bytes(3), checkpoint: try row.text(4), token: try row.bytes(5))
    }
}

extension JournalEntry {
    /// What it costs to send: contents and small fields.
    var approximateBytes: Int { 48 + kind.utf8.count + statement.count + body.count }
}

extension ReadTransaction {
    /// Of the entry at a place of this store's log its statement, and when it was sealed; `nil` if there is none.
    public func journalStatement(at index: UInt64) throws -> (statement: [UInt8], sealedUnixMicroseconds: Int64)? {
        guard let index = Int64(exactly: index) else { return nil }
        return try first(
            "SELECT statement, sealed_unix_us FROM log_entry WHERE log_index = ?", [.integer(index)]
        ) { (try $0.optionalBytes(0) ?? [], try $0.integer(1)) }
    }

    /// The entry at a place of this store's log; `nil` if there is none.
    public func journalEntry(at index: UInt64) throws -> JournalEntry? {
        try connection.logEntry(at: index)
    }
}
