/// How many calls may be in flight at one service, of what one event loop has of it: what the policy says, or what the
/// service's connections allow, if that is less.
///
/// Calls of the class control have places of their own, an eighth as many as the others: whatever else goes on, a service
/// can be asked how it is, and whatever is asked of it so, there is room for everything else. Both together are what the
/// gateway may have open at the service, so both together must fit its connections.
struct ServicePlaces: Sendable, Hashable {
    /// Where an eighth is less, so that a few who watch do not end each other's calls.
    private static let fewestControlCalls = 8

    /// For interactive calls, pushes and bulk together.
    let ordinary: Int
    /// For the class control, beside those.
    let control: Int
    /// The connections allow fewer calls than the policy.
    let areCutShort: Bool

    /// `room`: the calls that the service's connections allow in all; `nil` before there is a connection.
    init(_ limits: ServiceLimits, room: Int?) {
        let control = Self.controlCalls(limits)
        guard let room, room < limits.concurrentCalls + control else {
            (self.ordinary, self.control, areCutShort) = (limits.concurrentCalls, control, false)
            return
        }
        // In the same proportion, but none is left unused.
        self.control = max(1, min(control, max(room / 9, room - limits.concurrentCalls)))
        // With room for a single call, the other waits for the connection.
        ordinary = max(1, min(limits.concurrentCalls, room - self.control))
        areCutShort = true
    }

    static func controlCalls(_ limits: ServiceLimits) -> Int { max(fewestControlCalls, limits.concurrentCalls / 8) }
}

extension ServiceLimits {
    /// The calls that a service's connections must allow for these limits to hold: those of the class control are beside
    /// ``concurrentCalls``.
    public var neededOpenCalls: Int { concurrentCalls + ServicePlaces.controlCalls(self) }
}
