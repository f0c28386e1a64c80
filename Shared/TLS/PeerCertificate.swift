internal import COpenSSL

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What a connection knows of its peer: values read from a certificate that was verified.
public struct PeerCertificate: Sendable, Hashable {
    /// The SPIFFE-style identity: the one URI among the subject's alternative names. `nil` when there is none, or more
    /// than one, or one that is not plain ASCII.
    public let uri: String?
    /// The subject on one line, e.g. "CN=submission", for messages only.
    public let subject: String
    /// Hexadecimal, upper case.
    public let serial: String
    /// Seconds since 1970-01-01T00:00:00Z.
    public let notBeforeUnixSeconds: Int64
    /// Seconds since 1970-01-01T00:00:00Z; not valid after it.
    public let notAfterUnixSeconds: Int64

    public init(
        uri: String?, subject: String, serial: String, notBeforeUnixSeconds: Int64, notAfterUnixSeconds: Int64
    ) {
        self.uri = uri
        self.subject = subject
        self.serial = serial
        self.notBeforeUnixSeconds = notBeforeUnixSeconds
        self.notAfterUnixSeconds = notAfterUnixSeconds
    }
}

extension PeerCertificate: CustomStringConvertible {
    /// The identity, or the subject where there is none.
    public var description: String { uri ?? (subject.isEmpty ? "certificate \(serial)" : subject) }
}

extension PeerCertificate {
    /// The DOMAIN of `spiffe://DOMAIN/...`; `nil` without such a URI, or when its domain is empty.
    public var trustDomain: String? {
        let scheme = "spiffe://"
        guard let uri, uri.hasPrefix(scheme) else { return nil }
        let domain = uri.dropFirst(scheme.count).prefix { $0 != "/" }
        return domain.isEmpty ? nil : String(domain)
    }

    /// Copies out of a certificate, which stays the caller's.
    init(_ certificate: OpaquePointer) {
        self.init(
            uri: Self.uri(of: certificate), subject: Self.subject(of: certificate),
            serial: Self.serial(of: certificate),
            notBeforeUnixSeconds: Self.unixSeconds(X509_get0_notBefore(certificate)),
            notAfterUnixSeconds: Self.unixSeconds(X509_get0_notAfter(certificate)))
    }

    private static func uri(of certificate: OpaquePointer) -> String? {
        guard let names = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return nil }
        let list = OpaquePointer(names)
        defer { GENERAL_NAMES_free(list) }
        var found: String?
        for index in 0..<OPENSSL_sk_num(list) {
            guard let name = OPENSSL_sk_value(list, index) else { continue }
            var kind: Int32 = 0
            let value = GENERAL_NAME_get0_value(name.assumingMemoryBound(to: GENERAL_NAME.self), &kind)
            guard kind == GEN_URI, let value else { continue }
            // SPIFFE (X509-SVID, section 2) allows one: with two, nobody could say who is calling.
            guard found == nil else { return nil }
            let text = value.assumingMemoryBound(to: ASN1_STRING.self)
            let bytes = UnsafeBufferPointer(start: ASN1_STRING_get0_data(text), count: Int(ASN1_STRING_length(text)))
            // Length-bound and ASCII only: a NUL inside must not make two names of one.
            guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
            found = String(decoding: bytes, as: UTF8.self)
        }
        return found
    }

    private static func subject(of certificate: OpaquePointer) -> String {
        guard let bio = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(bio) }
        guard qm_name_print(bio, X509_get_subject_name(certificate)) >= 0 else { return "" }
        var text = [UInt8](repeating: 0, count: 256)
        let count = BIO_read(bio, &text, Int32(text.count))
        return String(decoding: text.prefix(Int(max(0, count))), as: UTF8.self)
    }

    private static func serial(of certificate: OpaquePointer) -> String {
        guard let serial = X509_get0_serialNumber(certificate) else { return "" }
        let bytes = UnsafeBufferPointer(start: ASN1_STRING_get0_data(serial), count: Int(ASN1_STRING_length(serial)))
        let digits = Array("0123456789ABCDEF".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// What is wrong with the serial number, as the end of a sentence about the certificate; `nil` if nothing is.
    ///
    /// RFC 5280, 4.1.2.2: positive, and at most 20 octets as DER has it, where a first octet of 0x80 or more has a zero
    /// before it. libcrypto takes what comes; revocation lists and other people's libraries do not.
    static func serialProblem(of certificate: OpaquePointer) -> String? {
        guard let serial = X509_get0_serialNumber(certificate) else { return "has no serial number" }
        let magnitude = UnsafeBufferPointer(
            start: ASN1_STRING_get0_data(serial), count: Int(ASN1_STRING_length(serial)))
        guard ASN1_STRING_type(serial) != V_ASN1_NEG_INTEGER else { return "has a negative serial number" }
        guard magnitude.contains(where: { $0 != 0 }) else { return "has the serial number zero" }
        let octets = magnitude.count + (magnitude[0] >= 0x80 ? 1 : 0)
        guard octets > mostSerialOctets else { return nil }
        return "has a serial number of \(octets) octets; \(mostSerialOctets) are allowed (RFC 5280)"
    }

    private static let mostSerialOctets = 20

    static func unixSeconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
        var parts = tm()
        guard let time, ASN1_TIME_to_tm(time, &parts) == 1 else { return 0 }
        return Int64(timegm(&parts))
    }

    /// e.g. "2026-11-21 14:38:00 UTC".
    var notAfterText: String {
        var seconds = time_t(notAfterUnixSeconds)
        var parts = tm()
        guard gmtime_r(&seconds, &parts) != nil else { return "\(notAfterUnixSeconds) s after 1970" }
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) UTC"
    }
}
