package import Journal

// The log's tables, a type a table.

/// An entry.
package struct LogEntryRow: StoredRow {
    package static let table = Table(
        "log_entry", key: [.integer("log_index")],
        values: [
            .integer("sealed_unix_us"), .text("kind"), .bytes("statement", optional: true), .bytes("body"),
        ])

    package let key: LogIndex
    let entry: JournalEntry

    package init(_ entry: JournalEntry) {
        key = LogIndex(entry.index)
        self.entry = entry
    }

    package init(key: LogIndex, values columns: inout ColumnReader) throws(StorageError) {
        self.key = key
        entry = JournalEntry(
            index: key.index, sealedUnixMicroseconds: try columns.integer(), kind: try columns.text(),
            statement: try columns.optionalBytes() ?? [], body: try columns.bytes())
    }

    package func writeValues(to columns: inout ColumnWriter) {
        columns.add(.integer(entry.sealedUnixMicroseconds))
        columns.add(.text(entry.kind))
        columns.add(entry.statement.isEmpty ? .null : .bytes(entry.statement))
        columns.add(.bytes(entry.body))
    }
}

/// A group commit: what every receipt of it is made of again, byte for byte.
struct LogGroupRow: StoredRow {
    static let table = Table(
        "log_group", key: [.integer("first_index")],
        values: [
            // How many entries the log has with it.
            .integer("log_size"),
            // CompactRange.bytes before it, and the hashes of its leaves one after the other.
            .bytes("frontier"), .bytes("leaves"),
            .text("checkpoint"),
            // Tells it from another program's group commit that appended the very same.
            .bytes("token"),
        ])

    let key: LogIndex
    let size: UInt64
    let frontier: [UInt8]
    let leaves: [UInt8]
    let checkpoint: String
    let token: [UInt8]

    init(key: LogIndex, size: UInt64, frontier: [UInt8], leaves: [UInt8], checkpoint: String, token: [UInt8]) {
        self.key = key
        self.size = size
        self.frontier = frontier
        self.leaves = leaves
        self.checkpoint = checkpoint
        self.token = token
    }

    init(_ tree: GroupTree, _ checkpoint: SignedCheckpoint, token: [UInt8]) {
        key = LogIndex(tree.before.size)
        size = tree.size
        frontier = tree.before.bytes
        leaves = tree.leaves.flatMap(\.bytes)
        self.checkpoint = checkpoint.description
        self.token = token
    }

    init(key: LogIndex, values columns: inout ColumnReader) throws(StorageError) {
        self.key = key
        size = try columns.number()
        frontier = try columns.bytes()
        leaves = try columns.bytes()
        checkpoint = try columns.text()
        token = try columns.bytes()
    }

    func writeValues(to columns: inout ColumnWriter) {
        columns.add(.number(size))
        columns.add(.bytes(frontier))
        columns.add(.bytes(leaves))
        columns.add(.text(checkpoint))
        columns.add(.bytes(token))
    }

    /// The hashes of its leaves.
    func leafHashes() throws(StorageError) -> [JournalHash] {
        let count = JournalHash.byteCount
        let hashes = stride(from: 0, to: leaves.count, by: count).compactMap {
            JournalHash(leaves[$0..<min($0 + count, leaves.count)])
        }
        guard !hashes.isEmpty, hashes.count * count == leaves.count, key.index + UInt64(hashes.count) == size else {
            throw damaged
        }
        return hashes
    }

    /// Its part of the log's tree.
    func tree() throws(StorageError) -> GroupTree {
        guard let before = CompactRange(bytes: frontier), before.size == key.index else { throw damaged }
        return GroupTree(before: before, leaves: try leafHashes(), journalSHA256)
    }

    func signedCheckpoint() throws(StorageError) -> SignedCheckpoint {
        do {
            return try SignedCheckpoint(parsing: Array(checkpoint.utf8))
        } catch {
            throw damaged
        }
    }

    private var damaged: StorageError {
        StorageError(.journalBroken, "the group at \(key.index) of the log is damaged")
    }
}

/// A full tile of hashes.
struct LogTileRow: StoredRow {
    struct Key: StoredKey {
        let position: LogTilePosition

        func write(to columns: inout ColumnWriter) {
            columns.add(.number(position.level))
            columns.add(.number(position.index))
        }
    }

    static let table = Table(
        "log_tile", key: [.integer("tile_level"), .integer("tile_index")],
        values: [.bytes("hashes"), .bytes("root")])

    let key: Key
    let hashes: [UInt8]
    let root: JournalHash

    init(_ tile: LogTile) {
        key = Key(position: tile.position)
        hashes = tile.bytes
        root = tile.root
    }

    init(key: Key, values columns: inout ColumnReader) throws(StorageError) {
        self.key = key
        hashes = try columns.bytes()
        root = try columns.hash()
    }

    func writeValues(to columns: inout ColumnWriter) {
        columns.add(.bytes(hashes))
        columns.add(.hash(root))
    }
}

/// An entry's place, as a key.
package struct LogIndex: StoredKey {
    let index: UInt64

    init(_ index: UInt64) { self.index = index }

    package func write(to columns: inout ColumnWriter) { columns.add(.number(index)) }
}
