package import RPC
internal import Synchronization
internal import Wire

/// The end of a call that counts how often it was said to wait for others.
package final class WaitingCall: SilentCall {
    private let count = Mutex(0)

    package init() {}

    package var said: Int { count.withLock { $0 } }

    package func waitsForOthers() { count.withLock { $0 += 1 } }

    /// What a handler is told of this call.
    package func context(_ caller: CallerIdentity, _ method: MethodDescriptor) -> ServerContext {
        ServerContext(
            method: method, caller: caller, metadata: Metadata(), deadline: nil, trace: nil, call: self)
    }
}
