internal import Journal
public import Messages
public import RPC
internal import Storage
internal import Wire

// Heads, proofs and tiles: hashes alone, with which whoever kept a checkpoint finds out whether the log it was of has only
// been appended to. Who may ask is for the service to decide, before it calls these.
extension JournalPublisher {
    /// OUT_OF_RANGE when the log has not so many entries.
    public func checkpoint(
        _ request: TypeV1.GetCheckpointRequest
    ) async throws(RPCError) -> TypeV1.GetCheckpointResponse {
        let key = try logKey()
        let checkpoint = try await reading { try await store.checkpoint(covering: request.minimumSize) }
        guard checkpoint != nil || request.minimumSize == 0 else { throw beyond(request.minimumSize) }
        return TypeV1.GetCheckpointResponse(checkpoint: checkpoint ?? "", key: key.text)
    }

    /// OUT_OF_RANGE when the log is not as long, ABORTED when it is another one.
    public func consistencyProof(
        _ request: TypeV1.GetConsistencyProofRequest
    ) async throws(RPCError) -> TypeV1.GetConsistencyProofResponse {
        try check(request.epoch)
        guard request.oldSize <= request.newSize else {
            throw RPCError(
                .invalidArgument, "old_size: \(request.oldSize) is more than new_size, \(request.newSize)")
        }
        let proof = try await reading {
            try await store.consistencyProof(from: request.oldSize, to: request.newSize)
        }
        guard let proof else { throw beyond(request.newSize) }
        return TypeV1.GetConsistencyProofResponse(path: proof.path.map(\.bytes))
    }

    /// OUT_OF_RANGE when the log is not as long, ABORTED when it is another one.
    public func inclusionProof(
        _ request: TypeV1.GetInclusionProofRequest
    ) async throws(RPCError) -> TypeV1.GetInclusionProofResponse {
        try check(request.epoch)
        guard request.index < request.size else {
            throw RPCError(
                .invalidArgument, "index: there is no entry \(request.index) in a log of \(request.size)")
        }
        let proof = try await reading { try await store.inclusionProof(of: request.index, in: request.size) }
        guard let proof else { throw beyond(request.size) }
        return TypeV1.GetInclusionProofResponse(path: proof.path.map(\.bytes))
    }

    /// OUT_OF_RANGE when the log has not all of the hashes yet, ABORTED when it is another one.
    public func hashTiles(_ request: TypeV1.GetHashTilesRequest) async throws(RPCError) -> TypeV1.GetHashTilesResponse {
        try check(request.epoch)
        let first = LogTilePosition(level: Int(request.tileLevel), index: request.tileIndex)
        guard let run = LogTileRun(first: first, hashCount: Int(request.hashCount)) else {
            throw RPCError(
                .invalidArgument,
                "no log has \(request.hashCount) hashes from \(first.path) on, or they are more than are sent at once: "
                    + "ask for level 0 to \(LogTile.levelCount - 1), and 1 to \(LogTileRun.maximumHashes) hashes")
        }
        guard let hashes = try await reading({ try await store.hashTiles(run) }) else {
            throw RPCError(
                .outOfRange, "the log has \(store.journalHead.size) entries, too few for what is asked of \(first.path)"
            )
        }
        return TypeV1.GetHashTilesResponse(hashes: hashes)
    }

    private func check(_ epoch: [UInt8]) throws(RPCError) {
        guard let epoch = JournalEpoch(epoch) else {
            throw RPCError(
                .invalidArgument,
                "epoch: \(JournalEpoch.byteCount) bytes are due, those at the end of the checkpoint's first line")
        }
        guard epoch == store.epoch else {
            throw RPCError(
                .aborted, "the log of that epoch is no more: it was made anew or restored since; ask for its checkpoint"
            )
        }
    }

    private func beyond(_ size: UInt64) -> RPCError {
        RPCError(.outOfRange, "the log has \(store.journalHead.size) entries, not \(size)")
    }
}
