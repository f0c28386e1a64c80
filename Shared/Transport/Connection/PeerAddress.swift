internal import NIOCore

/// A peer's address as operators read it and look for it elsewhere: "10.0.0.7:40112", "[fe80::1]:40112". SwiftNIO's own
/// words name the family and the host twice.
enum PeerAddress {
    static func text(_ address: SocketAddress?) -> String {
        guard let address else { return "unknown" }
        switch address {
        case .v4: return "\(address.ipAddress ?? "unknown"):\(address.port ?? 0)"
        case .v6: return "[\(address.ipAddress ?? "unknown")]:\(address.port ?? 0)"
        case .unixDomainSocket: return "a socket of this machine"
        }
    }
}
