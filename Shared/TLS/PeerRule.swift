/// Whom a connection accepts among all that our authority has certified. Judged inside the handshake, so that the peer
/// gets an alert and no byte of it is delivered.
public struct PeerRule: Sendable, CustomStringConvertible {
    /// What was expected, for messages.
    public let description: String
    let accepts: @Sendable (PeerCertificate) -> Bool

    /// A rule of one's own; `description` completes the sentence "expected ...".
    public init(_ description: String, accepts: @escaping @Sendable (PeerCertificate) -> Bool) {
        self.description = description
        self.accepts = accepts
    }

    /// Anyone who has an identity at all: exactly one `spiffe://` URI.
    public static let anyIdentity = PeerRule("one spiffe:// URI in the certificate") {
        $0.uri?.hasPrefix("spiffe://") ?? false
    }

    /// Exactly this identity.
    public static func uri(_ uri: String) -> PeerRule {
        PeerRule(uri) { $0.uri == uri }
    }

    /// The service of this name, `spiffe://DOMAIN/service/NAME`, whatever the domain: the authority vouches for that.
    public static func service(named name: String) -> PeerRule {
        PeerRule("spiffe://.../service/\(name)") { certificate in
            guard let uri = certificate.uri, uri.hasPrefix("spiffe://") else { return false }
            let segments = uri.dropFirst("spiffe://".count).split(separator: "/", omittingEmptySubsequences: false)
            return segments.count == 3 && !segments[0].isEmpty && segments[1] == "service" && segments[2] == name
        }
    }
}
