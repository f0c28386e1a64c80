/// Until when something of our own holds that every connection needs.
public struct TLSValidity: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case certificate
        /// The first to end among those that are trusted.
        case authority
        /// The revocation list that is due first for its next issue. Beyond that it is used all the same.
        case revocations
    }

    public let kind: Kind
    /// The file, or words such as "the certificate".
    public let origin: String
    /// Seconds since 1970-01-01T00:00:00Z.
    public let endsUnixSeconds: Int64

    init(_ kind: Kind, origin: String, endsUnixSeconds: Int64) {
        self.kind = kind
        self.origin = origin
        self.endsUnixSeconds = endsUnixSeconds
    }
}
