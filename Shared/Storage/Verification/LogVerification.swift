public import Journal

/// What a verification found to be in order.
public struct LogVerification: Sendable, Hashable {
    public var entryCount: UInt64
    public var groupCount: UInt64

    public init(entryCount: UInt64, groupCount: UInt64) {
        self.entryCount = entryCount
        self.groupCount = groupCount
    }
}

extension Store {
    /// Reads the whole log and checks that it has no gap, that each group commit's checkpoint is signed by `key` and has the
    /// root of the entries up to it, and that tiles and what receipts are made of are those of the entries. Throws
    /// `.journalBroken`, which names the first place that does not hold.
    public func verifyLog(key: NoteKey) async throws -> LogVerification {
        try await driver.verifyLog(end: currentHead().size, key: key)
    }
}

extension StoreDriver {
    /// See ``Store/verifyLog(key:)``; of the first `end` entries.
    func verifyLog(end: UInt64, key: NoteKey) async throws -> LogVerification {
        let log = try await walkedLog(end: end, key: key)
        return LogVerification(entryCount: log.size, groupCount: log.groupCount)
    }

    /// The same, with what the log has come to.
    func walkedLog(end: UInt64, key: NoteKey) async throws -> LogVerifier {
        var log = LogVerifier(key: key)
        var faults = StoreFaults()
        while log.size < end, faults.isEmpty {
            (log, faults) = try await read { [log] connection in
                var (log, faults) = (log, StoreFaults())
                _ = try log.readPiece(until: end, on: connection, &faults)
                return (log, faults)
            }
        }
        if let first = faults.told.first { throw StorageError(.journalBroken, "the log does not verify: \(first)") }
        return log
    }
}

/// Walks the log group by group, a piece at a time so that no reader's view is kept for long.
///
/// A group whose entries are not those that were sealed is told of, and the walk goes on behind it, by the hashes that the
/// checkpoints hold; where it cannot know how the log goes on, it is ``isBroken`` and ends.
struct LogVerifier: Sendable {
    private static let pieceEntries: UInt64 = 1_000
    private static let pieceBytes = 8 << 20

    let key: NoteKey
    private(set) var groupCount: UInt64 = 0
    private(set) var isBroken = false
    private var log = TiledLog()
    private(set) var instant: LogInstant? = LogInstant()

    var size: UInt64 { log.frontier.size }

    init(key: NoteKey) { self.key = key }

    /// The entries of the next groups that hold.
    mutating func readPiece(
        until end: UInt64, on connection: any DriverConnection, _ faults: inout StoreFaults
    ) throws -> [JournalEntry] {
        var entries: [JournalEntry] = []
        var bytes = 0
        let goal = min(end, size + Self.pieceEntries)
        while size < goal, bytes < Self.pieceBytes, !isBroken {
            do {
                let group = try readGroup(on: connection, &faults)
                bytes += group.reduce(0) { $0 + $1.byteCount }
                entries += group
            } catch let error as StorageError where error.tellsOfData {
                faults.add(error.message)
                isBroken = true
            }
        }
        return entries
    }

    private mutating func readGroup(
        on connection: any DriverConnection, _ faults: inout StoreFaults
    ) throws -> [JournalEntry] {
        guard let group = try connection.logGroup(of: size), group.key.index == size else {
            throw StorageError(.journalBroken, "the group of entry \(size) is missing")
        }
        guard group.frontier == log.frontier.bytes else {
            throw StorageError(.journalBroken, "the entries from \(size) on do not continue those before them")
        }
        let leaves = try group.leafHashes()
        let entries = try connection.entries(of: group, leaves, from: &instant, &faults)
        let appended = log.append(leaves, journalSHA256)
        try group.checkSeal(of: appended.tree, key, &faults)
        for tile in appended.tiles where try connection.tile(at: tile.position) != tile.bytes {
            faults.add("\(tile.position.path) is not that of the entries")
        }
        groupCount += 1
        return entries
    }
}

extension LogGroupRow {
    /// Holds the group's checkpoint against the tree of its entries.
    fileprivate func checkSeal(of tree: GroupTree, _ key: NoteKey, _ faults: inout StoreFaults) throws(StorageError) {
        let signed = try signedCheckpoint()
        if let fault = signed.fault(origin: key.name, keys: [key], isValid: NoteKey.signatureCheck) {
            faults.add("the checkpoint at \(size): \(fault)")
        } else if signed.checkpoint.size != size || signed.checkpoint.root != tree.root {
            faults.add("the checkpoint at \(size) has another root than the entries")
        }
    }
}

extension DriverConnection {
    /// Those entries of a group that were sealed with it. `instant` is what the log had come to before; `nil` where that is not
    /// known.
    fileprivate func entries(
        of group: LogGroupRow, _ leaves: [JournalHash], from instant: inout LogInstant?, _ faults: inout StoreFaults
    ) throws -> [JournalEntry] {
        var entries: [JournalEntry] = []
        for (offset, leaf) in leaves.enumerated() {
            let index = group.key.index + UInt64(offset)
            guard let entry = try logEntry(at: index) else {
                faults.add("entry \(index) is missing")
                continue
            }
            guard entry.logEntry(journalSHA256).leafHash(journalSHA256) == leaf else {
                faults.add("entry \(index) is not the one that was sealed")
                continue
            }
            do throws(LogInstant.Fault) {
                try instant?.take(entry)
            } catch {
                faults.add("entry \(index) \(error.words)")
            }
            entries.append(entry)
        }
        return entries
    }

    /// Looks at the log's end alone, which takes no time: that the head's row is where the last group is, and that the last
    /// groups hold, each by itself and as they follow each other.
    func checkLogEnd(_ key: NoteKey) throws -> StoreFaults {
        var faults = try checkLogHead()
        do {
            var next = try lastLogGroup()
            var count = 0
            while let group = next, count < Self.endGroups {
                let tree = try group.tree()
                var unknown: LogInstant?
                _ = try entries(of: group, tree.leaves, from: &unknown, &faults)
                try group.checkSeal(of: tree, key, &faults)
                next = group.key.index == 0 ? nil : try logGroup(of: group.key.index - 1)
                if group.key.index > 0, try next?.tree().after.bytes != group.frontier {
                    faults.add("the group at \(group.key.index) does not continue the one before it")
                    break
                }
                count += 1
            }
        } catch let error as StorageError where error.tellsOfData {
            faults.add(error.message)
        }
        return faults
    }

    private static var endGroups: Int { 16 }

    /// Holds the head's row against the last group, and looks for an entry behind it, which nobody sealed.
    func checkLogHead() throws -> StoreFaults {
        var faults = StoreFaults()
        let head = try row(LogHeadRow.self, LogHeadRow.name)?.size ?? 0
        let end = try lastLogGroup()?.size ?? 0
        if head != end { faults.add("the log's head is at \(head) entries, and its last group ends at \(end)") }
        let more = "SELECT log_index FROM log_entry WHERE log_index >= ? ORDER BY log_index LIMIT 1"
        if let index = try first(more, [.number(max(head, end))], { try $0.number(0, as: UInt64.self) }) {
            faults.add("entry \(index) stands behind the log's end, where nobody sealed it")
        }
        return faults
    }
}

extension StorageError {
    /// That what is stored is not right, rather than that it could not be read.
    var tellsOfData: Bool { code == .journalBroken || code == .malformedData }
}
