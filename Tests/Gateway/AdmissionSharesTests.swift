import GatewayRules
import Testing
import Wire

@Suite("Places that stand idle while others wait")
struct AdmissionSharesTests {
    @Test("a call that waits gets the place of the idlest call of who holds most, in the same turn")
    func handOver() {
        var shares = SharesBench(16)
        shares.begin(6, .push, caller: 1)
        let many = shares.begin(8, .push, caller: 2, movedAt: 4)
        for index in many.indices where index != 3 {
            shares.queue.placeUsed(many[index], .silent, tick: 5, now: SharesBench.at(0))
        }
        let waiting = shares.wait(.push, caller: 3)
        let change = shares.handOver(at: 7)
        #expect(change?.from == many[3])
        #expect(change?.to == waiting)
        #expect(change?.fromClass == .push)
        #expect(change?.toClass == .push)
        #expect(change?.waitedNanoseconds == 7_000_000)
        #expect(shares.queue.callsInFlight == 14)
        #expect(shares.queue.waitingCalls == 0)
        #expect(shares.handOver() == nil)
    }

    @Test("the shares of those who hold and those who wait meet, and stay then")
    func evenSharesBench() {
        var shares = SharesBench(16)
        shares.begin(8, .push, caller: 1)
        shares.begin(6, .push, caller: 2)
        for _ in 0..<10 { shares.wait(.push, caller: 3) }
        let places = shares.handOverAll(1, 2, 3)
        #expect(places.reduce(0, +) == 14)
        #expect(places.allSatisfy { (4...5).contains($0) }, "\(places)")
        #expect(shares.queue.waitingCalls == 5)
    }

    @Test("a call without a deadline is the service's for a second after its last move", arguments: [0, 1])
    func recentMove(ticksAgo: Int) {
        var shares = SharesBench(2)
        shares.begin(2, caller: 1, .servedWithoutDeadline, movedAt: shares.tick - ticksAgo)
        shares.wait(caller: 2)
        #expect(shares.handOver() == nil)
        shares.tick += 2 - ticksAgo
        #expect(shares.handOver() != nil)
    }

    @Test(
        "a call that waits for its service keeps its place however long that takes, while nobody holds less than its share"
    )
    func busyCalls() {
        var shares = SharesBench(5, queueIntervalMilliseconds: 600_000)
        shares.begin(3, caller: 1, .served)
        shares.begin(2, caller: 2, .served)
        shares.wait(caller: 2)
        shares.tick += 1_000
        #expect(shares.handOver(at: 500_000) == nil)
    }

    @Test("a call that has moved since it was looked at keeps its place")
    func movedMeanwhile() {
        var shares = SharesBench(4)
        let calls = shares.begin(4, caller: 1, movedAt: 0)
        shares.queue.placeUsed(calls[0], .silent, tick: 1, now: SharesBench.at(0))
        shares.wait(caller: 2)
        shares.wait(caller: 2)
        #expect(shares.handOver()?.from == calls[1])
        shares.moves(calls[2])
        shares.moves(calls[3], .served)
        #expect(shares.handOver()?.from == calls[0])
    }

    @Test("who holds no more than its share gives nothing")
    func withinShare() {
        var shares = SharesBench(8)
        shares.begin(4, caller: 1)
        shares.begin(4, caller: 2, .served)
        shares.wait(caller: 2)
        #expect(shares.handOver() == nil)
    }

    @Test("an identity whose calls all wait for the service is passed over, though it holds most")
    func busiestPassedOver() {
        var shares = SharesBench(9)
        shares.begin(5, caller: 1, .served)
        let idle = shares.begin(4, caller: 2)
        shares.wait(caller: 3)
        let from = shares.handOver()?.from
        #expect(idle.contains { $0 == from })
    }

    @Test("nobody takes a place from who has as few, and nobody from itself")
    func notFromEqual() {
        var shares = SharesBench(6)
        shares.begin(6, caller: 1)
        shares.wait(caller: 1)
        #expect(shares.handOver() == nil)
        let other = shares.wait(caller: 2)
        // The first in turn is the one that holds all of them.
        #expect(shares.handOver()?.to == other)
    }

    @Test("with more identities than places an idle one is lent in turn")
    func moreIdentitiesThanPlaces() {
        var shares = SharesBench(2)
        let first = shares.begin(1, caller: 1)
        shares.begin(1, caller: 2, movedAt: 1)
        shares.wait(caller: 3)
        #expect(shares.handOver()?.from == first[0])
    }

    @Test(
        "two identities do not hold all that bulk may hold, nor all that push may hold",
        arguments: [TrafficClass.push, .bulk])
    func classSharesBench(_ trafficClass: TrafficClass) {
        var shares = SharesBench(32)
        let places = trafficClass == .push ? 28 : 16
        shares.begin(places / 2, trafficClass, caller: 1)
        shares.begin(places / 2, trafficClass, caller: 2)
        // Others have room, and are not in question.
        shares.begin(4, .interactive, caller: 4)
        shares.wait(trafficClass, caller: 3)
        let change = shares.handOver()
        #expect(change?.fromClass == trafficClass)
        #expect(change?.toClass == trafficClass)
    }

    @Test("only a place that lets the waiting call begin changes hands")
    func rightClass() {
        var shares = SharesBench(16)
        // All of bulk's half, and interactive calls that are idle.
        shares.begin(8, .bulk, caller: 1, .served)
        shares.begin(8, .interactive, caller: 2)
        shares.wait(.bulk, caller: 3)
        #expect(shares.handOver() == nil)
        // The other way round any place will do.
        shares.wait(.interactive, caller: 3)
        #expect(shares.handOver()?.fromClass == .interactive)
    }

    @Test("an interactive call takes the idle place of a push")
    func acrossClasses() {
        var shares = SharesBench(8)
        shares.begin(7, .push, caller: 1)
        shares.begin(1, .interactive, caller: 2)
        shares.wait(.interactive, caller: 3)
        let change = shares.handOver()
        #expect(change?.fromClass == .push)
        #expect(change?.toClass == .interactive)
    }

    @Test("a call without a place counts for nobody's share, and its ticket is never handed over")
    func placeless() {
        var shares = SharesBench(4)
        let calls = shares.begin(4, caller: 1)
        for call in calls { shares.queue.placeGivenBack(call) }
        shares.begin(1, caller: 1, movedAt: 5)
        shares.begin(3, caller: 2, movedAt: 5)
        shares.wait(caller: 3)
        // Of four calls without a place and one with it, only the one counts: the second has more.
        let change = shares.handOver()
        #expect(change.map { !calls.contains($0.from) } == true)
        #expect(shares.queue.callsInFlight == 4)
        #expect(shares.queue.placelessCalls == 4)
        for call in calls { shares.queue.callEnded(call) }
        #expect(shares.queue.callsInFlight == 4)
        #expect(shares.queue.placelessCalls == 0)
    }

    @Test("calls of the class control are not looked at")
    func control() {
        var shares = SharesBench(1)
        shares.begin(8, .control, caller: 1)
        shares.begin(1, caller: 2, .served)
        shares.wait(caller: 3)
        #expect(shares.handOver() == nil)
    }

    @Test("no place is taken for a call that is too late already")
    func lateCall() {
        var shares = SharesBench(2)
        shares.begin(2, caller: 1)
        shares.wait(caller: 2, deadline: SharesBench.at(50))
        shares.wait(caller: 3)
        #expect(shares.handOver(at: 50)?.to == shares.inFlight.last)
        #expect(shares.handOver(at: 50) == nil)
        #expect(shares.queue.callsInFlight == 2)
        #expect(shares.queue.waitingCalls == 1)
    }

    @Test("a ticket whose place was handed over means nothing any more")
    func oldTicket() {
        var shares = SharesBench(2)
        let calls = shares.begin(2, caller: 1)
        shares.wait(caller: 2)
        #expect(shares.handOver()?.from == calls[0])
        shares.queue.callEnded(calls[0])
        #expect(shares.queue.callsInFlight == 2)
        shares.queue.callEnded(calls[1])
        shares.queue.callEnded(calls[1])
        #expect(shares.queue.callsInFlight == 1)
    }

    @Test("identities that have left are forgotten, and those that come again are counted rightly")
    func manyIdentities() {
        var queue = AdmissionQueue(ServiceLimits(concurrentCalls: 2))
        for caller: UInt in 0..<5_000 {
            guard
                case .start(let ticket) = queue.callArrived(
                    .interactive, caller: caller &* 64, deadline: nil, now: SharesBench.at(0))
            else {
                Issue.record("the call does not begin")
                return
            }
            queue.callEnded(ticket)
        }
        var shares = SharesBench(2)
        shares.queue = queue
        let calls = shares.begin(2, caller: 64)
        shares.wait(caller: 0)
        #expect(shares.handOver()?.from == calls[0])
    }
}
