public import Wire

/// Where and how a server listens.
public struct ListenerConfiguration: Sendable, Hashable {
    /// Port 0: one the system chooses.
    public var host: String
    public var port: Int
    public var limits: ConnectionLimits
    public var rules: ConnectionRules
    /// Established connections. At this many an idle one gives way to another peer, see ``EstablishedConnections``; when
    /// none is idle newcomers are closed at once.
    public var maximumConnections: Int
    /// Connections of one identity. At this many an idle one of its own gives way to its next; when none is idle that is
    /// told why and closed. See ``maximumConnections(ofService:)``.
    public var maximumConnectionsPerIdentity: Int
    /// Connections whose handshake goes on. A handshake costs far more than anything else that a stranger can ask for.
    /// Beyond this many the oldest that has said nothing gives way, see ``HandshakeSlots``.
    public var maximumHandshakes: Int
    /// The same of one address: of an IPv6 one, of its network (/64).
    public var maximumHandshakesPerAddress: Int
    /// Sockets that the process may have open; shared with whoever dials.
    public var descriptors: DescriptorAllowance
    /// How long a handshake may take.
    public var handshakeTimeoutSeconds: Int64
    /// Peers that may be in their handshake beyond ``maximumConnections`` while somebody could give way to them.
    public var newcomersAtTheBound = usualNewcomersAtTheBound
    /// Accepted connections whose descriptors may be open, those that take their leave among them: beyond this their leave
    /// is cut short. For the moment that this takes there may be ``burst`` more.
    public var maximumSockets = Int.max

    /// See ``newcomersAtTheBound``.
    public static let usualNewcomersAtTheBound = 16
    /// Descriptors for those that are accepted only to be closed, or whose place another needs: as many as are accepted in
    /// one go.
    public static let burst = AcceptHandler.mostAtOnce

    public init(
        host: String, port: Int, limits: ConnectionLimits = ConnectionLimits(),
        rules: ConnectionRules = ConnectionRules(), maximumConnections: Int = 10_000,
        maximumConnectionsPerIdentity: Int = 1_000, maximumHandshakes: Int = 256,
        maximumHandshakesPerAddress: Int = 128, handshakeTimeoutSeconds: Int64 = 10,
        descriptors: DescriptorAllowance = .unlimited
    ) {
        self.host = host
        self.port = port
        self.limits = limits
        self.rules = rules
        self.maximumConnections = maximumConnections
        self.maximumConnectionsPerIdentity = maximumConnectionsPerIdentity
        self.maximumHandshakes = maximumHandshakes
        self.maximumHandshakesPerAddress = maximumHandshakesPerAddress
        self.handshakeTimeoutSeconds = handshakeTimeoutSeconds
        self.descriptors = descriptors
    }

    /// What one identity may have: whatever it may have else, an eighth of all, at least one, is kept from each stranger, so
    /// that calls without an end on every connection shut nobody out. A process of the suite may have all.
    func maximumConnections(ofService isService: Bool) -> Int {
        let kept = isService ? 0 : max(1, maximumConnections / 8)
        return max(1, min(maximumConnectionsPerIdentity, maximumConnections - kept))
    }
}
