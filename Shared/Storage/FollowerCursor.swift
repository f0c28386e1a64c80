public import Journal

/// How far one partition of a journal was followed.
struct FollowerCursorRow: StoredRow {
    struct Key: StoredKey {
        let source: String
        let partition: Int

        func write(to columns: inout ColumnWriter) {
            columns.add(.text(source))
            columns.add(.number(partition))
        }
    }

    static let table = Table(
        "follower_cursor", key: [.text("source"), .integer("partition")],
        values: [.bytes("epoch"), .integer("sequence"), .bytes("hash")])

    let key: Key
    let epoch: [UInt8]
    let place: JournalCursor.Place

    init(_ source: String, partition: Int, epoch: JournalEpoch, _ place: JournalCursor.Place) {
        key = Key(source: source, partition: partition)
        self.epoch = epoch.bytes
        self.place = place
    }

    init(key: Key, values columns: inout ColumnReader) throws(StorageError) {
        self.key = key
        epoch = try columns.bytes()
        place = JournalCursor.Place(sequence: try columns.number(), hash: try columns.hash())
    }

    func writeValues(to columns: inout ColumnWriter) {
        columns.add(.bytes(epoch))
        columns.add(.number(place.sequence))
        columns.add(.hash(place.hash))
    }
}

extension JournalCursor {
    /// From its partitions, in order; `nil` if there are none.
    fileprivate init?(of source: String, _ partitions: [(epoch: [UInt8], place: Place)]) throws {
        guard let first = partitions.first else { return nil }
        guard let epoch = JournalEpoch(first.epoch), partitions.allSatisfy({ $0.epoch == first.epoch }) else {
            throw StorageError(.damaged, "the cursor into the journal \(source) is damaged: rebuild it")
        }
        self.init(epoch: epoch, places: partitions.map(\.place))
    }
}

extension SQLReading {
    /// How far this store has followed the journal called `source`; `nil` when it has not begun.
    public func followerCursor(of source: String) throws -> JournalCursor? {
        let partitions = try all(
            "SELECT epoch, sequence, hash FROM follower_cursor WHERE source = ? ORDER BY partition", [.text(source)]
        ) { row in
            (epoch: try row.bytes(0), place: JournalCursor.Place(sequence: try row.number(1), hash: try row.hash(2)))
        }
        return try JournalCursor(of: source, partitions)
    }
}

extension WorkingSet {
    /// Names the cursor into a journal of so many partitions.
    public func wantFollowerCursor(of source: String, partitionCount: Int) {
        for partition in 0..<partitionCount {
            want(FollowerCursorRow.self, .init(source: source, partition: partition))
        }
    }

    /// How far the journal called `source` was followed; `nil` when it was not begun.
    public func followerCursor(of source: String, partitionCount: Int) throws -> JournalCursor? {
        let rows = (0..<partitionCount).compactMap {
            row(FollowerCursorRow.self, .init(source: source, partition: $0))
        }
        return try JournalCursor(of: source, rows.map { ($0.epoch, $0.place) })
    }

    /// Forgets how far the journal called `source` was followed: a part of a rebuild.
    public func forgetFollowerCursor(of source: String) {
        forget([Forgetting(FollowerCursorRow.table, where: "source", is: .text(source))])
    }

    /// Notes how far the journal called `source` was followed: together with what its entries effected, so that each takes
    /// effect once.
    public func setFollowerCursor(_ cursor: JournalCursor, of source: String) {
        for (partition, place) in cursor.places.enumerated() {
            let key = FollowerCursorRow.Key(source: source, partition: partition)
            if let stored = row(FollowerCursorRow.self, key), stored.place == place, stored.epoch == cursor.epoch.bytes
            {
                continue
            }
            put(FollowerCursorRow(source, partition: partition, epoch: cursor.epoch, place))
        }
    }
}
