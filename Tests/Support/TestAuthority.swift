internal import COpenSSL
internal import Cryptography
public import TLS

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// An authority that lives as long as a test. Nothing of it is ever committed. One task at a time issues.
public final class TestAuthority: @unchecked Sendable {
    /// A certificate and its private key, PEM.
    public struct Identity: Sendable {
        public var certificate: String
        public var key: String
        /// As ``TestAuthority/revocations(_:validSeconds:)`` takes it.
        public var serial: Int = 0
    }

    private let key: OpaquePointer
    private let certificate: OpaquePointer
    /// Certificates between this authority and those who trust its root, as they are to be sent.
    private let chain: String
    private var lastSerial = 1

    public init(name: String = "test authority") {
        chain = ""
        key = Self.makeKey()
        certificate = Self.makeCertificate(name: name, serial: 1, key: key, validSeconds: -3600...3600)
        Self.add(NID_basic_constraints, "critical,CA:TRUE", to: certificate)
        Self.add(NID_key_usage, "critical,keyCertSign,cRLSign", to: certificate)
        X509_set_issuer_name(certificate, X509_get_subject_name(certificate))
        precondition(X509_sign(certificate, key, EVP_sha256()) > 0)
    }

    /// One that exists already, e.g. what `qmctl pki init` made. Its own serial numbers are long and random: these are not.
    public init(certificatePEM: String, keyPEM: String) {
        chain = ""
        certificate = Self.read(certificatePEM) { PEM_read_bio_X509($0, nil, nil, nil) }
        key = Self.read(keyPEM) { PEM_read_bio_PrivateKey($0, nil, nil, nil) }
    }

    /// An authority between this one and those whom it certifies: what it issues comes with its own certificate behind.
    ///
    /// - Parameters:
    ///   - constraints: of its certificate, e.g. "critical,CA:TRUE,pathlen:0".
    ///   - serial: its own, big-endian.
    public convenience init(
        below parent: TestAuthority, name: String = "between", constraints: String = "critical,CA:TRUE",
        serial: [UInt8] = [1], sendsChain: Bool = true
    ) {
        let key = Self.makeKey()
        let certificate = Self.makeCertificate(name: name, serial: 0, key: key, validSeconds: -3600...3600)
        Self.set(serial, of: certificate)
        Self.add(NID_basic_constraints, constraints, to: certificate)
        if constraints.contains("CA:TRUE") { Self.add(NID_key_usage, "critical,keyCertSign,cRLSign", to: certificate) }
        X509_set_issuer_name(certificate, X509_get_subject_name(parent.certificate))
        precondition(X509_sign(certificate, parent.key, EVP_sha256()) > 0)
        let pem = Self.pem { PEM_write_bio_X509($0, certificate) }
        self.init(key: key, certificate: certificate, chain: sendsChain ? pem + parent.chain : "")
    }

    private init(key: OpaquePointer, certificate: OpaquePointer, chain: String) {
        self.key = key
        self.certificate = certificate
        self.chain = chain
    }

    private static func set(_ serial: [UInt8], of certificate: OpaquePointer) {
        let number = BN_bin2bn(serial, Int32(serial.count), nil)
        defer { BN_free(number) }
        BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate))
    }

    private static func read(_ text: String, _ read: (OpaquePointer) -> OpaquePointer?) -> OpaquePointer {
        // OpenSSL reads where the text lies: it must lie there until all is read.
        Array(text.utf8).withUnsafeBytes { bytes in
            let bio = BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count))!
            defer { BIO_free(bio) }
            return read(bio)!
        }
    }

    deinit {
        X509_free(certificate)
        EVP_PKEY_free(key)
    }

    public var pem: String { Self.pem { PEM_write_bio_X509($0, certificate) } }

    /// Issues a certificate for these alternative names, e.g. "URI:spiffe://quality.example/service/gateway".
    ///
    /// - Parameter number: the serial number, big-endian; `nil`: the next one.
    public func issue(
        _ names: String?, validSeconds: ClosedRange<Int> = -3600...3600, usage: String = "serverAuth,clientAuth",
        number: [UInt8]? = nil
    ) -> Identity {
        lastSerial += 1
        let leafKey = Self.makeKey()
        defer { EVP_PKEY_free(leafKey) }
        let leaf = Self.makeCertificate(name: "leaf", serial: lastSerial, key: leafKey, validSeconds: validSeconds)
        defer { X509_free(leaf) }
        if let number { Self.set(number, of: leaf) }
        if let names { Self.add(NID_subject_alt_name, names, to: leaf) }
        Self.add(NID_ext_key_usage, usage, to: leaf)
        X509_set_issuer_name(leaf, X509_get_subject_name(certificate))
        precondition(X509_sign(leaf, key, EVP_sha256()) > 0)
        return Identity(
            certificate: Self.pem { PEM_write_bio_X509($0, leaf) } + chain,
            key: Self.pem { PEM_write_bio_PKCS8PrivateKey($0, leafKey, nil, nil, 0, nil, nil) }, serial: lastSerial)
    }

    public func issue(service name: String) -> Identity {
        issue("URI:spiffe://quality.example/service/\(name)")
    }

    /// A list that takes these back, PEM.
    public func revocations(_ identities: [Identity], validSeconds: ClosedRange<Int> = -3600...3600) -> String {
        let now = Int64(time(nil))
        let list = RevocationList(
            number: 1, issuedUnixSeconds: now + Int64(validSeconds.lowerBound),
            nextUnixSeconds: now + Int64(validSeconds.upperBound),
            entries: identities.map {
                .init(serial: withUnsafeBytes(of: $0.serial.bigEndian, Array.init), revokedUnixSeconds: now - 60)
            })
        let keyPEM = Self.pem { PEM_write_bio_PKCS8PrivateKey($0, key, nil, nil, 0, nil, nil) }
        // What this class made itself can be signed; a failure is a fault of the test.
        return try! list.signedPEM(authorityPEM: pem, keyPEM: keyPEM)
    }

    /// What `identity` needs to meet peers that this authority has certified.
    public func configuration(
        _ identity: Identity, revocations: String? = nil, applicationProtocol: String = "quality/1"
    ) -> TLSConfiguration {
        TLSConfiguration(
            certificatePEM: identity.certificate, keyPEM: identity.key, authorityPEM: pem,
            revocationsPEM: revocations, applicationProtocol: applicationProtocol)
    }

    private static func makeKey() -> OpaquePointer {
        let context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, nil)
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        precondition(
            EVP_PKEY_keygen_init(context) == 1
                && EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1) == 1
                && EVP_PKEY_keygen(context, &key) == 1)
        return key!
    }

    private static func makeCertificate(
        name: String, serial: Int, key: OpaquePointer, validSeconds: ClosedRange<Int>
    ) -> OpaquePointer {
        let certificate = X509_new()!
        X509_set_version(certificate, 2)
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial)
        X509_gmtime_adj(X509_getm_notBefore(certificate), validSeconds.lowerBound)
        X509_gmtime_adj(X509_getm_notAfter(certificate), validSeconds.upperBound)
        X509_set_pubkey(certificate, key)
        X509_NAME_add_entry_by_txt(
            X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, name, Int32(name.utf8.count), -1, 0)
        return certificate
    }

    private static func add(_ kind: Int32, _ value: String, to certificate: OpaquePointer) {
        let made = X509V3_EXT_conf_nid(nil, nil, kind, value)
        defer { X509_EXTENSION_free(made) }
        precondition(X509_add_ext(certificate, made, -1) == 1)
    }

    private static func pem(_ write: (OpaquePointer) -> Int32) -> String {
        let bio = BIO_new(BIO_s_mem())!
        defer { BIO_free(bio) }
        precondition(write(bio) == 1)
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = BIO_read(bio, &bytes, Int32(bytes.count))
        return String(decoding: bytes.prefix(Int(count)), as: UTF8.self)
    }
}
