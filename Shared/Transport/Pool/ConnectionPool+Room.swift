/// How many calls may be open at a service from one loop. Nothing beyond it is sent: such calls wait in the pool, in the
/// order in which they come, urgent or not; so whoever has an order of his own asks here first.
public struct ServiceRoom: Sendable, Hashable {
    /// What the connections to where calls go now allow by the endpoints' HELLO, but for one to each endpoint whose health
    /// is watched.
    public var allowedCalls: Int
    /// Calls that are open where no more go: the endpoint is ejected or does not serve, or the connection is on its way out.
    public var callsElsewhere: Int
}

extension ConnectionPool {
    /// Somebody would call if there were room: connects to endpoints that are left alone until somebody asks.
    public func wantConnections() {
        isWanted = true
        for member in members where member.isIdle { connectAsWanted(member) }
    }

    /// At this moment; `nil` while no connection takes calls.
    public var room: ServiceRoom? {
        var room = ServiceRoom(allowedCalls: 0, callsElsewhere: 0)
        for member in members {
            let isEligible = eligible.contains { $0 === member }
            for connection in member.ready {
                if isEligible, connection.takesCalls {
                    room.allowedCalls += connection.allowedCalls
                } else {
                    room.callsElsewhere += connection.countedCalls
                }
            }
            for connection in member.leaving { room.callsElsewhere += connection.countedCalls }
        }
        guard room.allowedCalls > 0 else { return nil }
        if configuration.health != nil { room.allowedCalls = max(1, room.allowedCalls - eligible.count) }
        return room
    }
}
