public import Journal
internal import Messages
public import RPC
internal import Wire

extension JournalFollower {
    /// Asks how far the journal is: what was there when the question reached the service that owns it. Cheap as long as the
    /// follower is not far behind, since only what it lacks is sent; that takes no effect here, but by ``run()``.
    ///
    /// A caller's time is its own to limit: the task is cancelled.
    public func head() async throws(RPCError) -> JournalCursor {
        let known = progress.cursor
        let responses = try await open(TypeV1.FollowRequest(cursor: known?.message, stopAtEnd: true))
        // However this ends, the other side must not go on sending.
        defer { responses.cancel() }
        var head = known
        for try await response in responses {
            guard let epoch = JournalEpoch(response.epoch), (1...256).contains(response.partitionCount) else {
                throw RPCError(.internal, "the journal's service sent no epoch or no number of partitions")
            }
            var further = head ?? JournalCursor(startOf: epoch, partitionCount: Int(response.partitionCount))
            guard further.epoch == epoch else {
                throw RPCError(.unavailable, "the journal is another one now, and is being read from its start")
            }
            for entry in response.entries {
                guard entry.partition < further.places.count, let hash = JournalHash(entry.hash) else {
                    throw RPCError(.internal, "the journal's service sent an entry of no partition, or without a hash")
                }
                further.places[Int(entry.partition)] = JournalCursor.Place(sequence: entry.sequence, hash: hash)
            }
            head = further
        }
        guard let head else { throw RPCError(.internal, "the journal's service said nothing of its journal") }
        return head
    }
}
