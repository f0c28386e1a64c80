internal import TLS
internal import Wire

/// Why a connection is over.
public enum ConnectionEnd: Sendable {
    /// The peer said so, with close_notify.
    case closedByPeer
    /// The transport went away.
    case lost(String)
    case failed(any Error)

    /// For a person.
    public var reason: String {
        switch self {
        case .closedByPeer: "the peer closed the connection"
        case .lost(let reason): reason
        case .failed(let error as ConnectionError): error.reason
        case .failed(let error): ErrorWords.of(error)
        }
    }
}

extension ConnectionEnd {
    /// What metrics call it; `nil` for an end that is in order.
    var cause: String? {
        switch self {
        case .closedByPeer, .lost: nil
        case .failed(let error as ConnectionError): error.cause == ConnectionError.Code.none.label ? nil : error.cause
        case .failed(let error as TLSError): "tls_\(error.code.label)"
        case .failed: "transport"
        }
    }
}
