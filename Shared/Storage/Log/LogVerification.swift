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
        var verifier = LogVerifier(end: end, key: key)
        while verifier.size < verifier.end {
            verifier = try await read { [verifier] connection in
                var verifier = verifier
                try verifier.readGroups(connection)
                return verifier
            }
        }
        return LogVerification(entryCount: verifier.end, groupCount: verifier.groupCount)
    }
}

/// Walks the log group by group, a piece at a time so that no reader's view is kept for long.
private struct LogVerifier: Sendable {
    private static let pieceEntries: UInt64 = 1000

    let end: UInt64
    let key: NoteKey
    private(set) var groupCount: UInt64 = 0
    private var log = TiledLog()
    private var lastSealedUnixMicroseconds = Int64.min

    var size: UInt64 { log.frontier.size }

    init(end: UInt64, key: NoteKey) {
        self.end = end
        self.key = key
    }

    mutating func readGroups(_ connection: any DriverConnection) throws {
        let goal = min(end, size + Self.pieceEntries)
        while size < goal {
            guard let group = try connection.logGroup(of: size), group.key.index == size else {
                throw broken("the group of entry \(size) is missing")
            }
            var leaves: [JournalHash] = []
            for index in size..<group.size {
                guard let entry = try connection.logEntry(at: index) else { throw broken("entry \(index) is missing") }
                guard entry.sealedUnixMicroseconds >= lastSealedUnixMicroseconds else {
                    throw broken("entry \(index) is older than the one before")
                }
                lastSealedUnixMicroseconds = entry.sealedUnixMicroseconds
                leaves.append(entry.logEntry(journalSHA256).leafHash(journalSHA256))
            }
            guard try group.leafHashes() == leaves, group.frontier == log.frontier.bytes else {
                throw broken("the entries from \(size) on are not those that were sealed")
            }
            let appended = log.append(leaves, journalSHA256)
            let signed = try group.signedCheckpoint()
            if let fault = signed.fault(origin: key.name, keys: [key], isValid: NoteKey.signatureCheck) {
                throw broken("the checkpoint at \(group.size): \(fault)")
            }
            guard signed.checkpoint.size == group.size, signed.checkpoint.root == appended.tree.root else {
                throw broken("the checkpoint at \(group.size) has another root than the entries")
            }
            for tile in appended.tiles {
                guard try connection.tile(at: tile.position) == tile.bytes else {
                    throw broken("\(tile.position.path) is not that of the entries")
                }
            }
            groupCount += 1
        }
    }

    private func broken(_ what: String) -> StorageError {
        StorageError(.journalBroken, "the log does not verify: \(what)")
    }
}
