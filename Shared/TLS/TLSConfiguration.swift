#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What a process shows and whom it believes, as PEM text.
public struct TLSConfiguration: Sendable {
    /// Our certificate, then any certificates between it and the authority.
    public var certificatePEM: String
    /// The private key of our certificate, without a pass phrase.
    public var keyPEM: String
    /// The authorities that may have issued a peer's certificate. The system's own list is never used.
    public var authorityPEM: String
    /// The authorities' lists of certificates taken back (CRL, RFC 5280), PEM. `nil`: none are checked.
    public var revocationsPEM: String?
    /// The only protocol spoken inside (ALPN, RFC 7301), 1 to 255 bytes.
    public var applicationProtocol: String
    /// Where they came from, for messages: paths, or words such as "the certificate".
    var origin: Origin

    struct Origin: Sendable {
        var certificate = "the certificate"
        var key = "the private key"
        var authority = "the authority's certificate"
        var revocations = "the revocation list"
    }

    public init(
        certificatePEM: String, keyPEM: String, authorityPEM: String, revocationsPEM: String? = nil,
        applicationProtocol: String = "quality/1"
    ) {
        self.certificatePEM = certificatePEM
        self.keyPEM = keyPEM
        self.authorityPEM = authorityPEM
        self.revocationsPEM = revocationsPEM
        self.applicationProtocol = applicationProtocol
        origin = Origin()
    }

    /// Reads the PEM files. Throws `.configuration`, naming the file, when one cannot be read.
    public init(
        certificatePath: String, keyPath: String, authorityPath: String, revocationsPath: String? = nil,
        applicationProtocol: String = "quality/1"
    ) throws(TLSError) {
        self.init(
            certificatePEM: try Self.contents(of: certificatePath), keyPEM: try Self.contents(of: keyPath),
            authorityPEM: try Self.contents(of: authorityPath), applicationProtocol: applicationProtocol)
        if let revocationsPath { revocationsPEM = try Self.contents(of: revocationsPath) }
        origin = Origin(
            certificate: certificatePath, key: keyPath, authority: authorityPath,
            revocations: revocationsPath ?? origin.revocations)
    }

    /// A bundle of many authorities has a few hundred KiB; anything longer is the wrong file.
    private static let largestFileBytes = 4 * 1024 * 1024

    private static func contents(of path: String) throws(TLSError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path) }
            if count == 0 { return String(decoding: text, as: UTF8.self) }
            text += chunk.prefix(count)
            guard text.count <= largestFileBytes else {
                throw TLSError(.configuration, "\(path): longer than \(largestFileBytes) bytes, so not a PEM file")
            }
        }
    }

    private static func unreadable(_ path: String) -> TLSError {
        TLSError(
            .configuration,
            "\(path): \(String(cString: strerror(errno))); `qmctl pki issue` makes certificates, keys and ca.pem")
    }
}
