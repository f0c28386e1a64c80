import GatewayRules
import TestRandom
import Testing
import Wire

/// Time is in milliseconds here.
private func at(_ milliseconds: UInt64) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
}

extension AdmissionQueue {
    /// A call arrives and must wait.
    fileprivate mutating func wait(
        _ trafficClass: TrafficClass = .interactive, caller: UInt = 1, deadline: MonotonicInstant? = nil,
        at now: MonotonicInstant = at(0)
    ) throws -> Ticket {
        guard case .wait(let ticket) = callArrived(trafficClass, caller: caller, deadline: deadline, now: now) else {
            throw NotWaiting()
        }
        return ticket
    }

    /// A call arrives and begins at once.
    @discardableResult
    fileprivate mutating func begin(_ trafficClass: TrafficClass = .interactive, caller: UInt = 1) throws -> Ticket {
        guard case .start(let ticket) = callArrived(trafficClass, caller: caller, deadline: nil, now: at(0)) else {
            throw NotStarted()
        }
        return ticket
    }

    /// The tickets that have their turn when one place after the other becomes free, this one's first.
    fileprivate mutating func turns(_ ended: Ticket, now: MonotonicInstant = at(1)) -> [Ticket] {
        var turns: [Ticket] = []
        var inFlight = ended
        while true {
            callEnded(inFlight)
            guard case .start(let ticket, _, _) = nextTurn(now: now) else { return turns }
            turns.append(ticket)
            inFlight = ticket
        }
    }
}

private struct NotWaiting: Error {}
private struct NotStarted: Error {}

@Suite struct AdmissionQueueTests {
    private func queue(
        _ concurrentCalls: Int, queuedCalls: Int = 100, targetMilliseconds: UInt64 = 5,
        intervalMilliseconds: UInt64 = 100
    ) -> AdmissionQueue {
        AdmissionQueue(
            ServiceLimits(
                concurrentCalls: concurrentCalls, queuedCalls: queuedCalls,
                queueTargetMicroseconds: targetMilliseconds * 1000,
                queueIntervalMicroseconds: intervalMilliseconds * 1000))
    }

    /// With its only place taken.
    private func fullQueue(queuedCalls: Int = 100) throws -> (queue: AdmissionQueue, taken: AdmissionQueue.Ticket) {
        var queue = queue(1, queuedCalls: queuedCalls)
        let taken = try queue.begin(caller: 99)
        return (queue, taken)
    }

    // MARK: Places

    @Test("as many calls begin as the limit says; the next one waits until one ends")
    func places() throws {
        var queue = queue(2)
        let first = try queue.begin()
        try queue.begin()
        let ticket = try queue.wait()
        #expect(queue.nextTurn(now: at(1)) == .nothing)
        queue.callEnded(first)
        #expect(queue.nextTurn(now: at(3)) == .start(ticket, .interactive, waitedNanoseconds: 3_000_000))
        #expect(queue.nextTurn(now: at(3)) == .nothing)
        #expect(queue.callsInFlight == 2)
        #expect(queue.waitingCalls == 0)
    }

    @Test("a call of the class control begins whatever is in flight, and takes no place of the others")
    func control() throws {
        var (queue, taken) = try fullQueue()
        for _ in 0..<8 { try queue.begin(.control) }
        queue.callEnded(taken)
        try queue.begin()
    }

    @Test("bulk holds half of the places at most, push and bulk together all but an eighth")
    func reservedPlaces() throws {
        var queue = queue(16)
        let bulks = try (0..<8).map { _ in try queue.begin(.bulk) }
        let bulk = try queue.wait(.bulk)
        let pushes = try (0..<6).map { _ in try queue.begin(.push) }
        let push = try queue.wait(.push)
        let interactives = try (0..<2).map { _ in try queue.begin(.interactive) }
        let interactive = try queue.wait(.interactive)
        // An interactive call has ended: its place is for interactive calls.
        queue.callEnded(interactives[0])
        #expect(queue.nextTurn(now: at(0)) == .start(interactive, .interactive, waitedNanoseconds: 0))
        queue.callEnded(pushes[0])
        #expect(queue.nextTurn(now: at(0)) == .start(push, .push, waitedNanoseconds: 0))
        queue.callEnded(pushes[1])
        #expect(queue.nextTurn(now: at(0)) == .nothing)
        queue.callEnded(bulks[0])
        #expect(queue.nextTurn(now: at(0)) == .start(bulk, .bulk, waitedNanoseconds: 0))
    }

    @Test("with one place every class can still begin")
    func onePlace() throws {
        for trafficClass in TrafficClass.allCases {
            var queue = queue(1)
            try queue.begin(trafficClass)
        }
    }

    // MARK: Order

    @Test("those who wait go by class, whenever they came")
    func classesInOrder() throws {
        var queue = queue(8)
        let taken = try (0..<8).map { _ in try queue.begin(caller: 99) }[0]
        let bulk = try queue.wait(.bulk)
        let push = try queue.wait(.push)
        let interactive = try queue.wait(.interactive)
        #expect(queue.turns(taken) == [interactive, push, bulk])
    }

    @Test("a call does not pass one of its class that waits")
    func noOvertaking() throws {
        var (queue, taken) = try fullQueue()
        let first = try queue.wait(caller: 1)
        queue.callEnded(taken)
        _ = try queue.wait(caller: 2)
        #expect(queue.nextTurn(now: at(0)) == .start(first, .interactive, waitedNanoseconds: 0))
    }

    @Test("identities take turns: a hundred calls of one stand behind one of each other")
    func fairness() throws {
        var (queue, taken) = try fullQueue(queuedCalls: 200)
        let many = try (0..<100).map { _ in try queue.wait(caller: 1) }
        let second = try queue.wait(caller: 2)
        let third = try queue.wait(caller: 3)
        #expect(queue.turns(taken) == [many[0], second, third] + many[1...])
    }

    // MARK: Leaving

    @Test("a call that has left has no turn, and its ticket means nothing any more")
    func leaving() throws {
        var (queue, taken) = try fullQueue()
        let first = try queue.wait(caller: 1)
        let second = try queue.wait(caller: 1)
        let third = try queue.wait(caller: 2)
        queue.callEnded(first)
        let fourth = try queue.wait(caller: 1)
        queue.callEnded(first)
        #expect(queue.waitingCalls == 3)
        queue.callEnded(third)
        #expect(queue.turns(taken) == [second, fourth])
    }

    @Test("a call whose deadline has passed is not begun")
    func deadline() throws {
        var (queue, taken) = try fullQueue()
        let late = try queue.wait(deadline: at(10))
        let early = try queue.wait(deadline: at(11))
        queue.callEnded(taken)
        #expect(queue.nextTurn(now: at(10)) == .expired(late))
        #expect(queue.nextTurn(now: at(10)) == .start(early, .interactive, waitedNanoseconds: 10_000_000))
    }

    // MARK: Without a place

    @Test("the place of a call that waits for others goes to the next in turn, as when the call has ended")
    func placeGivenBack() throws {
        var (queue, taken) = try fullQueue()
        let first = try queue.wait(caller: 1)
        let second = try queue.wait(caller: 2)
        queue.placeGivenBack(taken)
        #expect(queue.callsInFlight == 0)
        #expect(queue.placelessCalls == 1)
        #expect(queue.nextTurn(now: at(3)) == .start(first, .interactive, waitedNanoseconds: 3_000_000))
        #expect(queue.nextTurn(now: at(3)) == .nothing)
        // Once.
        queue.placeGivenBack(taken)
        #expect(queue.nextTurn(now: at(3)) == .nothing)
        #expect(queue.placelessCalls == 1)
        queue.callEnded(first)
        #expect(queue.nextTurn(now: at(4)) == .start(second, .interactive, waitedNanoseconds: 4_000_000))
    }

    @Test("its end gives back no place, and the service has it until then")
    func placelessEnd() throws {
        var (queue, taken) = try fullQueue()
        queue.placeGivenBack(taken)
        let other = try queue.begin(caller: 1)
        _ = try queue.wait(caller: 2)
        queue.callEnded(taken)
        queue.callEnded(taken)
        #expect(queue.nextTurn(now: at(1)) == .nothing)
        #expect(queue.callsInFlight == 1)
        #expect(queue.placelessCalls == 0)
        queue.placeGivenBack(other)
        #expect(!queue.isEmpty)
        guard case .start(let last, _, _) = queue.nextTurn(now: at(1)) else {
            Issue.record("the place is not free")
            return
        }
        queue.callEnded(last)
        #expect(!queue.isEmpty)
        queue.callEnded(other)
        #expect(queue.isEmpty)
    }

    @Test("a call that waits for its turn has no place to give back, and neither has one that is gone")
    func nothingToGiveBack() throws {
        var (queue, taken) = try fullQueue()
        let waiting = try queue.wait(caller: 1)
        queue.placeGivenBack(waiting)
        #expect(queue.waitingCalls == 1)
        #expect(queue.placelessCalls == 0)
        queue.callEnded(taken)
        queue.placeGivenBack(taken)
        #expect(queue.placelessCalls == 0)
        #expect(queue.nextTurn(now: at(1)) == .start(waiting, .interactive, waitedNanoseconds: 1_000_000))
    }

    @Test("places are given back class by class", arguments: TrafficClass.allCases)
    func placelessClasses(_ trafficClass: TrafficClass) throws {
        var queue = queue(16)
        let calls = try (0..<8).map { _ in try queue.begin(trafficClass) }
        for call in calls { queue.placeGivenBack(call) }
        #expect(queue.callsInFlight(trafficClass) == 0)
        for _ in 0..<8 { try queue.begin(trafficClass) }
        #expect(queue.callsInFlight(trafficClass) == 8)
        for call in calls { queue.callEnded(call) }
        #expect(queue.callsInFlight(trafficClass) == 8)
        #expect(queue.placelessCalls == 0)
    }

    // MARK: Delay

    @Test("a call waits for the interval, not longer")
    func interval() throws {
        var (queue, _) = try fullQueue()
        let ticket = try queue.wait()
        #expect(queue.nextShedAt == at(100))
        #expect(queue.nextShed(now: at(99)) == nil)
        #expect(queue.nextShed(now: at(100)) == ticket)
        #expect(queue.nextShed(now: at(100)) == nil)
        #expect(queue.nextShedAt == nil)
    }

    @Test(
        "an identity whose calls have waited for an interval without a break has its calls wait no longer than the target"
    )
    func target() throws {
        var (queue, _) = try fullQueue()
        let old = try queue.wait(caller: 1, at: at(0))
        let recent = try queue.wait(caller: 1, at: at(97))
        let other = try queue.wait(caller: 2, at: at(50))
        #expect(queue.nextShed(now: at(100)) == old)
        #expect(queue.nextShed(now: at(101)) == nil)
        #expect(queue.nextShed(now: at(102)) == recent)
        #expect(queue.nextShed(now: at(149)) == nil)
        #expect(queue.nextShed(now: at(150)) == other)
    }

    @Test("of an identity that has waited too long the newest call goes first")
    func newestFirst() throws {
        var (queue, taken) = try fullQueue()
        _ = try queue.wait(at: at(0))
        let older = try queue.wait(at: at(99))
        let newest = try queue.wait(at: at(100))
        // With two identities for one place neither is below its share.
        _ = try queue.wait(.bulk, caller: 2, at: at(100))
        queue.callEnded(taken)
        #expect(queue.nextTurn(now: at(101)) == .start(newest, .interactive, waitedNanoseconds: 1_000_000))
        queue.callEnded(newest)
        #expect(queue.nextTurn(now: at(101)) == .start(older, .interactive, waitedNanoseconds: 2_000_000))
        queue.callEnded(older)
        guard case .shed = queue.nextTurn(now: at(101)) else {
            Issue.record("the first call has waited too long")
            return
        }
    }

    // MARK: Too many

    @Test("when too many wait, of the identity with most calls the one whose deadline comes first gives way")
    func eviction() throws {
        var (queue, taken) = try fullQueue(queuedCalls: 4)
        _ = try queue.wait(caller: 1, deadline: at(50))
        let victim = try queue.wait(caller: 1, deadline: at(30))
        _ = try queue.wait(caller: 1)
        let other = try queue.wait(caller: 2, deadline: at(10))
        guard
            case .waitInsteadOf(let ticket, let evicted) = queue.callArrived(
                .interactive, caller: 3, deadline: at(20), now: at(1))
        else {
            Issue.record("no call gives way")
            return
        }
        #expect(evicted == victim)
        #expect(evicted.index != ticket.index)
        #expect(queue.waitingCalls == 4)
        #expect(queue.turns(taken).contains(ticket))
        #expect(other != ticket)
    }

    @Test("who has most calls waiting gives way to nobody but itself")
    func ownEviction() throws {
        var (queue, _) = try fullQueue(queuedCalls: 3)
        let own = try queue.wait(caller: 1, deadline: at(30))
        _ = try queue.wait(caller: 1, deadline: at(40))
        _ = try queue.wait(caller: 2, deadline: at(5))
        #expect(queue.callArrived(.interactive, caller: 1, deadline: at(20), now: at(1)) == .refuse)
        guard case .waitInsteadOf(_, own) = queue.callArrived(.interactive, caller: 1, deadline: at(60), now: at(1))
        else {
            Issue.record("its own earliest does not give way")
            return
        }
    }

    @Test("a later class gives way to an earlier one, and never the other way round")
    func evictionByClass() throws {
        var (queue, _) = try fullQueue(queuedCalls: 2)
        let push = try queue.wait(.push, deadline: at(50))
        _ = try queue.wait(.interactive, deadline: at(10))
        #expect(queue.callArrived(.bulk, caller: 2, deadline: nil, now: at(0)) == .refuse)
        guard case .waitInsteadOf(_, push) = queue.callArrived(.interactive, caller: 2, deadline: at(20), now: at(0))
        else {
            Issue.record("the push does not give way")
            return
        }
        #expect(queue.callArrived(.push, caller: 2, deadline: at(90), now: at(0)) == .refuse)
    }

    // MARK: All at once

    @Test("whatever happens in whatever order, every call that came is begun, refused, shed or gone exactly once")
    func accounting() {
        var random = SplitMix(seed: 7)
        var handedOver = 0, controlEnded = 0
        for round in 0..<50 {
            var queue = queue(3 + round % 7, queuedCalls: 20)
            var now: UInt64 = 0
            var inFlight: [AdmissionQueue.Ticket] = []
            var waiting: [AdmissionQueue.Ticket] = []
            var placeless: [AdmissionQueue.Ticket] = []
            var gone = 0, came = 0
            for _ in 0..<2000 {
                now += random.next() % 8
                switch random.next() % 9 {
                case 8:
                    let room = Int(random.next() % 24)
                    queue.roomChanged(room == 0 ? nil : room)
                case 0...2:
                    came += 1
                    let trafficClass = TrafficClass.allCases[Int(random.next() % 4)]
                    let deadline = random.next() % 2 == 0 ? nil : at(now + random.next() % 200)
                    switch queue.callArrived(
                        trafficClass, caller: UInt(random.next() % 5), deadline: deadline, now: at(now))
                    {
                    case .start(let ticket): inFlight.append(ticket)
                    case .startInsteadOf(let ticket, let ended):
                        #expect(trafficClass == .control && inFlight.contains(ended))
                        inFlight.removeAll { $0 == ended }
                        inFlight.append(ticket)
                        queue.callEnded(ended)
                        gone += 1
                        controlEnded += 1
                    case .wait(let ticket): waiting.append(ticket)
                    case .waitInsteadOf(let ticket, let evicted):
                        waiting.removeAll { $0 == evicted }
                        waiting.append(ticket)
                        gone += 1
                    case .refuse: gone += 1
                    }
                case 3:
                    guard !inFlight.isEmpty else { break }
                    queue.callEnded(inFlight.remove(at: Int(random.next() & 0xffff) % inFlight.count))
                    gone += 1
                case 4:
                    guard !waiting.isEmpty else { break }
                    queue.callEnded(waiting.remove(at: Int(random.next() & 0xffff) % waiting.count))
                    gone += 1
                case 5:
                    guard !inFlight.isEmpty else { break }
                    let ticket = inFlight.remove(at: Int(random.next() & 0xffff) % inFlight.count)
                    queue.placeGivenBack(ticket)
                    queue.placeGivenBack(ticket)
                    placeless.append(ticket)
                case 6:
                    guard !placeless.isEmpty else { break }
                    queue.callEnded(placeless.remove(at: Int(random.next() & 0xffff) % placeless.count))
                    gone += 1
                default:
                    while let ticket = queue.nextShed(now: at(now)) {
                        waiting.removeAll { $0 == ticket }
                        gone += 1
                    }
                }
                loop: while true {
                    switch queue.nextTurn(now: at(now)) {
                    case .start(let ticket, _, _):
                        waiting.removeAll { $0 == ticket }
                        inFlight.append(ticket)
                    case .expired(let ticket), .shed(let ticket):
                        waiting.removeAll { $0 == ticket }
                        gone += 1
                    case .nothing:
                        // Some of those in flight wait for their callers, by no rule.
                        for ticket in inFlight where ticket.index % 3 == 0 {
                            queue.placeUsed(ticket, .silent, tick: Int(now / 1000), now: at(now))
                        }
                        guard let change = queue.nextHandOver(now: at(now), tick: Int(now / 1000))
                        else { break loop }
                        #expect(inFlight.contains(change.from) && waiting.contains(change.to))
                        #expect(change.from.index % 3 == 0 || now >= 1_000)
                        inFlight.removeAll { $0 == change.from }
                        waiting.removeAll { $0 == change.to }
                        inFlight.append(change.to)
                        gone += 1
                        handedOver += 1
                        queue.callEnded(change.from)
                    }
                }
                #expect(waiting.count == queue.waitingCalls)
                #expect(inFlight.count == queue.callsInFlight)
                #expect(placeless.count == queue.placelessCalls)
                #expect(queue.callsInFlight(.control) <= 8)
                let present = waiting + inFlight + placeless
                #expect(came == gone + present.count)
                #expect(Set(present.map(\.index)).count == present.count)
                #expect(queue.isEmpty == present.isEmpty)
                #expect(waiting.count <= 20)
            }
        }
        #expect(handedOver > 0)
        #expect(controlEnded > 0)
    }
}
