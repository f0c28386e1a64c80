internal import GatewayRules
internal import RPC
internal import Transport
internal import Wire

/// Whom a connection belongs to, with all that a call of it needs to know: looked up once a connection and once a policy,
/// not once a call. Confined to the connection's loop.
final class Caller {
    let identity: CallerIdentity
    let budget: CallerBudget
    /// In the policy of this generation.
    private(set) var roles: RoleSet
    private(set) var generation: UInt32
    /// The same for all connections of an identity.
    let number: UInt
    /// The STATUS of a call that came too early, with a pushback to be filled in: such calls come in floods.
    private var rateStatus: [UInt8] = []

    init(_ identity: CallerIdentity, budget: CallerBudget, roles: RoleSet, generation: UInt32) {
        self.identity = identity
        self.budget = budget
        self.roles = roles
        self.generation = generation
        number = UInt(bitPattern: ObjectIdentifier(budget))
    }

    func policyChanged(roles: RoleSet, generation: UInt32) {
        self.roles = roles
        self.generation = generation
    }

    /// What a call is told that came before its token.
    func rateStatus(waitNanoseconds: UInt64) -> [UInt8] {
        if rateStatus.isEmpty {
            rateStatus = StatusHead.encoded(
                code: .resourceExhausted,
                message: "\(identity.uri) calls more often than it may; wait as long as the pushback says",
                isNotStarted: true, pushbackMilliseconds: 0)
        }
        let milliseconds = Int32(clamping: max(1, (waitNanoseconds + 999_999) / 1_000_000))
        rateStatus.withUnsafeMutableBytes {
            $0.storeBytes(of: milliseconds.bigEndian, toByteOffset: StatusHead.pushbackOffset, as: Int32.self)
        }
        return rateStatus
    }
}
