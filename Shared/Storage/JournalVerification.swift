internal import Journal

/// What a verification found to be in order.
public struct JournalVerification: Sendable, Hashable {
    public var entryCount: UInt64
    public var sealCount: UInt64

    public init(entryCount: UInt64, sealCount: UInt64) {
        self.entryCount = entryCount
        self.sealCount = sealCount
    }
}

extension Store {
    /// Reads the whole journal and checks that each partition is gapless and chained, that each entry is what its hash
    /// says, and that each seal holds exactly the entries that name it, under a valid signature. Throws
    /// `.journalBroken`, which names the first place that does not hold.
    ///
    /// `isValidSignature` is handed a signature, the bytes it covers and the key's id; a store without a signing key has
    /// empty ones.
    public func verifyJournal(
        isValidSignature:
            @escaping @Sendable (_ signature: [UInt8], _ statement: [UInt8], _ keyID: [UInt8]) -> Bool
    ) async throws -> JournalVerification {
        var verifier = JournalVerifier(
            end: journalHeads,
            cursor: JournalCursor(startOf: epoch, partitionCount: partitionCount))
        while !verifier.cursor.covers(verifier.end) {
            verifier = try await driver.read { [verifier] connection in
                var verifier = verifier
                try verifier.readEntries(connection, isValidSignature: isValidSignature)
                return verifier
            }
        }
        return try verifier.finish()
    }
}

/// Walks the journal partition by partition, a piece at a time so that no reader's view is kept for long, and counts
/// what each seal should still be named by.
private struct JournalVerifier: Sendable {
    private static let pieceEntries: Int64 = 1000

    let end: JournalCursor
    var cursor: JournalCursor
    private var entryCount: UInt64 = 0
    /// By seal number: leaves that no entry has named so far. Complete seals stay, at 0, to count them.
    private var missingLeaves: [Int64: Int] = [:]
    /// The seal looked at last: the next entry of a partition is often of the same one.
    private var recent: (number: Int64, seal: JournalSeal, leaves: [JournalHash])?

    init(end: JournalCursor, cursor: JournalCursor) {
        self.end = end
        self.cursor = cursor
    }

    mutating func readEntries(
        _ connection: any DriverConnection, isValidSignature: ([UInt8], [UInt8], [UInt8]) -> Bool
    ) throws {
        for (partition, place) in cursor.places.enumerated() where place.sequence < end.places[partition].sequence {
            let piece = try connection.all(
                """
                SELECT partition, sequence, previous_hash, hash, sealed_unix_us, kind, statement, body, seal, leaf
                FROM journal_entry WHERE partition = ? AND sequence > ? AND sequence <= ? ORDER BY sequence LIMIT ?
                """,
                [
                    .number(partition), .number(place.sequence), .number(end.places[partition].sequence),
                    .integer(Self.pieceEntries),
                ]
            ) { row in (entry: try JournalEntry(row), seal: try row.integer(8), leaf: try row.number(9, as: Int.self)) }
            guard !piece.isEmpty else { throw Self.broken("partition \(partition) ends before its head") }
            for (entry, seal, leaf) in piece {
                do {
                    try cursor.advance(over: entry, journalSHA256)
                } catch {
                    throw Self.broken("\(error)")
                }
                try check(entry, seal: seal, leaf: leaf, connection, isValidSignature)
                entryCount += 1
            }
        }
    }

    private mutating func check(
        _ entry: JournalEntry, seal number: Int64, leaf: Int, _ connection: any DriverConnection,
        _ isValidSignature: ([UInt8], [UInt8], [UInt8]) -> Bool
    ) throws {
        if recent?.number != number {
            guard let (seal, leaves) = try connection.seal(number, epoch: cursor.epoch) else {
                throw Self.broken("seal \(number) is missing")
            }
            if missingLeaves[number] == nil {
                guard JournalTree(leaves: leaves, journalSHA256).root == seal.root else {
                    throw Self.broken("the leaves of seal \(number) do not lead to its root")
                }
                guard isValidSignature(seal.signature, seal.statement, seal.keyID) else {
                    throw Self.broken("the signature of seal \(number) is not valid")
                }
                missingLeaves[number] = leaves.count
            }
            recent = (number, seal, leaves)
        }
        guard let recent, recent.leaves.indices.contains(leaf),
            recent.leaves[leaf] == JournalTree.leaf(entry.hash, journalSHA256),
            recent.seal.unixMicroseconds == entry.sealedUnixMicroseconds
        else {
            throw Self.broken(
                "entry \(entry.sequence) of partition \(entry.partition) is not the leaf of seal \(number) that it names"
            )
        }
        missingLeaves[number, default: 0] -= 1
    }

    func finish() throws -> JournalVerification {
        // Leaves are hashes of entries that hold their own place: none is named twice, so that none missing means all.
        if let incomplete = missingLeaves.filter({ $0.value != 0 }).keys.min() {
            throw Self.broken("entries of seal \(incomplete) are missing")
        }
        guard missingLeaves.isEmpty || missingLeaves.keys.max() == Int64(missingLeaves.count) else {
            throw Self.broken("a seal is missing")
        }
        return JournalVerification(entryCount: entryCount, sealCount: UInt64(missingLeaves.count))
    }

    private static func broken(_ what: String) -> StorageError {
        StorageError(.journalBroken, "the journal does not verify: \(what)")
    }
}
