internal import Wire

/// How many connections a server has: in their handshake, and of each identity. The same for all its loops.
struct ConnectionCensus: Equatable {
    private(set) var connections = 0
    private(set) var handshakes = 0
    private var byIdentity: [String: Int] = [:]

    struct Refusal: Equatable {
        /// For metrics.
        var cause: String
        /// For a person.
        var reason: String
    }

    /// A peer has connected. A refused one is not counted; close it.
    mutating func accept(_ configuration: ListenerConfiguration) -> Refusal? {
        guard connections < configuration.maximumConnections else {
            return Refusal(
                cause: "connections",
                reason: "\(connections) connections are open; at most \(configuration.maximumConnections) are allowed")
        }
        guard handshakes < configuration.maximumHandshakes else {
            return Refusal(
                cause: "handshakes",
                reason: "\(handshakes) handshakes go on; at most \(configuration.maximumHandshakes) are allowed")
        }
        connections += 1
        handshakes += 1
        return nil
    }

    /// Its handshake is over: it is this identity. An error is what it is told before it is closed.
    mutating func establish(_ identity: String, _ configuration: ListenerConfiguration) -> ConnectionError? {
        handshakes -= 1
        let count = byIdentity[identity, default: 0] + 1
        byIdentity[identity] = count
        guard count > configuration.maximumConnectionsPerIdentity else { return nil }
        return ConnectionError(
            .excessiveLoad,
            "\(identity) has \(count - 1) connections here; at most \(configuration.maximumConnectionsPerIdentity) are "
                + "allowed", cause: "identity_connections")
    }

    /// A connection that was accepted is closed; `identity` is `nil` when its handshake was not over.
    mutating func close(_ identity: String?) {
        connections -= 1
        guard let identity else {
            handshakes -= 1
            return
        }
        guard let count = byIdentity[identity] else { return }
        byIdentity[identity] = count == 1 ? nil : count - 1
    }
}

/// So many lines of log a second, and how many there would have been.
struct LineBudget: Equatable {
    private let linesPerSecond: Int
    private var second: UInt64 = 0
    private var lines = 0
    private var dropped = 0

    init(linesPerSecond: Int = 20) {
        self.linesPerSecond = linesPerSecond
    }

    /// The number of lines that were dropped since the last one; `nil` to drop this one.
    mutating func admit(at now: MonotonicInstant) -> Int? {
        let second = now.nanoseconds / 1_000_000_000
        if second != self.second {
            self.second = second
            lines = 0
        }
        guard lines < linesPerSecond else {
            dropped += 1
            return nil
        }
        lines += 1
        defer { dropped = 0 }
        return dropped
    }
}
