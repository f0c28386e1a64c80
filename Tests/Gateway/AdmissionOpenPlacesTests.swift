import GatewayRules
import TestRandom
import Testing
import Wire

/// Calls that wait for their callers and are not old enough to stand: who may take their places at once.
@Suite("Places that others need now")
struct AdmissionOpenPlacesTests {
    @Test("streams opened this moment, of two identities that fill all that pushes may hold, give way to a third")
    func openedThisMoment() {
        var shares = SharesBench(32)
        let first = shares.begin(14, .push, caller: 1, movedAt: nil)
        shares.begin(14, .push, caller: 2, movedAt: nil)
        let waiting = shares.wait(.push, caller: 3)
        let change = shares.handOver()
        // Of two that hold as many either may give.
        #expect(change?.from == first[0])
        #expect(change?.to == waiting)
    }

    @Test("whoever has waited for five milliseconds takes a place; where calls end by themselves none is ended")
    func patience() {
        var shares = SharesBench(4)
        shares.begin(4, caller: 1, movedAt: nil)
        shares.wait(caller: 2, since: 10)
        #expect(shares.handOver(at: 14) == nil)
        // The next call of one that waits already has no time of its own.
        let next = shares.wait(caller: 2, since: 14)
        #expect(shares.handOver(at: 15) != nil)
        #expect(shares.handOver(at: 15)?.to == next)
    }

    @Test("who may take a place takes it also when calls that have waited so long are shed")
    func late() {
        var shares = SharesBench(4)
        shares.begin(4, caller: 1, movedAt: nil)
        let waiting = shares.wait(caller: 2)
        #expect(shares.handOver(at: 150)?.to == waiting)
    }

    @Test("where calls are shed before that, they take a place after half of the time")
    func shortInterval() {
        var shares = SharesBench(4, queueIntervalMilliseconds: 4)
        shares.begin(4, caller: 1, movedAt: nil)
        shares.wait(caller: 2)
        #expect(shares.handOver(at: 1) == nil)
        #expect(shares.handOver(at: 2) != nil)
    }

    @Test("what has carried nothing goes first, then what has gone longest without a move")
    func order() {
        var shares = SharesBench(6)
        let calls = shares.begin(6, caller: 1, movedAt: nil)
        shares.moves(calls[2])
        shares.moves(calls[0])
        shares.moves(calls[3])
        shares.moves(calls[5])
        // It has carried something, and now waits for the service.
        shares.moves(calls[5], .served)
        shares.moves(calls[2])
        for _ in 0..<3 { shares.wait(caller: 2) }
        #expect((0..<3).map { _ in shares.handOver()?.from } == [calls[1], calls[4], calls[0]])
        // Each has its share.
        shares.wait(caller: 2)
        #expect(shares.handOver() == nil)
    }

    @Test("what has stood goes before what has carried nothing yet")
    func stoodFirst() {
        var shares = SharesBench(4)
        let old = shares.begin(1, caller: 1, .carrying, movedAt: 8)
        let young = shares.begin(3, caller: 1, movedAt: 9)
        shares.wait(caller: 2)
        shares.wait(caller: 2)
        #expect(shares.handOver()?.from == old[0])
        #expect(shares.handOver()?.from == young[0])
    }

    @Test("a whole request that the service works on is not taken, however many its identity has")
    func wholeRequests() {
        var shares = SharesBench(8)
        shares.begin(4, caller: 1, .served, movedAt: nil)
        shares.begin(4, caller: 1, .servedWithoutDeadline, movedAt: nil)
        shares.wait(caller: 2)
        #expect(shares.handOver() == nil)
    }

    @Test("an identity with a single stream, or within its share, keeps what it has; the others give")
    func withinShare() {
        var shares = SharesBench(12)
        let single = shares.begin(1, caller: 1, movedAt: nil)
        let few = shares.begin(2, caller: 2, movedAt: nil)
        shares.begin(9, caller: 3, .carrying, movedAt: nil)
        for _ in 0..<12 { shares.wait(caller: 4) }
        #expect(shares.handOverAll(1, 2, 3, 4) == [1, 2, 6, 3])
        #expect(shares.inFlight.contains(single[0]) && few.allSatisfy { shares.inFlight.contains($0) })
    }

    @Test("with more identities than places nobody loses its only one before it stands")
    func onlyPlace() {
        var shares = SharesBench(3)
        shares.begin(1, caller: 1, movedAt: nil)
        let two = shares.begin(2, caller: 2, movedAt: nil)
        for caller: UInt in 3..<8 { shares.wait(caller: caller) }
        #expect(shares.handOver()?.from == two[0])
        #expect(shares.handOver() == nil)
        shares.tick += 2
        #expect(shares.handOver() != nil)
    }

    @Test("identities that fill a service and wait for more take nothing from each other")
    func backAndForth() {
        var shares = SharesBench(7)
        shares.begin(4, caller: 1, movedAt: nil)
        shares.begin(3, caller: 2, movedAt: nil)
        shares.wait(caller: 1)
        shares.wait(caller: 2)
        #expect(shares.handOver() == nil)
    }

    @Test("of those above their share the one with most gives, be its calls old or new")
    func heaviest() {
        var shares = SharesBench(12)
        // Stands, and is above its share of four too.
        shares.begin(5, caller: 1)
        let new = shares.begin(7, caller: 2, .carrying, movedAt: nil)
        shares.wait(caller: 3)
        #expect(shares.handOver()?.from == new[0])
    }

    @Test("who waits in an earlier class without a right to a place is not in the way of those who have one")
    func earlierClass() {
        var shares = SharesBench(16)
        shares.begin(14, .push, caller: 1, movedAt: nil)
        shares.begin(2, .interactive, caller: 1, movedAt: nil)
        shares.wait(.interactive, caller: 1)
        let push = shares.wait(.push, caller: 2)
        let change = shares.handOver()
        #expect(change?.to == push)
        #expect(change?.fromClass == .push)
        // One of an earlier class that has the right goes first.
        shares.wait(.push, caller: 3)
        let interactive = shares.wait(.interactive, caller: 3)
        #expect(shares.handOver()?.to == interactive)
    }

    @Test("a service that has fewer places than calls in flight hands them over all the same")
    func fewerPlaces() {
        var shares = SharesBench(16)
        shares.begin(14, .push, caller: 1, movedAt: nil)
        shares.queue.limitsChanged(ServiceLimits(concurrentCalls: 8))
        let push = shares.wait(.push, caller: 2)
        #expect(shares.handOver()?.to == push)
        #expect(shares.queue.callsInFlight == 14)
    }

    @Test("a call whose use is told when it is gone, waits, or has given its place back is not taken for another")
    func lateNews() {
        var shares = SharesBench(4)
        let calls = shares.begin(4, caller: 1, .served)
        let waiting = shares.wait(caller: 2)
        shares.queue.callEnded(calls[0])
        #expect(shares.queue.nextTurn(now: SharesBench.at(1)) != .nothing)
        shares.queue.placeGivenBack(calls[1])
        let other = shares.begin(1, caller: 1, .served)
        let late = shares.wait(caller: 3)
        for ticket in [calls[0], calls[1], late].compactMap({ $0 }) { shares.moves(ticket, .silent) }
        #expect(shares.handOver() == nil)
        _ = (waiting, other)
    }
}
