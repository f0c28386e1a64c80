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
        case .failed(let error): "\(error)"
        }
    }
}
