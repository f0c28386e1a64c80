internal import GatewayRules
internal import Logging
internal import Synchronization

/// Says, once for all loops and until the policy has other numbers, that calls had to give way to each other because a
/// service's connections allow fewer than the policy.
final class ScarceRoomLog: Sendable {
    private let logger: Logger
    /// What has been said: services, and what their connections would have to allow.
    private let said = Mutex<[String: Int]>([:])

    init(_ logger: Logger) {
        self.logger = logger
    }

    /// `room`: what the connections of one loop allow; `limits`: that loop's share.
    func note(_ room: Int, for limits: ServiceLimits, of service: String) {
        let needed = limits.neededOpenCalls
        guard said.withLock({ $0.updateValue(needed, forKey: service) }) != needed else { return }
        logger.warning(
            "fewer calls may be open at a service than the policy says",
            metadata: [
                "service": "\(service)", "allowed": "\(room)", "needed": "\(needed)",
                "reason": """
                limits.openCalls of the service allows an event loop's connections \(room) calls, and \
                limits.services.concurrentCalls of the policy asks for \(needed): \(limits.concurrentCalls) and an eighth \
                for health. What is beyond that waits. Raise the one, or lower the other
                """,
            ])
    }
}
