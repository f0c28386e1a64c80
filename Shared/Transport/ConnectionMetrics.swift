internal import Metrics
internal import TLS
internal import Wire

/// Connections and calls that were refused or cut, by reason. Made when it happens: it is rare, and rate-limited by what
/// it costs the peer.
enum ConnectionCounters {
    /// Peers that never became connections.
    static func refused(_ reason: String) {
        Counter(label: "rpc_connections_refused_total", dimensions: [("reason", reason)]).increment()
    }

    /// Connections that a side ended because of what the other did.
    static func cut(_ reason: String) {
        Counter(label: "rpc_connections_cut_total", dimensions: [("reason", reason)]).increment()
    }

    /// Calls that a side ended for a reason of the connection, not of the call.
    static func streamReset(_ reason: String) {
        Counter(label: "rpc_streams_reset_total", dimensions: [("reason", reason)]).increment()
    }
}

extension ConnectionEnd {
    /// What metrics call it; `nil` for an end that is in order.
    var cause: String? {
        switch self {
        case .closedByPeer, .lost: nil
        case .failed(let error as ConnectionError): error.code == .none ? nil : error.cause
        case .failed(let error as TLSError): "tls_\(error.code.label)"
        case .failed: "transport"
        }
    }
}
