package import Glibc

/// What a program that a test starts has open: nothing at its standard input, what is named here, and nothing else.
///
/// SwiftNIO's sockets are not closed when another program is executed: a program that inherited the listening socket of
/// another test's service would keep that service from listening on its port again.
package struct SpawnActions: ~Copyable {
    private typealias CloseFrom =
        @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32

    /// The C library has it since 2.34, but shows it to C programs alone.
    private static let closeFrom = unsafeBitCast(
        dlsym(nil, "posix_spawn_file_actions_addclosefrom_np"), to: CloseFrom.self)

    private var actions = posix_spawn_file_actions_t()
    private var firstClosed: Int32 = 1

    package init() {
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }

    deinit {
        var actions = actions
        posix_spawn_file_actions_destroy(&actions)
    }

    /// Appends what is written to `descriptor` to the file at `path`.
    package mutating func open(_ path: String, as descriptor: Int32) {
        posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        firstClosed = max(firstClosed, descriptor + 1)
    }

    package mutating func duplicate(_ original: Int32, as descriptor: Int32) {
        posix_spawn_file_actions_adddup2(&actions, original, descriptor)
        firstClosed = max(firstClosed, descriptor + 1)
    }

    /// Starts the program that `arguments` begins with. The last thing that is asked of these actions.
    ///
    /// - Parameter group: the group of processes to be in; 0: one of its own; `nil`: ours.
    package consuming func spawn(
        _ arguments: [String], _ environment: [String], group: pid_t? = nil
    ) throws(SpawnError) -> pid_t {
        _ = Self.closeFrom(&actions, firstClosed)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var flags = Int16(POSIX_SPAWN_SETSIGMASK)
        if let group {
            posix_spawnattr_setpgroup(&attributes, group)
            flags |= Int16(POSIX_SPAWN_SETPGROUP)
        }
        posix_spawnattr_setflags(&attributes, flags)

        var identifier: pid_t = 0
        let argv = arguments.map { strdup($0) } + [nil]
        let envp = environment.map { strdup($0) } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        let code = posix_spawn(&identifier, arguments[0], &actions, &attributes, argv, envp)
        guard code == 0 else {
            throw SpawnError("\(arguments[0]): cannot be started: \(String(cString: strerror(code)))")
        }
        return identifier
    }
}

package struct SpawnError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
