/// Where the endpoints of a service are learnt.
public enum EndpointSource: Sendable, Hashable, CustomStringConvertible {
    /// An address, or a name with all the addresses it has at the time (A and AAAA).
    case endpoint(Endpoint)
    /// A file with one HOST:PORT a line, read again while the process runs.
    case file(String)

    /// "HOST:PORT", "[ADDRESS]:PORT" or "file:PATH"; `nil` for anything else.
    public init?(_ text: String) {
        if text.hasPrefix("file:") {
            let path = text.dropFirst("file:".count)
            guard !path.isEmpty else { return nil }
            self = .file(String(path))
        } else if let endpoint = Endpoint(text) {
            self = .endpoint(endpoint)
        } else {
            return nil
        }
    }

    public var description: String {
        switch self {
        case .endpoint(let endpoint): endpoint.description
        case .file(let path): "file:\(path)"
        }
    }

    /// Sources with commas between them, at least one; `nil` when one is none.
    public static func list(_ text: String) -> [EndpointSource]? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let sources = parts.compactMap { EndpointSource(String($0.trimmingBlanks)) }
        return sources.count == parts.count ? sources : nil
    }

    /// What the source can be written as, for messages.
    public static let forms = "HOST:PORT, [IPV6]:PORT or file:PATH"

    /// True when the answer may be another one later.
    var mayChange: Bool {
        switch self {
        case .endpoint(let endpoint): !NameResolver.isAddress(endpoint.host)
        case .file: true
        }
    }
}

/// The text of a file of endpoints.
enum EndpointFile {
    static let maximumBytes = 1 << 20
    static let maximumEndpoints = 10_000

    /// One HOST:PORT a line; `#` begins a comment; blank lines count for nothing. The error names the line.
    static func endpoints(in text: String) throws(ResolutionFailure) -> [Endpoint] {
        var endpoints: [Endpoint] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let content = line.prefix { $0 != "#" }.trimmingBlanks
            guard !content.isEmpty else { continue }
            guard let endpoint = Endpoint(String(content)) else {
                throw ResolutionFailure("line \(index + 1): \"\(content)\" is not HOST:PORT")
            }
            guard endpoints.count < maximumEndpoints else {
                throw ResolutionFailure("line \(index + 1): more than \(maximumEndpoints) endpoints")
            }
            endpoints.append(endpoint)
        }
        return endpoints
    }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring {
        var rest = self.drop { $0.isWhitespace }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return rest
    }
}

/// Why a source gave no endpoints, for a person.
public struct ResolutionFailure: Error, Sendable, Hashable {
    public var reason: String

    public init(_ reason: String) {
        self.reason = reason
    }
}
