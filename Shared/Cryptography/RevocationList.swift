internal import COpenSSL

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The certificates that an authority has taken back (CRL, RFC 5280, section 5). Times are seconds since
/// 1970-01-01T00:00:00Z.
public struct RevocationList: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        /// The certificate's serial number, most significant byte first, without leading zeros.
        public var serial: [UInt8]
        public var revokedUnixSeconds: Int64

        public init(serial: some Sequence<UInt8>, revokedUnixSeconds: Int64) {
            self.serial = Array(serial.drop { $0 == 0 })
            self.revokedUnixSeconds = revokedUnixSeconds
        }
    }

    /// Counts the lists of one authority, from 1 (section 5.2.3).
    public var number: Int64
    public var issuedUnixSeconds: Int64
    /// When the next one is due at the latest.
    public var nextUnixSeconds: Int64
    public var entries: [Entry]

    public init(number: Int64, issuedUnixSeconds: Int64, nextUnixSeconds: Int64, entries: [Entry] = []) {
        self.number = number
        self.issuedUnixSeconds = issuedUnixSeconds
        self.nextUnixSeconds = nextUnixSeconds
        self.entries = entries
    }

    // MARK: Reading

    /// Reads PEM text; whether an authority signed it is not looked at.
    public init(pem: String) throws(CryptographyError) {
        ERR_clear_error()
        let bytes = Array(pem.utf8)
        let list = bytes.withUnsafeBytes { buffer -> OpaquePointer? in
            guard let length = Int32(exactly: buffer.count), let bio = BIO_new_mem_buf(buffer.baseAddress, length)
            else { return nil }
            defer { BIO_free(bio) }
            return PEM_read_bio_X509_CRL(bio, nil, nil, nil)
        }
        guard let list else {
            throw CryptographyError(
                .malformedKey, "not a revocation list in PEM form: \(CryptographyError.takeLibraryReason())")
        }
        defer { X509_CRL_free(list) }
        self.init(
            number: Self.number(of: list),
            issuedUnixSeconds: Self.unixSeconds(X509_CRL_get0_lastUpdate(list)),
            nextUnixSeconds: Self.unixSeconds(X509_CRL_get0_nextUpdate(list)), entries: Self.entries(of: list))
    }

    private static func number(of list: OpaquePointer) -> Int64 {
        guard let found = X509_CRL_get_ext_d2i(list, NID_crl_number, nil, nil) else { return 0 }
        let number = found.assumingMemoryBound(to: ASN1_INTEGER.self)
        defer { ASN1_INTEGER_free(number) }
        var value: Int64 = 0
        return ASN1_INTEGER_get_int64(&value, number) == 1 ? value : 0
    }

    private static func entries(of list: OpaquePointer) -> [Entry] {
        guard let revoked = X509_CRL_get_REVOKED(list) else { return [] }
        return (0..<OPENSSL_sk_num(revoked)).compactMap { index in
            guard let entry = OPENSSL_sk_value(revoked, index).map(OpaquePointer.init),
                let serial = X509_REVOKED_get0_serialNumber(entry)
            else { return nil }
            let bytes = UnsafeBufferPointer(
                start: ASN1_STRING_get0_data(serial), count: Int(ASN1_STRING_length(serial)))
            return Entry(
                serial: bytes, revokedUnixSeconds: unixSeconds(X509_REVOKED_get0_revocationDate(entry)))
        }
    }

    private static func unixSeconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
        var parts = tm()
        guard let time, ASN1_TIME_to_tm(time, &parts) == 1 else { return 0 }
        return Int64(timegm(&parts))
    }

    // MARK: Signing

    /// The list as PEM text, signed with ECDSA or RSA and SHA-256 by the authority whose certificate and key these are.
    public func signedPEM(authorityPEM: String, keyPEM: String) throws(CryptographyError) -> String {
        ERR_clear_error()
        guard let key = KeyHandle.readPEM(keyPEM, { PEM_read_bio_PrivateKey($0, nil, { _, _, _, _ in -1 }, nil) })
        else { throw CryptographyError(.malformedKey, "the authority's key is not a private key in PEM form") }
        guard let authority = Self.certificate(authorityPEM) else {
            throw CryptographyError(.malformedKey, "the authority's certificate is not one in PEM form")
        }
        defer { X509_free(authority) }
        guard X509_check_private_key(authority, key.pointer) == 1 else {
            throw CryptographyError(.malformedKey, "the authority's key does not belong to its certificate")
        }
        guard let list = X509_CRL_new() else { throw .library("revocation list") }
        defer { X509_CRL_free(list) }
        guard X509_CRL_set_version(list, 1) == 1,
            X509_CRL_set_issuer_name(list, X509_get_subject_name(authority)) == 1,
            Self.withTime(issuedUnixSeconds, { X509_CRL_set1_lastUpdate(list, $0) }),
            Self.withTime(nextUnixSeconds, { X509_CRL_set1_nextUpdate(list, $0) }),
            entries.allSatisfy({ Self.add($0, to: list) }), X509_CRL_sort(list) == 1,
            Self.addExtensions(number: number, authority: authority, to: list),
            X509_CRL_sign(list, key.pointer, EVP_sha256()) > 0
        else { throw .library("revocation list") }
        return try KeyHandle.writePEM { PEM_write_bio_X509_CRL($0, list) }
    }

    private static func certificate(_ text: String) -> OpaquePointer? {
        Array(text.utf8).withUnsafeBytes { buffer in
            guard let length = Int32(exactly: buffer.count), let bio = BIO_new_mem_buf(buffer.baseAddress, length)
            else { return nil }
            defer { BIO_free(bio) }
            return PEM_read_bio_X509(bio, nil, nil, nil)
        }
    }

    private static func withTime(_ unixSeconds: Int64, _ body: (UnsafeMutablePointer<ASN1_TIME>) -> Int32) -> Bool {
        guard let time = ASN1_TIME_set(nil, time_t(unixSeconds)) else { return false }
        defer { ASN1_TIME_free(time) }
        return body(time) == 1
    }

    private static func add(_ entry: Entry, to list: OpaquePointer) -> Bool {
        guard let number = BN_bin2bn(entry.serial, Int32(entry.serial.count), nil) else { return false }
        defer { BN_free(number) }
        guard let serial = BN_to_ASN1_INTEGER(number, nil) else { return false }
        defer { ASN1_INTEGER_free(serial) }
        guard let revoked = X509_REVOKED_new() else { return false }
        guard X509_REVOKED_set_serialNumber(revoked, serial) == 1,
            withTime(entry.revokedUnixSeconds, { X509_REVOKED_set_revocationDate(revoked, $0) }),
            X509_CRL_add0_revoked(list, revoked) == 1
        else {
            X509_REVOKED_free(revoked)
            return false
        }
        return true
    }

    /// Both must stand in every list (section 5.2).
    private static func addExtensions(number: Int64, authority: OpaquePointer, to list: OpaquePointer) -> Bool {
        guard let value = ASN1_INTEGER_new() else { return false }
        defer { ASN1_INTEGER_free(value) }
        guard ASN1_INTEGER_set_int64(value, number) == 1,
            X509_CRL_add1_ext_i2d(list, NID_crl_number, value, 0, 0) == 1
        else { return false }
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, authority, nil, nil, list, 0)
        // An authority that names no key of its own has none to be named here.
        guard X509_get0_subject_key_id(authority) != nil else { return true }
        guard let made = X509V3_EXT_conf_nid(nil, &context, NID_authority_key_identifier, "keyid") else { return false }
        defer { X509_EXTENSION_free(made) }
        return X509_CRL_add_ext(list, made, -1) == 1
    }
}
