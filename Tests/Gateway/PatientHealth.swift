import Messages
import RPC
import Synchronization
import TestSupport

/// Says that all is well, once to those who watch, who then watch until they go.
final class PatientHealth: RPCV1.HealthServiceHandler {
    private let watches = Mutex(0)

    /// Handlers that watch.
    var open: Int { watches.withLock { $0 } }

    func check(_ request: RPCV1.CheckRequest, context: ServerContext) async throws(RPCError) -> RPCV1.CheckResponse {
        RPCV1.CheckResponse(status: .serving)
    }

    func watch(
        _ request: RPCV1.WatchRequest, responses: ResponseWriter<RPCV1.WatchResponse>, context: ServerContext
    ) async throws(RPCError) {
        watches.withLock { $0 += 1 }
        defer { watches.withLock { $0 -= 1 } }
        try await responses.write(RPCV1.WatchResponse(status: .serving))
        while !Task.isCancelled { try? await Task.sleep(for: Patience.limit) }
    }
}
