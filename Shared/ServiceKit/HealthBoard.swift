public import Messages
public import RPC
internal import Storage
internal import Synchronization
internal import Wire

/// How something is. A reason is for a person.
public enum HealthStatus: Sendable, Hashable {
    case serving
    /// It serves all that it can itself; some of what it passes on is missing elsewhere.
    case noted(reason: String)
    /// It serves, but not all that it should: nothing can be written, or what is read may be old. Calls go there.
    case impaired(reason: String)
    /// No call goes there.
    case notServing(reason: String)

    /// 0 when it serves, more the worse it is: what the metric shows.
    var level: Int {
        switch self {
        case .serving: 0
        case .noted: 1
        case .impaired: 2
        case .notServing: 3
        }
    }

    /// Empty when it serves.
    var reason: String {
        switch self {
        case .serving: ""
        case .noted(let reason), .impaired(let reason), .notServing(let reason): reason
        }
    }
}

/// Something that a process needs to serve, and that may not be as it should.
public struct HealthCondition: Sendable {
    /// A word or two, such as "store": the metric's label.
    public let name: String
    /// How it is now. Asked about once a second, and at each check.
    public let status: @Sendable () -> HealthStatus
    /// What the log says when it is not as it should be, and when it is again.
    let words: (wrong: String, well: String)?
    /// What the log has in the place of a reason, which strangers may see; `nil` when there is none any more.
    let logged: (@Sendable () -> String?)?

    public init(
        _ name: String, words: (wrong: String, well: String)? = nil, logged: (@Sendable () -> String?)? = nil,
        _ status: @escaping @Sendable () -> HealthStatus
    ) {
        self.name = name
        self.words = words
        self.logged = logged
        self.status = status
    }
}

/// What this process serves, and whether it does: answers `quality.rpc.v1.HealthService`.
public final class HealthBoard: RPCV1.HealthServiceHandler {
    // The process itself stands under the empty name.
    private let statuses = Watched<[String: HealthStatus]>(["": .notServing(reason: "starting")])
    private let known = Mutex<[HealthCondition]>([])
    private let clock: ClockWatch

    /// - Parameter clock: tells who asks what time it is, and hears it of services that ask.
    public init(clock: ClockWatch = ClockWatch()) {
        self.clock = clock
    }

    /// Answers health on `router`: for the gateway, which knows no messages and so not the generated `register(on:)`.
    public func serve(on router: inout Router) {
        register(on: &router)
    }

    /// Says how a service is, e.g. "quality.registry.v1.RegistryService"; the process itself for the empty name.
    public func set(_ service: String, _ status: HealthStatus) {
        statuses.update { $0[service] = status }
    }

    /// Adds something that all services of this process need. Who watches learns of another answer when it is told that
    /// there is one: ``conditionsHaveChanged()``.
    public func add(_ condition: HealthCondition) {
        known.withLock { $0.append(condition) }
    }

    var conditions: [HealthCondition] { known.withLock { $0 } }

    /// Has those who watch see how the conditions are now.
    public func conditionsHaveChanged() {
        statuses.update { _ in }
    }

    /// Says of the process and of each of its services that they are not served any more.
    func stop() {
        statuses.update { statuses in
            for service in statuses.keys { statuses[service] = .notServing(reason: "stopping") }
        }
    }

    /// Lets those who watch go: the process is about to stop.
    func endWatches() {
        statuses.end(RPCError(.unavailable, "the service is stopping"))
    }

    /// How `service` is; the process as a whole for the empty name; `nil` for a service that is not here.
    public func status(of service: String) -> HealthStatus? {
        status(of: service, in: statuses.value)
    }

    private func status(of service: String, in known: [String: HealthStatus]) -> HealthStatus? {
        guard let own = known[service] else { return nil }
        let conditions = conditions.map { $0.status() }
        let whole = Self.worst(conditions)
        if case .notServing = whole { return whole }
        guard service.isEmpty, own == .serving else { return own == .serving ? whole : own }
        let services = known.sorted { $0.key < $1.key }.map { service, status -> HealthStatus in
            if case .notServing(let reason) = status { .notServing(reason: "\(service): \(reason)") } else { status }
        }
        return Self.worst(services + conditions)
    }

    /// The worst of all, with the reasons of all that are as bad.
    private static func worst(_ statuses: [HealthStatus]) -> HealthStatus {
        guard let worst = statuses.max(by: { $0.level < $1.level }), worst != .serving else { return .serving }
        let reason = statuses.filter { $0.level == worst.level }.map(\.reason).joined(separator: "; ")
        return switch worst {
        case .serving: .serving
        case .noted: .noted(reason: reason)
        case .impaired: .impaired(reason: reason)
        case .notServing: .notServing(reason: reason)
        }
    }

    public func check(
        _ request: RPCV1.CheckRequest, context: ServerContext
    ) async throws(RPCError) -> RPCV1.CheckResponse {
        if case .service(let name) = context.caller.subject, request.nowUnixUs != 0 {
            clock.heard(name, unixMicroseconds: request.nowUnixUs)
        }
        let now = clock.believedNow()
        guard let status = status(of: request.service) else {
            throw RPCError(.notFound, "service \(request.service) is not in this process")
        }
        return RPCV1.CheckResponse(status: status.word, reason: status.reason, nowUnixUs: now)
    }

    public func watch(
        _ request: RPCV1.WatchRequest, responses: ResponseWriter<RPCV1.WatchResponse>, context: ServerContext
    ) async throws(RPCError) {
        let service = request.service
        var known = status(of: service)
        while true {
            let response = RPCV1.WatchResponse(
                status: known?.word ?? .serviceUnknown, reason: known?.reason ?? "")
            try await responses.write(response)
            do {
                let statuses = try await statuses.wait { [self, known] in status(of: service, in: $0) != known }
                known = status(of: service, in: statuses)
            } catch {
                throw RPCError(wrapping: error)
            }
        }
    }
}

extension HealthStatus {
    /// As gRPC's protocol has it: what serves, though not everything, serves.
    fileprivate var word: RPCV1.ServingStatus {
        switch self {
        case .serving, .noted, .impaired: .serving
        case .notServing: .notServing
        }
    }
}
