internal import NIOCore
internal import Wire

/// The one timer of a connection: for the earliest deadline among its calls. Confined to its loop.
struct DeadlineAlarm {
    private var timer: Scheduled<Void>?
    private var at: MonotonicInstant?

    /// Nothing is set, or only for later than this.
    func isLate(for deadline: MonotonicInstant) -> Bool {
        at.map { $0 > deadline } ?? true
    }

    mutating func set(for deadline: MonotonicInstant, on loop: ConnectionLoop, _ body: @escaping () -> Void) {
        timer?.cancel()
        at = deadline
        timer = loop.eventLoop.assumeIsolatedUnsafeUnchecked().scheduleTask(
            deadline: .uptimeNanoseconds(deadline.nanoseconds), body)
    }

    /// The timer has come.
    mutating func rang() { at = nil }

    /// Nothing rings any more.
    mutating func cancel() { timer?.cancel() }
}
