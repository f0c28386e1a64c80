import GatewayRules
import TestRandom
import Testing
import Wire

/// A queue beside plain lists of what it should know, and the rule of ``AdmissionQueue/nextHandOver(now:tick:)`` written
/// down once more, without a thought for what it costs.
private struct World {
    struct Call {
        let ticket: AdmissionQueue.Ticket
        let caller: UInt
        let trafficClass: TrafficClass
        let deadline: UInt64?
        var use = PlaceUse.served
        var movedAt = 0
        /// Grows with each report.
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
    private(set) var young = 0, stood = 0, refusedHandOvers = 0

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
                ticket: ticket, caller: UInt(caller), trafficClass: trafficClass, deadline: deadline)
        }
        switch arrival {
        case .start(let ticket): inFlight.append(call(ticket))
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
        reports += 1
        inFlight[index].use = PlaceUse(rawValue: UInt8(some(4))) ?? .served
        inFlight[index].movedAt = tick
        inFlight[index].order = reports
        queue.placeUsed(inFlight[index].ticket, inFlight[index].use, tick: tick)
    }

    private mutating func turns() {
        while true {
            switch queue.nextTurn(now: SharesBench.at(now)) {
            case .start(let ticket, _, _): begin(ticket)
            case .expired(let ticket), .shed(let ticket): waiting.removeAll { $0.ticket == ticket }
            case .nothing:
                let allowed = allowedChanges()
                guard let change = queue.nextHandOver(now: SharesBench.at(now), tick: tick) else {
                    #expect(allowed.isEmpty)
                    if !waiting.isEmpty { refusedHandOvers += 1 }
                    return
                }
                #expect(allowed.contains(Change(from: change.from, to: change.to)))
                if let from = inFlight.first(where: { $0.ticket == change.from }) {
                    if tick - from.movedAt >= 2 { stood += 1 } else { young += 1 }
                }
                inFlight.removeAll { $0.ticket == change.from }
                begin(change.to)
            }
        }
    }

    private mutating func begin(_ ticket: AdmissionQueue.Ticket) {
        guard let index = waiting.firstIndex(where: { $0.ticket == ticket }) else {
            Issue.record("a call begins that did not wait")
            return
        }
        inFlight.append(waiting.remove(at: index))
    }

    // MARK: The rule

    private func flow(_ call: Call) -> Flow { Flow(caller: call.caller, trafficClass: call.trafficClass) }

    private func places(_ lane: Int) -> Int {
        let all = queue.limits.concurrentCalls
        return lane == 1 ? all : lane == 2 ? all - all / 8 : max(1, all / 2)
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
        let lanes = 1...Int(flow.trafficClass.rawValue)
        guard let lane = lanes.last(where: { lane in inFlight.count { $0.lane >= lane } >= places(lane) })
        else { return [] }
        func held(_ caller: UInt) -> Int { inFlight.count { $0.caller == caller && $0.lane >= lane } }
        let sharing = Set((inFlight.filter { $0.lane >= lane } + waiting).map(\.caller))
        let share = places(lane) / sharing.count
        let calls = sharing.filter { held($0) > share }.flatMap { caller in
            let calls = inFlight.filter { $0.caller == caller && $0.lane >= lane && $0.use != .served }
            return gives(calls, to: held(flow.caller), held(caller), share)
        }
        let most = calls.filter { call in calls.allSatisfy { held($0.caller) <= held(call.caller) } }
        let stood = most.filter { tick - $0.movedAt >= 2 }
        return (stood.isEmpty ? most : stood).map(\.ticket)
    }

    private func gives(_ calls: [Call], to taker: Int, _ held: Int, _ share: Int) -> [Call] {
        let stood = calls.filter { tick - $0.movedAt >= 2 }
        if !stood.isEmpty { return taker < held ? first(stood) : [] }
        guard held > max(1, share), taker < max(1, share) else { return [] }
        let silent = calls.filter { $0.use == .silent }
        return first(silent.isEmpty ? calls.filter { $0.use == .carrying } : silent)
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
        guard let since = busySince[flow], now >= since + 5 else { return nil }
        let calls = waiting.filter { self.flow($0) == flow }
        // The newest goes first when the flow has waited for an interval.
        let isOverloaded = now >= since + Self.intervalMilliseconds
        guard let next = isOverloaded ? calls.last : calls.first else { return nil }
        let isInTime = next.deadline.map { now < $0 } ?? true
        return isInTime ? next.ticket : nil
    }
}

@Suite struct AdmissionSharesWalkTests {
    @Test(
        "whatever happens in whatever order, a place changes hands as the rule says, and whenever it says so",
        arguments: 0..<12)
    func walk(_ seed: UInt64) {
        var world = World(seed: seed)
        for _ in 0..<2_000 {
            world.step()
            #expect(world.queue.callsInFlight == world.inFlight.count)
            #expect(world.queue.waitingCalls == world.waiting.count)
        }
        #expect(world.young > 20)
        #expect(world.stood > 5)
        #expect(world.refusedHandOvers > 20)
    }
}
