internal import Glibc
package import PostgreSQL
internal import Synchronization
package import TestSupport

/// A PostgreSQL server with a cluster of its own, on a port of 127.0.0.1 and 127.0.0.2 and on a Unix socket. Ended, with
/// all that it left, when nobody holds it any more or this process is gone.
///
/// Whoever comes as ``Role/trusted`` gets in; ``Role/secret`` needs a password over TCP, ``Role/certified`` a certificate
/// of the authority for "leaf", as ``TestAuthority`` issues them.
package final class PostgresServer: Sendable {
    package struct Options: Sendable {
        /// Commits reach the disk before they are answered.
        package var isDurable = true
        /// Its disk can be full: ``PostgresServer/fillDisk(for:)``.
        package var diskCanFill = false
        /// Issues the server's certificate, for "localhost" and 127.0.0.1, and decides whose it takes. `nil`: no TLS.
        package var authority: TestAuthority?
        /// Further settings, as in postgresql.conf.
        package var settings: [String: String] = [:]

        package init() {}
    }

    package enum Role: String, Sendable {
        case trusted = "postgres"
        case secret, certified
    }

    /// Of ``Role/secret``.
    package static let password = #"sesam:öffne\dich"#

    /// How a server is asked to end.
    package enum Stop: Sendable {
        /// Its clients' connections are cut, and what they had begun is rolled back.
        case fast
        /// At once: the next start begins with recovery.
        case immediate
    }

    /// Holds the socket.
    package let directory: String
    package let port: Int
    package let options: Options
    private let programs: PostgresPrograms
    private let environment: [String]
    private let processGuard: PostgresGuard
    private let process = Mutex<pid_t?>(nil)
    private let lastDatabase = Mutex(0)

    private static let lastNumber = Mutex(0)
    private static let sharedServer = Task {
        var options = Options()
        options.isDurable = false
        options.authority = sharedAuthority
        let server = try await PostgresServer(options)
        try await server.start()
        return server
    }
    /// A cluster that was never started, made once a process: a copy of it is there in a tenth of the time.
    private static let template = Task { try await makeTemplate() }

    /// Of ``shared()``.
    package static let sharedAuthority = TestAuthority(name: "database authority")

    /// The one server of this process, without syncs, for tests that leave it running.
    package static func shared() async throws -> PostgresServer { try await sharedServer.value }

    /// Makes a cluster. ``start()`` starts it.
    ///
    /// - Parameter processGuard: `nil`: this process's.
    package init(_ options: Options = Options(), processGuard: PostgresGuard? = nil) async throws {
        self.options = options
        programs = try PostgresPrograms()
        self.processGuard = try processGuard ?? PostgresGuard.shared.get()
        port = try ServicePort.next()
        let template = try await Self.template.value
        let number = Self.lastNumber.withLock { number in
            number += 1
            return number
        }
        directory = "\(self.processGuard.directory)/\(number)"
        mkdir(directory, 0o755)
        environment = options.diskCanFill ? try await Self.fullDiskEnvironment(in: directory) : []
        try StartedProgram.run(["/bin/cp", "-a", template, data])
        try configure()
        try Self.handOver(directory)
    }

    deinit {
        if let process = process.withLock({ $0 }) {
            Glibc.kill(process, SIGQUIT)
            _ = StartedProgram.wait(for: process)
        }
        // The directory of one that was killed holds what the guard needs.
        if !isLocked { try? StartedProgram.run(["/bin/rm", "-rf", directory]) }
    }

    private var data: String { "\(directory)/data" }
    private var lockPath: String { "\(data)/postmaster.pid" }
    private var isLocked: Bool { access(lockPath, F_OK) == 0 }

    /// What the server has said so far.
    package var log: String { (try? TextFile.read("\(directory)/log")) ?? "" }

    // MARK: Making

    private static func makeTemplate() async throws -> String {
        let processGuard = try PostgresGuard.shared.get()
        let directory = "\(processGuard.directory)/template"
        mkdir(directory, 0o755)
        try handOver(directory)
        let initdb = try PostgresPrograms().start(
            "initdb",
            [
                "-D", "\(directory)/data", "-U", Role.trusted.rawValue, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
                "--no-sync", "--no-instructions",
            ], logPath: "\(processGuard.directory)/initdb.log", group: processGuard.group)
        try await Patience.until("initdb ends") { StartedProgram.hasEnded(initdb) }
        guard access("\(directory)/data/PG_VERSION", F_OK) == 0 else {
            throw SpawnError("initdb: \((try? TextFile.read("\(processGuard.directory)/initdb.log")) ?? "")")
        }
        return "\(directory)/data"
    }

    private static func handOver(_ path: String) throws {
        guard let owner = PostgresPrograms.owner else { return }
        try StartedProgram.run(["/bin/chown", "-R", "\(owner.user):\(owner.group)", path])
    }

    private func configure() throws {
        var settings = [
            "listen_addresses": "'127.0.0.1,127.0.0.2'", "port": "\(port)", "unix_socket_directories": "'\(directory)'",
            "fsync": options.isDurable ? "on" : "off", "max_connections": "60",
            // In which database, with which SQLSTATE.
            "log_line_prefix": "'%m [%p] %d %e '",
            // Files of the cluster, and no segments that stay behind when the server is killed.
            "dynamic_shared_memory_type": "mmap",
        ]
        if let authority = options.authority {
            let identity = authority.issue("DNS:localhost,IP:127.0.0.1")
            try TextFile.write(identity.certificate, to: "\(data)/server.crt")
            try TextFile.write(identity.key, to: "\(data)/server.key")
            try TextFile.write(authority.pem, to: "\(data)/root.crt")
            settings["ssl"] = "on"
            settings["ssl_ca_file"] = "'root.crt'"
        }
        settings.merge(options.settings) { $1 }
        let text = settings.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)\n" }.joined()
        try TextFile.append(text, to: "\(data)/postgresql.conf")
        try TextFile.write(
            """
            local all all trust
            \(options.authority == nil ? "#" : "")hostssl all certified 127.0.0.0/8 cert map=certificates
            host all secret 127.0.0.0/8 scram-sha-256
            host all all 127.0.0.0/8 trust

            """, to: "\(data)/pg_hba.conf")
        try TextFile.write("certificates leaf certified\n", to: "\(data)/pg_ident.conf")
    }

    // MARK: Life

    /// Starts it, and returns when it takes connections.
    package func start() async throws {
        try await Patience.until("the database server starts: \(log)") {
            let process = try programs.start(
                "postgres", ["-D", data], environment, logPath: "\(directory)/log", group: processGuard.group)
            while true {
                // As pg_ctl has it: the server writes its number and its state there.
                let lines = ((try? TextFile.read(lockPath)) ?? "").split(separator: "\n")
                if lines.first == "\(process)", lines.last?.hasPrefix("ready") == true {
                    self.process.withLock { $0 = process }
                    return true
                }
                // Those of a server that was killed have to end before another one may begin: then it is tried again.
                if StartedProgram.hasEnded(process) { return false }
                try await Task.sleep(for: .milliseconds(2))
            }
        }
        try await prepareRoles()
    }

    /// Stops it, and returns when it has ended.
    package func stop(_ stop: Stop = .immediate) async throws {
        try await end(with: stop == .fast ? SIGINT : SIGQUIT)
    }

    /// Kills all of the server's processes (SIGKILL), the first one first, and returns when they are gone.
    package func kill() async throws {
        guard let process = process.withLock({ $0 }) else { return }
        Glibc.kill(process, SIGSTOP)
        let others = ((try? TextFile.read("/proc/\(process)/task/\(process)/children")) ?? "").split(separator: " ")
        let children = others.compactMap { pid_t($0) }
        try await end(with: SIGKILL)
        for child in children { Glibc.kill(child, SIGKILL) }
        try await Patience.until("the database server's processes end") {
            children.allSatisfy { Glibc.kill($0, 0) == -1 || Self.isDead($0) }
        }
    }

    /// Nobody has asked yet how it ended.
    private static func isDead(_ process: pid_t) -> Bool {
        let status = (try? TextFile.read("/proc/\(process)/stat")) ?? ""
        return status.isEmpty || status.firstRange(of: ") Z ") != nil
    }

    private func end(with signal: Int32) async throws {
        guard let process = process.withLock({ $0 }) else { return }
        Glibc.kill(process, signal)
        try await ended()
    }

    /// Returns when the server has ended, whoever told it to.
    package func ended() async throws {
        guard let process = process.withLock({ $0 }) else { return }
        try await Patience.until("the database server ends: \(log)") { StartedProgram.hasEnded(process) }
        self.process.withLock { $0 = nil }
    }

    /// The number of the server's first process, while it runs.
    package var processIdentifier: Int32? { process.withLock { $0 } }

    private func prepareRoles() async throws {
        let connection = try connect()
        let known = try connection.execute("SELECT 1 FROM pg_roles WHERE rolname = 'secret'")
        guard known.rowCount == 0 else { return }
        try connection.executeOnce("CREATE ROLE secret LOGIN PASSWORD '\(Self.password)'")
        try connection.executeOnce("CREATE ROLE certified LOGIN")
    }

    // MARK: Ways in

    /// How a connection gets to the server.
    package enum Way: Sendable {
        case socket, tcp
    }

    package func address(
        database: String = "postgres", role: Role = .trusted, over way: Way = .socket
    ) throws -> PostgresAddress {
        switch way {
        case .socket:
            try PostgresAddress(parsing: "postgresql://\(role.rawValue)@:\(port)/\(database)?host=\(directory)")
        case .tcp: try PostgresAddress(parsing: "postgresql://\(role.rawValue)@127.0.0.1:\(port)/\(database)")
        }
    }

    package func connect(
        database: String = "postgres", over way: Way = .socket, _ options: PostgresOptions = .patient
    ) throws -> PostgresConnection {
        try PostgresConnection(Self.library.get(), to: address(database: database, over: way), options)
    }

    private static let library = Result { try PostgresLibrary.load() }

    /// Makes a database for a test, empty, and gives its name. It goes with the server.
    ///
    /// - Parameter suffix: of CREATE DATABASE, e.g. "ENCODING 'SQL_ASCII'".
    package func makeDatabase(_ suffix: String = "") throws -> String {
        let number = lastDatabase.withLock { number in
            number += 1
            return number
        }
        let connection = try connect()
        try connection.executeOnce("CREATE DATABASE test_\(number) TEMPLATE template0 \(suffix)")
        return "test_\(number)"
    }
}

extension PostgresOptions {
    /// With time for every server: for a test that is about none of the times.
    package static var patient: PostgresOptions {
        var options = PostgresOptions()
        options.connectTimeoutMilliseconds = Int(Patience.seconds) * 1000
        options.roundTripTimeoutMilliseconds = Int(Patience.seconds) * 1000
        return options
    }
}
