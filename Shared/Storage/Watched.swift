internal import Synchronization

/// A value that tasks wait on: they are woken when it has become what they wait for, without polling.
package final class Watched<Value: Sendable>: Sendable {
    private struct Waiter {
        let isWanted: @Sendable (Value) -> Bool
        let continuation: CheckedContinuation<Value, any Error>
    }

    private struct State {
        var value: Value
        var waiters: [UInt64: Waiter] = [:]
        var nextWaiter: UInt64 = 0
        var end: (any Error)?
    }

    private let state: Mutex<State>

    package init(_ value: Value) {
        state = Mutex(State(value: value))
    }

    package var value: Value { state.withLock { $0.value } }

    /// Changes the value and wakes those who waited for what it became.
    package func update(_ change: (inout Value) -> Void) {
        let (value, ready) = state.withLock { state in
            change(&state.value)
            let ready = state.waiters.filter { $0.value.isWanted(state.value) }
            for id in ready.keys { state.waiters[id] = nil }
            return (state.value, ready.values.map { $0.continuation })
        }
        for continuation in ready { continuation.resume(returning: value) }
    }

    /// The value as soon as `isWanted` says yes to it: at once, or after the update that makes it so. Throws
    /// `CancellationError` when the task is cancelled, and the error of ``end(_:)``.
    package func wait(until isWanted: @escaping @Sendable (Value) -> Bool) async throws -> Value {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome: Result<Value, any Error>? = state.withLock { state in
                    if isWanted(state.value) { return .success(state.value) }
                    if let end = state.end { return .failure(end) }
                    // Read under the lock: a cancellation that comes later finds the waiter in the table.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiters[id] = Waiter(isWanted: isWanted, continuation: continuation)
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let waiter = state.withLock { $0.waiters.removeValue(forKey: id) }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    /// The value will not change any more: who waits, and who will, gets `error`.
    package func end(_ error: any Error) {
        let waiters = state.withLock { state in
            state.end = error
            defer { state.waiters = [:] }
            return state.waiters.values.map { $0.continuation }
        }
        for continuation in waiters { continuation.resume(throwing: error) }
    }
}
