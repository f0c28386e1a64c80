internal import Foundation
internal import Journal
internal import Synchronization

/// A decision that waits for its group commit. Touched by the writer's thread only, once it is queued.
protocol QueuedDecision: AnyObject, Sendable {
    var isAlone: Bool { get }
    var byteCount: Int { get }
    func load(_ rows: WorkingSet)
    /// Decides and keeps the answer for ``succeed(_:)``.
    func decide(_ rows: WorkingSet) throws
    func succeed(_ batch: SealedBatch?)
    func fail(_ error: any Error)
}

/// Carries out queued writes on a thread of its own: whatever is queued when a commit ends shares the next transaction,
/// so that durability does not cost one sync a call, and nobody waits for a timer.
final class GroupCommit: Sendable {
    private struct Queue {
        var writes: [any QueuedDecision] = []
        var isStopping = false
        /// Why no write is taken any more.
        var failure: StorageError?
    }

    /// So much of what decisions add shares a commit, or one that adds more alone: the others wait no longer than for that.
    private static let groupBytes = 1 << 20

    private let driver: any StoreDriver
    private let file: StoreFile
    private let options: StoreOptions
    private let head: Watched<LogHead>
    private let queue = Mutex(Queue())
    /// Says that the queue is no longer empty, or that the thread is to end.
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let thread = Mutex<pthread_t?>(nil)

    init(driver: any StoreDriver, file: StoreFile, options: StoreOptions, head: Watched<LogHead>) {
        self.driver = driver
        self.file = file
        self.options = options
        self.head = head
    }

    /// Starts the thread, which uses `journal` from now on.
    func start(_ journal: sending LogWriter) {
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
    func enqueue(_ write: any QueuedDecision) -> StorageError? {
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
    private func takeBatch() -> [any QueuedDecision]? {
        while true {
            let (batch, isStopping) = queue.withLock { queue -> ([any QueuedDecision], Bool) in
                let count = Self.groupLength(of: queue.writes.prefix(options.groupCommitLimit))
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

    /// How many of the first share a commit.
    private static func groupLength(of waiting: ArraySlice<any QueuedDecision>) -> Int {
        var bytes = 0
        for (count, write) in waiting.enumerated() {
            bytes += write.byteCount
            if write.isAlone { return max(1, count) }
            if bytes > groupBytes, count > 0 { return count }
        }
        return waiting.count
    }

    private func carryOut(_ writes: [any QueuedDecision], _ journal: LogWriter) {
        // Taken before anything is decided: a report that was queued before the due instant may be carried out after it,
        // never the other way round.
        journal.begin(unixMicroseconds: options.wallClock())
        let beginning = journal.count
        var outcomes: [Outcome] = []
        do {
            try file.check()
            let batch = try driver.withWriter { connection in
                try connection.inTransaction {
                    outcomes = try decide(writes, connection, journal)
                    return try journal.seal(to: connection)
                }
            }
            if let batch {
                journal.committed(batch)
                head.update { $0 = journal.head }
            }
            for (write, outcome) in zip(writes, outcomes) {
                switch outcome {
                case .done: write.succeed(batch)
                case .failed(let error): write.fail(error)
                }
            }
        } catch {
            journal.reset(to: beginning)
            if writes.count > 1, (error as? StorageError)?.isOfOneWrite == true {
                // Whose it is shows when each is alone: nobody else's write fails with it.
                for write in writes { carryOut([write], journal) }
                return
            }
            if let error = error as? StorageError, error.code == .ioFailure {
                queue.withLock { $0.failure = error }
            }
            for write in writes { write.fail(error) }
        }
    }

    private enum Outcome {
        case done
        case failed(any Error)
    }

    /// Has each decision made in its turn, over rows that are loaded for all of them and stored for all of them.
    private func decide(
        _ decisions: [any QueuedDecision], _ connection: any DriverConnection, _ journal: LogWriter
    ) throws -> [Outcome] {
        let rows = WorkingSet(journal)
        try rows.load(for: decisions, from: connection)
        let outcomes = decisions.map { decision -> Outcome in
            do {
                try rows.attempt { try decision.decide(rows) }
                return .done
            } catch {
                return .failed(error)
            }
        }
        try rows.store(to: connection)
        return outcomes
    }
}

/// A decision and who waits for its answer.
final class WaitingDecision<D: Decision>: QueuedDecision {
    private let decision: D
    private let continuation: UnsafeContinuation<Committed<D.Answer>, any Error>
    // Set by `decide` and read by `succeed`, both on the writer's thread.
    nonisolated(unsafe) private var answer: D.Answer?

    init(_ continuation: UnsafeContinuation<Committed<D.Answer>, any Error>, _ decision: D) {
        self.continuation = continuation
        self.decision = decision
    }

    var isAlone: Bool { decision.isAlone }
    var byteCount: Int { decision.byteCount }

    func load(_ rows: WorkingSet) { decision.load(rows) }

    func decide(_ rows: WorkingSet) throws { answer = try decision.decide(rows) }

    func succeed(_ batch: SealedBatch?) {
        guard let answer else {
            return continuation.resume(throwing: StorageError(.closed, "the write was not carried out"))
        }
        continuation.resume(returning: Committed(value: answer, batch: batch))
    }

    func fail(_ error: any Error) {
        continuation.resume(throwing: error)
    }
}
