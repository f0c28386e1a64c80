internal import Balancing
internal import NIOCore
internal import Wire

/// One endpoint as one loop knows it: its connections, and what is thought of it. Confined to the loop.
final class EndpointConnections {
    /// For the detection of outliers.
    let id: Int
    let endpoint: Endpoint
    /// Connections that took calls when last looked at.
    var ready: [ClientConnection] = []
    /// Connections that take no more calls, while their open ones end.
    var leaving: [ClientConnection] = []
    var dialling = 0
    var health = EndpointHealth.unknown
    var watch: HealthWatch?
    /// While it warms up.
    var slowStart: SlowStart?
    /// When it is dialled next, while that has to wait.
    var retryAt: MonotonicInstant?
    var retryTimer: Scheduled<Void>?
    /// Nobody has asked for it since it was lost: it is not dialled.
    var isIdle = true
    /// It is no longer among the service's endpoints: open calls may end.
    var isRemoved = false

    init(id: Int, endpoint: Endpoint) {
        self.id = id
        self.endpoint = endpoint
    }

    /// Calls from this loop on which it has yet to do something. Streams that go on for ever say nothing of how busy it is:
    /// they would send all calls to one that answers none, where calls end at their deadlines.
    var load: Int {
        var calls = 0
        for connection in ready { calls += connection.awaitingCalls }
        return calls
    }

    /// One of its connections is silent. It counts for the others, which may have had no reason to ask.
    var isSilent: Bool { ready.contains(where: \.isSilent) }

    /// The connection with the fewest calls of those that take another now, counted in batches: calls that go out
    /// together share a TLS record and a system call, and a batch that is full leaves while the next one is made. A silent one
    /// only if there is no other.
    var freeConnection: ClientConnection? {
        if ready.count == 1 { return ready[0].hasFreeSlot ? ready[0] : nil }
        var best: ClientConnection?
        var fewest = Int.max
        for connection in ready where connection.hasFreeSlot {
            let batches = connection.isSilent ? Int.max - 1 : connection.openCalls / OutboundFrames.fullFrames
            if batches < fewest {
                fewest = batches
                best = connection
            }
        }
        return best
    }
}
