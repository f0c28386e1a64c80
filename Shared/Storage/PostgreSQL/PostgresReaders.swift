internal import Dispatch
internal import PostgreSQL
internal import Synchronization

/// The connections that read. One is opened with the store, further ones when they are needed. Each has a queue of its own,
/// since it waits for the database on its thread.
///
/// Where the server has no connection to spare, those that are there serve all, and another one is tried once a second.
/// Where there is none, ``failure`` says why, until there is one again.
final class PostgresReaders: Sendable {
    private final class Reader: @unchecked Sendable {
        let queue: DispatchQueue
        // Touched on the queue only.
        var connection: PostgresStoreConnection?

        init(_ number: Int) { queue = DispatchQueue(label: "store reader \(number)") }
    }

    private struct State {
        // Those that nobody uses.
        var connected: [Reader] = []
        var unconnected: [Reader]
        var busyCount = 0
        var waiting: [CheckedContinuation<Reader, any Error>] = []
        var isClosed = false
        /// When one more connection may be tried again, where others are in use.
        var nextAttempt = ContinuousClock.now
        var failure: StorageError?

        mutating func take() -> Reader? {
            let mayConnect = busyCount == 0 || ContinuousClock.now >= nextAttempt
            guard let reader = connected.popLast() ?? (mayConnect ? unconnected.popLast() : nil) else { return nil }
            busyCount += 1
            return reader
        }
    }

    private static let pauseBetweenAttempts = Duration.seconds(1)

    private let connect: @Sendable () throws -> PostgresStoreConnection
    private let state: Mutex<State>

    /// Opens the first connection.
    init(count: Int, connect: @escaping @Sendable () throws -> PostgresStoreConnection) throws {
        self.connect = connect
        var readers = (0..<count).map(Reader.init)
        let first = readers.removeLast()
        first.connection = try connect()
        state = Mutex(State(connected: [first], unconnected: readers))
    }

    /// Why nothing can be read; `nil` when something can, as far as known.
    var failure: StorageError? { state.withLock { $0.failure } }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any DriverConnection) throws -> Value
    ) async throws -> Value {
        while true {
            try Task.checkCancellation()
            if let value = try await read(body, on: take()) { return value }
        }
    }

    /// `nil` when the reader could not connect and others may serve.
    private func read<Value: Sendable>(
        _ body: @escaping @Sendable (any DriverConnection) throws -> Value, on reader: Reader
    ) async throws -> Value? {
        let isCancelled = Atomic(false)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                reader.queue.async { [self] in
                    switch answer(body, reader, isGivenUp: { isCancelled.load(ordering: .relaxed) }) {
                    case .ended(let result, let hasBegun):
                        let isGivenUp = isCancelled.load(ordering: .relaxed)
                        continuation.resume(with: isGivenUp ? .failure(CancellationError()) : result.map { $0 })
                        // The answer does not wait for that.
                        if hasBegun { reader.connection?.rollback() }
                        giveBack(reader)
                    case .notConnected(let error):
                        let othersServe = giveBack(reader, notConnected: error)
                        continuation.resume(with: othersServe ? .success(nil) : .failure(error))
                    }
                }
            }
        } onCancel: {
            isCancelled.store(true, ordering: .relaxed)
        }
    }

    /// Tries whether anything can be read: nobody reads from a store that says it cannot be read, and a connection that was
    /// lost while it was idle shows when it is used.
    func probe() {
        guard let reader = state.withLock({ $0.take() }) else { return }
        reader.queue.async { [self] in
            switch answer({ try $0.hasTable(StorageSchema.settings.name) }, reader, isGivenUp: { false }) {
            case .ended(_, let hasBegun):
                if hasBegun { reader.connection?.rollback() }
                giveBack(reader)
            case .notConnected(let error): _ = giveBack(reader, notConnected: error)
            }
        }
    }

    private func take() async throws -> Reader {
        try await withCheckedThrowingContinuation { continuation in
            let outcome: Result<Reader, any Error>? = state.withLock { state in
                if state.isClosed { return .failure(StorageError(.closed, "the store is closed")) }
                if let reader = state.take() { return .success(reader) }
                state.waiting.append(continuation)
                return nil
            }
            if let outcome { continuation.resume(with: outcome) }
        }
    }

    private func giveBack(_ reader: Reader) {
        let isConnected = reader.connection?.connection.isOpen == true
        let next = state.withLock { state -> CheckedContinuation<Reader, any Error>? in
            if isConnected { state.failure = nil }
            if !state.waiting.isEmpty { return state.waiting.removeFirst() }
            state.busyCount -= 1
            if state.isClosed { return nil }
            if isConnected { state.connected.append(reader) } else { state.unconnected.append(reader) }
            return nil
        }
        next?.resume(returning: reader)
    }

    /// Gives back one that could not connect. False when there is no other one to wait for: then none of those who wait has.
    private func giveBack(_ reader: Reader, notConnected error: any Error) -> Bool {
        let lost = state.withLock { state -> [CheckedContinuation<Reader, any Error>]? in
            state.busyCount -= 1
            state.nextAttempt = .now + Self.pauseBetweenAttempts
            if !state.isClosed { state.unconnected.append(reader) }
            guard state.busyCount == 0, state.connected.isEmpty else { return nil }
            state.failure = error as? StorageError
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in lost ?? [] { continuation.resume(throwing: error) }
        return lost == nil
    }

    private func connection(of reader: Reader) throws -> PostgresStoreConnection {
        if let known = reader.connection, known.connection.isOpen { return known }
        let new = try connect()
        reader.connection = new
        return new
    }

    private enum Outcome<Value> {
        /// And whether a transaction is left behind.
        case ended(Result<Value, any Error>, hasBegun: Bool)
        case notConnected(any Error)
    }

    /// Reads; once more on a new connection where the one at hand had been lost.
    private func answer<Value>(
        _ body: (any DriverConnection) throws -> Value, _ reader: Reader, isGivenUp: @escaping () -> Bool
    ) -> Outcome<Value> {
        var isSecond = false
        while true {
            // Whoever waited for a connection may have gone: nobody connects for them.
            if isGivenUp() { return .ended(.failure(CancellationError()), hasBegun: false) }
            let connection: PostgresStoreConnection
            do {
                connection = try self.connection(of: reader)
            } catch {
                return .notConnected(error)
            }
            do {
                connection.isGivenUp = isGivenUp
                connection.beginLater(.repeatableRead)
                return .ended(.success(try body(connection)), hasBegun: true)
            } catch let error as StorageError where error.code == .unreachable || error.code == .busy {
                reader.connection?.rollback()
                if isSecond { return .ended(.failure(error), hasBegun: false) }
                isSecond = true
            } catch {
                return .ended(.failure(error), hasBegun: true)
            }
        }
    }

    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            state.connected = []
            state.unconnected = []
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(throwing: StorageError(.closed, "the store is closed")) }
    }
}
