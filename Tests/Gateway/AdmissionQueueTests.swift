import GatewayRules
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

    fileprivate mutating func begin(_ trafficClass: TrafficClass = .interactive, caller: UInt = 1) -> OnArrival {
        callArrived(trafficClass, caller: caller, deadline: nil, now: at(0))
    }

    /// The tickets that have their turn when one place after the other becomes free.
    fileprivate mutating func turns(now: MonotonicInstant = at(1), ended: TrafficClass = .interactive) -> [Ticket] {
        var turns: [Ticket] = []
        var inFlight = ended
        while true {
            callEnded(inFlight)
            guard case .start(let ticket, let trafficClass, _) = nextTurn(now: now) else { return turns }
            turns.append(ticket)
            inFlight = trafficClass
        }
    }
}

private struct NotWaiting: Error {}

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
    private func fullQueue(queuedCalls: Int = 100) -> AdmissionQueue {
        var queue = queue(1, queuedCalls: queuedCalls)
        #expect(queue.begin(caller: 99) == .start)
        return queue
    }

    // MARK: Places

    @Test("as many calls begin as the limit says; the next one waits until one ends")
    func places() throws {
        var queue = queue(2)
        #expect(queue.begin() == .start)
        #expect(queue.begin() == .start)
        let ticket = try queue.wait()
        #expect(queue.nextTurn(now: at(1)) == .nothing)
        queue.callEnded(.interactive)
        #expect(queue.nextTurn(now: at(3)) == .start(ticket, .interactive, waitedNanoseconds: 3_000_000))
        #expect(queue.nextTurn(now: at(3)) == .nothing)
        #expect(queue.callsInFlight == 2)
        #expect(queue.waitingCalls == 0)
    }

    @Test("a call of the class control begins whatever is in flight, and takes no place")
    func control() {
        var queue = fullQueue()
        for _ in 0..<10 { #expect(queue.begin(.control) == .start) }
        queue.callEnded(.interactive)
        #expect(queue.begin() == .start)
    }

    @Test("bulk holds half of the places at most, push and bulk together all but an eighth")
    func reservedPlaces() throws {
        var queue = queue(16)
        for _ in 0..<8 { #expect(queue.begin(.bulk) == .start) }
        let bulk = try queue.wait(.bulk)
        for _ in 0..<6 { #expect(queue.begin(.push) == .start) }
        let push = try queue.wait(.push)
        for _ in 0..<2 { #expect(queue.begin(.interactive) == .start) }
        let interactive = try queue.wait(.interactive)
        // An interactive call has ended: its place is for interactive calls.
        queue.callEnded(.interactive)
        #expect(queue.nextTurn(now: at(0)) == .start(interactive, .interactive, waitedNanoseconds: 0))
        queue.callEnded(.push)
        #expect(queue.nextTurn(now: at(0)) == .start(push, .push, waitedNanoseconds: 0))
        queue.callEnded(.push)
        #expect(queue.nextTurn(now: at(0)) == .nothing)
        queue.callEnded(.bulk)
        #expect(queue.nextTurn(now: at(0)) == .start(bulk, .bulk, waitedNanoseconds: 0))
    }

    @Test("with one place every class can still begin")
    func onePlace() {
        for trafficClass in TrafficClass.allCases {
            var queue = queue(1)
            #expect(queue.begin(trafficClass) == .start)
        }
    }

    // MARK: Order

    @Test("those who wait go by class, whenever they came")
    func classesInOrder() throws {
        var queue = queue(8)
        for _ in 0..<8 { #expect(queue.begin(caller: 99) == .start) }
        let bulk = try queue.wait(.bulk)
        let push = try queue.wait(.push)
        let interactive = try queue.wait(.interactive)
        #expect(queue.turns() == [interactive, push, bulk])
    }

    @Test("a call does not pass one of its class that waits")
    func noOvertaking() throws {
        var queue = fullQueue()
        let first = try queue.wait(caller: 1)
        queue.callEnded(.interactive)
        _ = try queue.wait(caller: 2)
        #expect(queue.nextTurn(now: at(0)) == .start(first, .interactive, waitedNanoseconds: 0))
    }

    @Test("identities take turns: a hundred calls of one stand behind one of each other")
    func fairness() throws {
        var queue = fullQueue(queuedCalls: 200)
        let many = try (0..<100).map { _ in try queue.wait(caller: 1) }
        let second = try queue.wait(caller: 2)
        let third = try queue.wait(caller: 3)
        #expect(queue.turns() == [many[0], second, third] + many[1...])
    }

    // MARK: Leaving

    @Test("a call that has left has no turn, and its ticket means nothing any more")
    func leaving() throws {
        var queue = fullQueue()
        let first = try queue.wait(caller: 1)
        let second = try queue.wait(caller: 1)
        let third = try queue.wait(caller: 2)
        queue.callLeft(first)
        let fourth = try queue.wait(caller: 1)
        queue.callLeft(first)
        #expect(queue.waitingCalls == 3)
        queue.callLeft(third)
        #expect(queue.turns() == [second, fourth])
    }

    @Test("a call whose deadline has passed is not begun")
    func deadline() throws {
        var queue = fullQueue()
        let late = try queue.wait(deadline: at(10))
        let early = try queue.wait(deadline: at(11))
        queue.callEnded(.interactive)
        #expect(queue.nextTurn(now: at(10)) == .expired(late))
        #expect(queue.nextTurn(now: at(10)) == .start(early, .interactive, waitedNanoseconds: 10_000_000))
    }

    // MARK: Delay

    @Test("a call waits for the interval, not longer")
    func interval() throws {
        var queue = fullQueue()
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
        var queue = fullQueue()
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
        var queue = fullQueue()
        _ = try queue.wait(at: at(0))
        let older = try queue.wait(at: at(99))
        let newest = try queue.wait(at: at(100))
        queue.callEnded(.interactive)
        #expect(queue.nextTurn(now: at(101)) == .start(newest, .interactive, waitedNanoseconds: 1_000_000))
        queue.callEnded(.interactive)
        #expect(queue.nextTurn(now: at(101)) == .start(older, .interactive, waitedNanoseconds: 2_000_000))
        queue.callEnded(.interactive)
        guard case .shed = queue.nextTurn(now: at(101)) else {
            Issue.record("the first call has waited too long")
            return
        }
    }

    // MARK: Too many

    @Test("when too many wait, of the identity with most calls the one whose deadline comes first gives way")
    func eviction() throws {
        var queue = fullQueue(queuedCalls: 4)
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
        #expect(queue.waitingCalls == 4)
        #expect(queue.turns().contains(ticket))
        #expect(other != ticket)
    }

    @Test("who has most calls waiting gives way to nobody but itself")
    func ownEviction() throws {
        var queue = fullQueue(queuedCalls: 3)
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
        var queue = fullQueue(queuedCalls: 2)
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
        var random = SplitMix(state: 7)
        for round in 0..<50 {
            var queue = queue(3 + round % 7, queuedCalls: 20)
            var now: UInt64 = 0
            var inFlight: [TrafficClass] = []
            var waiting: [AdmissionQueue.Ticket] = []
            var gone = 0, came = 0
            for _ in 0..<2000 {
                now += random.next() % 8
                switch random.next() % 6 {
                case 0...2:
                    came += 1
                    let trafficClass = TrafficClass.allCases[Int(random.next() % 4)]
                    let deadline = random.next() % 2 == 0 ? nil : at(now + random.next() % 200)
                    switch queue.callArrived(
                        trafficClass, caller: UInt(random.next() % 5), deadline: deadline, now: at(now))
                    {
                    case .start: inFlight.append(trafficClass)
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
                    queue.callLeft(waiting.remove(at: Int(random.next() & 0xffff) % waiting.count))
                    gone += 1
                default:
                    while let ticket = queue.nextShed(now: at(now)) {
                        waiting.removeAll { $0 == ticket }
                        gone += 1
                    }
                }
                loop: while true {
                    switch queue.nextTurn(now: at(now)) {
                    case .start(let ticket, let trafficClass, _):
                        waiting.removeAll { $0 == ticket }
                        inFlight.append(trafficClass)
                    case .expired(let ticket), .shed(let ticket):
                        waiting.removeAll { $0 == ticket }
                        gone += 1
                    case .nothing: break loop
                    }
                }
                #expect(waiting.count == queue.waitingCalls)
                #expect(inFlight.count == queue.callsInFlight)
                #expect(came == gone + waiting.count + inFlight.count)
                #expect(Set(waiting.map(\.index)).count == waiting.count)
                #expect(waiting.count <= 20)
            }
        }
    }
}

/// A generator whose numbers are the same each time.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
