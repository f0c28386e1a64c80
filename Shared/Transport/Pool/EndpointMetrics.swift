internal import Metrics
internal import Telemetry

/// What befalls endpoints and calls to them, under swift-metrics' names.
enum EndpointMetrics {
    static let connectFailures = Counter(label: "rpc_endpoint_connect_failures_total")
    static let resolutionFailures = Counter(label: "rpc_endpoint_resolution_failures_total")
    static let ejections = Counter(label: "rpc_endpoint_ejections_total")
    /// Attempts beyond the first: "free" for what was not started, "budgeted" for the others.
    static let freeRetries = Counter(label: "rpc_client_retries_total", dimensions: [("kind", "free")])
    static let budgetedRetries = Counter(label: "rpc_client_retries_total", dimensions: [("kind", "budgeted")])
    static let retriesRefused = Counter(label: "rpc_client_retries_refused_total")

    /// How many endpoints of a service are in which state, summed over the loops, since each judges for itself.
    struct States {
        private let meters: [EndpointState: Meter]
        private var counts: [EndpointState: Int] = [:]

        init(service: String) {
            meters = Dictionary(
                uniqueKeysWithValues: EndpointState.allCases.map { state in
                    (
                        state,
                        Meter(label: "rpc_endpoints", dimensions: [("service", service), ("state", state.rawValue)])
                    )
                })
        }

        mutating func record(_ states: [EndpointState]) {
            var now: [EndpointState: Int] = [:]
            for state in states { now[state, default: 0] += 1 }
            for (state, meter) in meters {
                let difference = now[state, default: 0] - counts[state, default: 0]
                if difference != 0 { meter.increment(by: Double(difference)) }
            }
            counts = now
        }
    }
}
