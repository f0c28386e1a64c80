internal import Synchronization
public import Wire

/// The clock that deadlines are kept on. This room reads no clock of its own: it is handed one.
public protocol MonotonicClock: Sendable {
    var now: MonotonicInstant { get }

    /// Returns at `instant`, or at once when the task is cancelled.
    func sleep(until instant: MonotonicInstant) async
}

/// A clock that stands still until it is told to move: deadlines pass when a test says so.
public final class ManualClock: MonotonicClock {
    private struct State {
        var now: MonotonicInstant
        var nextSleeper: UInt64 = 0
        var sleepers: [UInt64: (wakeAt: MonotonicInstant, continuation: CheckedContinuation<Void, Never>)] = [:]
    }

    private let state: Mutex<State>

    public init(now: MonotonicInstant = MonotonicInstant(nanoseconds: 0)) {
        state = Mutex(State(now: now))
    }

    public var now: MonotonicInstant { state.withLock { $0.now } }

    /// The next instant at which somebody wakes; `nil` while nobody sleeps. Who looks here before they move the clock knows
    /// that those they mean are asleep.
    public var nextWake: MonotonicInstant? { state.withLock { $0.sleepers.values.map(\.wakeAt).min() } }

    /// Moves the clock on and wakes who slept until then.
    public func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now = state.now.advanced(byMicroseconds: duration.wholeMicroseconds)
            let due = state.sleepers.filter { $0.value.wakeAt <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in due { continuation.resume() }
    }

    public func sleep(until instant: MonotonicInstant) async {
        let id = state.withLock { state in
            state.nextSleeper += 1
            return state.nextSleeper
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    // Read under the lock: a cancellation that comes later finds the sleeper in the table.
                    guard state.now < instant, !Task.isCancelled else { return true }
                    state.sleepers[id] = (instant, continuation)
                    return false
                }
                if isDue { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume()
        }
    }
}

extension Duration {
    /// Microseconds, rounded down; 0 for a negative duration and the greatest number for one that does not fit.
    package var wholeMicroseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (product, productOverflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000)
        let (sum, sumOverflow) = product.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000_000))
        return productOverflow || sumOverflow ? .max : sum
    }
}
