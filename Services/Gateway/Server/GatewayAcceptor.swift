internal import GatewayRules
internal import Logging
internal import Metrics
internal import RPC
internal import Telemetry
internal import Transport
internal import Wire

/// Decides what becomes of the calls of a loop's connections, and forwards those it lets in to the services they name,
/// without looking into a message. Confined to its loop.
///
/// Services that every process has (health, reflection) are the gateway's own unless the call says whose it
/// means: metadata `route-service` with a service name.
final class GatewayAcceptor: CallAcceptor {
    static let everywhere = "quality.rpc.v1."
    static let routeKey = "route-service"
    private static let maximumIdleCalls = 4096
    /// Names of methods come from callers: when so many are remembered, all are forgotten.
    private static let maximumMethods = 1024

    /// What is known of a method, from its first call on.
    private final class Method {
        enum Target {
            /// The gateway's own, unless the call names a service.
            case everywhere
            case service(BackendService)
            case unknown
        }

        let roles: RoleSet
        let trafficClass: TrafficClass
        let target: Target

        init(roles: RoleSet, trafficClass: TrafficClass, target: Target) {
            self.roles = roles
            self.trafficClass = trafficClass
            self.target = target
        }
    }

    private let budgets: CallerBudgets
    private let own: RouterAcceptor
    private let loop: ConnectionLoop
    private let loopCount: Int
    private let makePool: (Route) throws -> ConnectionPool
    private var policy = AdmissionPolicy(grants: [])
    /// Of the policy: what was looked up in another one is looked up again.
    private var generation: UInt32 = 0
    private var services: [BackendService] = []
    private var methods = PathTable<Method>()
    let heldBytes: HeldBytes
    private var log: RefusalLog
    private let scarceRoomLog: ScarceRoomLog
    /// Ended calls, kept so that the next ones allocate nothing.
    private var idleCalls: [ForwardedCall] = []
    let requests = RequestMemory()
    private static let sentAgain = Counter(label: "gateway_calls_sent_again_total")

    /// Forwards nothing until ``apply(_:)``.
    init(
        budgets: CallerBudgets, own: RouterAcceptor, loop: ConnectionLoop, loopCount: Int,
        logger: Logger, scarceRoomLog: ScarceRoomLog, makePool: @escaping (Route) throws -> ConnectionPool
    ) {
        self.budgets = budgets
        self.own = own
        self.loop = loop
        self.loopCount = loopCount
        self.makePool = makePool
        log = RefusalLog(logger)
        heldBytes = HeldBytes(loop)
        self.scarceRoomLog = scarceRoomLog
    }

    /// Goes by other routes and another policy from the next call on. Calls that are open go on; connections to where no
    /// route leads any more are closed after the last of theirs.
    func apply(_ plan: GatewayPlan) throws {
        // Whatever can fail comes before anything changes.
        let kept = services.filter { plan.routes.contains($0.route) }
        let added = try plan.routes.filter { route in !kept.contains { $0.route == route } }.map { route in
            BackendService(
                route, pool: try makePool(route), limits: ServiceLimits(), loop: loop, scarceRoomLog: scarceRoomLog)
        }
        let removed = services.filter { service in !kept.contains { $0 === service } }
        services = kept + added
        policy = plan.policy
        generation &+= 1
        methods = PathTable()
        heldBytes.maximum = policy.queuedBytes / loopCount
        for service in services {
            // Of methods the gateway learns by their answers; until then a service's calls are counted together.
            loop.telemetry.statistics.register(service: service.route.service)
            service.limitsChanged(policy.limits(ofService: service.route.service).share(of: loopCount))
        }
        for service in removed { service.retire() }
    }

    var load: [ServiceLoad] {
        services.map {
            ServiceLoad(
                service: $0.route.service, callsInFlight: $0.callsInFlight, waitingCalls: $0.waitingCalls,
                placelessCalls: $0.placelessCalls)
        }
    }

    // MARK: Connections

    func refusal(of connection: ServerConnection) -> ConnectionError? {
        if let refusal = own.refusal(of: connection) { return refusal }
        guard let identity = connection.identity else {
            return ConnectionError(.protocolViolation, "the peer has no identity", cause: "no_identity")
        }
        connection.acceptorState = Caller(
            identity, budget: budgets.budget(of: identity, now: .now), roles: policy.roles(of: identity),
            generation: generation)
        return nil
    }

    private func caller(of connection: ServerConnection) -> Caller? {
        guard let state = connection.acceptorState else { return nil }
        // Nobody else sets it.
        let caller = unsafeDowncast(state, to: Caller.self)
        if caller.generation != generation {
            caller.policyChanged(roles: policy.roles(of: caller.identity), generation: generation)
        }
        return caller
    }

    // MARK: Calls

    /// Where every call comes in. It costs its identity a token whatever becomes of it.
    func accept(_ call: IncomingCall, on connection: ServerConnection) {
        guard let caller = caller(of: connection) else {
            let nobody = RPCError(.unauthenticated, "nobody knows who is calling", isNotStarted: true)
            return connection.refuse(call, nobody)
        }
        let path = call.frame.head.path
        if let wait = caller.budget.takeToken(now: call.receivedAt) {
            AdmissionMetrics.countRefusal(.rate)
            log.refused(.rate, caller, connection, path, now: call.receivedAt)
            return connection.refuse(call, status: caller.rateStatus(waitNanoseconds: wait))
        }
        let method = methods[path] ?? learn(path)
        guard method.roles.meets(caller.roles) else {
            return refuse(call, on: connection, caller, .policy, denial(of: path, to: caller))
        }
        do throws(RPCError) {
            switch method.target {
            case .service(let service): forward(call, on: connection, caller, service, method.trafficClass)
            case .everywhere:
                if let service = try namedService(call.frame.head.metadata) {
                    forward(call, on: connection, caller, service, method.trafficClass)
                } else {
                    answer(call, on: connection, caller)
                }
            case .unknown: throw Self.noRoute(path)
            }
        } catch {
            connection.refuse(call, error)
        }
    }

    /// Takes one of an identity's open calls, or refuses the call. Whoever goes on from here gives it back once: see
    /// ``callEnded(_:)`` for calls that are forwarded, ``OwnCall`` for those that are not.
    private func enter(_ call: IncomingCall, on connection: ServerConnection, _ caller: Caller) -> Bool {
        if caller.budget.enter() { return true }
        refuse(call, on: connection, caller, .concurrency, Self.tooManyOpen(caller))
        return false
    }

    /// A call that the gateway serves itself.
    private func answer(_ call: IncomingCall, on connection: ServerConnection, _ caller: Caller) {
        guard enter(call, on: connection, caller) else { return }
        // Whatever it says about itself counts for nothing.
        var call = call
        call.frame.head.caller = UnsafeRawBufferPointer(start: nil, count: 0)
        own.accept(call, on: connection)
        let isOpen = connection.replaceReceiver(of: call.id) { OwnCall($0, caller.budget) }
        // It was refused, or is over already.
        if !isOpen { caller.budget.leave() }
    }

    private func forward(
        _ call: IncomingCall, on connection: ServerConnection, _ caller: Caller, _ service: BackendService,
        _ trafficClass: TrafficClass
    ) {
        // Judged here and not by the service: what breaks the rules costs no place, and no two services answer it
        // differently.
        if let refusal = MetadataBlock.refusal(of: call.frame.head.metadata) {
            let error = RPCError(.invalidArgument, refusal.reason, isNotStarted: true)
            return connection.refuse(call, error, fault: .metadata)
        }
        if let deadline = call.deadline, deadline <= call.receivedAt {
            return refuse(call, on: connection, caller, .deadline, Self.deadlinePassed)
        }
        guard enter(call, on: connection, caller) else { return }
        let ticket: AdmissionQueue.Ticket
        var evicted: AdmissionQueue.Ticket?, ended: AdmissionQueue.Ticket?
        var waits = false
        switch service.callArrived(
            trafficClass, caller: caller.number, deadline: call.deadline, now: call.receivedAt)
        {
        case .start(let started, let other):
            ticket = started
            ended = other
        case .wait(let waiting, let other):
            ticket = waiting
            evicted = other
            waits = true
        case .refuse:
            caller.budget.leave()
            let reason = trafficClass == .control ? CallRefusal.controlFull : .queueFull
            return refuse(call, on: connection, caller, reason, overload(reason, service))
        }
        let forwarded = idleCalls.popLast() ?? ForwardedCall(acceptor: self)
        connection.register(forwarded, call.id)
        service.seat(forwarded, at: ticket)
        forwarded.begin(
            call, on: connection,
            ForwardedCall.Admission(caller: caller, service: service, ticket: ticket),
            waitsForTurn: waits)
        if waits { service.callWaits(insteadOf: evicted) }
        if let ended { service.callBegan(insteadOf: ended) }
    }

    /// The end of a call whose handler may still be busy: its places stay taken for a while. No more than an identity's
    /// concurrent calls wait here.
    func callGivenUp(_ admission: ForwardedCall.Admission) {
        admission.service.callGivenUp(admission.ticket) { [self] in callEnded(admission) }
    }

    /// Where every forwarded call ends, however it does; once, and before the object serves another.
    func callEnded(_ admission: ForwardedCall.Admission) {
        admission.caller.budget.leave()
        admission.service.callEnded(admission.ticket)
    }

    /// A count that grows by one about once a second: what calls note of their bytes' time, which costs nothing.
    var tick: Int { loop.ticks }

    func countSentAgain() {
        Self.sentAgain.increment()
    }

    /// Takes leave of all backends.
    func closePools() {
        for service in services { service.pool.close() }
    }

    /// Takes back a call that has ended.
    func recycle(_ call: ForwardedCall) {
        if idleCalls.count < Self.maximumIdleCalls { idleCalls.append(call) }
    }

    // MARK: Methods

    private func learn(_ path: UnsafeRawBufferPointer) -> Method {
        let name = String(decoding: path, as: UTF8.self)
        let method = Method(
            roles: policy.roles(allowed: name), trafficClass: policy.trafficClass(of: name), target: target(name))
        if methods.count >= Self.maximumMethods { methods = PathTable() }
        // Bytes that are not UTF-8 are another name as text, which the table may have.
        if methods[path] == nil, name.utf8.elementsEqual(path) { methods.insert(name, method) }
        return method
    }

    private func target(_ path: String) -> Method.Target {
        guard let slash = path.firstIndex(of: "/") else { return .unknown }
        let name = String(path[..<slash])
        if let service = service(named: name) { return .service(service) }
        return name.hasPrefix(Self.everywhere) ? .everywhere : .unknown
    }

    /// Of several routes the exact one, else the first whose prefix it has.
    private func service(named name: String) -> BackendService? {
        services.first { $0.route.service == name }
            ?? services.first { $0.route.service.hasSuffix(".") && name.hasPrefix($0.route.service) }
    }

    /// The service whose health is asked for; `nil` for the gateway's own.
    private func namedService(_ metadata: UnsafeRawBufferPointer) throws(RPCError) -> BackendService? {
        guard metadata.count > MetadataBlock.empty.count, (try? MetadataBlock.validate(metadata)) != nil,
            let name = MetadataBlock.decoded(metadata).text(of: Self.routeKey)
        else { return nil }
        guard let service = service(named: name) else { throw Self.noRoute(service: name) }
        return service
    }

    // MARK: Refusals

    private func refuse(
        _ call: IncomingCall, on connection: ServerConnection, _ caller: Caller, _ reason: CallRefusal,
        _ error: RPCError
    ) {
        AdmissionMetrics.countRefusal(reason)
        log.refused(reason, caller, connection, call.frame.head.path, now: call.receivedAt)
        connection.refuse(call, error)
    }

    /// The answer to a call that waited in vain.
    func refusal(
        _ reason: CallRefusal, _ service: BackendService, _ admission: ForwardedCall.Admission?,
        _ connection: ServerConnection?
    ) -> RPCError {
        note(reason, admission, connection)
        return reason == .deadline ? Self.deadlinePassed : overload(reason, service)
    }

    func deadlinePassedWhileHeld(_ admission: ForwardedCall.Admission?, _ connection: ServerConnection?) {
        note(.deadline, admission, connection)
    }

    private func note(_ reason: CallRefusal, _ admission: ForwardedCall.Admission?, _ connection: ServerConnection?) {
        AdmissionMetrics.countRefusal(reason)
        guard let admission, let connection else { return }
        log.gaveUp(reason, admission.caller, connection, admission.service.route.service, now: .now)
    }

    func tooManyBytes(
        _ admission: ForwardedCall.Admission?, _ connection: ServerConnection?, isNotStarted: Bool
    ) -> RPCError {
        note(.queueBytes, admission, connection)
        return RPCError(
            .resourceExhausted, "\(heldBytes.count) message bytes wait at the gateway; try again later",
            isNotStarted: isNotStarted, retryPushbackMilliseconds: Self.pausePushbackMilliseconds)
    }

    /// The answer to a call whose place has gone to another, of this class.
    func displacement(
        from service: BackendService, by trafficClass: TrafficClass, _ admission: ForwardedCall.Admission?,
        _ connection: ServerConnection?, isNotStarted: Bool
    ) -> RPCError {
        note(.displaced, admission, connection)
        if trafficClass == .control {
            return Self.controlIsFull(
                service,
                "of those this call's caller held most: its place is another's now; end calls that are not in use",
                isNotStarted: isNotStarted)
        }
        return RPCError(
            .unavailable,
            "others wait for a place at \(service.route.service), and this call's caller holds more than its share: of its "
                + "calls this one has gone longest without progress (\(ForwardedCallMachine.progressBytes) bytes in a second), "
                + "or been with the service for a second, and gives way; end calls that are not in use, or keep fewer open",
            isNotStarted: isNotStarted, retryPushbackMilliseconds: service.pushbackMilliseconds)
    }

    /// Where nothing better is known.
    private static let pausePushbackMilliseconds: Int32 = 100
    /// What watches comes again at once otherwise, and ends others that watch.
    private static let controlPushbackMilliseconds: Int32 = 1_000

    private func overload(_ reason: CallRefusal, _ service: BackendService) -> RPCError {
        if reason == .controlFull {
            return Self.controlIsFull(
                service, "this caller holds most of them: end those that are not in use", isNotStarted: true)
        }
        let what = reason == .shed ? "the call waited too long" : "too many calls wait"
        return RPCError(
            .unavailable, "\(service.route.service) has more calls than it can answer: \(what) at the gateway",
            isNotStarted: true, retryPushbackMilliseconds: service.pushbackMilliseconds)
    }

    private static func controlIsFull(_ service: BackendService, _ why: String, isNotStarted: Bool) -> RPCError {
        RPCError(
            .unavailable, "no more health and reflection calls may be open at \(service.route.service), and \(why)",
            isNotStarted: isNotStarted, retryPushbackMilliseconds: controlPushbackMilliseconds)
    }

    private static func tooManyOpen(_ caller: Caller) -> RPCError {
        RPCError(
            .resourceExhausted,
            "\(caller.identity.uri) has \(caller.budget.maximumCalls) calls open, as many as it may; let one end first",
            isNotStarted: true, retryPushbackMilliseconds: pausePushbackMilliseconds)
    }

    private static let deadlinePassed = RPCError(
        .deadlineExceeded, "the deadline passed before the call was begun", isNotStarted: true)

    private func denial(of path: UnsafeRawBufferPointer, to caller: Caller) -> RPCError {
        let role = AdmissionPolicy.role(of: caller.identity)
        return RPCError(
            .permissionDenied,
            "the role '\(role)' may not call \(String(decoding: path, as: UTF8.self)): the gateway's policy grants it "
                + "to other roles, or to none; use a certificate of one that it is granted to", isNotStarted: true)
    }

    private static func noRoute(_ path: UnsafeRawBufferPointer) -> RPCError {
        guard let slash = path.firstIndex(of: UInt8(ascii: "/")) else {
            return RPCError(.unimplemented, "the call names no SERVICE/METHOD", isNotStarted: true)
        }
        return noRoute(service: String(decoding: path[..<slash], as: UTF8.self))
    }

    private static func noRoute(service: String) -> RPCError {
        RPCError(.unimplemented, "the gateway has no route for service \(service)", isNotStarted: true)
    }
}
