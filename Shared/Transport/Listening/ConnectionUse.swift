internal import Synchronization
internal import Wire

/// Whether calls are open on a connection, as every thread may see it: its own loop says so, and a listener that needs a
/// place looks, and takes one that is idle. Both cannot have their way: a connection that was taken takes no call.
///
///     idle ──begin──▶ busy ──end──▶ idle
///       └──take──▶ taken
///
/// Invalid, and without effect: to take one that is busy or taken, and to end what has not begun.
final class ConnectionUse: Sendable {
    private static let busy: UInt64 = 0
    private static let taken = UInt64.max
    /// One of these, or since when it is idle, in nanoseconds.
    private let state: Atomic<UInt64>

    init(idleSince now: MonotonicInstant) {
        state = Atomic(Self.idle(now))
    }

    private static func idle(_ now: MonotonicInstant) -> UInt64 { min(max(now.nanoseconds, busy + 1), taken - 1) }

    /// A first call is about to be opened, after none was. False: the place is another's by now.
    func begin() -> Bool {
        state.exchangeUnlessTaken(Self.busy, taken: Self.taken)
    }

    /// No call is open any more.
    func end(at now: MonotonicInstant) {
        _ = state.compareExchange(expected: Self.busy, desired: Self.idle(now), ordering: .relaxed)
    }

    /// `nil` while calls are open, and when it was taken.
    var idleSince: MonotonicInstant? {
        let value = state.load(ordering: .relaxed)
        return value == Self.busy || value == Self.taken ? nil : MonotonicInstant(nanoseconds: value)
    }

    /// Takes it if it is idle. Then its loop is to be told.
    func take() -> Bool {
        guard let idleSince else { return false }
        return state.compareExchange(
            expected: Self.idle(idleSince), desired: Self.taken, ordering: .relaxed
        ).exchanged
    }
}

extension Atomic<UInt64> {
    fileprivate borrowing func exchangeUnlessTaken(_ desired: UInt64, taken: UInt64) -> Bool {
        var value = load(ordering: .relaxed)
        while value != taken {
            let (isExchanged, original) = weakCompareExchange(expected: value, desired: desired, ordering: .relaxed)
            if isExchanged { return true }
            value = original
        }
        return false
    }
}
