/// Why a TLS connection, or what it needs to begin, failed.
public struct TLSError: Error, Sendable, Hashable {
    public enum Code: String, Sendable, Hashable, CaseIterable {
        /// A certificate, key or authority of our own that cannot be used.
        case configuration
        /// The first bytes of the peer belong to another protocol.
        case notTLS = "notTls"
        /// The peer does not speak TLS 1.3.
        case versionRefused
        /// The peer does not offer, or did not choose, our application protocol.
        case applicationProtocolRefused
        /// The peer showed no certificate.
        case certificateMissing
        /// The peer's certificate, or one above it, is past its end.
        case certificateExpired
        /// The peer's certificate, or one above it, is not valid before a later instant.
        case certificateNotYetValid
        /// The peer's authority has taken the certificate back.
        case certificateRevoked
        /// The peer's certificate was not issued by our authority, or is not valid for another reason.
        case certificateNotTrusted
        /// A valid certificate, but of somebody else than was expected.
        case identityRefused
        /// The peer refused us; the message carries its alert.
        case refusedByPeer
        /// The handshake was not over in time.
        case handshakeTimeout
        /// The handshake went on when all places for handshakes were taken, and gave its place to another.
        case handshakeDisplaced
        /// The connection ended during the handshake.
        case closedInHandshake
        /// The connection ended without close_notify: what came last may be cut.
        case truncated
        /// More was written than is kept while the handshake lasts.
        case bufferFull
        /// Anything else that breaks the protocol, such as a record that was altered.
        case protocolViolation
        /// libssl failed for a reason of its own, such as no memory.
        case library
    }

    public var code: Code
    /// For a person: what happened and, where there is one, the remedy. May name the peer; never holds key material.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

extension TLSError.Code {
    /// The same in the form of a metric's label, e.g. "certificate_revoked".
    public var label: String {
        rawValue.reduce(into: "") { label, character in
            if character.isUppercase { label += "_" }
            label += character.lowercased()
        }
    }
}

extension TLSError: CustomStringConvertible {
    public var description: String { message }
}
