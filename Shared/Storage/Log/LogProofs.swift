public import Journal

// What anybody needs who checks that the log is only appended to. `nil` where the log does not reach so far.
extension Store {
    /// The oldest checkpoint that covers `size` entries; for 0 the newest.
    public func checkpoint(covering size: UInt64) async throws -> String? {
        try await reading { connection in
            try size == 0 ? connection.lastLogGroup()?.checkpoint : connection.logGroup(of: size - 1)?.checkpoint
        }
    }

    /// The proof that the log's first `newSize` entries begin with its first `oldSize`, which are not more.
    public func consistencyProof(from oldSize: UInt64, to newSize: UInt64) async throws -> ConsistencyProof? {
        guard try await reaches(newSize) else { return nil }
        return try await reading { connection in
            guard var hashes = try connection.logHashes() else {
                return ConsistencyProof(oldSize: 0, newSize: 0, path: [])
            }
            return try ConsistencyProof.make(from: oldSize, to: newSize, from: &hashes, journalSHA256)
        }
    }

    /// The proof that the entry at `index` is one of the log's first `size`, of which there are more than `index`.
    public func inclusionProof(of index: UInt64, in size: UInt64) async throws -> InclusionProof? {
        guard try await reaches(size) else { return nil }
        return try await reading { connection in
            guard var hashes = try connection.logHashes() else { return nil }
            return try InclusionProof.make(of: index, in: size, from: &hashes, journalSHA256)
        }
    }

    /// The hashes of tiles that lie side by side, one after the other.
    public func hashTiles(_ run: LogTileRun) async throws -> [UInt8]? {
        guard try await run.isWithin(currentHead().size) else { return nil }
        return try await reading { try $0.hashTiles(run) }
    }
}

extension DriverConnection {
    /// The hashes of the log's tree as it is now; `nil` for a log without entries.
    fileprivate func logHashes() throws -> TiledHashes? {
        try logEnd()?.hashes(readTile: { try self.tile(at: $0) }, journalSHA256)
    }

    /// Full tiles as they are stored; only the unfinished one at the log's end is put together.
    fileprivate func hashTiles(_ run: LogTileRun) throws -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(run.byteCount)
        for (position, hashCount) in run.tiles {
            if hashCount == LogTile.width {
                bytes += try tile(at: position)
            } else if let tile = try row(LogTileRow.self, LogTileRow.Key(position: position)) {
                // It has been filled since.
                bytes += tile.hashes.prefix(hashCount * JournalHash.byteCount)
            } else if let edge = try logEnd()?.edges[position.level] {
                bytes += edge.prefix(hashCount).flatMap(\.bytes)
            }
        }
        guard bytes.count == run.byteCount else {
            throw StorageError(.journalBroken, "\(run.first.path) of the log, or one behind it, is damaged")
        }
        return bytes
    }
}
