public import Wire

// Shares: who holds places that others wait for.

extension AdmissionQueue {
    /// So many ticks after its last move a call stands idle: of ticks a second apart, the first may have come at once.
    static let idleTicks = 2

    /// An identity that has waited so long takes a place: where calls are short, one comes free by itself before that.
    static let longestPatienceMicroseconds: UInt64 = 5_000

    /// How long an identity waits before it takes another's place; never so long that its calls are shed first.
    public var patienceMicroseconds: UInt64 {
        min(Self.longestPatienceMicroseconds, limits.queueIntervalMicroseconds / 2)
    }

    /// A whole request that its service has had for so long gives its place to who holds less than its share, deadline or
    /// not: a deadline may be hours away, and the calls of one identity may fill a service that answers few at a time.
    public static let servedMicroseconds: UInt64 = 1_000_000

    /// A call of an identity that holds less than its share waits so long at most. It has a place before that, as soon as
    /// one comes free or a call of those above their share is old enough.
    public var longestWaitMicroseconds: UInt64 {
        max(limits.queueIntervalMicroseconds, 2 * Self.servedMicroseconds)
    }

    /// A place that goes from one call to another.
    public struct HandOver: Sendable, Hashable {
        /// Gone: it was in flight, and it was its caller's turn.
        public let from: Ticket
        public let fromClass: TrafficClass
        /// In flight from now on. It has waited so long.
        public let to: Ticket
        public let toClass: TrafficClass
        public let waitedNanoseconds: UInt64
    }

    /// A call that may give its place, and how many its identity holds.
    private struct Giver {
        let call: Int
        let held: Int
    }

    /// Of the identities above their share those with most places: one with a call that has stood, which gives to any with
    /// fewer, and one that gives to those below their share.
    private struct Givers {
        var stood: Giver?
        var any: Giver?
    }

    /// The next place to change hands; asked again until there is none, after ``nextTurn(now:)`` has had nothing.
    ///
    /// An identity's share are the places that the class that waits lacks one of, divided by the identities that hold
    /// some of them or wait. Of the identities above their share the one with most places gives, to one that has waited
    /// for ``patienceMicroseconds``:
    ///
    /// - a call that has not moved for a second or more, to any identity with fewer places, so that nobody takes from
    ///   those who have as little;
    /// - to an identity that holds less than its share, any call that waits for its caller, however new it is or however
    ///   lately it moved: first one that has carried nothing since it began, else the one that has gone longest without a
    ///   move. Else whoever opens as many streams as there are places would keep the others out for the seconds that it
    ///   takes them to become old, and for as long as it pleases with a little on each of them.
    /// - to such an identity also, of one that has none of those, a whole request that the service has had for
    ///   ``servedMicroseconds`` or more: the latest of them, which the service is furthest from answering.
    ///
    /// All of it leaves the giver with its share, so that no place goes back and forth.
    ///
    /// Of classes and identities the first in turn that may take a place takes it: who waits in an earlier class and may
    /// not is not in the way of those who may.
    ///
    /// - Parameter tick: as in ``placeUsed(_:_:tick:now:)``.
    public mutating func nextHandOver(now: MonotonicInstant, tick: Int) -> HandOver? {
        guard waitingCalls > 0 else { return nil }
        for trafficClass in TrafficClass.allCases where lanes[Int(trafficClass.rawValue)].waiting > 0 {
            // Without one there is a free place.
            guard let lacking = lackingLane(trafficClass) else { return nil }
            let share = holders.share(of: places(ofLane: lacking), lacking)
            let givers = givers(lacking, share, tick, now)
            if givers.stood == nil, givers.any == nil { continue }
            guard let (index, giver) = nextTaker(trafficClass, lacking, share, givers, now) else { continue }
            return handOver(from: giver.call, to: index, now)
        }
        return nil
    }

    /// A call of this class or a later one must go for one of the class that waits to begin; `nil` when there is room. A
    /// place is handed over also when more calls are in flight than there are places, since limits have changed: it does
    /// not make them more.
    private func lackingLane(_ trafficClass: TrafficClass, free: Int = 0) -> Int? {
        var lacking: Int?
        for lane in 1...max(1, Int(trafficClass.rawValue))
        where PlaceHolders.held(inFlight, lane) + free >= places(ofLane: lane) {
            lacking = lane
        }
        return lacking
    }

    private func places(ofLane lane: Int) -> Int { places(lane == 1 ? .interactive : lane == 2 ? .push : .bulk) }

    /// `share`: nothing, when there are more identities than places.
    private func givers(_ lacking: Int, _ share: Int, _ tick: Int, _ now: MonotonicInstant) -> Givers {
        var givers = Givers()
        for holder in byUse.holders {
            let held = holders.held(holder, lacking)
            guard held > share else { continue }
            if held > givers.stood?.held ?? 0, let call = stoodCall(holder, lacking, tick) {
                givers.stood = Giver(call: call, held: held)
            }
            // Nobody's only place, unless it stands.
            if held > max(1, share), held > givers.any?.held ?? 0,
                let call = openCall(holder, lacking) ?? servedCall(holder, lacking, now)
            {
                givers.any = Giver(call: call, held: held)
            }
        }
        return givers
    }

    private func stoodCall(_ holder: Int, _ lacking: Int, _ tick: Int) -> Int? {
        guard let call = oldest(holder, lacking, from: .servedWithoutDeadline, to: .carrying),
            tick - entries[call].movedAt >= Self.idleTicks
        else { return nil }
        return call
    }

    private func openCall(_ holder: Int, _ lacking: Int) -> Int? {
        oldest(holder, lacking, from: .silent, to: .silent) ?? oldest(holder, lacking, from: .carrying, to: .carrying)
    }

    /// The latest of those that are old enough: the service is furthest from answering it, so that least is done in vain.
    private func servedCall(_ holder: Int, _ lacking: Int, _ now: MonotonicInstant) -> Int? {
        var latest: Int?
        for lane in lacking...3 {
            var index = byUse[holder, lane, PlaceUse.served.rawValue].newest
            while index >= 0, now < entries[index].since.advanced(byMicroseconds: Self.servedMicroseconds) {
                index = entries[index].older
            }
            guard index >= 0 else { continue }
            if let found = latest, entries[found].since >= entries[index].since { continue }
            latest = index
        }
        return latest
    }

    /// Of an identity's calls the one that has gone longest without a move.
    private func oldest(_ holder: Int, _ lacking: Int, from first: PlaceUse, to last: PlaceUse) -> Int? {
        var oldest: Int?
        for lane in lacking...3 {
            for use in first.rawValue...last.rawValue {
                let index = byUse[holder, lane, use].oldest
                guard index >= 0 else { continue }
                if let found = oldest, entries[found].movedAt <= entries[index].movedAt { continue }
                oldest = index
            }
        }
        return oldest
    }

    /// The call that takes a place, and from whom: of a class's identities in turn the first that may, unless its call's
    /// deadline has passed.
    private func nextTaker(
        _ trafficClass: TrafficClass, _ lacking: Int, _ share: Int, _ givers: Givers, _ now: MonotonicInstant
    ) -> (index: Int, giver: Giver)? {
        let first = lanes[Int(trafficClass.rawValue)].turn
        var flow = first
        repeat {
            let held = holders.held(entries[flows[flow].oldest].holder, lacking)
            let stood = givers.stood.flatMap { held < $0.held ? $0 : nil }
            let any = held < max(1, share) ? givers.any : nil
            if let giver = heavier(stood, any), let index = callThatTakes(flow, now) { return (index, giver) }
            flow = flows[flow].next
        } while flow != first
        return nil
    }

    /// With as many places each, what has stood goes first.
    private func heavier(_ stood: Giver?, _ any: Giver?) -> Giver? {
        guard let stood, let any else { return stood ?? any }
        return any.held > stood.held ? any : stood
    }

    // MARK: Below one's share

    /// Of a class's identities in turn the first that holds less than its share.
    func firstBelowShare(from first: Int) -> Int? {
        var flow = first
        repeat {
            if isBelowShare(flows[flow]) { return flow }
            flow = flows[flow].next
        } while flow != first
        return nil
    }

    /// The identity holds less than its share of the places that its waiting calls lack: of those of which none is free,
    /// else of which there is one, else of all that its class may hold. With more identities than places nobody does.
    func isBelowShare(_ holder: Int, _ trafficClass: TrafficClass) -> Bool {
        let lane = lackingLane(trafficClass) ?? lackingLane(trafficClass, free: 1) ?? Int(trafficClass.rawValue)
        return holders.held(holder, lane) < holders.share(of: places(ofLane: lane), lane)
    }

    /// Of a flow in which somebody waits.
    func isBelowShare(_ flow: Flow) -> Bool { isBelowShare(entries[flow.oldest].holder, flow.trafficClass) }

    /// It may have waited for longer than calls wait: who has a right to a place is not shed because the loop was late.
    private func callThatTakes(_ flow: Int, _ now: MonotonicInstant) -> Int? {
        guard now >= flows[flow].busySince.advanced(byMicroseconds: patienceMicroseconds) else { return nil }
        let index = nextCall(of: flow, now)
        return entries[index].deadline.map { now < $0 } ?? true ? index : nil
    }

    private mutating func handOver(from index: Int, to taker: Int, _ now: MonotonicInstant) -> HandOver {
        let ticket = ticket(index), from = entries[index], to = entries[taker]
        leavePlace(index)
        free(index)
        if lanes[Int(to.trafficClass.rawValue)].turn == to.flow {
            lanes[Int(to.trafficClass.rawValue)].turn = flows[to.flow].next
        }
        leaveFlow(taker)
        start(taker, now)
        return HandOver(
            from: ticket, fromClass: from.trafficClass, to: self.ticket(taker), toClass: to.trafficClass,
            waitedNanoseconds: now.nanoseconds &- to.since.nanoseconds)
    }
}
