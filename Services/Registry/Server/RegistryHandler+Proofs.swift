internal import Following
public import Messages
public import RPC
internal import RegistryRules

// Heads, proofs and tiles of the log hold no data: whoever reads anything may ask for them.
extension RegistryHandler {
    public func getCheckpoint(
        _ request: TypeV1.GetCheckpointRequest, context: ServerContext
    ) async throws(RPCError) -> TypeV1.GetCheckpointResponse {
        try await answer("the registry's log", context) { caller in
            try RegistryAccess.read(by: caller)
            return try await journal.checkpoint(request)
        }
    }

    public func getConsistencyProof(
        _ request: TypeV1.GetConsistencyProofRequest, context: ServerContext
    ) async throws(RPCError) -> TypeV1.GetConsistencyProofResponse {
        try await answer("the registry's log", context) { caller in
            try RegistryAccess.read(by: caller)
            return try await journal.consistencyProof(request)
        }
    }

    public func getInclusionProof(
        _ request: TypeV1.GetInclusionProofRequest, context: ServerContext
    ) async throws(RPCError) -> TypeV1.GetInclusionProofResponse {
        try await answer("the registry's log", context) { caller in
            try RegistryAccess.read(by: caller)
            return try await journal.inclusionProof(request)
        }
    }

    public func getHashTiles(
        _ request: TypeV1.GetHashTilesRequest, context: ServerContext
    ) async throws(RPCError) -> TypeV1.GetHashTilesResponse {
        try await answer("the registry's log", context) { caller in
            try RegistryAccess.read(by: caller)
            return try await journal.hashTiles(request)
        }
    }
}
