internal import Foundation
internal import RPC
internal import SwiftASN1
internal import X509

/// What somebody who keeps a private key asks an authority for (PKCS #10, RFC 2986): one identity, and nothing else. All
/// that stands in a certificate beside the key and that identity is the authority's decision.
struct SigningRequest {
    let publicKey: Certificate.PublicKey
    let identity: CallerIdentity

    /// A request as PEM text, signed with the key it is for.
    static func make(_ identity: CallerIdentity, keyPEM: String) throws -> String {
        let key = try Certificate.PrivateKey(pemEncoded: keyPEM)
        let wanted = try Certificate.Extensions {
            SubjectAlternativeNames([.uniformResourceIdentifier(identity.uri)])
        }
        let request = try CertificateSigningRequest(
            version: .v1,
            subject: try DistinguishedName {
                CommonName(CertificateAuthority.commonName(of: identity))
            }, privateKey: key,
            attributes: .init([try .init(ExtensionRequest(extensions: wanted))]),
            signatureAlgorithm: .ecdsaWithSHA256)
        return try request.serializeAsPEM().pemString + "\n"
    }

    /// Reads and checks a request. `origin` is its file.
    init(pem: String, origin: String) throws(CommandFailure) {
        let request: CertificateSigningRequest
        do {
            request = try CertificateSigningRequest(pemEncoded: pem)
        } catch {
            throw CommandFailure(
                .input,
                "\(origin): is no signing request in PEM form (-----BEGIN CERTIFICATE REQUEST-----) that can be read: "
                    + "\(PKIWords.of(error)); `qmctl pki request` makes one")
        }
        guard request.publicKey.isValidSignature(request.signature, for: request) else {
            throw CommandFailure(
                .input, "\(origin): is not signed with its own key, or was altered; have it made and sent again")
        }
        guard Self.isP256(request.publicKey) else {
            throw CommandFailure(
                .input,
                "\(origin): its key is \(request.publicKey), but only P-256 is taken; `qmctl pki request` makes one")
        }
        publicKey = request.publicKey
        identity = try Self.identity(of: request, origin)
    }

    /// By how a public key of that kind begins: algorithm, curve, and an uncompressed point of 64 bytes.
    private static func isP256(_ key: Certificate.PublicKey) -> Bool {
        let head: [UInt8] = [
            0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
            0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
        ]
        var serializer = DER.Serializer()
        guard (try? serializer.serialize(key)) != nil else { return false }
        return serializer.serializedBytes.count == 91 && serializer.serializedBytes.starts(with: head)
    }

    private static func identity(
        of request: CertificateSigningRequest, _ origin: String
    ) throws(CommandFailure) -> CallerIdentity {
        let wanted: Certificate.Extensions
        let names: [GeneralName]
        do {
            wanted = try request.attributes.extensionRequest?.extensions ?? Certificate.Extensions()
            names = (try wanted.subjectAlternativeNames).map(Array.init) ?? []
        } catch {
            throw CommandFailure(.input, "\(origin): what it asks for cannot be read: \(PKIWords.of(error))")
        }
        let alternativeNames: ASN1ObjectIdentifier = .X509ExtensionID.subjectAlternativeName
        if let other = wanted.first(where: { $0.oid != alternativeNames }) {
            throw CommandFailure(
                .input,
                "\(origin): asks for the extension \(other.oid): a request asks for its identity only, and the authority "
                    + "decides the rest; have it made without (`qmctl pki request`)")
        }
        guard names.count == 1, case .uniformResourceIdentifier(let uri) = names[0] else {
            let found = names.isEmpty ? "none" : names.map(\.description).joined(separator: ", ")
            throw CommandFailure(
                .input,
                "\(origin): must ask for exactly one name, a URI spiffe://DOMAIN/...; it asks for \(found). Host names "
                    + "are the authority's to add (--dns-name)")
        }
        guard let identity = CallerIdentity(uri: uri) else {
            throw CommandFailure(
                .input,
                "\(origin): asks for \(uri), which is neither spiffe://DOMAIN/service/NAME nor "
                    + "spiffe://DOMAIN/org/CODE/ROLE")
        }
        return identity
    }
}
