internal import RPC
internal import Transport
internal import Wire

/// Forwards the calls of a loop's connections to the services they name, without looking into a message. Confined to
/// its loop.
///
/// Services that every process has (health, reflection) are the gateway's own unless the call says whose it
/// means: metadata `route-service` with a service name.
final class GatewayAcceptor: CallAcceptor {
    static let everywhere = "quality.rpc.v1."
    static let routeKey = "route-service"
    private static let maximumIdleCalls = 4096
    private static let maximumLearnedNames = 1024

    private var pools: PathTable<ConnectionPool>
    private let prefixes: [(prefix: String, pool: ConnectionPool)]
    private let own: RouterAcceptor
    /// Ended calls, kept so that the next ones allocate nothing.
    private var idleCalls: [ForwardedCall] = []

    init(routes: [(service: String, pool: ConnectionPool)], own: RouterAcceptor) {
        pools = PathTable(entries: routes.filter { !$0.service.hasSuffix(".") }.map { ($0.service, $0.pool) })
        prefixes = routes.filter { $0.service.hasSuffix(".") }.map { ($0.service, $0.pool) }
        self.own = own
    }

    func refusal(of connection: ServerConnection) -> String? {
        own.refusal(of: connection)
    }

    func accept(_ call: IncomingCall, on connection: ServerConnection) {
        do throws(RPCError) {
            guard let pool = try pool(for: call) else {
                own.accept(call, on: connection)
                return
            }
            guard call.head.metadata.count <= MetadataBlock.maximumBytes, let caller = connection.identity else {
                throw RPCError(
                    .invalidArgument,
                    "metadata of \(call.head.metadata.count) bytes; at most \(MetadataBlock.maximumBytes) are allowed",
                    isNotStarted: true)
            }
            let forwarded = idleCalls.popLast() ?? ForwardedCall(acceptor: self)
            connection.register(forwarded, call.id)
            forwarded.begin(call, on: connection, caller: caller, pool: pool)
        } catch {
            connection.refuse(call, error)
        }
    }

    /// The pool of the service that the call names; `nil` for the gateway's own.
    private func pool(for call: IncomingCall) throws(RPCError) -> ConnectionPool? {
        guard let slash = call.head.path.firstIndex(of: UInt8(ascii: "/")) else {
            throw RPCError(.unimplemented, "the call names no SERVICE/METHOD", isNotStarted: true)
        }
        let service = UnsafeRawBufferPointer(rebasing: call.head.path[..<slash])
        if let pool = pools[service] { return pool }
        let name = String(decoding: service, as: UTF8.self)
        guard name.hasPrefix(Self.everywhere) else { return try pool(named: name) }
        guard (try? MetadataBlock.validate(call.head.metadata)) != nil,
            let target = MetadataBlock.decoded(call.head.metadata).text(of: Self.routeKey)
        else { return nil }
        return try pool(named: target)
    }

    private func pool(named service: String) throws(RPCError) -> ConnectionPool {
        var name = service
        if let pool = name.withUTF8({ pools[UnsafeRawBufferPointer($0)] }) { return pool }
        guard let match = prefixes.first(where: { service.hasPrefix($0.prefix) }) else {
            throw RPCError(.unimplemented, "the gateway has no route for service \(service)", isNotStarted: true)
        }
        // Names under a prefix come from callers: only so many are remembered.
        if pools.count < Self.maximumLearnedNames { pools.insert(service, match.pool) }
        return match.pool
    }

    /// Takes back a call that has ended.
    func recycle(_ call: ForwardedCall) {
        if idleCalls.count < Self.maximumIdleCalls { idleCalls.append(call) }
    }
}
