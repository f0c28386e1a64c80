#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Finds the addresses of a host name. Called on a thread of its own, and may block there.
public struct NameResolver: Sendable {
    /// All addresses of a name, IPv4 and IPv6, as text.
    public var addresses: @Sendable (_ name: String) throws(ResolutionFailure) -> [String]

    public init(addresses: @escaping @Sendable (_ name: String) throws(ResolutionFailure) -> [String]) {
        self.addresses = addresses
    }

    /// The system's: hosts file, DNS, or whatever nsswitch.conf says.
    public static let system = NameResolver { (name) throws(ResolutionFailure) in
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        hints.ai_flags = AI_ADDRCONFIG
        var first: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, nil, &hints, &first)
        guard code == 0 else {
            // Such as EMFILE: a look-up needs a socket, too.
            let words = code == EAI_SYSTEM ? String(cString: strerror(errno)) : String(cString: gai_strerror(code))
            throw ResolutionFailure("\(name): \(words)")
        }
        defer { freeaddrinfo(first) }
        var found: [String] = []
        var next = first
        while let entry = next?.pointee {
            if let address = text(of: entry), !found.contains(address) { found.append(address) }
            next = entry.ai_next
        }
        return found
    }

    private static func text(of entry: addrinfo) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = getnameinfo(
            entry.ai_addr, entry.ai_addrlen, &buffer, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST)
        guard code == 0 else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// True for an IPv4 or IPv6 address as text: there is nothing to look up.
    static func isAddress(_ host: String) -> Bool {
        // Room for either kind.
        withUnsafeTemporaryAllocation(byteCount: MemoryLayout<UInt64>.size * 2, alignment: 8) { storage in
            inet_pton(AF_INET, host, storage.baseAddress!) == 1 || inet_pton(AF_INET6, host, storage.baseAddress!) == 1
        }
    }
}

extension NameResolver {
    /// The endpoints that a source gives now.
    func endpoints(of source: EndpointSource) throws(ResolutionFailure) -> [Endpoint] {
        switch source {
        case .endpoint(let endpoint):
            return try endpoints(of: endpoint)
        case .file(let path):
            var found: [Endpoint] = []
            for endpoint in try EndpointFile.endpoints(in: Self.contents(of: path)) {
                found += try endpoints(of: endpoint)
            }
            return found
        }
    }

    private func endpoints(of endpoint: Endpoint) throws(ResolutionFailure) -> [Endpoint] {
        if Self.isAddress(endpoint.host) { return [endpoint] }
        return try addresses(endpoint.host).map { Endpoint(host: $0, port: endpoint.port) }
    }

    private static func contents(of path: String) throws(ResolutionFailure) -> String {
        guard let file = fopen(path, "re") else {
            throw ResolutionFailure("cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        var text: [UInt8] = []
        while true {
            let count = fread(&bytes, 1, bytes.count, file)
            guard count > 0 else { break }
            text += bytes[..<count]
            guard text.count <= EndpointFile.maximumBytes else {
                throw ResolutionFailure("is longer than \(EndpointFile.maximumBytes) bytes")
            }
        }
        guard ferror(file) == 0 else { throw ResolutionFailure("cannot be read to its end") }
        return String(decoding: text, as: UTF8.self)
    }
}
