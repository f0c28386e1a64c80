internal import NIOCore
internal import RPC

/// A call that waits for a connection: hands one over, or fails at the deadline. Confined to its loop.
///
/// ```
///   idle ─ begin ─> asking ─ none is ready ─> waiting
///    │                │                          │ a connection, a failure, the deadline,
///    │ cancel         │ answered at once, cancel │ cancel
///    v                v                          v
///   over <────────────────────────────────────────
/// ```
///
/// In `over` nothing is answered any more: the pool's word that was on its way is dropped.
final class ConnectionWait {
    typealias Answer = (Result<ClientConnection, RPCError>) -> Void

    private enum State {
        case idle(Answer)
        case asking(Answer)
        case waiting(Answer, ConnectionPool, id: UInt64, deadline: Scheduled<Void>?)
        case over
    }

    private let opening: CallOpening
    private var state: State

    /// Calls `answer` once, at once if a connection is ready; not after ``cancel()``.
    init(_ opening: CallOpening, _ answer: @escaping Answer) {
        self.opening = opening
        state = .idle(answer)
    }

    func begin(_ pool: ConnectionPool, otherThan refused: ClientConnection? = nil) {
        switch state {
        case .idle(let answer): state = .asking(answer)
        case .asking, .waiting, .over: return
        }
        let id = pool.connection(otherThan: refused) { [self] in
            end($0.mapError(opening.unavailable), isStillQueued: false)
        }
        guard let id else { return }
        switch state {
        case .asking(let answer):
            let timer = opening.deadline.map { deadline in
                pool.onLoop(at: deadline) { [self] in
                    end(.failure(opening.deadlinePassed(waitingFor: pool.failure)), isStillQueued: true)
                }
            }
            state = .waiting(answer, pool, id: id, deadline: timer)
        case .idle, .waiting, .over:
            // Given up while the pool was asked.
            pool.stopWaiting(id)
        }
    }

    func cancel() {
        end(nil, isStillQueued: true)
    }

    /// `isStillQueued`: the pool does not know.
    private func end(_ result: Result<ClientConnection, RPCError>?, isStillQueued: Bool) {
        let before = state
        state = .over
        switch before {
        case .idle(let answer), .asking(let answer):
            if let result { answer(result) }
        case .waiting(let answer, let pool, let id, let deadline):
            deadline?.cancel()
            if isStillQueued { pool.stopWaiting(id) }
            if let result { answer(result) }
        case .over:
            break
        }
    }
}
