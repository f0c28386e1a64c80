public import Journal
internal import Messages
public import RPC
internal import Wire

extension JournalFollower {
    /// Asks how far the journal is: what was there when the question reached the service that owns it. Cheap as long as the
    /// follower is not far behind, since only what it lacks is sent; that takes no effect here, but by ``run()``.
    ///
    /// A caller's time is its own to limit: the task is cancelled.
    public func head() async throws(RPCError) -> LogCursor {
        let known = progress
        let responses = try await open(TypeV1.FollowRequest(cursor: known.log?.message, stopAtEnd: true))
        // However this ends, the other side must not go on sending.
        defer { responses.cancel() }
        var head: LogCursor?
        for try await response in responses {
            guard let epoch = JournalEpoch(response.epoch) else {
                throw RPCError(.internal, "the journal's service sent no epoch")
            }
            guard known.cursor == nil || known.cursor?.epoch == epoch else {
                throw RPCError(.unavailable, "the journal is another one now, and is being read from its start")
            }
            head = LogCursor(epoch: epoch, size: response.firstIndex + UInt64(response.entries.count))
        }
        guard let head else { throw RPCError(.internal, "the journal's service said nothing of its journal") }
        return head
    }
}
