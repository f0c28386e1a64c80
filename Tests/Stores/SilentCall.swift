package import RPC
package import Wire

/// The end of a call that is told nothing and keeps nothing it tells: what a test looks at, it says itself.
package protocol SilentCall: ServerCall {}

extension SilentCall {
    package func receive<M: Message>(_ type: M.Type) async throws(RPCError) -> M? { nil }
    package func send<M: Message>(_ message: M) async throws(RPCError) {}
    package func sendLeadingMetadata(_ metadata: Metadata) {}
    package func setTrailingMetadata(_ metadata: Metadata) {}
    package func finish<M: Message>(with message: M) {}
    package func finish(_ error: RPCError?) {}
}
