internal import Foundation
internal import Journal
internal import Synchronization

/// A decision that waits for its group commit. Touched by the writer's thread only, once it is queued.
protocol QueuedDecision: AnyObject, Sendable {
    var isAlone: Bool { get }
    var byteCount: Int { get }
    var mustReachDisk: Bool { get }
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
        /// Why none is taken now.
        var hold: StorageError?
    }

    /// So much of what decisions add shares a commit, or one that adds more alone: the others wait no longer than for that.
    private static let groupBytes = 1 << 20

    /// How often it is looked for what others have appended, where others may.
    private static let pollMilliseconds = 20

    private let driver: any StoreDriver
    private let options: StoreOptions
    private let head: Watched<LogHead>
    private let tail: LogTail
    private let queue = Mutex(Queue())
    /// Says that the queue is no longer empty, or that the thread is to end.
    private let wake = DispatchSemaphore(value: 0)
    private let ended = DispatchSemaphore(value: 0)
    private let thread = Mutex<pthread_t?>(nil)
    let trouble = Watched(StoreTrouble())

    /// Counted while there is trouble; the writer's thread's alone.
    nonisolated(unsafe) private var probes = 0
    private var tables: [Table] { (StorageSchema.migrations + options.migrations).flatMap(\.tables) }

    init(driver: any StoreDriver, options: StoreOptions, head: Watched<LogHead>, tail: LogTail) {
        self.driver = driver
        self.options = options
        self.head = head
        self.tail = tail
    }

    /// Starts the thread, which uses `journal` from now on.
    func start(_ journal: sending LogWriter) {
        // Handed over once: the thread is its only user.
        nonisolated(unsafe) let journal = journal
        let thread = Thread { [self] in
            self.thread.withLock { $0 = pthread_self() }
            while let writes = takeBatch() {
                if writes.isEmpty { lookAround(journal) } else { carryOut(writes, journal) }
            }
            try? journal.headFile?.sync()
            ended.signal()
        }
        thread.name = "group commit"
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Queues a write, or says why not.
    func enqueue(_ write: any QueuedDecision) -> StorageError? {
        let (refusal, wasEmpty) = queue.withLock { queue -> (StorageError?, Bool) in
            if let refusal = queue.failure ?? queue.hold { return (refusal, false) }
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

    /// See ``Store/hold(_:_:)``.
    func hold(_ cause: StoreHold, _ reason: StorageError?) {
        // Under one lock, so that of two who come at once the later one's word is what both say.
        trouble.update { trouble in
            trouble.holds[cause] = reason
            queue.withLock { $0.hold = trouble.hold }
        }
    }

    /// The next writes to share a transaction, in the order they were queued; `nil` when the thread is to end. None when it
    /// is time to look for what others did.
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
            if !driver.isShared, trouble.value.outage == nil {
                wake.wait()
            } else if wake.wait(timeout: .now() + .milliseconds(Self.pollMilliseconds)) == .timedOut {
                return []
            }
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

    /// Looks for what others have appended: whoever follows the log here waits for it.
    private func lookAround(_ journal: LogWriter) {
        // Only opening the store again helps then.
        guard failure == nil else { return }
        noteReading()
        let known = trouble.value
        let isProbing = (known.outage ?? known.readFailure) != nil && mayProbe()
        if known.readFailure != nil, isProbing { driver.tryReading() }
        do {
            if known.outage != nil {
                // Only a write shows that it is over, and nobody sends one to a service that says it cannot. On a full disk
                // what is there already can be written.
                guard isProbing else { return }
                try driver.withWriter { connection in
                    for table in tables { try connection.check(table) }
                    try connection.tryRoom()
                    try connection.touchLogHead()
                }
                noteSuccess()
            }
            let advance = try driver.withWriter { try $0.advance(beyond: journal.size) }
            guard let advance else { return }
            try journal.takeOver(advance)
            tellHead(journal)
        } catch {
            note(error)
        }
    }

    /// Tells who waits for entries how far the log is, by whomever it was brought there; after that is noted outside of the
    /// database. `group`: what was committed here.
    private func tellHead(_ journal: LogWriter, _ group: LogTailGroup? = nil) {
        guard journal.size != head.value.cursor.size else { return }
        let now = journal.head
        do throws(StorageError) {
            try journal.headFile?.write(now.acknowledged)
        } catch {
            // What is durable is answered; then nothing is taken in any more.
            queue.withLock { $0.failure = error }
            trouble.update { $0.outage = error }
        }
        // Before the head, which wakes those who want it.
        if let group { tail.append(group) }
        head.update { $0 = now }
    }

    private func note(_ error: any Error) {
        guard let error = error as? StorageError else { return }
        switch error.code {
        case .ioFailure: queue.withLock { $0.failure = error }
        case .full: break
        case .journalBroken: return hold(because: error.message)
        // A server may mend that; in a file it stays.
        case .damaged where !driver.isShared: return hold(because: error.message)
        case .unreachable, .cannotOpen, .outcomeUnknown, .damaged:
            if !driver.isShared { return }
        default: return
        }
        if trouble.value.outage != error { trouble.update { $0.outage = error } }
    }

    /// Once a second.
    private func mayProbe() -> Bool {
        probes += 1
        return probes % (1_000 / Self.pollMilliseconds) == 0
    }

    private func noteReading() {
        let failure = driver.readFailure
        if trouble.value.readFailure != failure { trouble.update { $0.readFailure = failure } }
    }

    private func noteSuccess() {
        noteReading()
        guard trouble.value.outage != nil, failure == nil else { return }
        trouble.update { $0.outage = nil }
        driver.tryReading()
    }

    private func carryOut(_ writes: [any QueuedDecision], _ journal: LogWriter) {
        // Of those that were queued before.
        if let hold = queue.withLock({ $0.hold }) {
            for write in writes { write.fail(hold) }
            return
        }
        do {
            let (batch, outcomes) = try made(writes, journal)
            noteSuccess()
            for (write, outcome) in zip(writes, outcomes) {
                switch outcome {
                case .done: write.succeed(batch)
                case .failed(let error): write.fail(error)
                }
            }
        } catch {
            if writes.count > 1, (error as? StorageError)?.isOfOneWrite == true {
                // Whose it is shows when each is alone: nobody else's write fails with it.
                for write in writes { carryOut([write], journal) }
                return
            }
            note(error)
            tellHead(journal)
            // Where what one of several read does not hold, the others are only held up.
            let isBroken = (error as? StorageError)?.code == .journalBroken
            let told = writes.count > 1 && isBroken ? trouble.value.hold ?? error : error
            for write in writes { write.fail(told) }
        }
    }

    private enum Outcome {
        case done
        case failed(any Error)
    }

    /// Makes the decisions and stores what they did, again where that came to nothing for a reason that passes.
    private func made(
        _ writes: [any QueuedDecision], _ journal: LogWriter
    ) throws -> (SealedBatch?, [Outcome]) {
        var pauses = RetryPauses()
        var wasLost = false
        while true {
            var sealed: (group: SealedGroup, outcomes: [Outcome])?
            do {
                try driver.withWriter { connection in
                    do {
                        sealed = nil
                        let rows = WorkingSet(journal)
                        try rows.begin(for: writes, on: connection)
                        // Taken after they were queued and before anything is decided: a report that was queued before the
                        // due instant may be carried out after it, never the other way round.
                        try journal.begin(
                            unixMicroseconds: options.wallClock(),
                            toleranceMicroseconds: options.clockToleranceMicroseconds)
                        let outcomes = try decide(writes, rows)
                        let changes = rows.takeChanges()
                        let group = try journal.seal()
                        sealed = (group, outcomes)
                        try connection.commitGroup(group.changes(with: changes))
                    } catch {
                        connection.rollback()
                        throw error
                    }
                }
            } catch let error as StorageError where error.code == .outcomeUnknown {
                guard let group = sealed?.group else { throw error }
                // What it appended is undone if it did not take place: then it is made again.
                if try !tookPlace(group, journal, &pauses, error) { continue }
            } catch let error as StorageError where error.code == .busy || error.code == .unreachable {
                journal.reset(to: 0)
                wasLost = wasLost || error.code == .unreachable
                guard driver.isShared, let pause = pauses.next() else { throw error }
                usleep(pause)
                continue
            } catch {
                journal.reset(to: 0)
                throw error
            }
            guard let sealed else { preconditionFailure("a group commit ends with its seal, or with an error") }
            if let batch = sealed.group.batch { journal.committed(sealed.group, batch) }
            tellHead(
                journal,
                sealed.group.batch.map { LogTailGroup(journal.entries, checkpoint: $0.checkpoint.description) })
            // Whatever took the connection that writes took the others too.
            if wasLost { driver.tryReading() }
            return (sealed.group.batch, sealed.outcomes)
        }
    }

    /// Whether a group commit took place whose answer was lost. Throws `unknown` where that cannot be learnt.
    private func tookPlace(
        _ group: SealedGroup, _ journal: LogWriter, _ pauses: inout RetryPauses, _ unknown: StorageError
    ) throws -> Bool {
        while true {
            do {
                // Waits for what the lost connection may still be doing.
                let locked = try driver.withWriter { connection in
                    try connection.inTransaction { try connection.lockedHead() }
                }
                guard let head = locked else { return false }
                if head.token == group.head.token { return true }
                guard let batch = group.batch else {
                    // Nothing tells whether others came after it, or in its place.
                    if head.size == journal.size, head.token == journal.token { return false }
                    throw unknown
                }
                let stored = try driver.withWriter { try $0.row(LogGroupRow.self, LogIndex(batch.tree.before.size)) }
                return stored?.token == group.head.token
            } catch let error as StorageError where error.code == .busy || error.code == .unreachable {
                guard let pause = pauses.next() else { throw unknown }
                usleep(pause)
            }
        }
    }

    /// Has each decision made in its turn.
    private func decide(_ decisions: [any QueuedDecision], _ rows: WorkingSet) throws -> [Outcome] {
        try decisions.map { decision in
            do {
                try rows.attempt { try decision.decide(rows) }
                return .done
            } catch let error as StorageError where error.code == .journalBroken {
                // Nothing is sealed upon what does not hold, whosever it is.
                throw error
            } catch {
                return .failed(error)
            }
        }
    }
}

/// The pauses before a group commit is tried again: eight, about five seconds in all, each twice the one before and up to
/// half of it shorter, so that processes do not meet again; none once ten seconds have passed.
struct RetryPauses {
    private let end = ContinuousClock.now + .seconds(10)
    private var count = 0

    /// Microseconds; `nil` when it is enough.
    mutating func next() -> UInt32? {
        guard count < 8, ContinuousClock.now < end else { return nil }
        defer { count += 1 }
        return UInt32.random(in: 10_000...20_000) << UInt32(count)
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
    var mustReachDisk: Bool { decision.mustReachDisk }

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
