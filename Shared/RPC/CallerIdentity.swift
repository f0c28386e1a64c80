/// Who is calling, as a certificate's SPIFFE-style URI says it (SAN of type URI).
///
/// `spiffe://DOMAIN/service/NAME` is one of the suite's own processes; `spiffe://DOMAIN/org/CODE/ROLE` acts for an
/// organisation.
public struct CallerIdentity: Sendable, Hashable {
    public enum Subject: Sendable, Hashable {
        case service(name: String)
        case organisation(code: String, role: String)
    }

    /// The URI as it stands in the certificate.
    public let uri: String
    public let domain: String
    public let subject: Subject

    /// `nil` for anything that is not one of the two forms: at most 255 bytes, segments of `a-z A-Z 0-9 . _ -`.
    public init?(uri: String) {
        let prefix = "spiffe://"
        guard uri.utf8.count <= 255, uri.hasPrefix(prefix) else { return nil }
        let segments = uri.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false)
        guard segments.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isSegmentByte) }) else { return nil }
        switch segments.count {
        case 3 where segments[1] == "service":
            subject = .service(name: String(segments[2]))
        case 4 where segments[1] == "org":
            subject = .organisation(code: String(segments[2]), role: String(segments[3]))
        default:
            return nil
        }
        self.uri = uri
        domain = String(segments[0])
    }

    private static func isSegmentByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// True for `spiffe://ANY/service/NAME` of this name.
    public func isService(named name: String) -> Bool {
        subject == .service(name: name)
    }
}
