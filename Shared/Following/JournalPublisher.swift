internal import Journal
public import Messages
public import RPC
public import Storage
internal import Wire

/// Serves a service's journal to its followers: the server's side of Follow.
public struct JournalPublisher: Sendable {
    /// About what one response carries, and at most so many entries, unless one group commit has more: a follower makes one
    /// transaction of it. As much as a group commit has when many push at once.
    public static let responseBytes = 1 << 20
    static let responseEntries = 1_000

    /// After a response that has brought a follower to the end, the next one comes so much later: what is appended meanwhile
    /// shares it, and the follower's transaction. A hundred of them a second cost little, and nobody notices a wait of that
    /// length; what comes after a quiet time is sent at once.
    public static let restTime = Duration.milliseconds(10)
    /// As ``restTime``, after a response of ``busyBytes`` or more: some thousand reports a second come then. A transaction of
    /// many costs each of them less, and what is saved takes reports in.
    public static let busyRestTime = Duration.milliseconds(40)
    static let busyBytes = 64 << 10

    let store: Store
    private let status: @Sendable (any Error) -> RPCError
    private let rest: @Sendable (Duration) async throws -> Void

    /// - Parameters:
    ///   - status: what a failure to read the log is to the caller, and to the service's own log.
    ///   - rest: returns after so long, ``restTime`` or ``busyRestTime``. Throws when the task is cancelled.
    public init(
        _ store: Store, status: @escaping @Sendable (any Error) -> RPCError = { RPCError(wrapping: $0) },
        rest: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.store = store
        self.status = status
        self.rest = rest
    }

    /// Sends what is there after the request's cursor, then what comes, until the call ends; with `stop_at_end`, until
    /// what was there when the call began has been sent. ABORTED for a cursor that is not a place of this journal:
    /// the follower must rebuild.
    ///
    /// DATA_LOSS where the follower's checkpoint proves that this store went back: it does not rebuild then, and nothing
    /// is sealed here any more.
    ///
    /// Who may follow is for the service to decide, before it calls this.
    public func follow(
        _ request: TypeV1.FollowRequest, responses: ResponseWriter<TypeV1.FollowResponse>
    ) async throws(RPCError) {
        let key = try logKey()
        var cursor = try await start(request)
        let goal = request.stopAtEnd ? try await reading { try await store.currentHead() } : store.journalHead
        var isFirst = true
        while true {
            // A place for each response: what is read is held until it has been sent, and callers take turns in between.
            try await responses.call.takePlace()
            let head = store.journalHead
            var piece = FollowPiece(after: cursor.size)
            // A cursor that is ahead of the head is looked at all the same: it may be another history's.
            if isFirst || !cursor.covers(head) { piece = try await self.piece(after: cursor) }
            cursor.size = piece.size
            // Never in the midst of a group commit, which may have come since the head was looked at.
            let isAtEnd = cursor.covers(head) && (piece.checkpoint != nil || piece.isEmpty)
            if isFirst || !piece.isEmpty {
                try await responses.call.send(
                    try EncodedFollowResponse(piece, epoch: store.epoch, key: key, isAtEnd: isAtEnd))
            }
            isFirst = false
            responses.call.leavePlace()
            if request.stopAtEnd && isAtEnd && cursor.covers(goal) { return }
            if isAtEnd { try await waitForEntries(beyond: cursor, sentBytes: piece.encodedEntries.count) }
        }
    }

    private func start(_ request: TypeV1.FollowRequest) async throws(RPCError) -> LogCursor {
        guard let message = request.cursor, !message.epoch.isEmpty else {
            return LogCursor(epoch: store.epoch, size: 0)
        }
        let cursor = try LogCursor(message)
        guard !message.root.isEmpty else { return cursor }
        guard let root = JournalHash(message.root) else {
            throw RPCError(.invalidArgument, "cursor: a root has \(JournalHash.byteCount) bytes")
        }
        try await reading {
            do {
                try await store.check(cursor, root: root)
            } catch let error as StorageError where error.code == .cursorOfAnotherHistory {
                guard let fault = try await store.confront(request.checkpoint) else { throw error }
                throw RPCError(.dataLoss, fault)
            }
        }
        return cursor
    }

    /// From the tail where it has it, which followers share; those that lag have the store read.
    private func piece(after cursor: LogCursor) async throws(RPCError) -> FollowPiece {
        let groups = store.tail(
            after: cursor, limitBytes: Self.responseBytes, limitEntries: Self.responseEntries)
        guard groups.isEmpty else { return try FollowPiece(after: cursor.size, groups) }
        return try FollowPiece(
            after: cursor.size,
            try await reading {
                try await store.logPiece(
                    after: cursor, limitBytes: Self.responseBytes, limitEntries: Self.responseEntries)
            })
    }

    func logKey() throws(RPCError) -> NoteKey {
        guard let key = store.logKey else { throw RPCError(.internal, "this service has no log") }
        return key
    }

    func reading<Value>(_ body: () async throws -> Value) async throws(RPCError) -> Value {
        do {
            return try await body()
        } catch let error as StorageError where error.code == .cursorOfAnotherHistory {
            throw RPCError(.aborted, error.message)
        } catch let error as StorageError where error.code == .closed {
            throw RPCError(.unavailable, "the journal's service is stopping; follow again")
        } catch {
            throw status(error)
        }
    }

    /// Since it has just sent what there was, it rests before.
    private func waitForEntries(beyond cursor: LogCursor, sentBytes: Int) async throws(RPCError) {
        do {
            try await rest(sentBytes < Self.busyBytes ? Self.restTime : Self.busyRestTime)
            try await store.waitForEntries(beyond: cursor)
        } catch is StorageError {
            throw RPCError(.unavailable, "the journal's service is stopping; follow again")
        } catch {
            throw RPCError(wrapping: error)
        }
    }
}
