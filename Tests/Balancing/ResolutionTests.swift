import Balancing
import Testing
import Wire

@Suite("When names are looked up")
struct ResolutionTests {
    private var schedule = ResolutionSchedule(intervalMicroseconds: 5_000_000)
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    private func after(milliseconds: UInt64) -> MonotonicInstant {
        start.advanced(byMicroseconds: milliseconds * 1000)
    }

    @Test("on a period")
    mutating func period() {
        #expect(schedule.due(at: start) == .resolve)
        #expect(schedule.due(at: after(milliseconds: 1)) == .nothing)
        #expect(schedule.resolved(at: after(milliseconds: 2)) == after(milliseconds: 5000))
        #expect(schedule.due(at: after(milliseconds: 4999)) == .wait(until: after(milliseconds: 5000)))
        #expect(schedule.due(at: after(milliseconds: 5000)) == .resolve)
    }

    @Test("at once when an endpoint is lost, but not more often than once a second")
    mutating func lost() {
        _ = schedule.due(at: start)
        _ = schedule.resolved(at: start)
        #expect(schedule.endpointLost(at: after(milliseconds: 400)) == .wait(until: after(milliseconds: 1000)))
        #expect(schedule.due(at: after(milliseconds: 1000)) == .resolve)
        #expect(schedule.endpointLost(at: after(milliseconds: 1100)) == .nothing)
        #expect(schedule.resolved(at: after(milliseconds: 1200)) == after(milliseconds: 2000))
        _ = schedule.due(at: after(milliseconds: 2000))
        _ = schedule.resolved(at: after(milliseconds: 2000))
        #expect(schedule.endpointLost(at: after(milliseconds: 4000)) == .resolve)
    }

    @Test("the last good answer of each source stands when the next is empty")
    func lastGood() {
        var known = KnownAddresses<String>(sources: 2)
        #expect(known.answered(0, ["a", "b"]) == true)
        #expect(known.answered(1, ["b", "c"]) == true)
        #expect(known.all == ["a", "b", "c"])
        #expect(known.answered(0, []) == false)
        #expect(known.all == ["a", "b", "c"])
        #expect(known.answered(0, ["d"]) == true)
        #expect(known.all == ["d", "b", "c"])
    }
}
