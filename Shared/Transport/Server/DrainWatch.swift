internal import Wire

/// Whether a server that drains goes on waiting for one peer: as long as calls are open that can still end, and as long as
/// bytes that are owed to it move. A peer that takes none of them would keep the process from its end, and would not read
/// what it is told either.
///
///     taking ──something waits, or only the end is owed──▶ still ──`patience` without a byte──▶ (abandoned)
///        ▲                                                   │
///        └──────────────── a byte was taken ─────────────────┘
struct DrainWatch: Equatable {
    /// While calls are open: more than a network that loses packets takes to come to itself.
    static let callsNanoseconds: UInt64 = 2_000_000_000
    /// While no call is open, so that what waits is the end of answers at most.
    static let answersNanoseconds: UInt64 = 1_000_000_000
    /// When everything has been handed to the system, and the peer has only to close its end.
    static let closeNanoseconds: UInt64 = 500_000_000

    /// What is seen of a connection.
    struct Observation: Equatable {
        /// Bytes that were handed to TLS since the connection began, of which `pendingBytes` wait for the socket. These
        /// are a little more than those, since they are encrypted.
        var writtenBytes: UInt64
        var pendingBytes: Int
        var openCalls: Int
        /// This side has said all it had to say.
        var isEnded: Bool

        /// The peer has not been given all that it is to get: to leave it now is a cut.
        var isOwed: Bool { pendingBytes > 0 || !isEnded }
    }

    enum OnLook: Equatable {
        case wait, abandon
    }

    private var takenBytes: UInt64 = 0
    private var stillSince: MonotonicInstant?

    /// To be asked again and again, from the beginning of the drain on.
    mutating func look(at now: MonotonicInstant, _ seen: Observation) -> OnLook {
        let before = takenBytes
        takenBytes = seen.writtenBytes - min(seen.writtenBytes, UInt64(max(seen.pendingBytes, 0)))
        guard seen.pendingBytes > 0 || seen.isEnded else {
            // It takes what comes: its calls have the whole time of the drain.
            stillSince = nil
            return .wait
        }
        guard let since = stillSince, takenBytes <= before else {
            stillSince = now
            return .wait
        }
        let patience =
            if seen.pendingBytes == 0 { Self.closeNanoseconds } else if seen.openCalls > 0, !seen.isEnded {
                Self.callsNanoseconds
            } else { Self.answersNanoseconds }
        return now.nanoseconds &- since.nanoseconds >= patience ? .abandon : .wait
    }
}
