public import Wire

/// The calls to one service on one event loop: how many are in flight, and who waits for a place.
///
/// - A call of the class control begins at once and is not counted. Of the others as many are in flight as the limit
///   says; an eighth of the places is kept from push and bulk, and half of them from bulk, so that calls without an end
///   (followers) do not take them all.
/// - Who waits is ordered by class, strictly. Within a class the identities take turns, so that a thousand calls of one
///   stand behind one call of each other.
/// - Calls are shed by how long they waited, for each identity apart (controlled delay as in "Fail at Scale", ACM Queue
///   2015, with a queue for each flow as in RFC 8290): normally the interval; only the target once its calls have waited
///   for an interval without a break. From then on its newest call goes first, since the older ones are late anyway.
/// - When too many wait, the last class gives way, in it the identity with most calls, of these the one whose deadline
///   comes first.
public struct AdmissionQueue: Sendable {
    /// A call that waits. Not equal to that of any call that waited before.
    public struct Ticket: Sendable, Hashable {
        /// Below the limit of waiting calls, and unique among those that wait.
        public let index: Int
        let generation: UInt32
    }

    struct Entry: Sendable {
        var generation: UInt32 = 0
        var isWaiting = false
        var flow = 0
        var deadline: MonotonicInstant?
        var arrivedAt = MonotonicInstant(nanoseconds: 0)
        /// The next older and the next newer call of the flow; -1 for none.
        var older = -1
        var newer = -1
    }

    /// The waiting calls of one identity in one class.
    struct Flow: Sendable {
        var caller: UInt = 0
        var trafficClass = TrafficClass.interactive
        var oldest = -1
        var newest = -1
        var count = 0
        /// Since when there was always one.
        var busySince = MonotonicInstant(nanoseconds: 0)
        /// The ring of the class's flows, in the order of their turns.
        var previous = -1
        var next = -1
    }

    /// What waits in one class.
    struct Lane: Sendable {
        var waiting = 0
        /// Whose turn it is; -1 for nobody's.
        var turn = -1
        var flows: [UInt: Int] = [:]
    }

    public private(set) var limits: ServiceLimits
    private var inFlight: [Int] = [0, 0, 0, 0]
    private var lanes = [Lane](repeating: Lane(), count: TrafficClass.allCases.count)
    private var entries: [Entry] = []
    private var freeEntries: [Int] = []
    private var flows: [Flow] = []
    private var freeFlows: [Int] = []
    public private(set) var waitingCalls = 0

    public init(_ limits: ServiceLimits) {
        self.limits = limits
    }

    /// New limits, from the next call on.
    public mutating func limitsChanged(_ limits: ServiceLimits) {
        self.limits = limits
    }

    public var callsInFlight: Int { inFlight[0] + inFlight[1] + inFlight[2] + inFlight[3] }

    public func callsInFlight(_ trafficClass: TrafficClass) -> Int { inFlight[Int(trafficClass.rawValue)] }

    // MARK: Events

    public enum OnArrival: Sendable, Hashable {
        /// In flight from now on: ``callEnded(_:)`` at its end.
        case start
        case wait(Ticket)
        /// It waits, and this one must give way to it.
        case waitInsteadOf(Ticket, evicted: Ticket)
        /// Too many wait already, and none of them gives way to this one.
        case refuse
    }

    /// A call has come. `caller`: a number of the identity.
    public mutating func callArrived(
        _ trafficClass: TrafficClass, caller: UInt, deadline: MonotonicInstant?, now: MonotonicInstant
    ) -> OnArrival {
        if isFree(trafficClass) && (waitingCalls == 0 || isFirst(trafficClass)) {
            inFlight[Int(trafficClass.rawValue)] += 1
            return .start
        }
        guard waitingCalls >= limits.queuedCalls else {
            return .wait(append(trafficClass, caller, deadline, now))
        }
        guard let victim = victim(beside: trafficClass, caller, deadline) else { return .refuse }
        let evicted = ticket(victim)
        remove(victim)
        return .waitInsteadOf(append(trafficClass, caller, deadline, now), evicted: evicted)
    }

    /// A call that was in flight has ended: there may be a place for another.
    public mutating func callEnded(_ trafficClass: TrafficClass) {
        assert(inFlight[Int(trafficClass.rawValue)] > 0, "a call has ended that was not begun")
        inFlight[Int(trafficClass.rawValue)] -= 1
    }

    /// A call that waited has gone by itself.
    public mutating func callLeft(_ ticket: Ticket) {
        guard isCurrent(ticket) else { return }
        remove(ticket.index)
    }

    public enum OnTurn: Sendable, Hashable {
        /// In flight from now on. It has waited so long.
        case start(Ticket, TrafficClass, waitedNanoseconds: UInt64)
        /// Its deadline passed while it waited.
        case expired(Ticket)
        /// It waited too long.
        case shed(Ticket)
        /// Nobody waits, or there is no place.
        case nothing
    }

    /// The next thing to do for those who wait: asked again until there is nothing.
    public mutating func nextTurn(now: MonotonicInstant) -> OnTurn {
        guard waitingCalls > 0 else { return .nothing }
        for lane in lanes.indices where lanes[lane].waiting > 0 {
            guard let trafficClass = TrafficClass(rawValue: UInt8(lane)) else { continue }
            guard isFree(trafficClass) else { return .nothing }
            let flow = lanes[lane].turn
            let index = isOverloaded(flows[flow], now) ? flows[flow].newest : flows[flow].oldest
            let entry = entries[index]
            let ticket = ticket(index)
            lanes[lane].turn = flows[flow].next
            let isLate = now >= shedAt(entry, flows[flow])
            remove(index)
            if let deadline = entry.deadline, deadline <= now { return .expired(ticket) }
            if isLate { return .shed(ticket) }
            inFlight[lane] += 1
            return .start(
                ticket, trafficClass, waitedNanoseconds: now.nanoseconds &- entry.arrivedAt.nanoseconds)
        }
        return .nothing
    }

    /// A call that has waited too long, places or not; asked again until there is none.
    public mutating func nextShed(now: MonotonicInstant) -> Ticket? {
        guard waitingCalls > 0 else { return nil }
        for flow in flows where flow.count > 0 && now >= shedAt(entries[flow.oldest], flow) {
            let ticket = ticket(flow.oldest)
            remove(flow.oldest)
            return ticket
        }
        return nil
    }

    /// When ``nextShed(now:)`` may have something next; `nil` when nobody waits.
    public var nextShedAt: MonotonicInstant? {
        flows.lazy.filter { $0.count > 0 }.map { shedAt(entries[$0.oldest], $0) }.min()
    }

    // MARK: Places

    private func isFree(_ trafficClass: TrafficClass) -> Bool {
        let bulk = inFlight[3], pushes = inFlight[2] + bulk, all = inFlight[1] + pushes, limit = limits.concurrentCalls
        return switch trafficClass {
        case .control: true
        case .interactive: all < limit
        case .push: all < limit && pushes < limit - limit / 8
        case .bulk: all < limit && pushes < limit - limit / 8 && bulk < max(1, limit / 2)
        }
    }

    /// Nobody waits in this class or one before it.
    private func isFirst(_ trafficClass: TrafficClass) -> Bool {
        lanes[...Int(trafficClass.rawValue)].allSatisfy { $0.waiting == 0 }
    }

    // MARK: Delay

    private func isOverloaded(_ flow: Flow, _ now: MonotonicInstant) -> Bool {
        now >= flow.busySince.advanced(byMicroseconds: limits.queueIntervalMicroseconds)
    }

    /// When a call is shed. Every later call of its flow is shed later.
    private func shedAt(_ entry: Entry, _ flow: Flow) -> MonotonicInstant {
        max(
            flow.busySince.advanced(byMicroseconds: limits.queueIntervalMicroseconds),
            entry.arrivedAt.advanced(byMicroseconds: limits.queueTargetMicroseconds))
    }

    /// Who gives way to a call that has come; `nil` when it is itself the one.
    private func victim(beside trafficClass: TrafficClass, _ caller: UInt, _ deadline: MonotonicInstant?) -> Int? {
        guard
            let last = TrafficClass.allCases.last(where: { lanes[Int($0.rawValue)].waiting > 0 }),
            last.rawValue >= trafficClass.rawValue
        else { return nil }
        let own = last == trafficClass ? lanes[Int(last.rawValue)].flows[caller] : nil
        func size(_ flow: Int) -> Int { flows[flow].count + (flow == own ? 1 : 0) }
        // Not from the dictionary, whose order is not the same each time.
        let waiting = flows.indices.filter { flows[$0].count > 0 && flows[$0].trafficClass == last }
        guard let longest = waiting.max(by: { size($0) < size($1) }) else { return nil }
        var victim = flows[longest].oldest
        var index = entries[victim].newer
        while index >= 0 {
            if isEarlier(entries[index].deadline, entries[victim].deadline) { victim = index }
            index = entries[index].newer
        }
        if longest == own, isEarlier(deadline, entries[victim].deadline) { return nil }
        return victim
    }

    private func isEarlier(_ one: MonotonicInstant?, _ other: MonotonicInstant?) -> Bool {
        guard let one else { return false }
        return other.map { one < $0 } ?? true
    }

    // MARK: Lists

    private func ticket(_ index: Int) -> Ticket { Ticket(index: index, generation: entries[index].generation) }

    private func isCurrent(_ ticket: Ticket) -> Bool {
        entries[ticket.index].isWaiting && entries[ticket.index].generation == ticket.generation
    }

    private mutating func append(
        _ trafficClass: TrafficClass, _ caller: UInt, _ deadline: MonotonicInstant?, _ now: MonotonicInstant
    ) -> Ticket {
        let flow = flow(trafficClass, caller, now)
        let index = freeEntries.popLast() ?? entries.count
        if index == entries.count { entries.append(Entry()) }
        entries[index].isWaiting = true
        entries[index].flow = flow
        entries[index].deadline = deadline
        entries[index].arrivedAt = now
        entries[index].older = flows[flow].newest
        entries[index].newer = -1
        if flows[flow].newest >= 0 {
            entries[flows[flow].newest].newer = index
        } else {
            flows[flow].oldest = index
        }
        flows[flow].newest = index
        flows[flow].count += 1
        lanes[Int(trafficClass.rawValue)].waiting += 1
        waitingCalls += 1
        return ticket(index)
    }

    /// The flow of an identity in a class. A new one has its turn after all others.
    private mutating func flow(_ trafficClass: TrafficClass, _ caller: UInt, _ now: MonotonicInstant) -> Int {
        let lane = Int(trafficClass.rawValue)
        if let flow = lanes[lane].flows[caller] { return flow }
        let index = freeFlows.popLast() ?? flows.count
        if index == flows.count { flows.append(Flow()) }
        lanes[lane].flows[caller] = index
        let turn = lanes[lane].turn
        let previous = turn < 0 ? index : flows[turn].previous
        flows[index] = Flow(
            caller: caller, trafficClass: trafficClass, busySince: now, previous: previous,
            next: turn < 0 ? index : turn)
        if turn < 0 {
            lanes[lane].turn = index
        } else {
            flows[previous].next = index
            flows[turn].previous = index
        }
        return index
    }

    private mutating func remove(_ index: Int) {
        let entry = entries[index]
        let flow = entry.flow
        if entry.older >= 0 { entries[entry.older].newer = entry.newer } else { flows[flow].oldest = entry.newer }
        if entry.newer >= 0 { entries[entry.newer].older = entry.older } else { flows[flow].newest = entry.older }
        entries[index].isWaiting = false
        entries[index].generation &+= 1
        freeEntries.append(index)
        flows[flow].count -= 1
        waitingCalls -= 1
        let lane = Int(flows[flow].trafficClass.rawValue)
        lanes[lane].waiting -= 1
        guard flows[flow].count == 0 else { return }
        lanes[lane].flows[flows[flow].caller] = nil
        let previous = flows[flow].previous, next = flows[flow].next
        flows[previous].next = next
        flows[next].previous = previous
        if lanes[lane].turn == flow { lanes[lane].turn = next == flow ? -1 : next }
        freeFlows.append(flow)
    }
}
