internal import NIOCore
internal import NIOPosix
internal import Wire

/// What waits until its event loop has looked at the sockets once more: pure.
///
/// SwiftNIO goes round: sockets, then tasks and timers that are due until none is left. A timer that is set for a moment
/// later brings the loop to its sockets in between, but not when somebody works for longer than that moment before the round
/// is over: two that each set one while the other works would keep the loop from its sockets for good. So a timer is asked
/// whether the round has ended meanwhile, and set again if it has not.
struct SocketsTurn<Waiting> {
    private var waiting: [(round: UInt64, body: Waiting)] = []
    private var hasTimer = false
    /// Rounds that have ended.
    private(set) var rounds: UInt64 = 0
    /// Whether somebody tells of them. If nobody does, each timer is taken for one.
    var areRoundsTold = false

    mutating func roundEnded() {
        rounds &+= 1
    }

    /// True: set a timer.
    mutating func wait(_ body: Waiting) -> Bool {
        waiting.append((rounds, body))
        defer { hasTimer = true }
        return !hasTimer
    }

    /// Those whose turn it is, in the order they came, and whether to set another timer.
    mutating func timerCame() -> (ready: [Waiting], setsTimer: Bool) {
        if !areRoundsTold { roundEnded() }
        let ready = waiting.prefix { $0.round != rounds }.map(\.body)
        waiting.removeFirst(ready.count)
        hasTimer = !waiting.isEmpty
        return (ready, hasTimer)
    }
}

/// Tells each ``ConnectionLoop`` of a group when its event loop has been round.
final class LoopRounds: NIOEventLoopMetricsDelegate {
    /// The one whose thread this is.
    private static let loop = ThreadSpecificVariable<ConnectionLoop>()

    /// To be called on the loop.
    static func begin(_ loop: ConnectionLoop) {
        self.loop.currentValue = loop
    }

    func processedTick(info: NIOEventLoopTickInfo) {
        Self.loop.currentValue?.roundEnded(at: MonotonicInstant(nanoseconds: info.endTime.uptimeNanoseconds))
    }
}
