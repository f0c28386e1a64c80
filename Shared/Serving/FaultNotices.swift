internal import RPC
internal import Synchronization
public import Wire

/// Which faults of a service's calls are told, for all that go on at once.
public final class FaultNotices: Sendable {
    /// On a disk that is almost full small writes succeed between large ones that fail.
    static let settledMicroseconds: UInt64 = 5_000_000

    private struct State {
        /// The store can take nothing in.
        var store = OutageNotices()
        /// Anything else, of which nobody knows when it is over.
        var others = OutageNotices()
    }

    private let clock: @Sendable () -> MonotonicInstant
    private let state = Mutex(State())
    /// Looked at by each call that writes: the lock and the clock are for outages only.
    private let isStoreFailing = Atomic(false)

    init(now: @escaping @Sendable () -> MonotonicInstant) {
        clock = now
    }

    private static let start = ContinuousClock.now

    /// Since the first time that it was asked for.
    public static let now: @Sendable () -> MonotonicInstant = {
        MonotonicInstant(nanoseconds: 0).advanced(
            byMicroseconds: start.duration(to: ContinuousClock.now).wholeMicroseconds)
    }

    func storeFailed(_ reason: String) -> OutageNotices.OnFailure {
        isStoreFailing.store(true, ordering: .relaxed)
        let now = clock()
        return state.withLock { $0.store.failed(reason, at: now) }
    }

    func otherFailed(_ reason: String) -> OutageNotices.OnFailure {
        let now = clock()
        return state.withLock { $0.others.failed(reason, at: now) }
    }

    func storeWrote() -> OutageNotices.OnSuccess {
        guard isStoreFailing.load(ordering: .relaxed) else { return .ignore }
        let now = clock()
        return state.withLock { state in
            let notice = state.store.succeeded(at: now, settledMicroseconds: Self.settledMicroseconds)
            if notice != .ignore { isStoreFailing.store(false, ordering: .relaxed) }
            return notice
        }
    }
}
