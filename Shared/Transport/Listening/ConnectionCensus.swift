internal import Wire

/// The connections of a server: how many there are, which of them are in their handshake, and how many each identity
/// has. The same for all its loops.
///
///     accepted ──▶ in its handshake ──established──▶ of an identity
///                        │                               │
///                        └────────── closed ◀────────────┘
///
/// Invalid, and without effect: whatever is said of an id that was not accepted, or of one that is closed.
struct ConnectionCensus: Equatable {
    private var lastID: UInt64 = 0
    /// The identity, once it is known.
    private var places: [UInt64: String?] = [:]
    private var byIdentity: [String: Int] = [:]
    private var slots = HandshakeSlots()

    /// Those whose peer is known.
    private var established = 0

    /// Without those that gave way and are about to close.
    var connections: Int { established + slots.count }
    var handshakes: Int { slots.count }

    struct Refusal: Error, Equatable {
        /// For metrics.
        var cause: String
        /// For a person.
        var reason: String
    }

    enum OnAccept: Equatable {
        /// `insteadOf`: end the handshake of that one.
        case admit(UInt64, insteadOf: UInt64?)
        /// It is not counted; close it.
        case refuse(Refusal)
    }

    /// A peer has connected.
    mutating func accept(
        from network: PeerNetwork, at now: MonotonicInstant, _ configuration: ListenerConfiguration
    ) -> OnAccept {
        // A peer that nobody knows yet must not take the last place from others: with few places left, handshakes have no
        // more than those.
        let room = configuration.maximumConnections - established
        let id = lastID + 1
        let arrival = slots.arrived(
            id, from: network, at: now, limit: min(configuration.maximumHandshakes, room),
            limitPerNetwork: configuration.maximumHandshakesPerAddress)
        var other: UInt64?
        switch arrival {
        case .take: break
        case .takeInsteadOf(let displaced): other = displaced
        case .refuse where room < configuration.maximumHandshakes:
            return .refuse(
                Refusal(
                    cause: "connections",
                    reason:
                        "\(connections) connections are open; at most \(configuration.maximumConnections) are allowed"
                ))
        case .refuse(let count):
            return .refuse(
                Refusal(
                    cause: "handshakes",
                    reason: "\(count) handshakes go on; at most \(configuration.maximumHandshakes) are allowed"))
        case .refuseNetwork(let count):
            return .refuse(
                Refusal(
                    cause: "address_handshakes",
                    reason: "\(count) handshakes of this address go on; at most "
                        + "\(configuration.maximumHandshakesPerAddress) are allowed"))
        }
        lastID = id
        places[id] = .some(nil)
        return .admit(id, insteadOf: other)
    }

    /// Its first bytes came.
    mutating func spoke(_ id: UInt64) {
        slots.spoke(id)
    }

    /// Its handshake is over: it is this identity. An error is what it is told before it is closed.
    mutating func establish(
        _ id: UInt64, _ identity: String, at now: MonotonicInstant, _ configuration: ListenerConfiguration
    ) -> ConnectionError? {
        guard case .some(nil) = places[id] else { return nil }
        slots.completed(id, at: now)
        established += 1
        places[id] = identity
        let count = byIdentity[identity, default: 0] + 1
        byIdentity[identity] = count
        guard count > configuration.maximumConnectionsPerIdentity else { return nil }
        return ConnectionError(
            .excessiveLoad,
            "\(identity) has \(count - 1) connections here; at most \(configuration.maximumConnectionsPerIdentity) are "
                + "allowed", cause: "identity_connections")
    }

    /// A connection that was accepted is closed.
    mutating func close(_ id: UInt64) {
        guard let place = places.removeValue(forKey: id) else { return }
        slots.gone(id)
        guard let identity = place else { return }
        established -= 1
        guard let count = byIdentity[identity] else { return }
        byIdentity[identity] = count == 1 ? nil : count - 1
    }
}
