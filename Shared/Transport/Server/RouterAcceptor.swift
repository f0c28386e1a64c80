internal import NIOCore
public import RPC
internal import TLS
public import Wire

/// Which callers a server believes. All are of the server's own trust domain: its ``Listener`` lets in no others.
public struct CallerPolicy: Sendable {
    /// Names of the services (`spiffe://OWN-DOMAIN/service/NAME`) that may state on whose behalf they call: the gateway.
    /// Such a peer speaks for everyone and is itself nobody: without a caller, or as its own, it may only ask how this
    /// process is and what it serves (``servicesOfStampers``).
    public var trustedStampers: Set<String>
    /// Whether peers other than those may call at all. A service behind a gateway says no.
    public var acceptsDirectCallers: Bool

    public init(trustedStampers: Set<String> = ["gateway"], acceptsDirectCallers: Bool = false) {
        self.trustedStampers = trustedStampers
        self.acceptsDirectCallers = acceptsDirectCallers
    }
}

extension CallerPolicy {
    /// What a gateway asks for itself: health, by which it balances, and reflection.
    static let servicesOfStampers: StaticString = "quality.rpc.v1."
}

/// Gives the calls of a loop's connections to the handlers of a router.
public final class RouterAcceptor: CallAcceptor {
    private let methods: PathTable<any MethodHandler>
    private let router: Router
    private let policy: CallerPolicy
    private var knownCallers = PathTable<CallerIdentity>()

    public init(router: Router, policy: CallerPolicy) {
        self.router = router
        self.policy = policy
        methods = PathTable(entries: router.allHandlers.map { ($0.descriptor.path, $0) })
    }

    public func refusal(of connection: ServerConnection) -> ConnectionError? {
        guard let uri = connection.peer?.uri, let identity = CallerIdentity(uri: uri) else {
            return ConnectionError(
                .protocolViolation,
                "the peer's certificate names no spiffe://DOMAIN/service/NAME or spiffe://DOMAIN/org/CODE/ROLE",
                cause: "no_identity")
        }
        connection.identity = identity
        if mayStamp(identity) { connection.allowForManyCallers() }
        return nil
    }

    /// What a call is told that is not begun, and what of it operators hear.
    private struct Refusal: Error {
        let error: RPCError
        let fault: CallFault?

        init(_ error: RPCError, _ fault: CallFault? = nil) {
            self.error = error
            self.fault = fault
        }
    }

    public func accept(_ call: IncomingCall, on connection: ServerConnection) {
        do throws(Refusal) {
            // Who calls comes first: a stranger is not told what there is.
            let caller = try caller(of: call.frame.head, on: connection)
            let method = try handler(for: call.frame.head.path)
            let metadata = try metadata(of: call.frame.head)
            if let deadline = call.deadline, deadline <= .now {
                throw Refusal(
                    RPCError(.deadlineExceeded, "the deadline had passed when the call arrived", isNotStarted: true))
            }
            let serverCall = RPCServerCall(
                connection: connection, id: call.id, handler: method, caller: caller, places: router.costlyPlaces)
            connection.register(serverCall, call.id)
            let context = ServerContext(
                method: method.descriptor, caller: caller, metadata: metadata, deadline: call.deadline,
                trace: TraceContext(parsing: call.frame.head.trace), call: serverCall)
            serverCall.begin(context, call)
        } catch {
            connection.refuse(call, error.error, fault: error.fault)
        }
    }

    private func handler(for path: UnsafeRawBufferPointer) throws(Refusal) -> any MethodHandler {
        if let handler = methods[path] { return handler }
        do throws(RPCError) {
            return try router.handler(for: String(decoding: path, as: UTF8.self))
        } catch {
            throw Refusal(error)
        }
    }

    private func metadata(of head: CallHead) throws(Refusal) -> Metadata {
        if head.metadata.elementsEqual(MetadataBlock.empty) { return Metadata() }
        do throws(MetadataBlock.Refusal) {
            try MetadataBlock.validate(head.metadata)
        } catch {
            throw Refusal(RPCError(.invalidArgument, error.reason, isNotStarted: true), .metadata)
        }
        return MetadataBlock.decoded(head.metadata)
    }

    private func mayStamp(_ peer: CallerIdentity) -> Bool {
        if case .service(let name) = peer.subject { policy.trustedStampers.contains(name) } else { false }
    }

    private func caller(of head: CallHead, on connection: ServerConnection) throws(Refusal) -> CallerIdentity {
        guard let peer = connection.identity else {
            throw Refusal(RPCError(.unauthenticated, "the peer has no identity", isNotStarted: true))
        }
        let mayStamp = mayStamp(peer)
        if head.caller.isEmpty {
            guard mayStamp || policy.acceptsDirectCallers else {
                throw Refusal(
                    RPCError(
                        .permissionDenied, "\(peer.uri) calls this service directly; call through the gateway",
                        isNotStarted: true), .directCaller)
            }
            if mayStamp { try checkOwnCall(of: peer, head.path) }
            return peer
        }
        guard mayStamp else {
            throw Refusal(
                RPCError(.permissionDenied, "\(peer.uri) states a caller; only the gateway may", isNotStarted: true),
                .forgedCaller)
        }
        if let known = knownCallers[head.caller] { return known }
        return try statedCaller(head, by: peer)
    }

    /// A caller that was not stated before.
    private func statedCaller(_ head: CallHead, by peer: CallerIdentity) throws(Refusal) -> CallerIdentity {
        let uri = String(decoding: head.caller, as: UTF8.self)
        guard let identity = CallerIdentity(uri: uri) else {
            throw Refusal(
                RPCError(.unauthenticated, "the gateway states a caller that is no identity", isNotStarted: true),
                .forgedCaller)
        }
        guard identity.domain == peer.domain else {
            throw Refusal(
                RPCError(
                    .permissionDenied,
                    "the gateway states a caller of the trust domain \(identity.domain); this service serves "
                        + peer.domain, isNotStarted: true), .forgedCaller)
        }
        if mayStamp(identity) {
            // Not remembered: it is judged at each call.
            try checkOwnCall(of: identity, head.path)
            return identity
        }
        if knownCallers.count >= 4096 { knownCallers = PathTable() }
        knownCallers.insert(uri, identity)
        return identity
    }

    private func checkOwnCall(of stamper: CallerIdentity, _ path: UnsafeRawBufferPointer) throws(Refusal) {
        let isItsOwn = CallerPolicy.servicesOfStampers.withUTF8Buffer {
            path.count > $0.count && path[..<$0.count].elementsEqual($0)
        }
        guard !isItsOwn else { return }
        throw Refusal(
            RPCError(
                .permissionDenied,
                "\(stamper.uri) states no caller: for itself it may only call \(CallerPolicy.servicesOfStampers)*",
                isNotStarted: true), .missingCaller)
    }
}

extension StatusHead {
    /// The STATUS payload of a failed call.
    public static func encoded(_ error: RPCError) -> [UInt8] {
        let metadata = try? MetadataBlock.encoded(error.trailingMetadata)
        return encoded(
            code: error.code, message: error.message, details: error.details, isNotStarted: error.isNotStarted,
            pushbackMilliseconds: error.retryPushbackMilliseconds, metadata: metadata ?? MetadataBlock.empty)
    }
}
