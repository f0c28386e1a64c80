public import RPC

/// Who may call what, how urgent each method is, and how much of everything there is: the content of the policy file.
/// What is not granted is denied.
public struct AdmissionPolicy: Sendable, Hashable {
    /// Every identity of the gateway's trust domain.
    public static let everyone = "*"
    /// A set of roles is one word.
    public static let maximumRoles = 64

    /// A role: ROLE of `spiffe://DOMAIN/org/CODE/ROLE`, `service:NAME` for `spiffe://DOMAIN/service/NAME`, or
    /// ``everyone``.
    public struct Grant: Sendable, Hashable {
        public var role: String
        public var methods: [MethodPattern]

        public init(role: String, methods: [MethodPattern]) {
            self.role = role
            self.methods = methods
        }
    }

    /// At most ``maximumRoles``, each role once.
    public var grants: [Grant]
    /// The first class, in their order, that has a pattern for the method; without one it is interactive.
    public var classes: [TrafficClass: [MethodPattern]]
    public var callerLimits: CallerLimits
    public var roleLimits: [String: CallerLimits]
    /// By the whole URI.
    public var identityLimits: [String: CallerLimits]
    public var serviceLimits: ServiceLimits
    /// By the route's service name.
    public var limitsByService: [String: ServiceLimits]
    /// Message bytes of waiting calls, over all services and event loops.
    public var queuedBytes: Int

    /// Health is control, a push is a push, following a journal and attachments are bulk.
    public static let usualClasses: [TrafficClass: [MethodPattern]] = [
        .control: patterns("quality.rpc.v1.*"), .push: patterns("*/Push*"),
        .bulk: patterns("*/Follow", "*/GetAttachment*"),
    ]

    public init(
        grants: [Grant], classes: [TrafficClass: [MethodPattern]] = usualClasses,
        callerLimits: CallerLimits = CallerLimits(), roleLimits: [String: CallerLimits] = [:],
        identityLimits: [String: CallerLimits] = [:], serviceLimits: ServiceLimits = ServiceLimits(),
        limitsByService: [String: ServiceLimits] = [:], queuedBytes: Int = 64 << 20
    ) {
        self.grants = grants
        self.classes = classes
        self.callerLimits = callerLimits
        self.roleLimits = roleLimits
        self.identityLimits = identityLimits
        self.serviceLimits = serviceLimits
        self.limitsByService = limitsByService
        self.queuedBytes = queuedBytes
    }

    private static func patterns(_ texts: String...) -> [MethodPattern] { texts.compactMap(MethodPattern.init) }
}

/// A set of the roles of one policy.
public struct RoleSet: Sendable, Hashable {
    @usableFromInline let bits: UInt64

    init(bits: UInt64) {
        self.bits = bits
    }

    /// True when they have a role in common.
    @inlinable
    public func meets(_ other: RoleSet) -> Bool { bits & other.bits != 0 }
}

extension AdmissionPolicy {
    /// The role of an identity, as a policy names it.
    public static func role(of caller: CallerIdentity) -> String {
        switch caller.subject {
        case .service(let name): "service:\(name)"
        case .organisation(_, let role): role
        }
    }

    /// The roles that an identity has: its own, if the policy knows it, and ``everyone``.
    public func roles(of caller: CallerIdentity) -> RoleSet {
        let role = Self.role(of: caller)
        return set { $0.role == role || $0.role == Self.everyone }
    }

    /// The roles that may call a method, by its path.
    public func roles(allowed path: String) -> RoleSet {
        set { grant in grant.methods.contains { $0.matches(path) } }
    }

    private func set(_ isMember: (Grant) -> Bool) -> RoleSet {
        var bits: UInt64 = 0
        for (index, grant) in grants.prefix(Self.maximumRoles).enumerated() where isMember(grant) { bits |= 1 << index }
        return RoleSet(bits: bits)
    }

    public func trafficClass(of path: String) -> TrafficClass {
        TrafficClass.allCases.first { name in classes[name]?.contains { $0.matches(path) } ?? false } ?? .interactive
    }

    /// An identity's own limits, else its role's, else everyone's.
    public func limits(of caller: CallerIdentity) -> CallerLimits {
        identityLimits[caller.uri] ?? roleLimits[Self.role(of: caller)] ?? callerLimits
    }

    public func limits(ofService service: String) -> ServiceLimits {
        limitsByService[service] ?? serviceLimits
    }
}
