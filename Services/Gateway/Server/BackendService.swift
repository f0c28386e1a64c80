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
    /// A call that waits or is in flight. One that was given up is not here, though its place may still be taken.
    private struct Seat {
        let ticket: AdmissionQueue.Ticket
        let call: ForwardedCall
    }

    /// By the tickets' index.
    private var seats: [Seat?] = []
    /// While calls wait: looks whether one of them may take a place by now.
    private var handOverTimer: Scheduled<Void>?
    private var shedTimer: Scheduled<Void>?
    private var shedTimerAt: MonotonicInstant?
    private var isServing = false
    /// The connections to where calls go allow fewer than the policy, and calls are open elsewhere: with the end of each of
    /// those there is less room, of which nobody tells.
    private var isRoomShrinking = false
    private let scarceRoomLog: ScarceRoomLog
    /// What the connections would have to allow, as it was said last.
    private var notedNeed = 0
    /// No route leads here any more: the connections are closed after the last call.
    private var isRetired = false

    init(
        _ route: Route, pool: ConnectionPool, limits: ServiceLimits, loop: ConnectionLoop, scarceRoomLog: ScarceRoomLog
    ) {
        self.route = route
        self.pool = pool
        self.loop = loop
        self.scarceRoomLog = scarceRoomLog
        queue = AdmissionQueue(limits)
        pool.onChange = { [weak self] in self?.connectionsChanged() }
        updateRoom()
    }

    /// The pool may be in the midst of a choice: whom there is room for now begins after that.
    private func connectionsChanged() {
        updateRoom()
        guard queue.waitingCalls > 0 else { return }
        loop.eventLoop.assumeIsolatedUnsafeUnchecked().execute { self.serve() }
    }

    /// Without a connection that stays which was known last: whoever waits for the next one may be no more than it will
    /// take, or the calls of the class control wait behind them.
    private func updateRoom() {
        guard let room = pool.room else { return }
        isRoomShrinking = room.callsElsewhere > 0 && room.allowedCalls < queue.limits.neededOpenCalls
        queue.roomChanged(room.allowedCalls + room.callsElsewhere)
    }

    var callsInFlight: Int { queue.callsInFlight }
    var waitingCalls: Int { queue.waitingCalls }
    var placelessCalls: Int { queue.placelessCalls }

    func limitsChanged(_ limits: ServiceLimits) {
        queue.limitsChanged(limits)
        updateRoom()
        serve()
    }

    func retire() {
        isRetired = true
        closeIfDone()
    }

    // MARK: Calls

    enum OnArrival {
        /// ``seat(_:at:)`` must follow and, when the call is there, ``callBegan(insteadOf:)``.
        case start(AdmissionQueue.Ticket, ended: AdmissionQueue.Ticket?)
        /// ``seat(_:at:)`` must follow and, when the call is there, ``callWaits(insteadOf:)``.
        case wait(AdmissionQueue.Ticket, evicted: AdmissionQueue.Ticket?)
        case refuse
    }

    /// Nobody else hears of it before the call is there.
    func callArrived(
        _ trafficClass: TrafficClass, caller: UInt, deadline: MonotonicInstant?, now: MonotonicInstant
    ) -> OnArrival {
        if isRoomShrinking { updateRoom() }
        switch queue.callArrived(trafficClass, caller: caller, deadline: deadline, now: now) {
        case .start(let ticket):
            return .start(ticket, ended: nil)
        case .startInsteadOf(let ticket, let ended):
            noteScarceRoom()
            return .start(ticket, ended: ended)
        case .wait(let ticket):
            noteScarceRoom()
            return .wait(ticket, evicted: nil)
        case .waitInsteadOf(let ticket, let evicted):
            noteScarceRoom()
            return .wait(ticket, evicted: evicted)
        case .refuse:
            noteScarceRoom()
            return .refuse
        }
    }

    /// A call has found no place: the policy may not be what it lacked one for.
    private func noteScarceRoom() {
        guard let room = queue.scarceRoom, notedNeed != queue.limits.neededOpenCalls else { return }
        notedNeed = queue.limits.neededOpenCalls
        scarceRoomLog.note(room, for: queue.limits, of: route.service)
    }

    /// The call that holds a ticket.
    func seat(_ call: ForwardedCall, at ticket: AdmissionQueue.Ticket) {
        while seats.count <= ticket.index { seats.append(nil) }
        seats[ticket.index] = Seat(ticket: ticket, call: call)
    }

    /// A call of the class control has begun, and another has lost its place to it.
    func callBegan(insteadOf ended: AdmissionQueue.Ticket) {
        take(ended)?.displaced(from: self, by: .control)
    }

    /// A call has begun to wait, and another may have to give way to it.
    func callWaits(insteadOf evicted: AdmissionQueue.Ticket?) {
        if let evicted { take(evicted)?.refused(.queueFull, by: self) }
        serve()
        scheduleShedding()
        scheduleHandOver()
    }

    /// A call has ended, in flight or while it waited.
    func callEnded(_ ticket: AdmissionQueue.Ticket) {
        _ = take(ticket)
        queue.callEnded(ticket)
        if queue.waitingCalls > 0 { serve() }
        if isRetired { closeIfDone() }
    }

    /// The service has said that a call in flight waits there for what another process has yet to bring.
    func callWaitsForOthers(_ ticket: AdmissionQueue.Ticket) {
        queue.placeGivenBack(ticket)
        if queue.waitingCalls > 0 { serve() }
    }

    /// A call in flight uses its place in another way now, or has moved on.
    func placeUsed(_ ticket: AdmissionQueue.Ticket, _ use: PlaceUse) {
        queue.placeUsed(ticket, use, tick: loop.ticks, now: .now)
    }

    /// See ``ServiceLimits/givenUpMicroseconds``: the call is over, and ``callEnded(_:)`` comes after that time.
    func callGivenUp(_ ticket: AdmissionQueue.Ticket, _ callEnded: @escaping () -> Void) {
        _ = take(ticket)
        let microseconds = queue.limits.givenUpMicroseconds
        guard microseconds > 0 else { return callEnded() }
        loop.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(
            in: .microseconds(Int64(clamping: microseconds)), callEnded)
    }

    /// The call of a ticket; `nil` if it has gone meanwhile.
    private func call(_ ticket: AdmissionQueue.Ticket) -> ForwardedCall? {
        guard ticket.index < seats.count, let seat = seats[ticket.index], seat.ticket == ticket else { return nil }
        return seat.call
    }

    private func take(_ ticket: AdmissionQueue.Ticket) -> ForwardedCall? {
        guard let call = call(ticket) else { return nil }
        seats[ticket.index] = nil
        return call
    }

    /// Begins those whose turn it is. A call that begins or ends here may end others, and make room for the next: that is
    /// why this loops, and does nothing when it is called from within itself.
    private func serve() {
        guard !isServing else { return }
        isServing = true
        defer { isServing = false }
        // Who waits here for room does not ask the pool.
        if queue.scarceRoom != nil, queue.waitingCalls > 0 { pool.wantConnections() }
        while true {
            // Connections may be gone of which the pool has yet to hear.
            updateRoom()
            let now = MonotonicInstant.now
            switch queue.nextTurn(now: now) {
            case .start(let ticket, let trafficClass, let waited):
                AdmissionMetrics.recordQueueDelay(trafficClass, nanoseconds: waited)
                call(ticket)?.turnCame()
            case .expired(let ticket): take(ticket)?.refused(.deadline, by: self)
            case .shed(let ticket): take(ticket)?.refused(.shed, by: self)
            case .nothing:
                guard let change = queue.nextHandOver(now: now, tick: loop.ticks) else { return }
                AdmissionMetrics.recordQueueDelay(change.toClass, nanoseconds: change.waitedNanoseconds)
                take(change.from)?.displaced(from: self, by: change.toClass)
                call(change.to)?.turnCame()
            }
        }
    }

    private func scheduleHandOver() {
        guard handOverTimer == nil, queue.waitingCalls > 0 else { return }
        handOverTimer = loop.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(
            in: .microseconds(Int64(clamping: queue.patienceMicroseconds))
        ) { [self] in
            handOverTimer = nil
            serve()
            // Some may have their share by now, and are shed sooner.
            scheduleShedding()
            scheduleHandOver()
        }
    }

    private func closeIfDone() {
        if queue.isEmpty { pool.close() }
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
            // Whoever has a right to a place takes it before that.
            serve()
            let now = MonotonicInstant.now
            while let ticket = queue.nextShed(now: now) { take(ticket)?.refused(.shed, by: self) }
            if isRetired { closeIfDone() }
            scheduleShedding()
        }
    }
}
