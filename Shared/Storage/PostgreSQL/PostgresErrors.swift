internal import PostgreSQL

extension PostgresError {
    /// All that was said, for the log.
    fileprivate var words: String {
        [message, detail, hint, sqlState.map { "SQLSTATE \($0)" }].compactMap { $0 }.joined(separator: "; ")
    }
}

extension StorageError {
    /// Why a connection could not be made, with what is to be done about it.
    ///
    /// - Parameter connectionCount: how many this program wants.
    init(connecting error: PostgresError, connectionCount: Int) {
        let (code, message): (Code, String)
        switch (error.kind, error.sqlState) {
        case (.tooManyConnections, _):
            (code, message) = (
                .unreachable,
                "the database has no connection to spare; this program wants \(connectionCount), one to write and the others "
                    + "to read: raise max_connections on the server, or the limit of the database or the role (CONNECTION LIMIT)"
            )
        case (.authentication, "28P01"):
            (code, message) = (
                .cannotOpen,
                "the database refuses the password: put right the line for this role in the file that passfile names in "
                    + "store.url, or the role's password (ALTER ROLE); a role that is not there is refused so too"
            )
        case (.authentication, nil):
            (code, message) = (
                .cannotOpen,
                "the database wants a password, and store.url names no passfile: add passfile=FILE, a file with a line "
                    + "HOST:PORT:DATABASE:USER:PASSWORD"
            )
        case (.authentication, _):
            (code, message) = (
                .cannotOpen,
                "the database does not let this role in: make the role (CREATE ROLE ... LOGIN) if it is not there, let it in "
                    + "from this machine in the server's pg_hba.conf, and give store.url what that asks for (passfile=FILE, or "
                    + "sslcert=FILE and sslkey=FILE)"
            )
        case (_, "42501"):
            (code, message) = (
                .cannotOpen,
                "this role may not connect to the database: make the role its owner, or GRANT CONNECT ON DATABASE to it"
            )
        case (.connectionLost, nil):
            let known = Self.refusals.first { error.message.contains($0.said) }
            (code, message) = (known?.code ?? .unreachable, known?.message ?? Self.nobodyThere)
        default:
            self.init(error)
            return
        }
        self.init(code, message, detail: error.words)
    }

    private static let nobodyThere =
        "the database cannot be reached: see that its server runs and takes connections there, or name another (store.url)"

    /// What libpq says where the server says nothing. It speaks English, since no program here sets a locale.
    private static let refusals: [(said: String, code: Code, message: String)] = [
        (
            "does not support SSL", .cannotOpen,
            "the database server speaks no TLS, which sslmode in store.url asks for: switch it on there (ssl = on, with a "
                + "certificate); only on this machine sslmode=disable will do"
        ),
        (
            "certificate verify failed", .cannotOpen,
            "the database server's certificate is of no authority in the file that sslrootcert names in store.url, or has run "
                + "out: name the right file, or give the server a certificate that is valid"
        ),
        (
            "does not match host name", .cannotOpen,
            "the database server's certificate is for another host: name in store.url the host that it is for, or give the "
                + "server one for the host that is named there"
        ),
        (
            "root certificate file", .cannotOpen,
            "the file that sslrootcert names in store.url cannot be used: name the PEM file of the authority that issued the "
                + "server's certificate"
        ),
        (
            "private key file", .cannotOpen,
            "the file that sslkey names in store.url cannot be used: name the PEM file of the key for sslcert, which nobody "
                + "else may read (chmod 0600)"
        ),
        (
            "certificate file", .cannotOpen,
            "the file that sslcert names in store.url cannot be used: name the PEM file of this program's certificate for the "
                + "database"
        ),
        (
            "could not translate host name", .unreachable,
            "nobody knows the host that store.url names: correct the name there, or have it known (DNS, /etc/hosts)"
        ),
    ]

    /// PostgreSQL's errors as ours.
    init(_ error: PostgresError) {
        let detail = error.words
        self =
            switch error.kind {
            case .retryTransaction, .lockNotAvailable, .rolledBack:
                StorageError(.busy, "the database is busy with what others do; try again", detail: detail)
            case .connectionLost:
                StorageError(.unreachable, "the database cannot be reached; try again later", detail: detail)
            case .tooManyConnections:
                StorageError(
                    .unreachable, "the database has no connection to spare; give it more (max_connections)",
                    detail: detail)
            case .readOnly:
                StorageError(
                    .unreachable, "the database takes no writes: store.url must name the server that does",
                    detail: detail)
            case .outcomeUnknown:
                StorageError(
                    .outcomeUnknown,
                    "the database was lost while it committed, and nobody knows whether it did; try again with the same key",
                    detail: detail)
            case .diskFull:
                StorageError(.full, "the store's disk is full; make room and try again", detail: detail)
            case .authentication:
                StorageError(.cannotOpen, "the database does not let this program in: \(error.message)")
            case .missingDatabase:
                StorageError(.cannotOpen, "\(error.message): make it (CREATE DATABASE) or name another (store.url)")
            case .library, .configuration, .unsuitableServer:
                StorageError(.cannotOpen, error.message)
            case .uniqueViolation:
                StorageError(.conflict, "a row with that key is there already", detail: detail)
            case .constraintViolation, .invalidArgument:
                StorageError(.constraint, "a value is refused by the table's constraints", detail: detail)
            case .malformedAnswer:
                StorageError(.malformedData, "the database's answer is not what was asked for", detail: detail)
            case .other where error.sqlState == "42501":
                StorageError(
                    .cannotOpen,
                    "the database does not permit this program's role to do that: make the role the database's owner, or "
                        + "grant it the schema and its tables", detail: detail)
            case .other where error.sqlState == "57014":
                StorageError(.busy, "the database takes too long; try again later", detail: detail)
            case .other where error.sqlState == "42P01" || error.sqlState == "42703":
                StorageError(
                    .damaged, "a table of the store, or a column, is not there any more: put it back from a backup",
                    detail: detail)
            case .other:
                StorageError(.badStatement, "a statement failed", detail: detail)
            }
    }
}
