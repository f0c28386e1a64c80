public import RPC
internal import Wire

/// Gives others their turn while a call does something large: after about a millisecond of work the call stands back until
/// what came meanwhile has been dealt with, and goes on then.
///
/// What works for longer than that is costly: it goes on in one of the ``RPC/CostlyPlaces``, of which its caller has a
/// share, and callers take turns. So between two millisecond slices of one call lie at most those of as many others as there
/// are places, and not those of all that one caller has sent. A call that is done within its first slice waits for nobody.
///
/// Work is told in units that cost some microseconds each (a cell, a row, a receipt). The clock is looked at after every
/// ``unitsBetweenLooks`` of them, so that an ordinary call looks at none. A call that is over meanwhile is given up at its
/// next turn: its client waits no longer.
///
/// On an event loop, `Task.yield()` would give the other tasks their turn and not the sockets; see
/// ``RPC/ServerCall/letOthersRun()``.
public struct WorkTurns: Sendable {
    /// How long a call works before others have a turn.
    public static let turnMicroseconds: UInt64 = 1_000
    /// Half a millisecond's worth of the dearest kind of unit.
    public static let unitsBetweenLooks = 32

    private let call: any ServerCall
    private let clock: any MonotonicClock
    private var units = 0
    /// When this turn began, as far as that is known: from the first look on.
    private var beganAt: MonotonicInstant?

    public init(_ call: any ServerCall, clock: any MonotonicClock) {
        self.call = call
        self.clock = clock
    }

    /// The call waits for somebody, a commit or its client: from here on it has not worked.
    public mutating func waits() {
        beganAt = nil
    }

    /// So much was done. Throws CANCELLED when the call was given up.
    public mutating func worked(_ units: Int) async throws(RPCError) {
        self.units += units
        guard self.units >= Self.unitsBetweenLooks else { return }
        self.units = 0
        let now = clock.now
        guard let beganAt else {
            self.beganAt = now
            return
        }
        guard now.microseconds(since: beganAt) >= Self.turnMicroseconds else { return }
        // The place first: others that go on meanwhile must not keep the loop from its sockets.
        try await call.takePlace()
        await call.letOthersRun()
        self.beganAt = clock.now
        guard !Task.isCancelled else { throw RPCError(.cancelled, "the call was given up while it was worked on") }
    }
}
