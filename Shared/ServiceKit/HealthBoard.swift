public import Messages
public import RPC
internal import Storage
internal import Synchronization
internal import Wire

/// What this process serves, and whether it does: answers `quality.rpc.v1.HealthService`.
public final class HealthBoard: RPCV1.HealthServiceHandler {
    /// Whether one service is served. The reason is for a person, empty when it is.
    public enum Status: Sendable, Hashable {
        case serving
        case notServing(reason: String)
    }

    // The process itself stands under the empty name.
    private let statuses = Watched<[String: Status]>(["": .notServing(reason: "starting")])
    private let probes = Mutex<[@Sendable () -> String?]>([])

    public init() {}

    /// Answers health on `router`: for the gateway, which knows no messages and so not the generated `register(on:)`.
    public func serve(on router: inout Router) {
        register(on: &router)
    }

    /// Says how a service is, e.g. "quality.registry.v1.RegistryService"; the process itself for the empty name.
    public func set(_ service: String, _ status: Status) {
        statuses.update { $0[service] = status }
    }

    /// Adds something to be asked at each check: it says why nothing here can be served, or `nil`. Who watches learns of
    /// another answer when it is told that there is one: ``probesHaveChanged()``.
    public func addProbe(_ probe: @escaping @Sendable () -> String?) {
        probes.withLock { $0.append(probe) }
    }

    /// Has those who watch see what the probes say now.
    public func probesHaveChanged() {
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
    public func status(of service: String) -> Status? {
        status(of: service, in: statuses.value)
    }

    private func status(of service: String, in known: [String: Status]) -> Status? {
        guard let own = known[service] else { return nil }
        for probe in probes.withLock({ $0 }) {
            if let reason = probe() { return .notServing(reason: reason) }
        }
        guard service.isEmpty, own == .serving else { return own }
        let failing = known.sorted { $0.key < $1.key }.compactMap { service, status in
            if case .notServing(let reason) = status { "\(service): \(reason)" } else { nil }
        }
        return failing.isEmpty ? .serving : .notServing(reason: failing.joined(separator: "; "))
    }

    public func check(
        _ request: RPCV1.CheckRequest, context: ServerContext
    ) async throws(RPCError) -> RPCV1.CheckResponse {
        switch status(of: request.service) {
        case .serving: return RPCV1.CheckResponse(status: .serving)
        case .notServing(let reason): return RPCV1.CheckResponse(status: .notServing, reason: reason)
        case nil: throw RPCError(.notFound, "service \(request.service) is not in this process")
        }
    }

    public func watch(
        _ request: RPCV1.WatchRequest, responses: ResponseWriter<RPCV1.WatchResponse>, context: ServerContext
    ) async throws(RPCError) {
        let service = request.service
        var known = status(of: service)
        while true {
            let response =
                switch known {
                case .serving: RPCV1.WatchResponse(status: .serving)
                case .notServing(let reason): RPCV1.WatchResponse(status: .notServing, reason: reason)
                case nil: RPCV1.WatchResponse(status: .serviceUnknown)
                }
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
