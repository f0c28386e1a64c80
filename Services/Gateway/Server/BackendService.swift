internal import GatewayRules
internal import NIOCore
internal import RPC
internal import Transport
internal import Wire

/// A service as one loop sees it: its connections, the calls in flight to it, and those that wait for a place.
final class BackendService {
    let route: Route
    let pool: ConnectionPool
    private let loop: ConnectionLoop
    private var queue: AdmissionQueue
    /// By the tickets' index.
    private var waiting: [ForwardedCall?] = []
    private var shedTimer: Scheduled<Void>?
    private var shedTimerAt: MonotonicInstant?
    private var isServing = false
    /// No route leads here any more: the connections are closed after the last call.
    private var isRetired = false

    init(_ route: Route, pool: ConnectionPool, limits: ServiceLimits, loop: ConnectionLoop) {
        self.route = route
        self.pool = pool
        self.loop = loop
        queue = AdmissionQueue(limits)
    }

    var callsInFlight: Int { queue.callsInFlight }
    var waitingCalls: Int { queue.waitingCalls }

    func limitsChanged(_ limits: ServiceLimits) {
        queue.limitsChanged(limits)
        serve()
    }

    func retire() {
        isRetired = true
        closeIfDone()
    }

    // MARK: Calls

    enum OnArrival {
        case start
        /// ``place(_:at:)`` must follow.
        case wait(AdmissionQueue.Ticket)
        case refuse
    }

    func callArrived(
        _ trafficClass: TrafficClass, caller: UInt, deadline: MonotonicInstant?, now: MonotonicInstant
    ) -> OnArrival {
        switch queue.callArrived(trafficClass, caller: caller, deadline: deadline, now: now) {
        case .start: return .start
        case .wait(let ticket): return .wait(ticket)
        case .waitInsteadOf(let ticket, let evicted):
            take(evicted)?.refused(.queueFull, by: self)
            return .wait(ticket)
        case .refuse: return .refuse
        }
    }

    /// The call that holds a ticket.
    func place(_ call: ForwardedCall, at ticket: AdmissionQueue.Ticket) {
        while waiting.count <= ticket.index { waiting.append(nil) }
        waiting[ticket.index] = call
        scheduleShedding()
    }

    /// A call that was in flight has ended.
    func callEnded(_ trafficClass: TrafficClass) {
        queue.callEnded(trafficClass)
        if queue.waitingCalls > 0 { serve() }
        if isRetired { closeIfDone() }
    }

    /// A call that waited is no longer wanted.
    func callLeft(_ ticket: AdmissionQueue.Ticket) {
        _ = take(ticket)
        queue.callLeft(ticket)
        if isRetired { closeIfDone() }
    }

    private func take(_ ticket: AdmissionQueue.Ticket) -> ForwardedCall? {
        guard ticket.index < waiting.count, let call = waiting[ticket.index] else { return nil }
        waiting[ticket.index] = nil
        return call
    }

    /// Begins those whose turn it is. A call that fails as it begins makes room for the next: that is why this loops, and
    /// does not call itself.
    private func serve() {
        guard !isServing else { return }
        isServing = true
        defer { isServing = false }
        while true {
            let now = MonotonicInstant.now
            switch queue.nextTurn(now: now) {
            case .start(let ticket, let trafficClass, let waited):
                AdmissionMetrics.recordQueueDelay(trafficClass, nanoseconds: waited)
                take(ticket)?.turnCame()
            case .expired(let ticket): take(ticket)?.refused(.deadline, by: self)
            case .shed(let ticket): take(ticket)?.refused(.shed, by: self)
            case .nothing: return
            }
        }
    }

    private func closeIfDone() {
        if queue.callsInFlight == 0, queue.waitingCalls == 0 { pool.close() }
    }

    // MARK: Given up

    /// See ``ServiceLimits/givenUpMicroseconds``.
    func afterGivenUpTime(_ body: @escaping () -> Void) {
        let microseconds = queue.limits.givenUpMicroseconds
        guard microseconds > 0 else { return body() }
        loop.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(
            in: .microseconds(Int64(clamping: microseconds)), body)
    }

    // MARK: Shedding

    var pushbackMilliseconds: Int32 { Int32(clamping: max(1, queue.limits.queueIntervalMicroseconds / 1000)) }

    private func scheduleShedding() {
        guard let next = queue.nextShedAt else { return }
        if let shedTimerAt, shedTimerAt <= next { return }
        shedTimer?.cancel()
        shedTimerAt = next
        // It ends soon, so that it keeps nothing alive for long.
        shedTimer = loop.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(
            deadline: .uptimeNanoseconds(next.nanoseconds)
        ) { [self] in
            shedTimerAt = nil
            let now = MonotonicInstant.now
            while let ticket = queue.nextShed(now: now) { take(ticket)?.refused(.shed, by: self) }
            if isRetired { closeIfDone() }
            scheduleShedding()
        }
    }
}
