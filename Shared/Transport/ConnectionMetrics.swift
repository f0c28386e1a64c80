internal import Metrics
internal import TLS
internal import Wire

/// What is open on one event loop, told to swift-metrics about once a second.
struct LoopGauges {
    struct Figures {
        var serverConnections = 0
        var serverStreams = 0
        var clientConnections = 0
        var clientStreams = 0
        var bytesInFlight: Int

        init(bytesInFlight: Int) {
            self.bytesInFlight = bytesInFlight
        }

        mutating func count(_ connection: Connection) {
            if connection is ServerConnection {
                serverConnections += 1
                serverStreams += connection.openCalls
            } else {
                clientConnections += 1
                clientStreams += connection.openCalls
            }
        }
    }

    private let serverConnections: Gauge
    private let serverStreams: Gauge
    private let clientConnections: Gauge
    private let clientStreams: Gauge
    private let bytesInFlight: Gauge

    /// "rpc_connections_open" and "rpc_streams_open" by "side" (server, client) and "loop"; "rpc_bytes_in_flight" by
    /// "loop".
    init(index: Int) {
        let loop = ("loop", "\(index)")
        serverConnections = Gauge(label: "rpc_connections_open", dimensions: [("side", "server"), loop])
        serverStreams = Gauge(label: "rpc_streams_open", dimensions: [("side", "server"), loop])
        clientConnections = Gauge(label: "rpc_connections_open", dimensions: [("side", "client"), loop])
        clientStreams = Gauge(label: "rpc_streams_open", dimensions: [("side", "client"), loop])
        bytesInFlight = Gauge(label: "rpc_bytes_in_flight", dimensions: [loop])
    }

    func record(_ figures: Figures) {
        serverConnections.record(figures.serverConnections)
        serverStreams.record(figures.serverStreams)
        clientConnections.record(figures.clientConnections)
        clientStreams.record(figures.clientStreams)
        bytesInFlight.record(figures.bytesInFlight)
    }
}

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

    /// TLS handshakes that ended well, and how long they took.
    static func handshakeEnded(after nanoseconds: UInt64) {
        handshakes.recordNanoseconds(nanoseconds)
    }

    private static let handshakes = Timer(label: "rpc_handshake_seconds")
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

extension TLSError.Code {
    /// The code as a label's value: "certificate_expired".
    var word: String {
        "\(self)".reduce(into: "") { word, character in
            if character.isUppercase, word.last?.isLowercase ?? false { word += "_" }
            word += character.lowercased()
        }
    }
}
