internal import Wire

/// The connections of a server: how many there are, which of them are in their handshake, and how many each identity
/// has. The same for all its loops.
///
///     accepted ──▶ in its handshake ──established──▶ of an identity ──closed──▶ (gone)
///                        │                               │                      ▲
///                        └── gave way, was refused ◀─────┘                      │
///                                   └── takes its leave ─────────closed─────────┘
///
/// Whoever takes its leave holds nobody's place, but a descriptor: those are counted until they are closed, and when they
/// are scarce a leave is cut short for each newcomer, see ``LeavingConnections``.
///
/// Invalid, and without effect: whatever is said of an id that was not accepted, or of one that is closed.
struct ConnectionCensus: Equatable {
    private var lastID: UInt64 = 0
    /// Of peers that are not known yet.
    private var unknown: Set<UInt64> = []
    private var leaving = LeavingConnections()
    private var established = EstablishedConnections()
    private var slots = HandshakeSlots()
    /// Until then nobody is looked for again who is idle: there may be thousands who are not.
    private var nobodyIdleUntil = MonotonicInstant(nanoseconds: 0)
    private static let searchPauseMicroseconds: UInt64 = 10_000

    /// Without those that gave way and are about to close.
    var connections: Int { established.count + slots.count }
    var handshakes: Int { slots.count }
    /// Descriptors: with those that take their leave, and whose handshake gave way.
    var sockets: Int { unknown.count + established.count + leaving.count }

    /// Who a peer is, as it is counted.
    struct Peer: Equatable {
        var identity: String
        /// A process of the suite.
        var isService = false
    }

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
    ///
    /// - Parameter idleSince: since when no call is open on an established connection; `nil` while one is.
    mutating func accept(
        from network: PeerNetwork, at now: MonotonicInstant, _ configuration: ListenerConfiguration,
        idleSince: (UInt64) -> MonotonicInstant? = { _ in nil }
    ) -> OnAccept {
        // A peer that nobody knows yet must not take the last place from others: with few places left, handshakes have no
        // more than those.
        let room = configuration.maximumConnections - established.count
        // Those that were cut for others before are not closed yet, be it that their loop is busy.
        guard sockets - ListenerConfiguration.burst < configuration.maximumSockets else {
            return .refuse(tooManyConnections(configuration))
        }
        var limit = min(configuration.maximumHandshakes, room)
        let atTheBound = min(configuration.maximumHandshakes, configuration.newcomersAtTheBound)
        // Who it is shows whether somebody gives way to it.
        if slots.count >= limit, limit < atTheBound, isAnybodyIdle(at: now, idleSince) { limit = atTheBound }
        let id = lastID + 1
        let arrival = slots.arrived(
            id, from: network, at: now, limit: limit, limitPerNetwork: configuration.maximumHandshakesPerAddress)
        var other: UInt64?
        switch arrival {
        case .take: break
        case .takeInsteadOf(let displaced): other = displaced
        case .refuse where room < configuration.maximumHandshakes:
            return .refuse(tooManyConnections(configuration))
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
        unknown.insert(id)
        return .admit(id, insteadOf: other)
    }

    private func tooManyConnections(_ configuration: ListenerConfiguration) -> Refusal {
        Refusal(
            cause: "connections",
            reason: "\(sockets) connections are open; at most \(configuration.maximumConnections) are allowed")
    }

    /// To be asked when one was admitted: who takes its leave and is to be closed at once, since descriptors are scarce.
    mutating func cutShort(_ configuration: ListenerConfiguration) -> UInt64? {
        sockets > configuration.maximumSockets ? leaving.cutOldest() : nil
    }

    private mutating func isAnybodyIdle(
        at now: MonotonicInstant, _ idleSince: (UInt64) -> MonotonicInstant?
    ) -> Bool {
        guard now >= nobodyIdleUntil else { return false }
        if established.hasIdle(idleSince) { return true }
        nobodyIdleUntil = now.advanced(byMicroseconds: Self.searchPauseMicroseconds)
        return false
    }

    /// Its first bytes came.
    mutating func spoke(_ id: UInt64) {
        slots.spoke(id)
    }

    enum OnEstablish: Equatable {
        /// `insteadOf`: this one was taken, and its place with it; end it.
        case admit(insteadOf: UInt64?)
        /// It takes its leave. Tell it this, and close it.
        case refuse(ConnectionError)
    }

    /// Its handshake is over: it is this peer.
    ///
    /// - Parameters:
    ///   - idleSince: as in ``accept(from:at:_:idleSince:)``.
    ///   - take: takes a connection that was idle a moment ago; false when a call has come since.
    mutating func establish(
        _ id: UInt64, _ peer: Peer, at now: MonotonicInstant, _ configuration: ListenerConfiguration,
        idleSince: (UInt64) -> MonotonicInstant? = { _ in nil }, take: (UInt64) -> Bool = { _ in true }
    ) -> OnEstablish {
        guard unknown.remove(id) != nil else { return .admit(insteadOf: nil) }
        slots.completed(id, at: now)
        let count = established.add(id, peer)
        let limit = configuration.maximumConnections(ofService: peer.isService)
        let hasTooMany = count > limit
        guard hasTooMany || established.count > configuration.maximumConnections else {
            return .admit(insteadOf: nil)
        }
        // One that is not idle any more is not named again.
        while let other = established.givesWay(to: id, amongOwn: hasTooMany, idleSince) {
            guard take(other) else { continue }
            takesLeave(other)
            return .admit(insteadOf: other)
        }
        takesLeave(id)
        return .refuse(
            hasTooMany
                ? ConnectionError(
                    .excessiveLoad,
                    "\(peer.identity) has \(count - 1) connections here; at most \(limit) are allowed",
                    cause: "identity_connections")
                : ConnectionError(
                    .excessiveLoad,
                    "\(established.count) connections are open, of which none gives way; at most "
                        + "\(configuration.maximumConnections) are allowed", cause: "connections"))
    }

    /// Its handshake is over, and it may not stay for another reason than its number.
    mutating func turnAway(_ id: UInt64) {
        guard unknown.remove(id) != nil else { return }
        slots.gone(id)
        leaving.began(id)
    }

    private mutating func takesLeave(_ id: UInt64) {
        established.remove(id)
        leaving.began(id)
    }

    /// A connection that was accepted is closed.
    mutating func close(_ id: UInt64) {
        unknown.remove(id)
        slots.gone(id)
        established.remove(id)
        leaving.closed(id)
    }
}
