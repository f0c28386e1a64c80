public import Wire

/// The calls to one service on one event loop: who is in flight, and who waits for a place.
///
/// ```
///            callArrived               placeGivenBack              callEnded
///  (nothing) ─────────────► in flight ────────────────► placeless ───────────► (nothing)
///       │                     ▲    │ callEnded; nextHandOver: its place            ▲
///       │ callArrived         │    └── goes to a call that waits ──────────────────┤
///       ▼                     │                                                    │
///     waits ──────────────────┘ nextTurn, nextHandOver                             │
///       └── callEnded, nextTurn (expired, shed), nextShed, evicted ────────────────┘
/// ```
///
/// - As many calls are in flight as the limit says; an eighth of the places is kept from push and bulk, and half of them
///   from bulk, so that calls without an end (followers) do not take them all.
/// - A call of the class control never waits. It has one of a few places beside those, for which identities give way to
///   each other.
/// - Where the service's connections allow fewer calls than all that, there are as many places as they allow.
/// - Who waits is ordered by class, strictly. Within a class the identities take turns, so that a thousand calls of one
///   stand behind one call of each other. But first those that hold less than their share of the places.
/// - Places are nobody's for ever: while others wait, an identity that holds more than its share hands over places of
///   calls that wait for their caller, see ``nextHandOver(now:tick:)``.
/// - A call that waits at its service for what another process has yet to bring needs nothing that others wait for: it
///   gives its place back and takes none again. What bounds such calls is the service's own, and how many calls each
///   identity may have open.
/// - Calls are shed by how long they waited, for each identity apart (controlled delay as in "Fail at Scale", ACM Queue
///   2015, with a queue for each flow as in RFC 8290): normally the interval; only the target once its calls have waited
///   for an interval without a break. From then on its newest call goes first, since the older ones are late anyway. This
///   is for who has its share: who holds less is not what overloads the service, and waits until it has a place, see
///   ``longestWaitMicroseconds``.
/// - When too many wait, the last class gives way, in it the identity with most calls, of these the one whose deadline
///   comes first; those that hold less than their share only to each other.
///
/// Invalid, and ignored: an event for a ticket whose call is gone, and ``placeGivenBack(_:)`` for one without a place. A
/// ticket is told from all that had its index before.
public struct AdmissionQueue: Sendable {
    /// A call, from its arrival to its end. Not equal to that of any call before it.
    public struct Ticket: Sendable, Hashable {
        /// Unique among the calls that are in flight or wait; at most as many as there were of those at once.
        public let index: Int
        let generation: UInt32
    }

    enum Standing: Sendable {
        case gone, waiting, inFlight, placeless
    }

    struct Entry: Sendable {
        var generation: UInt32 = 0
        var standing = Standing.gone
        var trafficClass = TrafficClass.interactive
        var holder = 0
        /// Of a call that waits.
        var flow = -1
        var deadline: MonotonicInstant?
        /// When a call that waits came; since when one in flight uses its place as it does.
        var since = MonotonicInstant(nanoseconds: 0)
        /// Of a call in flight: whose turn it is, and when it moved last.
        var use = PlaceUse.served
        var movedAt = 0
        /// The next older and the next newer call of the flow, or of those in flight that are listed with it; -1 for none.
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
    /// What the service's connections allow; `nil`: nothing is known of them.
    private var room: Int?
    private(set) var available: ServicePlaces
    var inFlight = SIMD4<Int>(repeating: 0)
    var lanes = [Lane](repeating: Lane(), count: TrafficClass.allCases.count)
    var entries: [Entry] = []
    var freeEntries: [Int] = []
    var flows: [Flow] = []
    var freeFlows: [Int] = []
    var holders = PlaceHolders()
    var byUse = CallsByUse()
    var control = ControlCalls()
    public internal(set) var waitingCalls = 0
    /// Calls that have begun and given their places back.
    public private(set) var placelessCalls = 0

    public init(_ limits: ServiceLimits) {
        self.limits = limits
        available = ServicePlaces(limits, room: nil)
    }

    /// New limits, from the next call on.
    public mutating func limitsChanged(_ limits: ServiceLimits) {
        self.limits = limits
        available = ServicePlaces(limits, room: room)
    }

    /// The service's connections allow so many calls in all, from the next call on; `nil`: nothing is known of them, and
    /// calls begin as if they allowed any number.
    public mutating func roomChanged(_ room: Int?) {
        self.room = room
        available = ServicePlaces(limits, room: room)
    }

    /// What the connections allow, if that is less than ``ServiceLimits/neededOpenCalls``.
    public var scarceRoom: Int? { available.areCutShort ? room : nil }

    /// Calls that hold places, those of the class control among them.
    public var callsInFlight: Int { inFlight.wrappedSum() }

    /// No call of this service is left.
    public var isEmpty: Bool { callsInFlight == 0 && waitingCalls == 0 && placelessCalls == 0 }

    public func callsInFlight(_ trafficClass: TrafficClass) -> Int { inFlight[Int(trafficClass.rawValue)] }

    // MARK: Events

    public enum OnArrival: Sendable, Hashable {
        /// In flight from now on.
        case start(Ticket)
        /// It begins, and this one, which was in flight, has lost its place to it.
        case startInsteadOf(Ticket, ended: Ticket)
        case wait(Ticket)
        /// It waits, and this one must give way to it.
        case waitInsteadOf(Ticket, evicted: Ticket)
        /// Too many wait already, and none of them gives way to this one; of the class control, too many are in flight.
        case refuse
    }

    /// A call has come. `caller`: a number of the identity. ``callEnded(_:)`` follows for each ticket, however it ends.
    public mutating func callArrived(
        _ trafficClass: TrafficClass, caller: UInt, deadline: MonotonicInstant?, now: MonotonicInstant
    ) -> OnArrival {
        if trafficClass == .control { return controlArrived(caller, now) }
        if isFree(trafficClass, inFlight) && (waitingCalls == 0 || isFirst(trafficClass)) {
            let index = newEntry(trafficClass, caller)
            start(index, now)
            return .start(ticket(index))
        }
        guard waitingCalls >= limits.queuedCalls else {
            return .wait(append(trafficClass, caller, deadline, now))
        }
        let holder = holders.holder(caller)
        let isBelowShare = isBelowShare(holder, trafficClass)
        guard let victim = victim(beside: trafficClass, caller, isBelowShare, deadline) else { return .refuse }
        let evicted = ticket(victim)
        leaveFlow(victim)
        let ticket = append(trafficClass, caller, deadline, now)
        // Not before: whoever keeps the calls by their tickets' index has not let go of this one.
        free(victim)
        return .waitInsteadOf(ticket, evicted: evicted)
    }

    /// A call has ended, or is no longer wanted: there may be a place for another.
    public mutating func callEnded(_ ticket: Ticket) {
        guard entries[ticket.index].generation == ticket.generation else { return }
        switch entries[ticket.index].standing {
        case .gone: return
        case .waiting: leaveFlow(ticket.index)
        case .inFlight: leavePlace(ticket.index)
        case .placeless: placelessCalls -= 1
        }
        free(ticket.index)
    }

    /// A call in flight waits at its service for what another process has yet to bring: its place is for another, and it goes
    /// on without.
    public mutating func placeGivenBack(_ ticket: Ticket) {
        guard isInFlight(ticket) else { return }
        leavePlace(ticket.index)
        entries[ticket.index].standing = .placeless
        placelessCalls += 1
    }

    func isInFlight(_ ticket: Ticket) -> Bool {
        entries[ticket.index].generation == ticket.generation && entries[ticket.index].standing == .inFlight
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
        guard let flow = nextFlow() else { return .nothing }
        let trafficClass = flows[flow].trafficClass
        let index = nextCall(of: flow, now)
        let entry = entries[index]
        let ticket = ticket(index)
        let isLate = now >= shedAt(entry, flows[flow])
        lanes[Int(trafficClass.rawValue)].turn = flows[flow].next
        leaveFlow(index)
        if let deadline = entry.deadline, deadline <= now {
            free(index)
            return .expired(ticket)
        }
        if isLate {
            free(index)
            return .shed(ticket)
        }
        start(index, now)
        return .start(ticket, trafficClass, waitedNanoseconds: now.nanoseconds &- entry.since.nanoseconds)
    }

    /// A call that has waited too long, places or not; asked again until there is none.
    public mutating func nextShed(now: MonotonicInstant) -> Ticket? {
        guard waitingCalls > 0 else { return nil }
        for flow in flows where flow.count > 0 && now >= shedAt(entries[flow.oldest], flow) {
            let ticket = ticket(flow.oldest)
            leaveFlow(ticket.index)
            free(ticket.index)
            return ticket
        }
        return nil
    }

    /// When ``nextShed(now:)`` may have something next; `nil` when nobody waits.
    public var nextShedAt: MonotonicInstant? {
        flows.lazy.filter { $0.count > 0 }.map { shedAt(entries[$0.oldest], $0) }.min()
    }

    // MARK: Places

    /// Whether a call of this class finds a place beside so many, by class.
    func isFree(_ trafficClass: TrafficClass, _ inFlight: SIMD4<Int>) -> Bool {
        let bulk = inFlight[3], pushes = inFlight[2] + bulk, all = inFlight[1] + pushes
        return switch trafficClass {
        case .control: inFlight[0] < available.control
        case .interactive: all < places(.interactive)
        case .push: all < places(.interactive) && pushes < places(.push)
        case .bulk: all < places(.interactive) && pushes < places(.push) && bulk < places(.bulk)
        }
    }

    /// The places that calls of this class may hold, together with those of the classes after it.
    func places(_ trafficClass: TrafficClass) -> Int {
        let limit = available.ordinary
        return switch trafficClass {
        case .control: available.control
        case .interactive: limit
        case .push: limit - limit / 8
        case .bulk: max(1, limit / 2)
        }
    }

    /// Nobody waits in this class or one before it.
    private func isFirst(_ trafficClass: TrafficClass) -> Bool {
        lanes[...Int(trafficClass.rawValue)].allSatisfy { $0.waiting == 0 }
    }

    /// Who has a free place: of those that hold less than their share the first in turn, of whatever class it may; where
    /// there are none, the first class and the identity whose turn it is there. Else whoever always has calls of an earlier
    /// class waiting would get all that come free.
    private func nextFlow() -> Int? {
        guard waitingCalls > 0 else { return nil }
        var first: Int?
        for trafficClass in TrafficClass.allCases where lanes[Int(trafficClass.rawValue)].waiting > 0 {
            // There is none for later classes either.
            guard isFree(trafficClass, inFlight) else { break }
            let turn = lanes[Int(trafficClass.rawValue)].turn
            if let flow = firstBelowShare(from: turn) { return flow }
            first = first ?? turn
        }
        return first
    }

    mutating func start(_ index: Int, _ now: MonotonicInstant) {
        entries[index].standing = .inFlight
        let lane = Int(entries[index].trafficClass.rawValue)
        inFlight[lane] += 1
        holders.began(entries[index].holder, lane)
        if lane == 0 { entries[index].since = now } else { isUsed(index, .served, since: now) }
    }

    mutating func leavePlace(_ index: Int) {
        let lane = Int(entries[index].trafficClass.rawValue)
        assert(inFlight[lane] > 0, "a call has ended that was not begun")
        inFlight[lane] -= 1
        holders.ended(entries[index].holder, lane)
        if lane == 0 { leaveControl(index) } else { isUsedNoLonger(index) }
    }

    // MARK: Delay

    private func isOverloaded(_ flow: Flow, _ now: MonotonicInstant) -> Bool {
        now >= flow.busySince.advanced(byMicroseconds: limits.queueIntervalMicroseconds)
    }

    /// The call of a flow that goes next.
    func nextCall(of flow: Int, _ now: MonotonicInstant) -> Int {
        isOverloaded(flows[flow], now) ? flows[flow].newest : flows[flow].oldest
    }

    /// When a call is shed. Every later call of its flow is shed later.
    func shedAt(_ entry: Entry, _ flow: Flow) -> MonotonicInstant {
        if isBelowShare(flow) { return entry.since.advanced(byMicroseconds: longestWaitMicroseconds) }
        return max(
            flow.busySince.advanced(byMicroseconds: limits.queueIntervalMicroseconds),
            entry.since.advanced(byMicroseconds: limits.queueTargetMicroseconds))
    }

    /// Who gives way to a call that has come; `nil` when it is itself the one. Nobody who holds less than its share does to
    /// one that holds as much or more, nor while there is one that does, of whatever class.
    private func victim(
        beside trafficClass: TrafficClass, _ caller: UInt, _ isBelowShare: Bool, _ deadline: MonotonicInstant?
    ) -> Int? {
        // Not from the dictionary, whose order is not the same each time.
        let all = flows.indices.filter { flows[$0].count > 0 }
        let satisfied = all.filter { !self.isBelowShare(flows[$0]) }
        let isAmongEquals = satisfied.isEmpty || !isBelowShare
        let candidates = isBelowShare && satisfied.isEmpty ? all : satisfied
        guard let last = candidates.map({ flows[$0].trafficClass }).max(by: { $0.rawValue < $1.rawValue }),
            last.rawValue >= trafficClass.rawValue || !isAmongEquals
        else { return nil }
        let own = last == trafficClass ? lanes[Int(last.rawValue)].flows[caller] : nil
        func size(_ flow: Int) -> Int { flows[flow].count + (flow == own ? 1 : 0) }
        let waiting = candidates.filter { flows[$0].trafficClass == last }
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
}
