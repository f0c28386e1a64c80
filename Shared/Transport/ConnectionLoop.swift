public import NIOCore

/// What one event loop does for all the connections on it: runs the tasks of their calls, and writes out each
/// connection's frames once a tick, so that many frames share one TLS record and one system call; sooner when many have
/// gathered, so that the peer works on the first ones while this side makes the last.
///
/// There is one of these for each event loop of a process (``ConnectionLoops``), shared by its servers and clients: a
/// gateway's two sides must flush together. Everything but `enqueue` is called on the loop.
public final class ConnectionLoop: TaskExecutor, @unchecked Sendable {
    public let eventLoop: any EventLoop
    private var jobs: [UnownedJob] = []
    private var running: [UnownedJob] = []
    private var dirty: [Connection] = []
    private var flushing: [Connection] = []
    /// Connections that have gathered enough to be flushed before the tick ends.
    private var full: [Connection] = []
    private var isScheduled = false
    /// Ticks in a row that ran tasks and flushed nothing.
    private var ticksWithoutFlush = 0
    /// Tasks that go on waking each other must not hold back the frames of everyone.
    private static let maximumTicksWithoutFlush = 16

    package init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if eventLoop.inEventLoop {
            jobs.append(job)
            schedule()
        } else {
            eventLoop.execute {
                self.jobs.append(job)
                self.schedule()
            }
        }
    }

    /// Flushes the connection at the end of this tick.
    func markDirty(_ connection: Connection) {
        dirty.append(connection)
        schedule()
    }

    /// Flushes the connection at the next call of ``flushFull()``.
    func markFull(_ connection: Connection) {
        full.append(connection)
    }

    /// Called between frames and between tasks.
    func flushFull() {
        while let connection = full.popLast() { connection.flushFrames() }
    }

    private func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        eventLoop.assumeIsolatedUnsafeUnchecked().execute { self.runTick() }
    }

    /// Tasks first, since they write; then one flush a connection. What either brings about waits for the next tick.
    private func runTick() {
        isScheduled = false
        swap(&jobs, &running)
        for job in running {
            job.runSynchronously(on: asUnownedTaskExecutor())
            flushFull()
        }
        running.removeAll(keepingCapacity: true)
        if !jobs.isEmpty, ticksWithoutFlush < Self.maximumTicksWithoutFlush {
            // A task that resumed another is most often about to write: let it, before anything is flushed.
            ticksWithoutFlush += 1
            schedule()
            return
        }
        ticksWithoutFlush = 0
        swap(&dirty, &flushing)
        for connection in flushing {
            connection.flushFrames()
        }
        flushing.removeAll(keepingCapacity: true)
        if !jobs.isEmpty || !dirty.isEmpty { schedule() }
    }
}

/// The ``ConnectionLoop`` of each event loop of a group.
public struct ConnectionLoops: Sendable {
    private let loops: [ObjectIdentifier: ConnectionLoop]
    public let all: [ConnectionLoop]
    let group: any EventLoopGroup

    public init(_ group: any EventLoopGroup) {
        self.group = group
        all = group.makeIterator().map { ConnectionLoop($0) }
        loops = Dictionary(uniqueKeysWithValues: all.map { (ObjectIdentifier($0.eventLoop), $0) })
    }

    /// The loop that belongs to an event loop of the group; a programming error for any other.
    public subscript(_ eventLoop: any EventLoop) -> ConnectionLoop {
        guard let loop = loops[ObjectIdentifier(eventLoop)] else {
            preconditionFailure("an event loop of another group")
        }
        return loop
    }
}
