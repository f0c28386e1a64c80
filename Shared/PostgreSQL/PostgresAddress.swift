/// Where a database is and how it is reached: what `store.url` says.
///
///     postgresql://USER@HOST:PORT/DATABASE?sslmode=verify-full&sslrootcert=FILE&sslcert=FILE&sslkey=FILE&passfile=FILE
///     postgresql://USER@/DATABASE?host=/run/postgresql
///
/// No password is part of it: that lies in a file. Whoever is not on this machine must show a certificate that is
/// verified. None of the errors repeats the text, which may hold a password that does not belong there.
public struct PostgresAddress: Sendable, Hashable {
    /// How much the server has to prove, in libpq's words.
    public enum SSLMode: String, Sendable, Hashable, CaseIterable {
        case disable, allow, prefer, require
        case verifyCA = "verify-ca"
        /// A certificate of ``PostgresAddress/rootCertificatePath``'s authority, for the name that the address has.
        case verifyFull = "verify-full"
    }

    /// The role to log in as.
    public var user: String
    /// A name, an IP address, or a directory with a Unix socket (it begins with "/").
    public var host: String
    /// Of a Unix socket too, whose file is named for it.
    public var port: Int
    /// The name of the database.
    public var database: String
    /// Where nothing is said: ``SSLMode/verifyFull``, and ``SSLMode/disable`` on this machine, unless there is an
    /// `sslrootcert`.
    public var sslMode: SSLMode
    /// `sslrootcert`: the authorities that the server's certificate is verified with, PEM.
    public var rootCertificatePath: String?
    /// `sslcert`: the certificate to show to the server, PEM, with ``keyPath``.
    public var certificatePath: String?
    /// `sslkey`: libpq refuses a key that others may read.
    public var keyPath: String?
    /// `passfile`: lines as in `.pgpass`, HOST:PORT:DATABASE:USER:PASSWORD.
    public var passwordPath: String?

    /// When the address names none.
    public static let defaultPort = 5432

    /// Reads an address. `.configuration` with a sentence that says what to do.
    public init(parsing text: String) throws(PostgresError) {
        let scheme = ["postgresql://", "postgres://"].first { text.hasPrefix($0) }
        guard let scheme else { throw Self.refusal("must begin with postgresql://") }
        let halves = text.dropFirst(scheme.count).split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let place = halves[0].split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let authority = place[0]

        guard let at = authority.lastIndex(of: "@"), at != authority.startIndex else {
            throw Self.refusal("names no user: postgresql://USER@HOST:PORT/DATABASE")
        }
        let user = authority[..<at]
        guard !user.contains(":") else { throw Self.passwordRefusal }
        self.user = try Self.decoded(user, "user")
        let (host, port) = try Self.endpoint(authority[authority.index(after: at)...])
        self.host = host
        self.port = port
        guard place.count == 2, !place[1].isEmpty else { throw Self.refusal("names no database after the host") }
        database = try Self.decoded(place[1], "database")

        var mode: SSLMode?
        var seen: Set<Substring> = []
        for parameter in halves.count == 2 ? halves[1].split(separator: "&") : [] {
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts[0]
            guard name != "password" else { throw Self.passwordRefusal }
            guard seen.insert(name).inserted else { throw Self.refusal("says \(name) twice") }
            guard parts.count == 2, !parts[1].isEmpty else { throw Self.refusal("gives \(name) no value") }
            let value = try Self.decoded(parts[1], name)
            switch name {
            case "sslmode":
                mode = SSLMode(rawValue: value)
                guard mode != nil else {
                    throw Self.refusal(
                        "has an sslmode that is none of \(SSLMode.allCases.map(\.rawValue).joined(separator: ", "))")
                }
            case "sslrootcert": rootCertificatePath = value
            case "sslcert": certificatePath = value
            case "sslkey": keyPath = value
            case "passfile": passwordPath = value
            case "host":
                guard self.host.isEmpty, value.hasPrefix("/") else {
                    throw Self.refusal("may give with host= only the directory of a Unix socket, and no host before it")
                }
                self.host = value
            default:
                throw Self.refusal(
                    "has the parameter \(name), which is none of sslmode, sslrootcert, sslcert, sslkey, passfile, host")
            }
        }
        guard !self.host.isEmpty else { throw Self.refusal("names no host") }
        let wantsTLS = !Self.isLocal(self.host) || rootCertificatePath != nil && !self.host.hasPrefix("/")
        sslMode = mode ?? (wantsTLS ? .verifyFull : .disable)
        try check()
    }

    /// Nobody but this machine can be at the other end: a Unix socket, `localhost`, 127.0.0.0/8 or ::1.
    public var isLocal: Bool { Self.isLocal(host) }

    /// Reached through the file system, where TLS has no place.
    public var isSocket: Bool { host.hasPrefix("/") }

    private func check() throws(PostgresError) {
        guard sslMode == .verifyFull || isLocal else {
            throw Self.refusal(
                "has sslmode=\(sslMode.rawValue): a database that is not on this machine needs sslmode=verify-full and "
                    + "sslrootcert=FILE, since the network between could be anybody's")
        }
        guard sslMode != .verifyFull || isSocket || rootCertificatePath != nil else {
            throw Self.refusal(
                "has sslmode=verify-full and no sslrootcert=FILE to verify the server's certificate with")
        }
        guard (certificatePath == nil) == (keyPath == nil) else {
            throw Self.refusal("has one of sslcert and sslkey: a certificate needs its key")
        }
    }

    private static func isLocal(_ host: String) -> Bool {
        if host.hasPrefix("/") || host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { $0.allSatisfy { ("0"..."9").contains($0) } && UInt8($0) != nil }
    }

    private static func endpoint(_ text: Substring) throws(PostgresError) -> (host: String, port: Int) {
        guard !text.contains(",") else { throw refusal("names more than one host") }
        var host = text
        var port: Substring?
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { throw refusal("has something between ] and the port") }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
            guard !host.contains(":") else { throw refusal("needs [ ] around an IPv6 address") }
        }
        guard let port else { return (try decoded(host, "host"), defaultPort) }
        guard let number = Int(port), (1...65_535).contains(number) else {
            throw refusal("has a port that is no number from 1 to 65535")
        }
        return (try decoded(host, "host"), number)
    }

    /// Takes `%XX` back.
    private static func decoded(_ text: Substring, _ what: Substring) throws(PostgresError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let code = Substring(rest.prefix(2)).hexByte else {
                throw refusal("has a % in \(what) without two digits")
            }
            rest = rest.dropFirst(2)
            bytes.append(code)
        }
        guard !bytes.contains(0), let decoded = String(validating: bytes, as: UTF8.self) else {
            throw refusal("has a \(what) that is no UTF-8 text")
        }
        return decoded
    }

    static func refusal(_ words: String) -> PostgresError { PostgresError(.configuration, "store.url \(words)") }

    private static var passwordRefusal: PostgresError {
        refusal(
            "holds a password. Take it out: write a line HOST:PORT:DATABASE:USER:PASSWORD into a file that only its owner "
                + "may read, and name the file with passfile=FILE")
    }
}

extension PostgresAddress: CustomStringConvertible {
    /// Enough to know the database by: user, host, port, name.
    public var description: String {
        isSocket
            ? "postgresql://\(user)@:\(port)/\(database)?host=\(host)"
            : "postgresql://\(user)@\(host):\(port)/\(database)"
    }
}

extension Substring {
    fileprivate var hexByte: UInt8? {
        utf8.count == 2 && utf8.allSatisfy { $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }
            ? UInt8(self, radix: 16) : nil
    }
}
