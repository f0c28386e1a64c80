public import Journal

extension SQLReading {
    /// The entry at a place of this store's journal; `nil` if there is none. The position's epoch is not looked at.
    public func journalEntry(at position: JournalPosition) throws -> JournalEntry? {
        guard let sequence = Int64(exactly: position.sequence) else { return nil }
        return try first(
            """
            SELECT partition, sequence, previous_hash, hash, sealed_unix_us, kind, statement, body
            FROM journal_entry WHERE partition = ? AND sequence = ?
            """, [.number(position.partition), .integer(sequence)]
        ) { row in try JournalEntry(row) }
    }
}
