package import RPC
internal import Synchronization
package import Wire

/// The end of a call that counts how often it was said to wait for others.
package final class WaitingCall: ServerCall {
    private let count = Mutex(0)

    package init() {}

    package var said: Int { count.withLock { $0 } }

    package func receive<M: Message>(_ type: M.Type) async throws(RPCError) -> M? { nil }
    package func send<M: Message>(_ message: M) async throws(RPCError) {}
    package func sendLeadingMetadata(_ metadata: Metadata) {}
    package func setTrailingMetadata(_ metadata: Metadata) {}
    package func finish<M: Message>(with message: M) {}
    package func finish(_ error: RPCError?) {}
    package func waitsForOthers() { count.withLock { $0 += 1 } }

    /// What a handler is told of this call.
    package func context(_ caller: CallerIdentity, _ method: MethodDescriptor) -> ServerContext {
        ServerContext(
            method: method, caller: caller, metadata: Metadata(), deadline: nil, trace: nil, call: self)
    }
}
