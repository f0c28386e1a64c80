public import Wire

/// Where and how a server listens.
public struct ListenerConfiguration: Sendable, Hashable {
    /// Port 0: one the system chooses.
    public var host: String
    public var port: Int
    public var limits: ConnectionLimits
    public var rules: ConnectionRules
    /// Connections beyond this many are closed at once.
    public var maximumConnections: Int
    /// Connections of one identity beyond this many are told why and closed.
    public var maximumConnectionsPerIdentity: Int
    /// Connections whose handshake goes on; beyond this many they are closed at once. A handshake costs far more than
    /// anything else that a stranger can ask for.
    public var maximumHandshakes: Int
    /// How long a handshake may take.
    public var handshakeTimeoutSeconds: Int64

    public init(
        host: String, port: Int, limits: ConnectionLimits = ConnectionLimits(),
        rules: ConnectionRules = ConnectionRules(), maximumConnections: Int = 10_000,
        maximumConnectionsPerIdentity: Int = 1_000, maximumHandshakes: Int = 256, handshakeTimeoutSeconds: Int64 = 10
    ) {
        self.host = host
        self.port = port
        self.limits = limits
        self.rules = rules
        self.maximumConnections = maximumConnections
        self.maximumConnectionsPerIdentity = maximumConnectionsPerIdentity
        self.maximumHandshakes = maximumHandshakes
        self.handshakeTimeoutSeconds = handshakeTimeoutSeconds
    }
}
