import GatewayRules
import Testing
import Wire

/// A queue, and what the calls in flight do with their places. Time is in milliseconds here.
struct SharesBench {
    typealias Ticket = AdmissionQueue.Ticket

    var queue: AdmissionQueue
    var tick = 10
    var inFlight: [Ticket] = []
    private var callers: [Ticket: UInt] = [:]

    static func at(_ milliseconds: UInt64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: milliseconds * 1_000_000)
    }

    init(_ concurrentCalls: Int, queuedCalls: Int = 100, queueIntervalMilliseconds: UInt64 = 100) {
        queue = AdmissionQueue(
            ServiceLimits(
                concurrentCalls: concurrentCalls, queuedCalls: queuedCalls, queueTargetMicroseconds: 5_000,
                queueIntervalMicroseconds: queueIntervalMilliseconds * 1_000))
    }

    /// Calls begin, and have not moved since the tick `movedAt`; `nil`: in this one.
    @discardableResult
    mutating func begin(
        _ count: Int, _ trafficClass: TrafficClass = .interactive, caller: UInt, _ use: PlaceUse = .silent,
        movedAt: Int? = 0, at milliseconds: UInt64 = 0
    ) -> [Ticket] {
        var begun: [Ticket] = []
        for _ in 0..<count {
            guard
                case .start(let ticket) = queue.callArrived(
                    trafficClass, caller: caller, deadline: nil, now: Self.at(milliseconds))
            else { break }
            queue.placeUsed(ticket, use, tick: movedAt ?? tick, now: Self.at(milliseconds))
            begun.append(ticket)
            callers[ticket] = caller
        }
        inFlight += begun
        #expect(begun.count == count)
        return begun
    }

    /// A call moves on, in this tick.
    mutating func moves(_ ticket: Ticket, _ use: PlaceUse = .carrying, at milliseconds: UInt64 = 0) {
        queue.placeUsed(ticket, use, tick: tick, now: Self.at(milliseconds))
    }

    @discardableResult
    mutating func wait(
        _ trafficClass: TrafficClass = .interactive, caller: UInt, deadline: MonotonicInstant? = nil,
        since milliseconds: UInt64 = 0
    ) -> Ticket? {
        switch queue.callArrived(trafficClass, caller: caller, deadline: deadline, now: Self.at(milliseconds)) {
        case .wait(let ticket):
            callers[ticket] = caller
            return ticket
        case .start, .startInsteadOf, .waitInsteadOf, .refuse:
            Issue.record("the call does not wait")
            return nil
        }
    }

    /// By the time that whoever waits may take a place, unless another is said.
    mutating func handOver(at milliseconds: UInt64 = 5) -> AdmissionQueue.HandOver? {
        #expect(queue.nextTurn(now: Self.at(milliseconds)) == .nothing)
        let change = queue.nextHandOver(now: Self.at(milliseconds), tick: tick)
        if let change {
            inFlight.removeAll { $0 == change.from }
            inFlight.append(change.to)
        }
        return change
    }

    /// As many as there are; how many places each of these callers has then.
    mutating func handOverAll(_ callers: UInt...) -> [Int] {
        while handOver() != nil {}
        return callers.map { caller in inFlight.filter { self.callers[$0] == caller }.count }
    }
}
