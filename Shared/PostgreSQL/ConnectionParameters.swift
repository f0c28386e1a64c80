internal import Glibc

/// What libpq is told of a connection, each by its word.
struct ConnectionParameters {
    private(set) var pairs: [(keyword: String, value: String)] = []

    /// `keywords` are those that the library knows. `.library` when it lacks one without which the connection would mean
    /// something else; `.configuration` for the environment and the password file.
    init(
        _ address: PostgresAddress, _ options: PostgresOptions, keywords: Set<String>, libraryName: String,
        environment: (String) -> String? = { getenv($0).map { String(cString: $0) } }
    ) throws(PostgresError) {
        try Self.check(environment)
        var required = [
            ("host", address.host), ("port", "\(address.port)"), ("dbname", address.database), ("user", address.user),
            ("sslmode", address.isSocket ? "disable" : address.sslMode.rawValue), ("client_encoding", "UTF8"),
        ]
        if let path = address.rootCertificatePath { required.append(("sslrootcert", path)) }
        if let path = address.certificatePath { required.append(("sslcert", path)) }
        if let path = address.keyPath { required.append(("sslkey", path)) }
        if let path = address.passwordPath {
            required.append(("password", try PasswordFile.password(for: address, at: path)))
        }
        for (keyword, _) in required where !keywords.contains(keyword) {
            throw PostgresError(.library, "\(libraryName) does not know the connection parameter \(keyword)")
        }
        pairs = required + Self.optional(options).filter { keywords.contains($0.0) }
    }

    private static func optional(_ options: PostgresOptions) -> [(String, String)] {
        let idleSeconds = max(1, options.roundTripTimeoutMilliseconds / 2000)
        return [
            ("application_name", options.applicationName),
            // A connection that waits for nothing learns of a dead host within a round trip's limit or so.
            ("keepalives", "1"), ("keepalives_idle", "\(idleSeconds)"),
            ("keepalives_interval", "\(max(1, idleSeconds / 3))"),
            ("keepalives_count", "3"),
            ("tcp_user_timeout", "\(options.roundTripTimeoutMilliseconds)"),
            ("ssl_min_protocol_version", "TLSv1.2"),
            // One way to encrypt, the one that the address speaks of.
            ("gssencmode", "disable"),
            // A file that is not there: libpq would look into the home directory for one.
            ("passfile", "/nonexistent/pgpass"),
        ]
    }

    /// libpq fills in from the environment what it was not told. What would take the connection elsewhere, or change what
    /// statements mean, is no business of the environment's.
    private static func check(_ environment: (String) -> String?) throws(PostgresError) {
        for name in ["PGHOSTADDR", "PGSERVICE", "PGOPTIONS", "PGPASSWORD"]
        where environment(name).map(\.isEmpty) == false {
            throw PostgresError(
                .configuration,
                "the environment variable \(name) is set, which PostgreSQL's client library would obey: unset it and say "
                    + "in store.url what you mean")
        }
    }

    /// Calls `body` with the two arrays that libpq takes, each ended by a null pointer.
    func withPointers<Value>(
        _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> Value
    ) -> Value {
        let keywords = pairs.map { strdup($0.keyword) }
        let values = pairs.map { strdup($0.value) }
        defer {
            for pointer in keywords + values { free(pointer) }
        }
        return (keywords.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { keywords in
            (values.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { values in
                body(keywords.baseAddress!, values.baseAddress!)
            }
        }
    }
}
