internal import COpenSSL

/// What is known when libssl fails, and its translation into words for a person.
struct TLSFailure {
    /// libssl's reason, one of `SSL_R_...`; 0 when it gave none.
    var reason: Int32
    /// The same in libssl's words.
    var text: String?
    var isServer: Bool
    var isEstablished: Bool
    var firstBytes: [UInt8]
    /// The version field of the client's hello, e.g. 0x0303 for TLS 1.2.
    var clientVersion: Int32
    var applicationProtocol: String
    var peerRule: String
    var refusal: TLSConnection.Refusal?

    var error: TLSError {
        if let refusal { return error(for: refusal) }
        if !isEstablished, !isHandshakeRecord { return notTLS }
        // libssl reports an alert of the peer as 1000 (SSL_AD_REASON_OFFSET) and the alert's number.
        if reason > SSL_AD_REASON_OFFSET, reason < SSL_AD_REASON_OFFSET + 256 {
            return refusedByPeer(alert: reason - SSL_AD_REASON_OFFSET)
        }
        switch reason {
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return TLSError(
                .certificateMissing,
                "peer sent no certificate: it must show one issued by our authority (`qmctl pki request`)")
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_NO_PROTOCOLS_AVAILABLE, SSL_R_WRONG_SSL_VERSION,
            SSL_R_UNKNOWN_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_WRONG_VERSION_NUMBER:
            return TLSError(.versionRefused, "protocol \(versionText) refused: only TLS 1.3 is spoken here")
        case SSL_R_NO_APPLICATION_PROTOCOL:
            return TLSError(
                .applicationProtocolRefused,
                "peer does not offer the application protocol \(applicationProtocol) (ALPN)")
        case 0:
            return TLSError(.library, "libssl failed without a reason")
        default:
            return TLSError(.protocolViolation, "TLS: \(text ?? "reason \(reason)")")
        }
    }

    // MARK: The peer's certificate

    private func error(for refusal: TLSConnection.Refusal) -> TLSError {
        switch refusal {
        case .noApplicationProtocol:
            TLSError(
                .applicationProtocolRefused,
                "peer offers no application protocol: \(applicationProtocol) (ALPN) is required")
        case .unexpected(let certificate):
            TLSError(
                .identityRefused,
                "peer is \(certificate?.description ?? "unknown") (identity "
                    + "\(certificate?.uri ?? "none")), expected \(peerRule)")
        case .malformed(let certificate, let problem, let depth):
            TLSError(
                .certificateNotTrusted,
                "\(Self.subject(certificate, depth)): \(problem); its holder needs a new one (`qmctl pki renew`)")
        case .invalid(let certificate, let reason, let depth):
            Self.invalidCertificate(certificate, reason: reason, depth: depth)
        }
    }

    /// What is wrong with a certificate of the peer's chain; `reason` is one of `X509_V_ERR_...`.
    static func invalidCertificate(_ certificate: PeerCertificate?, reason: Int32, depth: Int32) -> TLSError {
        let subject = subject(certificate, depth)
        let words = X509_verify_cert_error_string(Int(reason)).map { String(cString: $0) } ?? "error \(reason)"
        switch reason {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return TLSError(
                .certificateExpired,
                "\(subject): certificate expired on \(certificate?.notAfterText ?? "an unknown day"); "
                    + "issue a new one (`qmctl pki renew`), or set the clock right")
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return TLSError(
                .certificateNotYetValid,
                "\(subject): certificate is not yet valid; wait, or set the clock of this machine or the authority's right"
            )
        case X509_V_ERR_CERT_REVOKED:
            return TLSError(
                .certificateRevoked,
                "\(subject): certificate \(certificate?.serial ?? "") was revoked by its authority; its holder needs a "
                    + "new one (`qmctl pki request`)")
        case X509_V_ERR_UNABLE_TO_GET_CRL:
            return TLSError(
                .certificateNotTrusted,
                "\(subject): the file of tls.revocations has no list of its authority; add that one's list to the file")
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
            return TLSError(
                .certificateNotTrusted,
                "\(subject): not issued by our authority (\(words)); both sides need one ca.pem, and an authority that "
                    + "stands between sends its own certificate, too: behind the peer's in its cert.pem")
        case X509_V_ERR_PATH_LENGTH_EXCEEDED:
            return TLSError(
                .certificateNotTrusted,
                "\(subject): it allows no other authority, or not so many, between itself and a peer (\(words)); "
                    + "have the peer's certificate issued by it")
        case X509_V_ERR_INVALID_CA:
            return TLSError(
                .certificateNotTrusted,
                "\(subject): it is no authority (\(words)) and can certify nobody")
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
            X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_CERT_SIGNATURE_FAILURE:
            return TLSError(
                .certificateNotTrusted, "\(subject): not issued by our authority (\(words)); both sides need one ca.pem"
            )
        default:
            return TLSError(.certificateNotTrusted, "\(subject): \(words)")
        }
    }

    private static func subject(_ certificate: PeerCertificate?, _ depth: Int32) -> String {
        let owner = certificate?.description ?? "the peer"
        return depth == 0 ? "certificate of \(owner)" : "authority \(owner) above the peer's certificate"
    }

    // MARK: Other protocols and versions

    /// True unless the first byte is known and is not that of a TLS handshake (22) or alert (21) record.
    private var isHandshakeRecord: Bool {
        guard let first = firstBytes.first else { return true }
        guard first == 22 || first == 21 else { return false }
        return firstBytes.count < 2 || firstBytes[1] == 3
    }

    private var notTLS: TLSError {
        let digits = Array("0123456789abcdef".utf8)
        let hexadecimal = firstBytes.map {
            String(decoding: [digits[Int($0 >> 4)], digits[Int($0 & 15)]], as: UTF8.self)
        }.joined(separator: " ")
        let isText = firstBytes.allSatisfy { $0 >= 0x20 && $0 < 0x7F || $0 == 0x0D || $0 == 0x0A }
        let quoted =
            isText
            ? " (\"\(String(decoding: firstBytes.filter { $0 >= 0x20 }, as: UTF8.self))\")"
            : ""
        return TLSError(.notTLS, "not TLS: first bytes \(hexadecimal)\(quoted)")
    }

    private var versionText: String {
        guard isServer else { return "of the server" }
        return switch clientVersion {
        case SSL3_VERSION: "SSL 3.0"
        case TLS1_VERSION: "TLS 1.0"
        case TLS1_1_VERSION: "TLS 1.1"
        case TLS1_2_VERSION: "TLS 1.2"
        default: "older than TLS 1.3"
        }
    }

    // MARK: Alerts

    private func refusedByPeer(alert: Int32) -> TLSError {
        // libssl has no words for the alerts that came with TLS 1.3, but its reason does ("tlsv13 alert ...").
        let known = SSL_alert_desc_string_long(alert).map { String(cString: $0) }
        let words = known.flatMap { $0 == "unknown" ? nil : $0 } ?? text ?? "number \(alert)"
        let remedy =
            switch alert {
            case SSL_AD_CERTIFICATE_REQUIRED: ": it wants a certificate of ours"
            case SSL_AD_UNKNOWN_CA: ": its authority is not the one that issued our certificate"
            case SSL_AD_CERTIFICATE_EXPIRED: ": our certificate has expired; get a new one (`qmctl pki renew`)"
            case SSL_AD_CERTIFICATE_REVOKED: ": our certificate was revoked; get a new one (`qmctl pki request`)"
            case SSL_AD_PROTOCOL_VERSION: ": it does not speak TLS 1.3"
            case SSL_AD_NO_APPLICATION_PROTOCOL: ": it does not speak \(applicationProtocol)"
            default: ""
            }
        return TLSError(.refusedByPeer, "peer refused us with the alert \"\(words)\"\(remedy)")
    }
}
