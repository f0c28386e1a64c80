package import RPC
internal import Wire

/// The end of a call whose caller has given up.
private final class GivenUpCall: SilentCall {
    func receive<M: Message>(_ type: M.Type) async throws(RPCError) -> M? { throw .callIsOver }
    func send<M: Message>(_ message: M) async throws(RPCError) { throw .callIsOver }
}

/// Calls a handler in a task that is cancelled already, as one is whose caller has given up; answers with its error.
package func givenUp<Response>(
    _ method: MethodDescriptor, by caller: String,
    _ call: @escaping @Sendable (ServerContext) async throws(RPCError) -> Response
) async -> RPCError? {
    let context = ServerContext(
        method: method, caller: CallerIdentity(uri: "spiffe://quality.test/\(caller)")!, metadata: Metadata(),
        deadline: nil, trace: nil, call: GivenUpCall())
    return await Task { () -> RPCError? in
        withUnsafeCurrentTask { $0?.cancel() }
        do throws(RPCError) {
            _ = try await call(context)
            return nil
        } catch {
            return error
        }
    }.value
}
