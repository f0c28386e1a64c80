public import Journal

extension SQLReading {
    /// How far this store has followed the journal called `source`; `nil` when it has not begun.
    public func followerCursor(of source: String) throws -> JournalCursor? {
        var epoch: JournalEpoch?
        var places: [JournalCursor.Place] = []
        try forEach(
            "SELECT epoch, sequence, hash FROM follower_cursor WHERE source = ? ORDER BY partition", [.text(source)]
        ) { row in
            guard let stored = JournalEpoch(try row.bytes(0)), epoch == nil || epoch == stored else {
                throw StorageError(.damaged, "the cursor into the journal \(source) is damaged: rebuild it")
            }
            epoch = stored
            places.append(JournalCursor.Place(sequence: try row.number(1), hash: try row.hash(2)))
        }
        return epoch.map { JournalCursor(epoch: $0, places: places) }
    }
}

extension WriteTransaction {
    /// Stores how far the journal called `source` was followed: in the same transaction as what its entries effected,
    /// so that each entry takes effect once. Only partitions that moved are written.
    public func setFollowerCursor(_ cursor: JournalCursor, of source: String) throws {
        let stored = try followerCursor(of: source)
        if let stored, stored.epoch != cursor.epoch || stored.places.count != cursor.places.count {
            try removeFollowerCursor(of: source)
        }
        for (partition, place) in cursor.places.enumerated() {
            if let stored, stored.epoch == cursor.epoch, stored.places.count == cursor.places.count,
                stored.places[partition] == place
            {
                continue
            }
            try execute(
                """
                INSERT INTO follower_cursor (source, partition, epoch, sequence, hash) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (source, partition) DO UPDATE
                SET epoch = excluded.epoch, sequence = excluded.sequence, hash = excluded.hash
                """,
                [
                    .text(source), .number(partition), .bytes(cursor.epoch.bytes), .number(place.sequence),
                    .hash(place.hash),
                ])
        }
    }

    /// Forgets how far the journal called `source` was followed: the first step of a rebuild.
    public func removeFollowerCursor(of source: String) throws {
        try execute("DELETE FROM follower_cursor WHERE source = ?", [.text(source)])
    }
}
