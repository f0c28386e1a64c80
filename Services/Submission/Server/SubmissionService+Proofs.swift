internal import Following
public import Messages
public import RPC
internal import Reporting
internal import Serving

// Heads, proofs and tiles of the log hold no data: whoever reads anything may ask for them.
extension SubmissionService {
    public func getCheckpoint(
        _ request: TypeV1.GetCheckpointRequest, context: ServerContext
    ) async throws(RPCError) -> TypeV1.GetCheckpointResponse {
        try judgeReader(context)
        return try await publisher.checkpoint(request)
    }

    public func getConsistencyProof(
        _ request: TypeV1.GetConsistencyProofRequest, context: ServerContext
    ) async throws(RPCError) -> TypeV1.GetConsistencyProofResponse {
        try judgeReader(context)
        return try await publisher.consistencyProof(request)
    }

    public func getInclusionProof(
        _ request: TypeV1.GetInclusionProofRequest, context: ServerContext
    ) async throws(RPCError) -> TypeV1.GetInclusionProofResponse {
        try judgeReader(context)
        return try await publisher.inclusionProof(request)
    }

    public func getHashTiles(
        _ request: TypeV1.GetHashTilesRequest, context: ServerContext
    ) async throws(RPCError) -> TypeV1.GetHashTilesResponse {
        try judgeReader(context)
        return try await publisher.hashTiles(request)
    }

    private func judgeReader(_ context: ServerContext) throws(RPCError) {
        do throws(AccessDenial) {
            try UnitAccess.reading.role(of: Caller(context.caller))
        } catch {
            throw .denied(error, context.caller, at: "the log of submission")
        }
    }
}
