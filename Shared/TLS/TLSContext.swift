internal import COpenSSL

/// The one owner of an `SSL_CTX`: our certificate, our key and the authorities we believe, for one role. Made once,
/// shared by all connections of that role on every loop; to use new certificates, make another.
///
/// TLS 1.3 only, certificates on both sides, one application protocol, no resumption (see `qm_ctx_configure`).
///
/// Unchecked, yet safe to share: nothing changes after `init`, and libssl guards the rest of an `SSL_CTX` itself.
public final class TLSContext: @unchecked Sendable {
    enum Role {
        case client
        case server
    }

    let pointer: OpaquePointer
    let role: Role
    /// The application protocol, as ``TLSConfiguration/applicationProtocol`` has it.
    public let applicationProtocol: String
    /// The same in wire form, a length byte before it; libssl's callback points at it.
    let wireProtocol: UnsafeMutableBufferPointer<UInt8>
    /// When our own certificate, the first authority to go and the first revocation list to age come to their end.
    public private(set) var validity: [TLSValidity] = []
    /// The trust domain that our own certificate is of; `nil` when that names none.
    public private(set) var trustDomain: String?

    /// For the side that accepts connections. Throws `.configuration` that names what cannot be used.
    public convenience init(server configuration: TLSConfiguration) throws(TLSError) {
        try self.init(configuration, role: .server)
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, verifyPeer)
        SSL_CTX_set_client_hello_cb(pointer, requireApplicationProtocol, nil)
        SSL_CTX_set_alpn_select_cb(pointer, selectApplicationProtocol, wireProtocol.baseAddress)
    }

    /// For the side that opens connections. Throws `.configuration` that names what cannot be used.
    public convenience init(client configuration: TLSConfiguration) throws(TLSError) {
        try self.init(configuration, role: .client)
        SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, verifyPeer)
        // The odd one out: 0 is success here.
        guard SSL_CTX_set_alpn_protos(pointer, wireProtocol.baseAddress, UInt32(wireProtocol.count)) == 0 else {
            throw .library("application protocol")
        }
    }

    private init(_ configuration: TLSConfiguration, role: Role) throws(TLSError) {
        let name = Array(configuration.applicationProtocol.utf8)
        guard (1...255).contains(name.count) else {
            throw TLSError(.configuration, "an application protocol has 1 to 255 bytes, this has \(name.count)")
        }
        qm_clear_errors()
        guard let pointer = SSL_CTX_new(role == .server ? TLS_server_method() : TLS_client_method()) else {
            throw .library("TLS context")
        }
        self.pointer = pointer
        self.role = role
        applicationProtocol = configuration.applicationProtocol
        wireProtocol = .allocate(capacity: name.count + 1)
        _ = wireProtocol.initialize(fromContentsOf: [UInt8(name.count)] + name)
        guard qm_ctx_configure(pointer) == 1 else { throw .library("TLS context") }
        try useIdentity(configuration)
        let authorities = try useAuthorities(configuration)
        try useRevocations(configuration, authorities: authorities)
    }

    deinit {
        SSL_CTX_free(pointer)
        wireProtocol.deallocate()
    }

    private func useIdentity(_ configuration: TLSConfiguration) throws(TLSError) {
        let origin = configuration.origin
        let chain = try PEM.certificates(configuration.certificatePEM, origin: origin.certificate)
        guard SSL_CTX_use_certificate(pointer, chain[0].pointer) == 1 else {
            throw .configuration(origin.certificate, "libssl does not take this certificate")
        }
        for (index, certificate) in chain.enumerated() {
            guard let problem = PeerCertificate.serialProblem(of: certificate.pointer) else { continue }
            let which = index == 0 ? "" : "certificate \(index + 1) of the chain "
            throw .configuration(
                origin.certificate, "\(which)\(problem): every peer refuses it; issue it anew (`qmctl pki renew`)")
        }
        for certificate in chain.dropFirst() where qm_ctx_add_chain(pointer, certificate.pointer) != 1 {
            throw .configuration(origin.certificate, "libssl does not take a certificate of the chain")
        }
        let key = try PEM.privateKey(configuration.keyPEM, origin: origin.key)
        // Both checks: the first already fails when the key is of another kind, the second when only the numbers differ.
        guard SSL_CTX_use_PrivateKey(pointer, key.pointer) == 1, SSL_CTX_check_private_key(pointer) == 1 else {
            throw .configuration(origin.key, "does not belong to \(origin.certificate); issue both together")
        }
        let own = PeerCertificate(chain[0].pointer)
        trustDomain = own.trustDomain
        validity.append(
            TLSValidity(.certificate, origin: origin.certificate, endsUnixSeconds: own.notAfterUnixSeconds))
    }

    private func useAuthorities(_ configuration: TLSConfiguration) throws(TLSError) -> [CertificateHandle] {
        let origin = configuration.origin.authority
        let store = SSL_CTX_get_cert_store(pointer)
        let authorities = try PEM.certificates(configuration.authorityPEM, origin: origin)
        for authority in authorities {
            guard X509_check_ca(authority.pointer) > 0 else {
                throw .configuration(origin, "holds a certificate that is no authority's; give ca.pem here")
            }
            guard X509_STORE_add_cert(store, authority.pointer) == 1 else {
                throw .configuration(origin, "libssl does not take this certificate")
            }
        }
        let ends = authorities.map { PeerCertificate.unixSeconds(X509_get0_notAfter($0.pointer)) }
        validity.append(TLSValidity(.authority, origin: origin, endsUnixSeconds: ends.min() ?? 0))
        return authorities
    }

    /// From here on a peer's certificate must not stand in its authority's list, and there must be such a list.
    private func useRevocations(_ configuration: TLSConfiguration, authorities: [CertificateHandle]) throws(TLSError) {
        guard let text = configuration.revocationsPEM else { return }
        let origin = configuration.origin.revocations
        let store = SSL_CTX_get_cert_store(pointer)
        let lists = try PEM.revocationLists(text, origin: origin)
        for list in lists {
            let issuer = X509_CRL_get_issuer(list.pointer)
            // A list of somebody else's is libssl's to judge when it needs it; one in our authority's name must be its.
            let namesakes = authorities.filter { X509_NAME_cmp(X509_get_subject_name($0.pointer), issuer) == 0 }
            let isSigned = namesakes.contains { X509_CRL_verify(list.pointer, X509_get0_pubkey($0.pointer)) == 1 }
            guard namesakes.isEmpty || isSigned else {
                throw .configuration(origin, "is not signed by \(configuration.origin.authority)")
            }
            ERR_clear_error()
            guard X509_STORE_add_crl(store, list.pointer) == 1 else {
                throw .configuration(origin, "libssl does not take this revocation list")
            }
        }
        guard X509_STORE_set_flags(store, UInt(X509_V_FLAG_CRL_CHECK)) == 1 else {
            throw .library("revocation lists")
        }
        // A list may say nothing of its next issue: then it never ages.
        let ends = lists.compactMap { X509_CRL_get0_nextUpdate($0.pointer).map(PeerCertificate.unixSeconds) }
        if let end = ends.min() { validity.append(TLSValidity(.revocations, origin: origin, endsUnixSeconds: end)) }
    }
}

extension TLSError {
    /// Our own file is at fault. Takes the reason from the error queue, if there is one.
    static func configuration(_ origin: String, _ what: String) -> TLSError {
        let reason = takeLibraryReason()
        return TLSError(.configuration, "\(origin): \(what)" + (reason.map { " (\($0))" } ?? ""))
    }

    static func library(_ action: String) -> TLSError {
        TLSError(.library, "\(action): \(takeLibraryReason() ?? "no reason given")")
    }

    /// The newest reason in this thread's error queue, which is empty afterwards.
    static func takeLibraryReason() -> String? {
        let code = ERR_peek_last_error()
        ERR_clear_error()
        guard code != 0, let reason = ERR_reason_error_string(code) else { return nil }
        return String(cString: reason)
    }
}

/// Ends a handshake whose client offers no application protocol at all: libssl would not ask the callback below.
private func requireApplicationProtocol(
    _ ssl: OpaquePointer?, _ alert: UnsafeMutablePointer<Int32>?, _: UnsafeMutableRawPointer?
) -> Int32 {
    var bytes: UnsafePointer<UInt8>?
    var count = 0
    let extensionKind = UInt32(TLSEXT_TYPE_application_layer_protocol_negotiation)
    // A client that cannot speak TLS 1.3 is refused for that, which libssl does itself a step later.
    if SSL_client_hello_get0_ext(ssl, UInt32(TLSEXT_TYPE_supported_versions), &bytes, &count) != 1 {
        return SSL_CLIENT_HELLO_SUCCESS
    }
    if SSL_client_hello_get0_ext(ssl, extensionKind, &bytes, &count) == 1 { return SSL_CLIENT_HELLO_SUCCESS }
    alert?.pointee = SSL_AD_NO_APPLICATION_PROTOCOL
    TLSConnection.owner(of: ssl)?.refusal = .noApplicationProtocol
    return SSL_CLIENT_HELLO_ERROR
}

/// Chooses our protocol when the client offers it, and ends the handshake when not. `ours` is in wire form.
private func selectApplicationProtocol(
    _: OpaquePointer?, _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ chosenCount: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?, _ offeredCount: UInt32,
    _ ours: UnsafeMutableRawPointer?
) -> Int32 {
    guard let ours = ours?.assumingMemoryBound(to: UInt8.self), let chosen, let chosenCount, let offered else {
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }
    let name = UnsafeBufferPointer(start: ours + 1, count: Int(ours[0]))
    var rest = UnsafeBufferPointer(start: offered, count: Int(offeredCount))[...]
    while let count = rest.first, rest.count > Int(count) {
        let candidate = rest.dropFirst().prefix(Int(count))
        if candidate.elementsEqual(name) {
            chosen.pointee = UnsafePointer(ours + 1)
            chosenCount.pointee = ours[0]
            return SSL_TLSEXT_ERR_OK
        }
        rest = rest.dropFirst(Int(count) + 1)
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
}

/// Asked by libssl for each certificate of the peer's chain, the peer's own last.
private func verifyPeer(_ isValid: Int32, _ store: OpaquePointer?) -> Int32 {
    let ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())
    guard let connection = TLSConnection.owner(of: ssl.map(OpaquePointer.init)) else { return 0 }
    let certificate = X509_STORE_CTX_get_current_cert(store).map(PeerCertificate.init)
    let depth = X509_STORE_CTX_get_error_depth(store)
    if isValid != 1 {
        if toleratesAge(store) { return 1 }
        connection.refusal = .invalid(certificate, reason: X509_STORE_CTX_get_error(store), depth: depth)
        return 0
    }
    if let problem = serialProblem(store, at: depth) {
        connection.refusal = .malformed(certificate, problem, depth: depth)
        X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION)
        return 0
    }
    guard depth == 0 else { return 1 }
    guard let certificate, connection.peerRule.accepts(certificate, connection.context.trustDomain)
    else {
        connection.refusal = .unexpected(certificate)
        X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION)
        return 0
    }
    connection.peerCertificate = certificate
    return 1
}

/// What is wrong with the number of a certificate that was sent. The trust anchor's own is nobody's concern: of it only
/// name and key count (RFC 5280, 6.1).
private func serialProblem(_ store: OpaquePointer?, at depth: Int32) -> String? {
    guard let certificate = X509_STORE_CTX_get_current_cert(store),
        depth < OPENSSL_sk_num(X509_STORE_CTX_get0_chain(store)) - 1
    else { return nil }
    return PeerCertificate.serialProblem(of: certificate)
}

/// True for a revocation list that is past the instant of its next issue, or from a clock ahead of ours. What it says
/// holds all the same, and refusing everybody because nobody has written a new list would be the greater harm: the list
/// is a local file, so no stranger can hold a newer one back. The operator is warned before and after.
private func toleratesAge(_ store: OpaquePointer?) -> Bool {
    switch X509_STORE_CTX_get_error(store) {
    case X509_V_ERR_CRL_HAS_EXPIRED, X509_V_ERR_CRL_NOT_YET_VALID:
        X509_STORE_CTX_set_error(store, X509_V_OK)
        return true
    default:
        return false
    }
}

/// The same for a peer that is connected already. That its certificate has ended is judged elsewhere.
func tolerateEnd(_ isValid: Int32, _ store: OpaquePointer?) -> Int32 {
    guard isValid != 1, !toleratesAge(store) else { return 1 }
    guard X509_STORE_CTX_get_error(store) == X509_V_ERR_CERT_HAS_EXPIRED else { return 0 }
    X509_STORE_CTX_set_error(store, X509_V_OK)
    return 1
}
