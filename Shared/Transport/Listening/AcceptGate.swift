internal import Wire

/// Whether a server accepts now. The listening socket is asked again and again for the next connection; the gate says
/// no for a while instead of failing when there is no room.
///
///     accepting ──no room──▶ full ──room──▶ accepting
///         │                                   ▲
///         └──the system refused──▶ refused ───┘ after `pauseNanoseconds`
///
/// Peers wait in the system's queue meanwhile. Invalid, and without effect: room while nobody asked for it, a pause that
/// ends and has not begun.
struct AcceptGate: Equatable {
    /// How long after the system had no descriptor or no memory it is asked again.
    static let pauseNanoseconds: UInt64 = 250_000_000

    /// Why nobody is accepted.
    enum Cause: String, Equatable, CaseIterable {
        /// This process has as many sockets as it allows itself.
        case sockets
        /// The process has no file descriptor left (EMFILE).
        case processDescriptors = "process_descriptors"
        /// The whole system has none (ENFILE).
        case systemDescriptors = "system_descriptors"
        /// The kernel has no memory for another socket (ENOBUFS, ENOMEM).
        case memory

        var words: String {
            switch self {
            case .sockets: "as many sockets are open as the limit of open files allows"
            case .processDescriptors: "this process has no file descriptor left"
            case .systemDescriptors: "this system has no file descriptor left"
            case .memory: "this system has no memory left for sockets"
            }
        }
    }

    private enum State: Equatable {
        case accepting
        case full
        case refused(until: MonotonicInstant, Cause)
    }

    private var state = State.accepting
    /// A connection was asked for and not given, so the one who asked is to be told.
    private var isAwaited = false

    /// Why nobody is accepted now.
    var cause: Cause? {
        switch state {
        case .accepting: nil
        case .full: .sockets
        case .refused(_, let cause): cause
        }
    }

    enum OnRequest: Equatable {
        case accept
        /// Later. `begins`: this is news.
        case hold(begins: Cause?)
    }

    /// The next connection is asked for. Without `hasRoom` ``roomMade()`` follows when there is.
    mutating func requested(hasRoom: Bool) -> OnRequest {
        switch state {
        case .accepting where hasRoom:
            return .accept
        case .accepting:
            state = .full
            isAwaited = true
            return .hold(begins: .sockets)
        case .full, .refused:
            isAwaited = true
            return .hold(begins: nil)
        }
    }

    enum OnResume: Equatable {
        /// Accept again, and ask for the next one if `asks`.
        case accept(asks: Bool)
        case ignore
    }

    /// There is room again.
    mutating func roomMade() -> OnResume {
        guard state == .full else { return .ignore }
        return resume()
    }

    enum OnRefusal: Equatable {
        /// Call ``pauseOver(at:)`` then. `begins`: this is news.
        case pause(until: MonotonicInstant, begins: Cause?)
    }

    /// The system could not give a connection that waits.
    mutating func refused(_ cause: Cause, at now: MonotonicInstant) -> OnRefusal {
        let isNews = self.cause == nil
        // Whoever asked has got an error and no connection.
        isAwaited = true
        let until = now.advanced(byMicroseconds: Self.pauseNanoseconds / 1_000)
        state = .refused(until: until, cause)
        return .pause(until: until, begins: isNews ? cause : nil)
    }

    mutating func pauseOver(at now: MonotonicInstant) -> OnResume {
        guard case .refused(let until, _) = state, until <= now else { return .ignore }
        return resume()
    }

    private mutating func resume() -> OnResume {
        state = .accepting
        defer { isAwaited = false }
        return .accept(asks: isAwaited)
    }
}
