internal import Journal
public import Messages
public import RPC
public import Storage
internal import Wire

/// Serves a service's journal to its followers: the server's side of Follow.
public struct JournalPublisher: Sendable {
    /// About what one response carries. Small enough that a follower of a long journal does not keep a connection from
    /// other calls.
    public static let responseBytes = 256 << 10

    private let store: Store

    public init(_ store: Store) {
        self.store = store
    }

    /// Sends what is there after the request's cursor, then what comes, until the call ends; with `stop_at_end`, until
    /// what was there when the call began has been sent. ABORTED for a cursor that is not a place of this journal:
    /// the follower must rebuild.
    ///
    /// Who may follow is for the service to decide, before it calls this.
    public func follow(
        _ request: TypeV1.FollowRequest, responses: ResponseWriter<TypeV1.FollowResponse>
    ) async throws(RPCError) {
        var cursor = try start(request.cursor)
        let goal = store.journalHeads
        var isFirst = true
        while true {
            // A place for each response: what is read is held until it has been sent, and callers take turns in between.
            try await responses.call.takePlace()
            let heads = store.journalHeads
            var entries: [JournalEntry] = []
            // A cursor that is ahead of every head is looked at all the same: it may be another history's.
            if isFirst || !cursor.covers(heads) {
                entries = try await read(after: cursor)
            }
            for entry in entries {
                cursor.places[Int(entry.partition)] = JournalCursor.Place(sequence: entry.sequence, hash: entry.hash)
            }
            let isAtEnd = cursor.covers(heads)
            if isFirst || !entries.isEmpty {
                try await responses.write(
                    TypeV1.FollowResponse(
                        entries: entries.map(\.message), atEnd: isAtEnd, epoch: store.epoch.bytes,
                        partitionCount: UInt32(store.partitionCount)))
            }
            isFirst = false
            responses.call.leavePlace()
            if request.stopAtEnd && cursor.covers(goal) { return }
            if isAtEnd { try await waitForEntries(beyond: cursor) }
        }
    }

    private func start(_ message: TypeV1.Cursor?) throws(RPCError) -> JournalCursor {
        guard let message, !message.epoch.isEmpty else {
            return JournalCursor(startOf: store.epoch, partitionCount: store.partitionCount)
        }
        return try JournalCursor(message, partitionCount: store.partitionCount)
    }

    private func read(after cursor: JournalCursor) async throws(RPCError) -> [JournalEntry] {
        do {
            return try await store.journalEntries(after: cursor, limitBytes: Self.responseBytes)
        } catch let error as StorageError where error.code == .cursorOfAnotherHistory {
            throw RPCError(.aborted, error.message)
        } catch let error as StorageError where error.code == .closed {
            throw RPCError(.unavailable, "the journal's service is stopping; follow again")
        } catch {
            throw RPCError(wrapping: error)
        }
    }

    private func waitForEntries(beyond cursor: JournalCursor) async throws(RPCError) {
        do {
            try await store.waitForEntries(beyond: cursor)
        } catch is StorageError {
            throw RPCError(.unavailable, "the journal's service is stopping; follow again")
        } catch {
            throw RPCError(wrapping: error)
        }
    }
}
