import GatewayRules
import TestRandom
import Testing
import Wire

/// A queue beside plain lists of what it should know, and the rules of ``AdmissionQueue/nextTurn(now:)``,
/// ``AdmissionQueue/nextShed(now:)`` and ``AdmissionQueue/nextHandOver(now:tick:)`` written down once more, without a thought
/// for what they cost.
private struct World {
    struct Call {
        let ticket: AdmissionQueue.Ticket
        let caller: UInt
        let trafficClass: TrafficClass
        let deadline: UInt64?
        var use = PlaceUse.served
        var movedAt = 0
        /// When it came, while it waits; since when its place is used so.
        var since: UInt64
        /// Grows with each beginning and each report.
        var order = 0

        var lane: Int { Int(trafficClass.rawValue) }
    }

    struct Flow: Hashable {
        let caller: UInt
        let trafficClass: TrafficClass
    }

    struct Change: Hashable {
        let from: AdmissionQueue.Ticket
        let to: AdmissionQueue.Ticket
    }

    var queue: AdmissionQueue
    private var random: SplitMix
    private let callers: UInt64
    private(set) var inFlight: [Call] = []
    private(set) var waiting: [Call] = []
    private var busySince: [Flow: UInt64] = [:]
    private var now: UInt64 = 0
    private var reports = 0
    private(set) var young = 0, stood = 0, served = 0, refusedHandOvers = 0, patient = 0, early = 0

    private var tick: Int { Int(now / 1_000) }
    private static let intervalMilliseconds: UInt64 = 100

    init(seed: UInt64) {
        random = SplitMix(seed: seed)
        callers = 2 + seed % 9
        queue = AdmissionQueue(
            ServiceLimits(concurrentCalls: 4 + Int(seed % 5) * 7, queuedCalls: 1_000, queueTargetMicroseconds: 5_000))
    }

    private mutating func some(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }

    // MARK: What happens

    mutating func step() {
        now += random.next() % (some(40) == 0 ? 1_500 : 4)
        switch some(10) {
        case 0...4: arrive()
        case 5: if !inFlight.isEmpty { queue.callEnded(inFlight.remove(at: some(inFlight.count)).ticket) }
        case 6 where !waiting.isEmpty: leave(some(waiting.count))
        case 7 where some(20) == 0: queue.limitsChanged(limits(4 + some(32)))
        case 7: shed()
        default: for _ in 0..<5 { use() }
        }
        turns()
    }

    private func limits(_ concurrentCalls: Int) -> ServiceLimits {
        var limits = queue.limits
        limits.concurrentCalls = concurrentCalls
        return limits
    }

    private mutating func arrive() {
        let trafficClass = TrafficClass.allCases[1 + some(3)]
        // The first of them comes most often.
        let caller = some(2) == 0 ? 0 : random.next() % callers
        let deadline = some(2) == 0 ? nil : now + random.next() % 200
        let arrival = queue.callArrived(
            trafficClass, caller: UInt(caller), deadline: deadline.map(SharesBench.at), now: SharesBench.at(now))
        func call(_ ticket: AdmissionQueue.Ticket) -> Call {
            Call(
                ticket: ticket, caller: UInt(caller), trafficClass: trafficClass, deadline: deadline, since: now)
        }
        switch arrival {
        case .start(let ticket):
            waiting.append(call(ticket))
            begin(ticket)
        case .wait(let ticket):
            let flow = Flow(caller: UInt(caller), trafficClass: trafficClass)
            if !waiting.contains(where: { self.flow($0) == flow }) { busySince[flow] = now }
            waiting.append(call(ticket))
        case .startInsteadOf, .waitInsteadOf, .refuse: Issue.record("too many calls wait")
        }
    }

    private mutating func leave(_ index: Int) { queue.callEnded(waiting.remove(at: index).ticket) }

    private mutating func use() {
        guard !inFlight.isEmpty else { return }
        let index = some(inFlight.count)
        // One identity's calls are the service's more often than not, as most are.
        guard inFlight[index].caller != 0 || some(8) == 0 else { return }
        reports += 1
        inFlight[index].use = PlaceUse(rawValue: UInt8(some(4))) ?? .served
        inFlight[index].movedAt = tick
        inFlight[index].since = now
        inFlight[index].order = reports
        queue.placeUsed(inFlight[index].ticket, inFlight[index].use, tick: tick, now: SharesBench.at(now))
    }

    private mutating func shed() {
        while let ticket = queue.nextShed(now: SharesBench.at(now)) {
            guard let call = waiting.first(where: { $0.ticket == ticket }) else {
                Issue.record("a call is shed that did not wait")
                return
            }
            #expect(isLate(call))
            waiting.removeAll { $0.ticket == ticket }
        }
        #expect(!waiting.contains(where: isLate))
        patient += waiting.count { now >= $0.since + Self.intervalMilliseconds && isBelowShare(flow($0)) }
    }

    private mutating func turns() {
        while true {
            let allowed = allowedTurns()
            switch queue.nextTurn(now: SharesBench.at(now)) {
            case .start(let ticket, let trafficClass, _):
                #expect(allowed.contains { $0.ticket == ticket && !isLate($0) && isInTime($0) })
                if waiting.contains(where: { $0.trafficClass.rawValue < trafficClass.rawValue }) { early += 1 }
                begin(ticket)
            case .expired(let ticket):
                #expect(allowed.contains { $0.ticket == ticket && !isInTime($0) })
                waiting.removeAll { $0.ticket == ticket }
            case .shed(let ticket):
                #expect(allowed.contains { $0.ticket == ticket && isLate($0) })
                waiting.removeAll { $0.ticket == ticket }
            case .nothing:
                #expect(allowed.isEmpty)
                guard changesHands() else { return }
            }
        }
    }

    private mutating func changesHands() -> Bool {
        let allowed = allowedChanges()
        guard let change = queue.nextHandOver(now: SharesBench.at(now), tick: tick) else {
            #expect(allowed.isEmpty)
            if !waiting.isEmpty { refusedHandOvers += 1 }
            return false
        }
        #expect(allowed.contains(Change(from: change.from, to: change.to)))
        if let from = inFlight.first(where: { $0.ticket == change.from }) {
            if from.use == .served { served += 1 } else if hasStood(from) { stood += 1 } else { young += 1 }
        }
        inFlight.removeAll { $0.ticket == change.from }
        begin(change.to)
        return true
    }

    private mutating func begin(_ ticket: AdmissionQueue.Ticket) {
        guard let index = waiting.firstIndex(where: { $0.ticket == ticket }) else {
            Issue.record("a call begins that did not wait")
            return
        }
        var call = waiting.remove(at: index)
        reports += 1
        call.since = now
        call.order = reports
        inFlight.append(call)
    }

    // MARK: The rule

    private func flow(_ call: Call) -> Flow { Flow(caller: call.caller, trafficClass: call.trafficClass) }

    private func places(_ lane: Int) -> Int {
        let all = queue.limits.concurrentCalls
        return lane == 1 ? all : lane == 2 ? all - all / 8 : max(1, all / 2)
    }

    private func held(_ caller: UInt, _ lane: Int) -> Int { inFlight.count { $0.caller == caller && $0.lane >= lane } }

    /// The last of the class's lanes with no more than so many free places.
    private func lacking(_ trafficClass: TrafficClass, free: Int = 0) -> Int? {
        (1...Int(trafficClass.rawValue)).last { lane in inFlight.count { $0.lane >= lane } + free >= places(lane) }
    }

    private func share(_ lane: Int) -> Int {
        places(lane) / max(1, Set((inFlight.filter { $0.lane >= lane } + waiting).map(\.caller)).count)
    }

    private func isBelowShare(_ flow: Flow) -> Bool {
        let lane =
            lacking(flow.trafficClass) ?? lacking(flow.trafficClass, free: 1) ?? Int(flow.trafficClass.rawValue)
        return held(flow.caller, lane) < share(lane)
    }

    private func isLate(_ call: Call) -> Bool {
        let flow = flow(call)
        if isBelowShare(flow) { return now >= call.since + 2_000 }
        return now >= max((busySince[flow] ?? 0) + Self.intervalMilliseconds, call.since + 5)
    }

    private func isInTime(_ call: Call) -> Bool { call.deadline.map { now < $0 } ?? true }

    private func hasStood(_ call: Call) -> Bool { call.use != .served && tick - call.movedAt >= 2 }

    /// The newest goes first when the flow has waited for an interval.
    private func next(of flow: Flow) -> Call? {
        let calls = waiting.filter { self.flow($0) == flow }
        let isOverloaded = now >= (busySince[flow] ?? 0) + Self.intervalMilliseconds
        return isOverloaded ? calls.last : calls.first
    }

    /// Every call that may have its turn, were it any flow's of those that go first.
    private func allowedTurns() -> [Call] {
        let classes = TrafficClass.allCases.filter { trafficClass in
            trafficClass != .control && lacking(trafficClass) == nil
                && waiting.contains { $0.trafficClass == trafficClass }
        }
        let flows = classes.map { trafficClass in
            Set(waiting.filter { $0.trafficClass == trafficClass }.map(flow))
        }
        let below = flows.lazy.map { $0.filter(isBelowShare) }.first { !$0.isEmpty }
        return (below ?? flows.first ?? []).compactMap(next)
    }

    /// Every hand-over that would be right: a giver's call, and the calls of one flow.
    private func allowedChanges() -> [Change] {
        for trafficClass in TrafficClass.allCases {
            let changes = Set(waiting.filter { $0.trafficClass == trafficClass }.map(flow)).flatMap { flow in
                takes(flow).map { to in givers(to: flow).map { Change(from: $0, to: to) } } ?? []
            }
            if !changes.isEmpty { return changes }
        }
        return []
    }

    /// Of several identities that hold as many any may give.
    private func givers(to flow: Flow) -> [AdmissionQueue.Ticket] {
        guard let lane = lacking(flow.trafficClass) else { return [] }
        let share = share(lane)
        let sharing = Set(inFlight.filter { $0.lane >= lane }.map(\.caller))
        let calls = sharing.filter { held($0, lane) > share }.flatMap { caller in
            let calls = inFlight.filter { $0.caller == caller && $0.lane >= lane }
            return gives(calls, to: held(flow.caller, lane), held(caller, lane), share)
        }
        let most = calls.filter { call in calls.allSatisfy { held($0.caller, lane) <= held(call.caller, lane) } }
        let stood = most.filter(hasStood)
        return (stood.isEmpty ? most : stood).map(\.ticket)
    }

    private func gives(_ calls: [Call], to taker: Int, _ held: Int, _ share: Int) -> [Call] {
        let stood = calls.filter(hasStood)
        if !stood.isEmpty { return taker < held ? first(stood) : [] }
        guard held > max(1, share), taker < max(1, share) else { return [] }
        for use in [PlaceUse.silent, .carrying] {
            let open = calls.filter { $0.use == use }
            if !open.isEmpty { return first(open) }
        }
        let served = calls.filter { $0.use == .served && now >= $0.since + 1_000 }
        let latest = served.filter { call in served.allSatisfy { $0.since <= call.since } }
        return latest.filter { call in !latest.contains { $0.lane == call.lane && $0.order > call.order } }
    }

    /// Those that have gone longest without a move, in ticks; of calls that are alike in all else the one that said so
    /// first.
    private func first(_ calls: [Call]) -> [Call] {
        let oldest = calls.filter { call in calls.allSatisfy { $0.movedAt >= call.movedAt } }
        return oldest.filter { call in
            !oldest.contains { $0.lane == call.lane && $0.use == call.use && $0.order < call.order }
        }
    }

    /// Of those of a flow the one that takes a place, if it may by now.
    private func takes(_ flow: Flow) -> AdmissionQueue.Ticket? {
        guard let since = busySince[flow], now >= since + 5, let next = next(of: flow), isInTime(next) else {
            return nil
        }
        return next.ticket
    }
}

@Suite struct AdmissionSharesWalkTests {
    @Test("whatever happens in whatever order, places come to callers as the rules say, and whenever they say so")
    func walk() {
        var young = 0, stood = 0, served = 0, refusedHandOvers = 0, patient = 0, early = 0
        for seed: UInt64 in 0..<12 {
            var world = World(seed: seed)
            for _ in 0..<2_000 {
                world.step()
                #expect(world.queue.callsInFlight == world.inFlight.count)
                #expect(world.queue.waitingCalls == world.waiting.count)
            }
            young += world.young
            stood += world.stood
            served += world.served
            refusedHandOvers += world.refusedHandOvers
            patient += world.patient
            early += world.early
        }
        // Else it has not walked where the rules matter.
        for count in [young, stood, served, refusedHandOvers, early] { #expect(count > 100) }
        #expect(patient > 10)
    }
}
