public import NIOCore
internal import Synchronization
internal import Wire

/// How long a server that stops lets its calls go on.
public struct DrainTimes: Sendable, Hashable {
    /// Every call still open after this ends with UNAVAILABLE.
    public var total: TimeAmount
    /// Calls without a deadline, which would go on for ever, end after this: their callers go elsewhere.
    public var openEnded: TimeAmount

    public init(total: TimeAmount, openEnded: TimeAmount = .seconds(1)) {
        self.total = total
        self.openEnded = min(openEnded, total)
    }
}

/// The drain of one loop's connections.
struct LaneDrain {
    let whenEmpty: EventLoopPromise<Void>
    /// Of each connection, from the first look on.
    var watches: [ObjectIdentifier: DrainWatch] = [:]
    var cut = DrainCut()
}

/// What a drain did not wait for.
struct DrainCut: Equatable, Sendable {
    /// Calls that were open when the time was over, or their peer took nothing.
    var calls = 0
    /// Connections that were closed before their peer had taken what was owed to it.
    var connections = 0

    static func += (sum: inout DrainCut, more: DrainCut) {
        sum.calls += more.calls
        sum.connections += more.connections
    }
}

extension Listener {
    /// Callers whose calls are ended come back at different times.
    private static let pushbackMilliseconds: ClosedRange<Int32> = 50...500
    /// How long the last bytes may take to leave. Less than the second within which a process that is told to stop ends
    /// after its drain.
    private static let closeTimeout = TimeAmount.milliseconds(500)
    private static let lookInterval = TimeAmount.milliseconds(100)

    /// Takes no more connections, has every connection take no more calls, lets open calls end, and closes what is left
    /// when the time is over. A peer that takes nothing is not waited for, see ``DrainWatch``.
    ///
    /// The listening socket goes first: a peer that is told to go elsewhere must not come back here. Connections it had
    /// not handed over yet are reset by the system before they have sent a call.
    public func drain(_ times: DrainTimes) async {
        let channel = listening.withLock { listening in
            listening.isOver = true
            return listening.channel
        }
        try? await channel?.close()
        let lanes = loops.all.compactMap { loop in self.lanes[ObjectIdentifier(loop.eventLoop)].map { (loop, $0) } }
        let drained = lanes.map { loop, box in loop.eventLoop.flatSubmit { self.drain(box, times, loop.eventLoop) } }
        var cut = DrainCut()
        for lane in drained {
            if let more = try? await lane.get() { cut += more }
        }
        log.drained(cut)
    }

    /// The same with the usual time for calls without a deadline.
    public func drain(grace: TimeAmount) async {
        await drain(DrainTimes(total: grace))
    }

    private func drain(
        _ box: NIOLoopBoundBox<Lane>, _ times: DrainTimes, _ loop: any EventLoop
    ) -> EventLoopFuture<DrainCut> {
        let empty = loop.makePromise(of: Void.self)
        box.value.drain = LaneDrain(whenEmpty: empty)
        for connection in box.value.connections.values { connection.drain() }
        if box.value.connections.isEmpty { empty.succeed() }
        let isolated = loop.assumeIsolatedUnsafeUnchecked()
        let timers = [
            isolated.scheduleTask(in: times.openEnded) {
                for connection in box.value.connections.values {
                    connection.endOpenEndedCalls { .random(in: Self.pushbackMilliseconds) }
                }
            },
            isolated.scheduleTask(in: times.total) {
                for connection in box.value.connections.values {
                    let calls = connection.endAllCalls()
                    box.value.drain?.cut.calls += calls
                }
            },
            isolated.scheduleTask(in: times.total + Self.closeTimeout) {
                for connection in box.value.connections.values { self.abandon(connection, box) }
                empty.succeed()
            },
        ]
        lookAgain(box, loop)
        return empty.futureResult.assumeIsolatedUnsafeUnchecked().map { _ in
            for timer in timers { timer.cancel() }
            let cut = box.value.drain?.cut ?? DrainCut()
            // Nobody is looked after any more.
            box.value.drain?.watches = [:]
            return cut
        }.nonisolated()
    }

    /// Looks at every connection a few times a second until there is none.
    private func lookAgain(_ box: NIOLoopBoundBox<Lane>, _ loop: any EventLoop) {
        loop.assumeIsolatedUnsafeUnchecked().scheduleTask(in: Self.lookInterval) { [self] in
            let now = MonotonicInstant.now
            for (id, connection) in box.value.connections {
                var watch = box.value.drain?.watches[id] ?? DrainWatch()
                let verdict = watch.look(at: now, connection.drainObservation)
                box.value.drain?.watches[id] = watch
                switch verdict {
                case .wait: break
                case .abandon: abandon(connection, box)
                }
            }
            if !box.value.connections.isEmpty { lookAgain(box, loop) }
        }
    }

    private func abandon(_ connection: ServerConnection, _ box: NIOLoopBoundBox<Lane>) {
        // It may be closed before this returns, and have been taken out of the box.
        let isOwed = connection.drainObservation.isOwed
        let cut = DrainCut(calls: connection.abandonPeer(), connections: isOwed ? 1 : 0)
        box.value.drain?.cut += cut
    }
}
