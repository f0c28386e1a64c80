internal import Telemetry
internal import Wire

/// Which of the services that this process calls have had no endpoint that takes calls for a while. Pure; fed with what the
/// event loops think of each endpoint.
struct MissingServices: Sendable {
    /// A service of one copy that is started anew is not missing.
    static let graceSeconds: UInt64 = 10

    private var since: [String: MonotonicInstant] = [:]
    private var endpoints: [String: [String]] = [:]

    mutating func looked(_ snapshots: [String: EndpointSnapshot], at now: MonotonicInstant) {
        var usable: Set<String> = []
        var unusable: [String: [String]] = [:]
        for (name, endpoint) in snapshots {
            // Nobody has asked for one that is idle.
            if endpoint.states[.serving] != nil || endpoint.states[.idle] != nil {
                usable.formUnion(endpoint.services)
            } else {
                for service in endpoint.services {
                    unusable[service, default: []].append("\(name) \(endpoint.state.rawValue)")
                }
            }
        }
        endpoints = unusable.filter { !usable.contains($0.key) }
        since = endpoints.reduce(into: [:]) { $0[$1.key] = since[$1.key] ?? now }
    }

    /// `nil` when none is missing.
    func reason(at now: MonotonicInstant) -> String? {
        let missing = since.filter { now.microseconds(since: $0.value) >= Self.graceSeconds * 1_000_000 }.keys.sorted()
        guard !missing.isEmpty else { return nil }
        return missing.map { service in
            let known = (endpoints[service] ?? []).sorted()
            let more = known.count > 3 ? " and \(known.count - 3) more" : ""
            return "\(service) has no endpoint that serves: " + known.prefix(3).joined(separator: ", ") + more
        }.joined(separator: "; ")
    }
}
