internal import Cryptography
internal import Foundation
internal import RPC
internal import SwiftASN1
internal import X509

/// A development authority: it certifies the suite's processes and the people who try it. An organisation that has an
/// authority of its own uses that instead, with the same URIs.
///
/// Keys are P-256 and signed with ECDSA and SHA-256: libcrypto's fastest signature, about twice as fast as Ed25519
/// there, which counts when a thousand connections come back at once after a restart; and every TLS library takes it.
struct CertificateAuthority {
    /// A certificate and its private key as PEM text.
    struct Issued: Equatable {
        var certificatePEM: String
        var keyPEM: String
    }

    /// Two clocks may differ by this much before a fresh certificate is "not yet valid".
    static let clockSkewSeconds: TimeInterval = 300

    let certificate: Certificate
    let key: Certificate.PrivateKey
    /// The trust domain, e.g. "quality.example".
    let domain: String

    /// Makes an authority for `domain`, valid from `now` for `days`.
    static func make(domain: String, days: Int, now: Date) throws -> Issued {
        let keyPEM = try CertificateKey.generateP256PEM()
        let key = try Certificate.PrivateKey(pemEncoded: keyPEM)
        let name = try DistinguishedName {
            CommonName("\(domain) development authority")
        }
        let certificate = try Certificate(
            version: .v3, serialNumber: try serialNumber(), publicKey: key.publicKey,
            notValidBefore: now - clockSkewSeconds, notValidAfter: now + Double(days) * 86_400,
            issuer: name, subject: name, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                // It signs the peers' certificates itself; nothing stands between.
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: key.publicKey)
                // The trust domain, where `issue` finds it again (SPIFFE X509-SVID, section 3).
                SubjectAlternativeNames([.uniformResourceIdentifier("spiffe://\(domain)")])
            },
            issuerPrivateKey: key)
        return Issued(certificatePEM: try pem(certificate), keyPEM: keyPEM)
    }

    /// Takes up an authority that ``make(domain:days:now:)`` made.
    init(certificatePEM: String, keyPEM: String) throws {
        do {
            certificate = try Certificate(pemEncoded: certificatePEM)
        } catch {
            throw CommandFailure(.input, "its certificate: \(PKIWords.of(error))")
        }
        do {
            key = try Certificate.PrivateKey(pemEncoded: keyPEM)
        } catch {
            throw CommandFailure(.input, "its key: \(PKIWords.of(error))")
        }
        let prefix = "spiffe://"
        let uris = (try certificate.extensions.subjectAlternativeNames).map(Array.init) ?? []
        for case .uniformResourceIdentifier(let uri) in uris where uri.hasPrefix(prefix) {
            domain = String(uri.dropFirst(prefix.count))
            return
        }
        throw CommandFailure(.input, "its certificate: names no trust domain (a URI spiffe://DOMAIN)")
    }

    /// Certifies that `key` is of `identity`, valid from `now` for `days` or as long as the authority itself, whichever is
    /// less.
    ///
    /// - Parameter dnsNames: host names beside the identity, for clients that check them.
    func issue(
        _ identity: CallerIdentity, _ key: Certificate.PublicKey, days: Int, dnsNames: [String], now: Date
    ) throws -> Certificate {
        let names = [GeneralName.uniformResourceIdentifier(identity.uri)] + dnsNames.map { .dnsName($0) }
        let usages: [ExtendedKeyUsage.Usage] =
            switch identity.subject {
            // A service answers calls and makes some itself.
            case .service: [.serverAuth, .clientAuth]
            case .organisation: [.clientAuth]
            }
        return try Certificate(
            version: .v3, serialNumber: try Self.serialNumber(), publicKey: key,
            notValidBefore: now - Self.clockSkewSeconds,
            notValidAfter: min(now + Double(days) * 86_400, certificate.notValidAfter),
            issuer: certificate.subject,
            subject: try DistinguishedName {
                CommonName(Self.commonName(of: identity))
            }, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage(usages)
                SubjectKeyIdentifier(hash: key)
                AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: self.key.publicKey).keyIdentifier)
                SubjectAlternativeNames(names)
            },
            issuerPrivateKey: self.key)
    }

    /// 16 random bytes, but for the first two bits: so it is positive, has always the same length, and is far below the 20
    /// octets that RFC 5280 (4.1.2.2) allows, the one for the sign among them.
    private static func serialNumber() throws -> Certificate.SerialNumber {
        var bytes = try RandomBytes.make(count: 16)
        bytes[0] = bytes[0] & 0x3f | 0x40
        return Certificate.SerialNumber(bytes: bytes)
    }

    /// For people: nothing depends on it.
    static func commonName(of identity: CallerIdentity) -> String {
        switch identity.subject {
        case .service(let name): name
        case .organisation(let code, let role): "\(code) \(role)"
        }
    }

    /// True for a certificate that this authority made.
    func hasSigned(_ other: Certificate) -> Bool {
        other.issuer == certificate.subject && certificate.publicKey.isValidSignature(other.signature, for: other)
    }

    static func uris(of certificate: Certificate) -> [String] {
        names(of: certificate).compactMap { if case .uniformResourceIdentifier(let uri) = $0 { uri } else { nil } }
    }

    static func dnsNames(of certificate: Certificate) -> [String] {
        names(of: certificate).compactMap { if case .dnsName(let name) = $0 { name } else { nil } }
    }

    private static func names(of certificate: Certificate) -> [GeneralName] {
        (try? certificate.extensions.subjectAlternativeNames).flatMap { $0 }.map(Array.init) ?? []
    }

    private static func pem(_ certificate: Certificate) throws -> String {
        try certificate.serializeAsPEM().pemString + "\n"
    }
}
