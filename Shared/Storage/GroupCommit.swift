internal import Foundation
internal import Journal
internal import Synchronization

/// A write that waits for its group commit. Touched by the writer's thread only, once it is queued.
protocol QueuedWrite: AnyObject, Sendable {
    /// Carries out the closure and keeps its value for ``succeed(_:firstLeaf:)``.
    func run(_ transaction: WriteTransaction) throws
    func succeed(_ batch: SealedBatch?, firstLeaf: Int)
    func fail(_ error: any Error)
}

/// Carries out queued writes on a thread of its own: whatever is queued when a commit ends shares the next transaction,
/// so that durability does not cost one sync a call, and nobody waits for a timer.
final class GroupCommit: Sendable {
    private struct Queue {
        var writes: [any QueuedWrite] = []
        var isStopping = false
        /// Why no write is taken any more.
        var failure: StorageError?
    }

    private let driver: any StoreDriver
    private let file: StoreFile
    private let options: StoreOptions
    private let heads: Watched<JournalCursor>
    private let queue = Mutex(Queue())
    /// Says that the queue is no longer empty, or that the thread is to end.
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let thread = Mutex<pthread_t?>(nil)

    init(driver: any StoreDriver, file: StoreFile, options: StoreOptions, heads: Watched<JournalCursor>) {
        self.driver = driver
        self.file = file
        self.options = options
        self.heads = heads
    }

    /// Starts the thread, which uses `journal` from now on.
    func start(_ journal: sending JournalWriter) {
        // Handed over once: the thread is its only user.
        nonisolated(unsafe) let journal = journal
        let thread = Thread { [self] in
            self.thread.withLock { $0 = pthread_self() }
            while let writes = takeBatch() {
                carryOut(writes, journal)
            }
            ended.signal()
        }
        thread.name = "group commit"
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Queues a write, or says why not.
    func enqueue(_ write: any QueuedWrite) -> StorageError? {
        let (refusal, wasEmpty) = queue.withLock { queue -> (StorageError?, Bool) in
            if let failure = queue.failure { return (failure, false) }
            if queue.isStopping { return (StorageError(.closed, "the store is closed"), false) }
            guard queue.writes.count < options.waitingWritesLimit else {
                return (
                    StorageError(.overloaded, "\(queue.writes.count) writes are waiting already; try again later"),
                    false
                )
            }
            queue.writes.append(write)
            return (nil, queue.writes.count == 1)
        }
        if wasEmpty { wake.signal() }
        return refusal
    }

    /// Carries out what is queued, then ends the thread. Blocks until it has ended, unless that thread itself asks: when
    /// the last write held the last reference to the store.
    func stop() {
        let isFirst = queue.withLock { queue in
            defer { queue.isStopping = true }
            return !queue.isStopping
        }
        wake.signal()
        let isOwnThread = thread.withLock { $0 == pthread_self() }
        if isFirst && !isOwnThread { ended.wait() }
    }

    var failure: StorageError? { queue.withLock { $0.failure } }

    /// The next writes to share a transaction, in the order they were queued; `nil` when the thread is to end.
    private func takeBatch() -> [any QueuedWrite]? {
        while true {
            let (batch, isStopping) = queue.withLock { queue -> ([any QueuedWrite], Bool) in
                let count = min(queue.writes.count, options.groupCommitLimit)
                let batch = Array(queue.writes.prefix(count))
                if count == queue.writes.count {
                    queue.writes.removeAll(keepingCapacity: true)
                } else {
                    queue.writes.removeFirst(count)
                }
                return (batch, queue.isStopping)
            }
            if !batch.isEmpty { return batch }
            if isStopping { return nil }
            wake.wait()
        }
    }

    private func carryOut(_ writes: [any QueuedWrite], _ journal: JournalWriter) {
        // Taken before any closure runs: a report that was queued before the due instant may be carried out after it,
        // never the other way round.
        journal.begin(unixMicroseconds: options.wallClock())
        let beginning = journal.mark
        var outcomes: [Outcome] = []
        do {
            try file.check()
            let batch = try driver.withWriter { connection in
                try connection.inTransaction {
                    outcomes = try run(writes, connection, journal)
                    return try journal.seal(to: connection)
                }
            }
            if let batch {
                journal.committed(batch)
                heads.update { $0 = journal.cursor }
            }
            for (write, outcome) in zip(writes, outcomes) {
                switch outcome {
                case .done(let firstLeaf): write.succeed(batch, firstLeaf: firstLeaf)
                case .failed(let error): write.fail(error)
                }
            }
        } catch {
            journal.reset(to: beginning)
            if let error = error as? StorageError, error.code == .ioFailure {
                queue.withLock { $0.failure = error }
            }
            for write in writes { write.fail(error) }
        }
    }

    private enum Outcome {
        case done(firstLeaf: Int)
        case failed(any Error)
    }

    /// Carries out each write so that one that throws leaves nothing behind. Throws only when the whole transaction is
    /// lost.
    private func run(
        _ writes: [any QueuedWrite], _ connection: any DriverConnection, _ journal: JournalWriter
    ) throws -> [Outcome] {
        var isShared = false
        return try writes.map { write in
            let mark = journal.mark
            let transaction = WriteTransaction(connection: connection, journal: journal, isShared: isShared)
            do {
                try write.run(transaction)
                try transaction.keep()
            } catch {
                // The database gave the transaction up by itself, as SQLite does on a full disk.
                guard connection.isInTransaction else { throw error }
                try transaction.undo()
                journal.reset(to: mark)
                return .failed(error)
            }
            if transaction.hasWritten { isShared = true }
            return .done(firstLeaf: mark.entryCount)
        }
    }
}

/// A closure and who waits for its value.
final class WaitingWrite<Value: Sendable>: QueuedWrite {
    private let body: @Sendable (WriteTransaction) throws -> Value
    private let continuation: UnsafeContinuation<Committed<Value>, any Error>
    // Set by `run` and read by `succeed`, both on the writer's thread.
    nonisolated(unsafe) private var value: Value?

    init(
        _ continuation: UnsafeContinuation<Committed<Value>, any Error>,
        _ body: @escaping @Sendable (WriteTransaction) throws -> Value
    ) {
        self.continuation = continuation
        self.body = body
    }

    func run(_ transaction: WriteTransaction) throws {
        value = try body(transaction)
    }

    func succeed(_ batch: SealedBatch?, firstLeaf: Int) {
        guard let value else {
            return continuation.resume(throwing: StorageError(.closed, "the write was not carried out"))
        }
        continuation.resume(returning: Committed(value: value, batch: batch, firstLeaf: firstLeaf))
    }

    func fail(_ error: any Error) {
        continuation.resume(throwing: error)
    }
}
