internal import Glibc
internal import TestSupport

/// PostgreSQL's programs, and the ordinary user that they run as: `postgres` refuses to be root's.
struct PostgresPrograms {
    private let directory: String
    private let environment: [String]

    /// QM_POSTGRES_BIN, or the newest that Debian's packages have installed.
    init() throws {
        guard let directory = Self.named ?? Self.newest else {
            throw SpawnError("no initdb in /usr/lib/postgresql/*/bin: run compose/install-packages")
        }
        self.directory = directory
        environment = ["PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"]
    }

    private static var named: String? { getenv("QM_POSTGRES_BIN").map { String(cString: $0) } }

    private static var newest: String? {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob("/usr/lib/postgresql/*/bin/initdb", 0, nil, &found) == 0 else { return nil }
        let programs = (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
        let directories = programs.map { String($0.dropLast("/initdb".count)) }
        return directories.max { version(of: $0) < version(of: $1) }
    }

    private static func version(of directory: String) -> Int {
        Int(directory.split(separator: "/").dropLast().last ?? "") ?? 0
    }

    /// Who owns a cluster's files; `nil` where that is simply us.
    static let owner: (user: uid_t, group: gid_t)? = {
        guard geteuid() == 0 else { return nil }
        let entry = getpwnam("postgres") ?? getpwnam("nobody")
        return entry.map { ($0.pointee.pw_uid, $0.pointee.pw_gid) }
    }()

    /// Starts one of the programs as the ordinary user, in a group of processes, with further variables in its environment.
    func start(
        _ name: String, _ arguments: [String], _ further: [String] = [], logPath: String, group: pid_t
    ) throws -> pid_t {
        var actions = SpawnActions()
        actions.open(logPath, as: 1)
        actions.duplicate(1, as: 2)
        var command = ["\(directory)/\(name)"] + arguments
        if let owner = Self.owner {
            command =
                ["/usr/bin/setpriv", "--reuid=\(owner.user)", "--regid=\(owner.group)", "--clear-groups", "--"]
                + command
        }
        return try actions.spawn(command, environment + further, group: group)
    }
}

/// A program that a test started, and has to wait for.
enum StartedProgram {
    /// Starts a program of the system's and waits for its end.
    static func run(_ arguments: [String]) throws {
        let identifier = try SpawnActions().spawn(arguments, ["PATH=/usr/bin:/bin"])
        let status = wait(for: identifier)
        guard status == 0 else { throw SpawnError("\(arguments.joined(separator: " ")): status \(status)") }
    }

    static func wait(for identifier: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) == -1 && errno == EINTR {}
        return status
    }

    /// Whether it has ended by now. Asked no more once it has.
    static func hasEnded(_ identifier: pid_t) -> Bool {
        var status: Int32 = 0
        return waitpid(identifier, &status, WNOHANG) == identifier
    }
}
