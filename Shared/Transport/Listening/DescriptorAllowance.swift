internal import Synchronization

/// How many sockets a process may have open, counted before they are opened: when the system refuses one, it refuses
/// everybody's, also those of libraries that do not bear it (libdispatch's watch over its threads opens a file each second
/// and ends the process when it cannot).
///
/// Shared by everything in a process that accepts and dials. Without a limit until ``setLimit(_:)``.
public final class DescriptorAllowance: Sendable {
    private struct State {
        var limit = Int.max
        var taken = 0
        /// Told, once, when there is room for so many again.
        var waiter: (room: Int, tell: @Sendable () -> Void)?
    }

    private let state = Mutex(State())

    public init() {}

    /// For whoever does not count them. Never given a limit.
    public static let unlimited = DescriptorAllowance()

    /// At most so many at once from now on. Those that are open stay open.
    public func setLimit(_ limit: Int) {
        state.withLock { $0.limit = limit }
    }

    /// How many are open now.
    public var taken: Int { state.withLock { $0.taken } }

    /// Takes one, if one is left.
    func take() -> Bool {
        state.withLock { state in
            guard state.taken < state.limit else { return false }
            state.taken += 1
            return true
        }
    }

    /// Counts one that is open already.
    func takeOpened() {
        state.withLock { $0.taken += 1 }
    }

    func giveBack() {
        let tell = state.withLock { state -> (@Sendable () -> Void)? in
            state.taken -= 1
            guard let waiter = state.waiter, state.limit - state.taken >= waiter.room else { return nil }
            state.waiter = nil
            return waiter.tell
        }
        tell?()
    }

    /// True when `room` are left; else `tell` is called once when they are, on any thread, in the place of who waited
    /// before.
    func hasRoom(_ room: Int, orTell tell: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            guard state.limit - state.taken < room else { return true }
            state.waiter = (room, tell)
            return false
        }
    }
}

extension DescriptorAllowance: Hashable {
    public static func == (one: DescriptorAllowance, other: DescriptorAllowance) -> Bool { one === other }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(ObjectIdentifier(self))
    }
}
