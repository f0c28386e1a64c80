internal import Glibc
internal import NIOCore
internal import Telemetry
package import Wire

/// Whether a loop without work looks for frames again and again instead of sleeping, which costs a core that nobody else
/// wants and saves the wake-up: with few calls under way that is most of what a call takes, most of all in a virtual
/// machine, whose idle core goes back to the host (HAProxy's `busy-polling`).
///
/// Pure. Waits tell about the next, as in the haltpoll governor of Linux: when frames came within the window at one of the
/// last two, the loop polls for as long as the window at the next one; when they did not, it sleeps until they do again. So a
/// loop that is seldom asked does not poll at all, and one that waits long for an answer and then shortly for the next
/// question, as a gateway's does for a single caller's pushes, finds the question. A wait in which somebody else had a use
/// for the core is slept to its end: on a busy machine polls take from those who have work.
package struct BusyPollRule {
    private let windowNanoseconds: UInt64
    /// A yield that took no longer went to nobody, or to something small.
    private static let longYieldNanoseconds: UInt64 = 20_000
    private var wasWaitShort = (last: false, before: false)
    /// Somebody else had a use for the core since then.
    private var isCoreWanted = false
    /// When the last frames had been dealt with; `nil` while some are.
    private var quietSince: MonotonicInstant?

    package init(windowNanoseconds: UInt64, at now: MonotonicInstant) {
        self.windowNanoseconds = windowNanoseconds
        quietSince = now
    }

    package var isQuiet: Bool { quietSince != nil }

    /// How long there have been no frames, in nanoseconds; 0 while some are being dealt with.
    package func wait(at now: MonotonicInstant) -> UInt64 {
        quietSince.map { now.nanoseconds &- $0.nanoseconds } ?? 0
    }

    /// Once for all that come before those are dealt with.
    package mutating func framesCame(at now: MonotonicInstant) {
        guard isQuiet else { return }
        wasWaitShort = (wait(at: now) < windowNanoseconds, wasWaitShort.last)
        quietSince = nil
    }

    package mutating func framesAreDealtWith(at now: MonotonicInstant) {
        quietSince = now
        isCoreWanted = false
    }

    /// The core was offered to others, who had it until `end`.
    package mutating func yielded(from start: MonotonicInstant, to end: MonotonicInstant) {
        if end.nanoseconds &- start.nanoseconds >= Self.longYieldNanoseconds { isCoreWanted = true }
    }

    /// Whether to look again rather than to sleep.
    package func polls(at now: MonotonicInstant) -> Bool {
        (wasWaitShort.last || wasWaitShort.before) && !isCoreWanted && wait(at: now) < windowNanoseconds
    }
}

/// Has one event loop poll as ``BusyPollRule`` says. Confined to that loop.
///
/// SwiftNIO looks for what is ready without sleeping when a timer is due at the end of a tick. So there is one that is
/// due a moment later, and the end of the tick, of which ``LoopRounds`` tells, waits for that moment.
final class LoopPoller: NIOScheduledCallbackHandler, @unchecked Sendable {
    private let eventLoop: any EventLoop
    private let statistics: LoopStatistics
    private var rule: BusyPollRule
    /// When the timer is due, while there is one.
    private var due: MonotonicInstant?
    /// Timers that came in this tick: all but the first were due too soon.
    private var timersInTick = 0

    init(_ eventLoop: any EventLoop, windowNanoseconds: UInt64, statistics: LoopStatistics) {
        self.eventLoop = eventLoop
        self.statistics = statistics
        rule = BusyPollRule(windowNanoseconds: windowNanoseconds, at: .now)
    }

    /// Or an answer from another thread, which is about to become frames.
    func framesCame() {
        guard rule.isQuiet else { return }
        let now = MonotonicInstant.now
        if due != nil { statistics.polled(nanoseconds: rule.wait(at: now)) }
        rule.framesCame(at: now)
        if due == nil, rule.polls(at: now) { startTimer(now) }
    }

    private func startTimer(_ now: MonotonicInstant) {
        // A microsecond is enough where the tick is all but over; twice as long each time that it was not.
        let due = MonotonicInstant(nanoseconds: now.nanoseconds + (1_000 << min(timersInTick, 10)))
        // A loop that refused would sleep: no harm. SwiftNIO's own never do, on their own thread.
        let callback = try? eventLoop.scheduleCallback(at: .uptimeNanoseconds(due.nanoseconds), handler: self)
        if callback != nil { self.due = due }
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        due = nil
        let now = MonotonicInstant.now
        if rule.polls(at: now) { startTimer(now) } else { statistics.polled(nanoseconds: rule.wait(at: now)) }
        timersInTick += 1
    }

    func tickEnded(at end: MonotonicInstant) {
        timersInTick = 0
        if !rule.isQuiet { rule.framesAreDealtWith(at: end) }
        guard let due else { return }
        // Whoever else wants the core has it first.
        var now = end
        repeat {
            let start = now
            sched_yield()
            now = .now
            rule.yielded(from: start, to: now)
        } while now < due
    }
}
