internal import Metrics
public import NIOCore
internal import NIOPosix
public import Telemetry
public import Wire

/// What one event loop does for all the connections on it: runs the tasks of their calls, and writes out each
/// connection's frames once a tick, so that many frames share one TLS record and one system call; sooner when many have
/// gathered, so that the peer works on the first ones while this side makes the last.
///
/// There is one of these for each event loop of a process (``ConnectionLoops``), shared by its servers and clients: a
/// gateway's two sides must flush together. Everything but `enqueue` is called on the loop.
public final class ConnectionLoop: TaskExecutor, @unchecked Sendable {
    public let eventLoop: any EventLoop
    /// What is noted of the calls on this loop.
    public let telemetry: LoopTelemetry
    private var poller: LoopPoller?
    private var isReadingFrame = false
    /// When the frame that is dealt with was first asked about; read from the clock when somebody does.
    private var frameInstant: MonotonicInstant?
    private var jobs: [UnownedJob] = []
    private var running: [UnownedJob] = []
    private var dirty: [Connection] = []
    private var flushing: [Connection] = []
    /// Connections that have gathered enough to be flushed before the tick ends.
    private var full: [Connection] = []
    /// Connections whose handshake is over, until they are closed.
    private var connections: [Connection] = []
    private var isTicking = false
    /// Connections are closed, and none is dialled any more.
    private(set) var isEnding = false
    /// Ticks of about a second that have passed, while there were connections.
    public private(set) var ticks = 0
    /// Message bytes of the calls that are served or forwarded here, as far as they wait.
    private var parked: ParkedBytes<ServerConnection>
    /// Whose connections deal with what has come, and whose wait.
    var turns = LoopTurns<Connection>()
    /// How often those that wait have gone on.
    var turnsTaken: UInt64 = 0
    /// Those that have connections to a server here, with how many.
    var identities: [String: (identity: LoopIdentity<Connection>, connections: Int)] = [:]
    /// Told about once a second.
    private let bytesInFlightGauge: Gauge
    private static let tickInterval = TimeAmount.seconds(1)
    private var isScheduled = false
    private var socketsTurn = SocketsTurn<@Sendable () -> Void>()
    /// Ticks in a row that ran tasks and flushed nothing.
    private var ticksWithoutFlush = 0
    /// Tasks that go on waking each other must not hold back the frames of everyone.
    private static let maximumTicksWithoutFlush = 16
    private static let lagPeriod = TimeAmount.milliseconds(250)
    /// Longer than the loop takes from the end of one task to the next look for another.
    static let socketsMoment = TimeAmount.microseconds(20)

    package init(
        _ eventLoop: any EventLoop, index: Int = 0, limits: BytesInFlightLimits = .unlimited,
        telemetry: TelemetryOptions = TelemetryOptions()
    ) {
        self.eventLoop = eventLoop
        parked = ParkedBytes(limits)
        bytesInFlightGauge = Gauge(label: "rpc_bytes_in_flight", dimensions: [("loop", "\(index)")])
        self.telemetry = LoopTelemetry(telemetry, seed: .random(in: .min ... .max))
    }

    /// The clock. Read once for all that one frame brings about: a reading costs as much as noting the call.
    public var now: MonotonicInstant {
        guard isReadingFrame else { return .now }
        if let frameInstant { return frameInstant }
        let now = MonotonicInstant.now
        frameInstant = now
        return now
    }

    /// Sets a timer four times a second from now on, and notes how late this loop comes to it.
    public func measureLag() {
        let due = NIODeadline.now() + Self.lagPeriod
        eventLoop.scheduleTask(deadline: due) { [self] in
            let lag = NIODeadline.now() - due
            telemetry.statistics.lagged(nanoseconds: UInt64(max(0, lag.nanoseconds)))
            measureLag()
        }
    }

    /// For loops of a group with ``LoopRounds``. Looks for frames for so long before it sleeps, see ``BusyPollRule``; 0: it
    /// sleeps at once.
    fileprivate func followRounds(pollMicroseconds: Int) {
        eventLoop.execute { [self] in
            socketsTurn.areRoundsTold = true
            if pollMicroseconds > 0 {
                poller = LoopPoller(
                    eventLoop, windowNanoseconds: UInt64(pollMicroseconds) * 1_000, statistics: telemetry.statistics)
            }
            LoopRounds.begin(self)
        }
    }

    /// The event loop has dealt with its sockets, tasks and timers, and goes on to its sockets.
    func roundEnded(at end: MonotonicInstant) {
        socketsTurn.roundEnded()
        poller?.tickEnded(at: end)
    }

    func beginFrame() {
        isReadingFrame = true
        frameInstant = nil
    }

    func endFrames() {
        isReadingFrame = false
        poller?.framesCame()
    }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if eventLoop.inEventLoop {
            jobs.append(job)
            schedule()
        } else {
            eventLoop.execute {
                self.poller?.framesCame()
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

    /// Flushes the connection when what happens now has been dealt with.
    func markFull(_ connection: Connection) {
        full.append(connection)
    }

    /// Called between frames and between tasks, when nobody is in the midst of anything: flushes what has gathered
    /// enough, and ends calls of which too much waits.
    func isBetweenSteps() {
        while let connection = full.popLast() { connection.flushFrames() }
        guard parked.isOver else { return }
        while let call = parked.nextToGiveWay() { call.owner.giveWay(call.id, counted: call.bytes) }
    }

    /// Carries out `body` on the loop, as a step of its own: what it hands over is counted before the next one comes.
    func step(_ body: @escaping @Sendable () -> Void) {
        eventLoop.execute {
            body()
            self.isBetweenSteps()
        }
    }

    /// Carries out `body` when the sockets have been looked at once more; see ``SocketsTurn``.
    func afterSockets(_ body: @escaping @Sendable () -> Void) {
        if socketsTurn.wait(body) { setSocketsTimer() }
    }

    private func setSocketsTimer() {
        eventLoop.scheduleTask(in: Self.socketsMoment) { [self] in
            let (ready, setsTimer) = socketsTurn.timerCame()
            if setsTimer { setSocketsTimer() }
            for body in ready { body() }
        }
    }

    /// How often the event loop has been round, as far as it is told.
    var rounds: UInt64 { socketsTurn.rounds }

    private func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        eventLoop.assumeIsolatedUnsafeUnchecked().execute { self.runTick() }
    }

    /// Tasks first, since they write; then one flush a connection. What either brings about waits for the next tick.
    private func runTick() {
        isScheduled = false
        turns.pass()
        swap(&jobs, &running)
        for job in running {
            job.runSynchronously(on: asUnownedTaskExecutor())
            isBetweenSteps()
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

// MARK: - Once a second

extension ConnectionLoop {
    /// Message bytes of calls that are served or forwarded here, which came in and were not taken, or wait to be sent; and
    /// what waits for the sockets of callers.
    var bytesInFlight: Int { parked.bytes }

    /// So many bytes of this call, or for this connection's socket, wait now. Beyond the bounds something gives way, but not
    /// before the step that is under way is over.
    func park(_ connection: ServerConnection, _ id: UInt32, caller: @autoclosure () -> String, bytes: Int) {
        parked.changed(connection, id, caller: caller(), to: bytes)
    }

    /// Has ``Connection/tick(at:)`` called about once a second. One timer for all: there may be thousands of connections
    /// that do nothing.
    func add(_ connection: Connection) {
        connection.loopPlace = connections.count
        connections.append(connection)
        guard !isTicking else { return }
        isTicking = true
        scheduleTick()
    }

    func remove(_ connection: Connection) {
        guard let place = connection.loopPlace else { return }
        connection.loopPlace = nil
        let last = connections.removeLast()
        guard last !== connection else { return }
        connections[place] = last
        last.loopPlace = place
    }

    /// How many there are, of servers and clients.
    var connectionCount: Int { connections.count }

    /// Has every connection close for good, and with `atOnce` not wait for its peer.
    func closeConnections(atOnce: Bool) {
        isEnding = true
        for connection in connections {
            if atOnce { connection.abandon("this process ends") } else { connection.closeGracefully() }
        }
    }

    private func scheduleTick() {
        eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: Self.tickInterval) { self.tick(at: .now) }
    }

    private func tick(at now: MonotonicInstant) {
        ticks &+= 1
        for (identity, _) in identities.values { identity.flood?.beginWindow() }
        var place = connections.count - 1
        // Backwards: whoever ends takes itself out, and the last one takes its place.
        while place >= 0 {
            if place < connections.count { connections[place].tick(at: now) }
            place -= 1
        }
        isBetweenSteps()
        bytesInFlightGauge.record(bytesInFlight)
        isTicking = !connections.isEmpty
        if isTicking { scheduleTick() }
    }
}

/// The ``ConnectionLoop`` of each event loop of a group.
public struct ConnectionLoops: Sendable {
    /// How long a loop without work looks for frames unless told otherwise: longer than a call takes from a process on
    /// this machine to the next and back, and a commit in between.
    public static let usualBusyPollMicroseconds = 400
    private let loops: [ObjectIdentifier: ConnectionLoop]
    public let all: [ConnectionLoop]
    let group: any EventLoopGroup

    /// Loops on threads of their own, until ``shutDown()``.
    ///
    /// - Parameters:
    ///   - busyPollMicroseconds: how long a loop without work looks for frames before it sleeps, if some of the last
    ///     came within that time; 0: it sleeps at once.
    ///   - limits, telemetry: as for a group that there is.
    public init(
        threads: Int, busyPollMicroseconds: Int = Self.usualBusyPollMicroseconds,
        limits: BytesInFlightLimits = BytesInFlightLimits(), telemetry: TelemetryOptions = TelemetryOptions()
    ) {
        self.init(
            MultiThreadedEventLoopGroup(numberOfThreads: threads, metricsDelegate: LoopRounds()),
            limits: limits, telemetry: telemetry)
        for loop in all { loop.followRounds(pollMicroseconds: busyPollMicroseconds) }
    }

    /// How long connections have for their last bytes when the threads end: those to others, whoever is served has been
    /// drained. Less than a process that is told to stop has left after its drain.
    private static let closePatience = TimeAmount.milliseconds(250)
    private static let closeLookInterval = TimeAmount.milliseconds(5)

    /// Closes what is open and ends the threads, without waiting for a peer that takes nothing.
    public func shutDown() async throws {
        let end = NIODeadline.now() + Self.closePatience
        let closed = all.map { loop in
            loop.eventLoop.flatSubmit {
                let isClosed = loop.eventLoop.makePromise(of: Void.self)
                loop.closeConnections(atOnce: false)
                Self.look(loop, until: end, isClosed)
                return isClosed.futureResult
            }
        }
        for loop in closed { try? await loop.get() }
        try await group.shutdownGracefully()
    }

    private static func look(_ loop: ConnectionLoop, until end: NIODeadline, _ isClosed: EventLoopPromise<Void>) {
        if loop.connectionCount > 0, NIODeadline.now() >= end { loop.closeConnections(atOnce: true) }
        guard loop.connectionCount > 0, NIODeadline.now() < end else { return isClosed.succeed() }
        loop.eventLoop.scheduleTask(in: closeLookInterval) { look(loop, until: end, isClosed) }
    }

    /// - Parameters:
    ///   - limits: message bytes that may wait in this process, shared out evenly among the loops.
    ///   - telemetry: how calls are observed.
    public init(
        _ group: any EventLoopGroup, limits: BytesInFlightLimits = BytesInFlightLimits(),
        telemetry: TelemetryOptions = TelemetryOptions()
    ) {
        self.group = group
        let eventLoops = Array(group.makeIterator())
        all = eventLoops.enumerated().map { index, eventLoop in
            ConnectionLoop(
                eventLoop, index: index, limits: limits.share(of: eventLoops.count), telemetry: telemetry)
        }
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

extension MonotonicInstant {
    /// Now, on the clock that SwiftNIO schedules by.
    public static var now: MonotonicInstant {
        MonotonicInstant(nanoseconds: NIODeadline.now().uptimeNanoseconds)
    }
}
