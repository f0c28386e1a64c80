public import Balancing
public import TLS
public import Wire

/// How to reach the endpoints of one service.
public struct ConnectionPoolConfiguration: Sendable {
    /// The service, for logs and metrics.
    public var service: String
    public var sources: [EndpointSource]
    /// From each event loop.
    public var connectionsPerEndpoint: Int
    public var limits: ConnectionLimits
    /// What the servers are held to, see ``ConnectionRules/asClient``.
    public var rules: ConnectionRules
    /// Until TCP is connected.
    public var connectTimeoutSeconds: Int64
    /// From dialling until the server's HELLO: with connecting, and with the handshake.
    public var helloTimeoutSeconds: Int64
    /// Between attempts to reach an endpoint that is down, give or take 20 %. See `DialSchedule`.
    public var longestDialPauseSeconds: UInt64
    /// So long a call waits for an endpoint while none serves, and so long any waits for an attempt to reach one. The attempt
    /// may last longer.
    public var patienceSeconds: UInt64
    /// Calls that may wait for a connection or a slot.
    public var maximumWaitingCalls: Int
    /// Whom to accept as the server; the name of a host says nothing here.
    public var server: PeerRule
    /// Names and files are looked up so often, and when an endpoint is lost.
    public var resolutionSeconds: UInt64
    public var resolver: NameResolver
    /// How long a new or recovered endpoint warms up; 0: not at all.
    public var slowStartSeconds: UInt64
    public var ejection: EjectionSettings
    /// `nil`: endpoints are not asked for their health.
    public var health: HealthProbe?
    /// Connects before the first call, and again without one: what a gateway does. Otherwise connections are made when
    /// calls want them.
    public var isEager: Bool
    /// Sockets that the process may have open; shared with whoever accepts.
    public var descriptors: DescriptorAllowance

    public init(
        service: String = "", sources: [EndpointSource], connectionsPerEndpoint: Int = 1,
        limits: ConnectionLimits = ConnectionLimits(), rules: ConnectionRules = ConnectionRules(),
        connectTimeoutSeconds: Int64 = 5, helloTimeoutSeconds: Int64 = 10, longestDialPauseSeconds: UInt64 = 3,
        patienceSeconds: UInt64 = 2, maximumWaitingCalls: Int = 10_000, server: PeerRule,
        resolutionSeconds: UInt64 = 3, resolver: NameResolver = .system,
        slowStartSeconds: UInt64 = 10,
        ejection: EjectionSettings = EjectionSettings(),
        health: HealthProbe? = nil, isEager: Bool = false,
        descriptors: DescriptorAllowance = .unlimited
    ) {
        self.service = service
        self.sources = sources
        self.connectionsPerEndpoint = connectionsPerEndpoint
        self.limits = limits
        self.rules = rules
        self.connectTimeoutSeconds = connectTimeoutSeconds
        self.helloTimeoutSeconds = helloTimeoutSeconds
        self.longestDialPauseSeconds = longestDialPauseSeconds
        self.patienceSeconds = patienceSeconds
        self.maximumWaitingCalls = maximumWaitingCalls
        self.server = server
        self.resolutionSeconds = resolutionSeconds
        self.resolver = resolver
        self.slowStartSeconds = slowStartSeconds
        self.ejection = ejection
        self.health = health
        self.isEager = isEager
        self.descriptors = descriptors
    }

    var patienceMicroseconds: UInt64 { patienceSeconds * 1_000_000 }

    /// Endpoints that are known from the start; a name among them stands for all its addresses.
    public init(
        endpoints: [Endpoint], connectionsPerEndpoint: Int = 1, limits: ConnectionLimits = ConnectionLimits(),
        rules: ConnectionRules = ConnectionRules(), connectTimeoutSeconds: Int64 = 5, helloTimeoutSeconds: Int64 = 10,
        patienceSeconds: UInt64 = 2, maximumWaitingCalls: Int = 10_000, server: PeerRule
    ) {
        self.init(
            sources: endpoints.map { .endpoint($0) }, connectionsPerEndpoint: connectionsPerEndpoint, limits: limits,
            rules: rules, connectTimeoutSeconds: connectTimeoutSeconds, helloTimeoutSeconds: helloTimeoutSeconds,
            patienceSeconds: patienceSeconds, maximumWaitingCalls: maximumWaitingCalls, server: server)
    }
}
