internal import Journal

extension DriverConnection {
    /// Entries after `cursor` in order within each partition, until they have `limitBytes` (at least one entry if there
    /// is any). `.cursorOfAnotherHistory` when the cursor is not a place of this journal.
    func journalEntries(
        after cursor: JournalCursor, epoch: JournalEpoch, partitionCount: Int, limitBytes: Int
    ) throws -> [JournalEntry] {
        guard cursor.epoch == epoch, cursor.places.count == partitionCount else { throw Self.otherHistory }
        var entries: [JournalEntry] = []
        var remainingBytes = limitBytes
        for (partition, place) in cursor.places.enumerated() where remainingBytes > 0 {
            try check(place, partition: partition)
            let statement = try statement(
                """
                SELECT partition, sequence, previous_hash, hash, sealed_unix_us, kind, statement, body
                FROM journal_entry WHERE partition = ? AND sequence > ? ORDER BY sequence
                """)
            defer { statement.reset() }
            try statement.bind([.number(partition), .number(place.sequence)])
            while remainingBytes > 0, try statement.step() {
                let entry = try JournalEntry(Row(statement: statement))
                remainingBytes -= entry.approximateBytes
                entries.append(entry)
            }
        }
        return entries
    }

    private static var otherHistory: StorageError {
        StorageError(
            .cursorOfAnotherHistory,
            "the cursor is not a place in this journal, which was made anew or restored since: rebuild from its start")
    }

    private func check(_ place: JournalCursor.Place, partition: Int) throws {
        guard place.sequence > 0 else {
            guard place.hash == .zero else { throw Self.otherHistory }
            return
        }
        // A sequence that no journal of ours can reach does not fit a column.
        guard let sequence = Int64(exactly: place.sequence) else { throw Self.otherHistory }
        let hash = try first(
            "SELECT hash FROM journal_entry WHERE partition = ? AND sequence = ?",
            [.number(partition), .integer(sequence)]
        ) { try $0.hash(0) }
        guard hash == place.hash else { throw Self.otherHistory }
    }

    /// The proof of the entry at `position`, the same bytes each time; `nil` if it does not exist or is not sealed yet.
    func proof(at position: JournalPosition) throws -> JournalProof? {
        guard let sequence = Int64(exactly: position.sequence) else { return nil }
        let place = try first(
            """
            SELECT partition, sequence, previous_hash, hash, sealed_unix_us, kind, statement, body, seal, leaf
            FROM journal_entry WHERE partition = ? AND sequence = ?
            """, [.number(position.partition), .integer(sequence)]
        ) { row in (try JournalEntry(row), try row.integer(8), try row.number(9, as: Int.self)) }
        guard let (entry, sealNumber, leaf) = place else { return nil }
        guard let (seal, leaves) = try seal(sealNumber, epoch: position.epoch) else { return nil }
        guard leaves.indices.contains(leaf) else {
            throw StorageError(.journalBroken, "seal \(sealNumber) of the journal has lost a leaf")
        }
        let tree = JournalTree(leaves: leaves, journalSHA256)
        return JournalProof(
            header: entry.header(in: position.epoch, journalSHA256), leafIndex: UInt64(leaf),
            path: tree.path(to: leaf), seal: seal)
    }

    /// A seal and the leaves of its tree; `nil` if there is none of that number.
    func seal(_ number: Int64, epoch: JournalEpoch) throws -> (JournalSeal, [JournalHash])? {
        try first(
            "SELECT number, sealed_unix_us, root, signature, key_id, leaves FROM journal_seal WHERE number = ?",
            [.integer(number)]
        ) { row in
            let leaves = try row.bytes(5)
            let hashes = stride(from: 0, to: leaves.count, by: JournalHash.byteCount).compactMap {
                JournalHash(leaves[$0..<min($0 + JournalHash.byteCount, leaves.count)])
            }
            guard !hashes.isEmpty, hashes.count * JournalHash.byteCount == leaves.count else {
                throw StorageError(.journalBroken, "seal \(number) of the journal has broken leaves")
            }
            let seal = JournalSeal(
                epoch: epoch, number: try row.number(0), unixMicroseconds: try row.integer(1),
                leafCount: UInt64(hashes.count), root: try row.hash(2), signature: try row.bytes(3),
                keyID: try row.bytes(4))
            return (seal, hashes)
        }
    }
}

extension JournalEntry {
    /// From columns partition, sequence, previous_hash, hash, sealed_unix_us, kind, statement, body.
    init(_ row: borrowing Row) throws {
        self.init(
            partition: try row.number(0), sequence: try row.number(1), previousHash: try row.hash(2),
            hash: try row.hash(3), sealedUnixMicroseconds: try row.integer(4), kind: try row.text(5),
            statement: try row.bytes(6), body: try row.bytes(7))
    }

    /// What it costs to send: contents, hashes and small fields.
    var approximateBytes: Int { 96 + kind.utf8.count + statement.count + body.count }
}
