/// Whom a connection accepts among all that our authority has certified. Judged inside the handshake, so that the peer
/// gets an alert and no byte of it is delivered.
///
/// A rule is asked together with our own trust domain, the DOMAIN of `spiffe://DOMAIN/...` in the certificate that this
/// side of the connection shows: an authority may serve several domains, and vouches for none of them more than for
/// another. So a certificate that is renewed brings its domain with it, and nobody has to configure one.
public struct PeerRule: Sendable {
    /// Completes the sentence "expected ...", given our own trust domain.
    let expectation: @Sendable (_ ownDomain: String?) -> String
    let accepts: @Sendable (PeerCertificate, _ ownDomain: String?) -> Bool

    /// A rule of one's own; `description` completes the sentence "expected ...".
    public init(_ description: String, accepts: @escaping @Sendable (PeerCertificate) -> Bool) {
        expectation = { _ in description }
        self.accepts = { certificate, _ in accepts(certificate) }
    }

    private init(
        expectation: @escaping @Sendable (String?) -> String,
        accepts: @escaping @Sendable (PeerCertificate, String?) -> Bool
    ) {
        self.expectation = expectation
        self.accepts = accepts
    }

    /// Anyone who has an identity at all: exactly one `spiffe://` URI. Of whatever trust domain: a server says no to
    /// those of another one in its own words, after the handshake.
    public static let anyIdentity = PeerRule("one spiffe:// URI in the certificate") {
        $0.uri?.hasPrefix("spiffe://") ?? false
    }

    /// Exactly this identity.
    public static func uri(_ uri: String) -> PeerRule {
        PeerRule(uri) { $0.uri == uri }
    }

    /// The service of this name and of our own trust domain: `spiffe://OWN-DOMAIN/service/NAME`. Nobody, when our own
    /// certificate has no trust domain.
    public static func service(named name: String) -> PeerRule {
        PeerRule { domain in
            domain.map { "spiffe://\($0)/service/\(name)" }
                ?? "the service \(name) of our own trust domain, and our own certificate names none"
        } accepts: { certificate, domain in
            guard let domain, let uri = certificate.uri else { return false }
            return uri == "spiffe://\(domain)/service/\(name)"
        }
    }
}
