import GatewayRules
import TestRandom
import Testing
import Wire

/// Time is in milliseconds here.
private func at(_ milliseconds: UInt64) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
}

private typealias Ticket = AdmissionQueue.Ticket

extension AdmissionQueue {
    fileprivate init(places: Int, queuedCalls: Int = 100) {
        self.init(ServiceLimits(concurrentCalls: places, queuedCalls: queuedCalls))
    }

    fileprivate mutating func control(_ caller: UInt, at milliseconds: UInt64 = 0) -> OnArrival {
        callArrived(.control, caller: caller, deadline: nil, now: at(milliseconds))
    }

    /// The tickets of so many calls of the class control that begin at once.
    fileprivate mutating func begin(_ count: Int, caller: UInt, at milliseconds: UInt64 = 0) -> [Ticket] {
        (0..<count).compactMap { _ in
            guard case .start(let ticket) = control(caller, at: milliseconds) else {
                Issue.record("the call does not begin")
                return nil
            }
            return ticket
        }
    }

    /// How many calls of a class begin, of as many identities, until one does not.
    fileprivate mutating func beginAll(_ trafficClass: TrafficClass) -> Int {
        for caller: UInt in 0..<5_000 {
            guard case .start = callArrived(trafficClass, caller: 10_000 + caller, deadline: nil, now: at(0)) else {
                return Int(caller)
            }
        }
        return 5_000
    }
}

extension AdmissionQueue.OnArrival {
    /// The call that has lost its place.
    fileprivate var ended: Ticket? {
        if case .startInsteadOf(_, let ended) = self { ended } else { nil }
    }
}

@Suite("Places of the class control")
struct AdmissionControlTests {
    // MARK: How many

    @Test(
        "beside the others there are an eighth as many places for control, and eight at least",
        arguments: [(1_000, 125), (80, 10), (64, 8), (63, 8), (1, 8)])
    func share(places: Int, control: Int) {
        var queue = AdmissionQueue(places: places)
        #expect(queue.beginAll(.control) == control)
        #expect(queue.beginAll(.interactive) == places)
        #expect(ServiceLimits(concurrentCalls: places).neededOpenCalls == places + control)
        var other = AdmissionQueue(places: places)
        #expect(other.beginAll(.interactive) == places)
        #expect(other.beginAll(.control) == control)
    }

    @Test("what a service's connections allow is shared out in the same proportion, and never is more begun")
    func room() {
        let cases: [(places: Int, room: Int, ordinary: Int, control: Int)] = [
            // It suffices.
            (1_000, 1_250, 1_000, 125), (1_000, 1_125, 1_000, 125), (1, 9, 1, 8),
            (1_000, 1_124, 1_000, 124), (1_000, 1_000, 889, 111), (1_000, 90, 80, 10), (1_000, 10, 9, 1),
            (1_000, 4, 3, 1), (1_000, 2, 1, 1), (1, 8, 1, 7), (1, 2, 1, 1), (3, 5, 3, 2),
        ]
        for (places, room, ordinary, control) in cases {
            var queue = AdmissionQueue(places: places)
            queue.roomChanged(room)
            #expect((queue.scarceRoom == nil) == (room >= queue.limits.neededOpenCalls), "\(places) \(room)")
            #expect(queue.beginAll(.interactive) == ordinary, "\(places) places, room for \(room)")
            #expect(queue.beginAll(.control) == control, "\(places) places, room for \(room)")
            #expect(queue.callsInFlight <= room)
        }
    }

    @Test("with room for less than is in flight nothing begins until enough has ended; without a connection all may")
    func roomChanges() throws {
        var queue = AdmissionQueue(places: 16)
        let calls = (0..<10).compactMap { _ -> Ticket? in
            guard case .start(let ticket) = queue.callArrived(.interactive, caller: 1, deadline: nil, now: at(0))
            else { return nil }
            return ticket
        }
        #expect(calls.count == 10)
        queue.roomChanged(9)
        #expect(queue.scarceRoom == 9)
        guard case .wait(let waiting) = queue.callArrived(.interactive, caller: 2, deadline: nil, now: at(0)) else {
            Issue.record("the call does not wait")
            return
        }
        for call in calls.prefix(2) {
            queue.callEnded(call)
            #expect(queue.nextTurn(now: at(0)) == .nothing)
        }
        queue.callEnded(calls[2])
        #expect(queue.nextTurn(now: at(0)) == .start(waiting, .interactive, waitedNanoseconds: 0))
        queue.roomChanged(nil)
        #expect(queue.scarceRoom == nil)
        #expect(queue.beginAll(.interactive) == 8)
    }

    @Test("push and bulk keep their shares of what there is room for")
    func roomByClass() {
        var queue = AdmissionQueue(places: 1_000)
        queue.roomChanged(18)
        #expect(queue.beginAll(.bulk) == 8)
        #expect(queue.beginAll(.push) == 6)
        #expect(queue.beginAll(.interactive) == 2)
        #expect(queue.beginAll(.control) == 2)
    }

    @Test("limits that change hold together with the room that there is")
    func limitsAndRoom() {
        var queue = AdmissionQueue(places: 1_000)
        queue.roomChanged(90)
        queue.limitsChanged(ServiceLimits(concurrentCalls: 16))
        #expect(queue.scarceRoom == nil)
        #expect(queue.beginAll(.interactive) == 16)
        #expect(queue.beginAll(.control) == 8)
    }

    // MARK: Who gives way

    @Test("who holds most of them gives the one that it took first, however fresh it is, to whoever holds fewer")
    func flood() {
        var queue = AdmissionQueue(places: 8)
        let many = queue.begin(5, caller: 1)
        _ = queue.begin(3, caller: 2)
        let arrival = queue.control(3)
        #expect(arrival.ended == many[0])
        #expect(queue.callsInFlight(.control) == 8)
        guard case .startInsteadOf(let ticket, let ended) = arrival else { return }
        #expect(ticket.index != ended.index)
        // Gone: its ticket means nothing any more.
        queue.callEnded(ended)
        #expect(queue.callsInFlight(.control) == 8)
        #expect(queue.control(3).ended == many[1])
    }

    @Test("of several that hold as many, the one whose call is oldest gives it")
    func equals() {
        var queue = AdmissionQueue(places: 8)
        _ = queue.begin(1, caller: 3, at: 0)
        let second = queue.begin(3, caller: 2, at: 1)
        _ = queue.begin(3, caller: 1, at: 2)
        _ = queue.begin(1, caller: 4, at: 3)
        #expect(queue.control(5, at: 4).ended == second[0])
    }

    @Test("a check passes also when as many identities as there are places watch with one call each")
    func manyIdentities() {
        var queue = AdmissionQueue(places: 8)
        let first = queue.begin(1, caller: 1)
        for caller: UInt in 2...8 { _ = queue.begin(1, caller: caller) }
        #expect(queue.control(9).ended == first[0])
    }

    @Test("whoever holds most is refused, until the first of its own is two seconds old, which gives way then")
    func ownFlood() {
        var queue = AdmissionQueue(places: 8)
        let own = queue.begin(1, caller: 1, at: 0) + queue.begin(4, caller: 1, at: 500)
        _ = queue.begin(3, caller: 2, at: 0)
        #expect(queue.control(1, at: 1_999) == .refuse)
        #expect(queue.control(1, at: 2_000).ended == own[0])
        #expect(queue.control(1, at: 2_499) == .refuse)
        #expect(queue.control(1, at: 2_500).ended == own[1])
        #expect(queue.callsInFlight(.control) == 8)
    }

    @Test("two that hold equally many take nothing from each other")
    func equalFloods() {
        var queue = AdmissionQueue(places: 8)
        _ = queue.begin(4, caller: 1)
        _ = queue.begin(4, caller: 2)
        #expect(queue.control(1) == .refuse)
        #expect(queue.control(2) == .refuse)
    }

    @Test("no other call ever gives way to one of the class control, and none of that class waits")
    func neverOthers() {
        var queue = AdmissionQueue(places: 2)
        #expect(queue.beginAll(.interactive) == 2)
        _ = queue.begin(8, caller: 1)
        #expect(queue.control(1) == .refuse)
        #expect(queue.control(2).ended != nil)
        #expect(queue.callsInFlight(.interactive) == 2)
        #expect(queue.waitingCalls == 1)
    }

    @Test("a place that was given back, or whose call has ended, is free")
    func freed() {
        var queue = AdmissionQueue(places: 8)
        let calls = queue.begin(8, caller: 1)
        queue.placeGivenBack(calls[3])
        queue.callEnded(calls[0])
        _ = queue.begin(2, caller: 2)
        #expect(queue.control(3).ended == calls[1])
        queue.callEnded(calls[3])
        #expect(queue.control(3).ended == calls[2])
        #expect(queue.control(3).ended == calls[4])
    }

    // MARK: All at once

    @Test(
        "whatever happens in whatever order, the one that gives way is the one that a plain list has", arguments: 0..<8)
    func walk(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        var queue = AdmissionQueue(places: 8 + Int(seed) * 8)
        let places = max(8, queue.limits.concurrentCalls / 8)
        var now: UInt64 = 0, ended = 0, refused = 0
        var list: [(ticket: Ticket, caller: UInt, at: UInt64)] = []
        func expected(_ caller: UInt) -> Ticket? {
            func held(_ caller: UInt) -> Int { list.count { $0.caller == caller } }
            let most = list.map { held($0.caller) }.max() ?? 0
            if held(caller) < most { return list.first { held($0.caller) == most }?.ticket }
            return list.first { $0.caller == caller }.flatMap { now - $0.at >= 2_000 ? $0.ticket : nil }
        }
        for _ in 0..<5_000 {
            now += random.next() % 100
            if random.next() % 4 == 0, !list.isEmpty {
                let left = list.remove(at: Int(random.next() & 0xffff) % list.count)
                if random.next() % 2 == 0 { queue.placeGivenBack(left.ticket) }
                queue.callEnded(left.ticket)
            } else {
                let caller = UInt(random.next() % (2 + seed))
                let victim = list.count < places ? nil : expected(caller)
                switch queue.control(caller, at: now) {
                case .start(let ticket):
                    #expect(list.count < places)
                    list.append((ticket, caller, now))
                case .startInsteadOf(let ticket, let gone):
                    #expect(gone == victim)
                    list.removeAll { $0.ticket == gone }
                    list.append((ticket, caller, now))
                    ended += 1
                case .refuse:
                    #expect(list.count >= places && victim == nil)
                    refused += 1
                case .wait, .waitInsteadOf: Issue.record("a call of the class control waits")
                }
            }
            #expect(queue.callsInFlight == list.count)
        }
        #expect(ended > 50)
        #expect(refused > 50)
    }
}
