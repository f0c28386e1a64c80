public import Wire

/// The calls in flight that stood idle when a tick was looked at.
struct IdlePlaces: Sendable {
    /// What was found is good for this tick alone. Within it a call can only move on, not become idle: no second look is
    /// needed, however many calls come.
    var tick: Int?
    /// Those that have not moved for longest come first.
    var calls: [(ticket: AdmissionQueue.Ticket, movedAt: Int)] = []
}

// Shares: who holds places that others wait for.

extension AdmissionQueue {
    /// So many ticks after its last move a call stands idle: of ticks a second apart, the first may have come at once.
    static let idleTicks = 2

    /// A place that goes from one call to another.
    public struct HandOver: Sendable, Hashable {
        /// Gone: it was in flight, and stood idle.
        public let from: Ticket
        public let fromClass: TrafficClass
        /// In flight from now on. It has waited so long.
        public let to: Ticket
        public let toClass: TrafficClass
        public let waitedNanoseconds: UInt64
    }

    /// The next place to change hands; asked again until there is none, after ``nextTurn(now:)`` has had nothing.
    ///
    /// An identity's share are the places that the class that waits lacks one of, divided by the identities that hold
    /// some of them or wait. Of the identities above their share the one with most places gives: its call that has not moved for
    /// longest, if that is a second or more. The place goes to the first class that waits and there to the first identity
    /// in turn with fewer places than the giver, so that nobody takes from those who have as little.
    ///
    /// - Parameters:
    ///   - tick: a count that grows by one about each second, never faster.
    ///   - movedAt: for a call in flight, the tick in which it last moved on, if it is its caller who lets it stand:
    ///     `nil` for one that waits for the service. See ``ForwardedCallMachine/movedAtIfLeftStanding``.
    public mutating func nextHandOver(
        now: MonotonicInstant, tick: Int, movedAt: (Ticket) -> Int?
    ) -> HandOver? {
        guard let trafficClass = firstWaiting, !isFree(trafficClass, inFlight) else { return nil }
        lookForIdleCalls(tick, movedAt)
        let givers = givers(to: trafficClass)
        while let giver = mostHeld(givers) {
            let call = idle.calls[giver.place]
            guard isInFlight(call.ticket), let moved = movedAt(call.ticket), tick - moved >= Self.idleTicks else {
                idle.calls.remove(at: giver.place)
                continue
            }
            guard let index = nextCall(trafficClass, withFewerThan: giver.held, givers, now) else { return nil }
            idle.calls.remove(at: giver.place)
            return handOver(from: call.ticket, to: index, now)
        }
        return nil
    }

    /// Once a tick at most.
    private mutating func lookForIdleCalls(_ tick: Int, _ movedAt: (Ticket) -> Int?) {
        guard idle.tick != tick else { return }
        idle.tick = tick
        idle.calls.removeAll(keepingCapacity: true)
        for index in entries.indices where entries[index].standing == .inFlight {
            guard entries[index].trafficClass != .control, let moved = movedAt(ticket(index)),
                tick - moved >= Self.idleTicks
            else { continue }
            idle.calls.append((ticket(index), moved))
        }
        idle.calls.sort { ($0.movedAt, $0.ticket.index) < ($1.movedAt, $1.ticket.index) }
    }

    /// The classes of which a call less makes room for one of this class: 1 for those, 0 for the others.
    private func givers(to trafficClass: TrafficClass) -> SIMD4<Int> {
        var givers = SIMD4<Int>(repeating: 0)
        for lane in 1..<4 where inFlight[lane] > 0 {
            var without = inFlight
            without[lane] -= 1
            if isFree(trafficClass, without) { givers[lane] = 1 }
        }
        return givers
    }

    private func held(_ holder: Int, _ givers: SIMD4<Int>) -> Int {
        (holders.all[holder].inFlight &* givers).wrappedSum()
    }

    /// Of the idle calls the first of the identity with most places, if those are more than its share.
    private func mostHeld(_ givers: SIMD4<Int>) -> (place: Int, held: Int)? {
        var most: (place: Int, held: Int)?
        for (place, call) in idle.calls.enumerated() {
            let entry = entries[call.ticket.index]
            guard givers[Int(entry.trafficClass.rawValue)] == 1 else { continue }
            let held = held(entry.holder, givers)
            if held > most?.held ?? 0 { most = (place, held) }
        }
        guard let most else { return nil }
        let sharing = holders.all.indices.count { self.holders.all[$0].waiting > 0 || self.held($0, givers) > 0 }
        // Not rounded: with more identities than places, one place is more than a share.
        let shared = places(givers[1] == 1 ? .interactive : givers[2] == 1 ? .push : .bulk)
        return most.held * sharing > shared ? most : nil
    }

    /// The call that takes the place: of a class's identities in turn the first that has fewer, unless its call is late.
    private func nextCall(
        _ trafficClass: TrafficClass, withFewerThan held: Int, _ givers: SIMD4<Int>, _ now: MonotonicInstant
    ) -> Int? {
        let first = lanes[Int(trafficClass.rawValue)].turn
        var flow = first
        repeat {
            let index = nextCall(of: flow, now)
            let entry = entries[index]
            let isInTime = now < shedAt(entry, flows[flow]) && entry.deadline.map { now < $0 } ?? true
            if isInTime, self.held(entry.holder, givers) < held { return index }
            flow = flows[flow].next
        } while flow != first
        return nil
    }

    private mutating func handOver(from ticket: Ticket, to index: Int, _ now: MonotonicInstant) -> HandOver {
        let from = entries[ticket.index], to = entries[index]
        leavePlace(ticket.index)
        free(ticket.index)
        if lanes[Int(to.trafficClass.rawValue)].turn == to.flow {
            lanes[Int(to.trafficClass.rawValue)].turn = flows[to.flow].next
        }
        leaveFlow(index)
        start(index)
        return HandOver(
            from: ticket, fromClass: from.trafficClass, to: self.ticket(index), toClass: to.trafficClass,
            waitedNanoseconds: now.nanoseconds &- to.arrivedAt.nanoseconds)
    }
}
