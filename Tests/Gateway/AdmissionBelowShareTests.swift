import GatewayRules
import Testing
import Wire

/// Whoever holds less than its share of a service's places gets one, whatever the others use theirs for.
@Suite("Who holds less than its share")
struct AdmissionBelowShareTests {
    // MARK: Whole requests

    @Test(
        "whole requests that the service has had for a second give way to it, the latest of them first, and no younger one"
    )
    func wholeRequests() {
        var shares = SharesBench(8)
        let first = shares.begin(1, caller: 1, .served, at: 10)
        let second = shares.begin(1, caller: 1, .served, at: 20)
        let late = shares.begin(6, caller: 1, .served, at: 900)
        for _ in 0..<3 { shares.wait(caller: 2, since: 900) }
        #expect(shares.handOver(at: 1_009) == nil)
        #expect(shares.handOver(at: 1_010)?.from == first[0])
        #expect(shares.handOver(at: 1_019) == nil)
        #expect(shares.handOver(at: 1_020)?.from == second[0])
        #expect(shares.handOver(at: 1_899) == nil)
        #expect(shares.handOver(at: 1_900)?.from == late[5])
    }

    @Test("whoever fills the service with them keeps its share, and nobody within its own loses any")
    func withinShare() {
        var shares = SharesBench(12)
        let single = shares.begin(1, caller: 1, .served)
        let few = shares.begin(2, caller: 2, .served)
        let many = shares.begin(9, caller: 3, .served)
        for _ in 0..<12 { shares.wait(caller: 4, since: 990) }
        while shares.handOver(at: 1_000) != nil {}
        #expect((single + few).allSatisfy { shares.inFlight.contains($0) })
        #expect(many.count { shares.inFlight.contains($0) } == 6)
    }

    @Test("of an identity's calls those that wait for their caller go before them")
    func openFirst() {
        var shares = SharesBench(4)
        let served = shares.begin(3, caller: 1, .served)
        let open = shares.begin(1, caller: 1, .carrying, movedAt: nil, at: 990)
        for _ in 0..<2 { shares.wait(caller: 2, since: 990) }
        #expect(shares.handOver(at: 1_000)?.from == open[0])
        #expect(shares.handOver(at: 1_000)?.from == served[2])
    }

    @Test("a request is whole from when it has ended, not from when it began")
    func wholeSince() {
        var shares = SharesBench(2)
        let calls = shares.begin(2, caller: 1, at: 0)
        for call in calls { shares.moves(call, .served, at: 900) }
        shares.wait(caller: 2, since: 1_000)
        #expect(shares.handOver(at: 1_899) == nil)
        #expect(shares.handOver(at: 1_900)?.from == calls[1])
    }

    // MARK: Places that come free

    @Test("a place that comes free is for it, before calls of an earlier class and those whose turn it is")
    func freePlaces() {
        var shares = SharesBench(16)
        let calls = shares.begin(16, caller: 1, .served)
        for _ in 0..<3 { shares.wait(caller: 1) }
        let push = shares.wait(.push, caller: 2)
        let interactive = shares.wait(caller: 3)
        let bulk = shares.wait(.bulk, caller: 4)
        var started: [AdmissionQueue.Ticket?] = []
        for call in calls.prefix(4) {
            shares.queue.callEnded(call)
            guard case .start(let ticket, _, _) = shares.queue.nextTurn(now: SharesBench.at(1)) else { continue }
            started.append(ticket)
        }
        // Of those below their shares the earlier class goes first; who is above its share comes last.
        #expect(Array(started.prefix(3)) == [interactive, push, bulk])
        #expect(started.count == 4)
    }

    @Test("whoever ends its calls before they are old and opens others in their place does not get that place")
    func reopened() {
        var shares = SharesBench(8)
        let calls = shares.begin(8, caller: 1, .served)
        let waiting = shares.wait(caller: 2, since: 800)
        for call in calls.prefix(3) {
            shares.wait(caller: 1, since: 900)
            shares.queue.callEnded(call)
        }
        guard case .start(let started, _, _) = shares.queue.nextTurn(now: SharesBench.at(950)) else {
            Issue.record("nobody has the place")
            return
        }
        #expect(started == waiting)
    }

    // MARK: Waiting

    @Test("it waits as long as it takes until others' calls are old enough, and is not shed before")
    func longestWait() {
        var shares = SharesBench(8)
        shares.begin(8, caller: 1, .served)
        let few = shares.wait(caller: 2)
        let many = shares.wait(caller: 1)
        #expect(shares.queue.nextShedAt == SharesBench.at(100))
        #expect(shares.queue.nextShed(now: SharesBench.at(100)) == many)
        #expect(shares.queue.nextShed(now: SharesBench.at(1_999)) == nil)
        #expect(shares.queue.nextShedAt == SharesBench.at(2_000))
        #expect(shares.queue.nextShed(now: SharesBench.at(2_000)) == few)
    }

    @Test("when it has its share its other calls are shed as anybody's")
    func untilItsShare() {
        var shares = SharesBench(4)
        shares.begin(4, caller: 1, movedAt: nil)
        for _ in 0..<5 { shares.wait(caller: 2) }
        #expect(shares.handOverAll(1, 2) == [2, 2])
        var shed = 0
        while shares.queue.nextShed(now: SharesBench.at(100)) != nil { shed += 1 }
        #expect(shed == 3)
    }

    @Test("with more identities than places nobody is below a share, and calls are shed as ever")
    func moreIdentitiesThanPlaces() {
        var shares = SharesBench(2)
        shares.begin(2, caller: 1, .served)
        for caller: UInt in 2..<5 { shares.wait(caller: caller) }
        var shed = 0
        while shares.queue.nextShed(now: SharesBench.at(100)) != nil { shed += 1 }
        // The last two have a share again, of one place each.
        #expect(shed == 2)
    }

    // MARK: Too many wait

    @Test(
        "who waits below its share gives way to nobody with its share, and has that one's place to wait, class or not")
    func eviction() {
        var shares = SharesBench(8, queuedCalls: 3)
        shares.begin(8, caller: 1, .served)
        let many = [shares.wait(caller: 1), shares.wait(caller: 1)]
        shares.wait(.bulk, caller: 2)
        func arrives(_ trafficClass: TrafficClass, _ caller: UInt) -> AdmissionQueue.OnArrival {
            shares.queue.callArrived(trafficClass, caller: caller, deadline: nil, now: SharesBench.at(1))
        }
        for (caller, evicted): (UInt, _) in [(3, many[0]), (4, many[1])] {
            guard case .waitInsteadOf(_, let ticket) = arrives(.bulk, caller) else {
                Issue.record("it does not wait")
                return
            }
            #expect(ticket == evicted)
        }
        #expect(arrives(.interactive, 1) == .refuse)
    }
}
