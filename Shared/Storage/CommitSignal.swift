internal import Reporting
internal import Synchronization

/// Where the journal durably ends, and who waits for it to grow.
final class CommitSignal: Sendable {
    private struct Waiter {
        let cursor: JournalCursor
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var heads: JournalCursor
        var waiters: [UInt64: Waiter] = [:]
        var nextWaiter: UInt64 = 0
        var isClosed = false
    }

    private let state: Mutex<State>

    init(heads: JournalCursor) {
        state = Mutex(State(heads: heads))
    }

    var heads: JournalCursor { state.withLock { $0.heads } }

    /// Called after a commit that appended something.
    func advance(to heads: JournalCursor) {
        let ready = state.withLock { state in
            state.heads = heads
            let ready = state.waiters.filter { !$0.value.cursor.covers(heads) }
            for id in ready.keys { state.waiters[id] = nil }
            return ready.values
        }
        for waiter in ready { waiter.continuation.resume() }
    }

    /// Returns when the journal has an entry that `cursor` does not cover. Throws `CancellationError` when the task is
    /// cancelled, `.closed` when the store is closed.
    func waitForEntries(beyond cursor: JournalCursor) async throws {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome: Result<Void, any Error>? = state.withLock { state in
                    if state.isClosed { return .failure(StorageError(.closed, "the store is closed")) }
                    if !cursor.covers(state.heads) { return .success(()) }
                    // Looked at under the lock, so that the handler below finds either the flag set or the waiter.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters[id] = Waiter(cursor: cursor, continuation: continuation)
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        for waiter in waiters { waiter.continuation.resume(throwing: StorageError(.closed, "the store is closed")) }
    }
}
