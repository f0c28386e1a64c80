internal import Dispatch
internal import PostgreSQL
internal import Synchronization

/// The connections that read, opened when they are first needed. Each has a queue of its own, since it waits for the database
/// on its thread.
final class PostgresReaders: Sendable {
    private final class Reader: @unchecked Sendable {
        let queue: DispatchQueue
        // Touched on the queue only.
        var connection: PostgresStoreConnection?

        init(_ number: Int) { queue = DispatchQueue(label: "store reader \(number)") }
    }

    private struct State {
        var idle: [Reader]
        var waiting: [CheckedContinuation<Reader, any Error>] = []
        var isClosed = false
    }

    private let connect: @Sendable () throws -> PostgresStoreConnection
    private let state: Mutex<State>

    init(count: Int, connect: @escaping @Sendable () throws -> PostgresStoreConnection) {
        self.connect = connect
        state = Mutex(State(idle: (0..<count).map(Reader.init)))
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any DriverConnection) throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        let reader = try await take()
        let isCancelled = Atomic(false)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                reader.queue.async { [self] in
                    let (result, hasBegun) = answer(body, reader) { isCancelled.load(ordering: .relaxed) }
                    let isGivenUp = isCancelled.load(ordering: .relaxed)
                    continuation.resume(with: isGivenUp ? .failure(CancellationError()) : result)
                    // The answer does not wait for that.
                    if hasBegun { reader.connection?.rollback() }
                    giveBack(reader)
                }
            }
        } onCancel: {
            isCancelled.store(true, ordering: .relaxed)
        }
    }

    private func take() async throws -> Reader {
        try await withCheckedThrowingContinuation { continuation in
            let outcome: Result<Reader, any Error>? = state.withLock { state in
                if state.isClosed { return .failure(StorageError(.closed, "the store is closed")) }
                if let reader = state.idle.popLast() { return .success(reader) }
                state.waiting.append(continuation)
                return nil
            }
            if let outcome { continuation.resume(with: outcome) }
        }
    }

    private func giveBack(_ reader: Reader) {
        let next = state.withLock { state -> CheckedContinuation<Reader, any Error>? in
            if !state.waiting.isEmpty { return state.waiting.removeFirst() }
            if !state.isClosed { state.idle.append(reader) }
            return nil
        }
        next?.resume(returning: reader)
    }

    /// Reads; once more on a new connection where the one at hand had been lost. Says whether a transaction is left behind.
    private func answer<Value>(
        _ body: (any DriverConnection) throws -> Value, _ reader: Reader, isGivenUp: @escaping () -> Bool
    ) -> (Result<Value, any Error>, Bool) {
        var isSecond = false
        while true {
            // Whoever waited for a connection may have gone: nobody connects for them.
            if isGivenUp() { return (.failure(CancellationError()), false) }
            do {
                let connection: PostgresStoreConnection
                if let known = reader.connection, known.connection.isOpen {
                    connection = known
                } else {
                    connection = try connect()
                    reader.connection = connection
                }
                connection.isGivenUp = isGivenUp
                connection.beginLater(.repeatableRead)
                return (.success(try body(connection)), true)
            } catch let error as StorageError where error.code == .unreachable || error.code == .busy {
                reader.connection?.rollback()
                if isSecond { return (.failure(error), false) }
                isSecond = true
            } catch {
                return (.failure(error), true)
            }
        }
    }

    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            state.idle = []
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(throwing: StorageError(.closed, "the store is closed")) }
    }
}
