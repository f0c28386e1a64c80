internal import Metrics
internal import Telemetry
internal import Wire

/// Connections and calls that were refused or cut, by reason. Made when it happens: it is rare, and rate-limited by what
/// it costs the peer.
enum ConnectionCounters {
    /// Peers that never became connections.
    static func refused(_ reason: String) {
        Counter(label: "rpc_connections_refused_total", dimensions: [("reason", reason)]).increment()
    }

    /// Times that a server accepted nobody for a while.
    static func acceptPaused(_ cause: AcceptGate.Cause) {
        Counter(label: "rpc_accept_pauses_total", dimensions: [("reason", cause.rawValue)]).increment()
    }

    /// Connections that a side ended because of what the other did.
    static func cut(_ side: ConnectionSide, _ reason: String) {
        Counter(label: "rpc_connections_cut_total", dimensions: [("side", side.rawValue), ("reason", reason)])
            .increment()
    }

    /// Connections on which a server takes no more calls.
    static func drained(_ cause: DrainCause) {
        Counter(label: "rpc_connections_drained_total", dimensions: [("reason", cause.rawValue)]).increment()
    }

    /// Calls that were not begun. These come in floods: nothing is looked up.
    static func callRefused(_ fault: CallFault) {
        refusedCalls[fault]?.increment()
    }

    /// Calls that were ended for a rule of the protocol or a limit of their connection.
    static func callCut(_ fault: CallFault) {
        cutCalls[fault]?.increment()
    }

    private static let refusedCalls = byFault { fault in
        Counter(label: "rpc_calls_refused_total", dimensions: [("reason", fault.rawValue)])
    }
    private static let cutCalls = byFault { fault in
        Counter(label: "rpc_calls_cut_total", dimensions: [("reason", fault.rawValue)])
    }

    private static func byFault(_ make: (CallFault) -> Counter) -> [CallFault: Counter] {
        Dictionary(uniqueKeysWithValues: CallFault.allCases.map { ($0, make($0)) })
    }
}
