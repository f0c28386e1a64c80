import Foundation
import Synchronization

/// A program of the suite that runs as a process of its own. Killed when nobody holds it any more.
final class SuiteProcess: Sendable {
    enum Ending: Equatable, Sendable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    let name: String
    let logPath: String
    private let identifier: pid_t
    private let state = Mutex((ending: Ending?.none, waiters: [CheckedContinuation<Ending, Never>]()))

    /// Starts `path`. Both its output streams are appended to the file at `logPath`.
    init(path: String, arguments: [String], environment: [String: String] = [:], logPath: String) throws {
        name = (path as NSString).lastPathComponent
        self.logPath = logPath
        let variables = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("QM_") }
            .merging(environment) { $1 }
        identifier = try Self.spawn(
            [path] + arguments, variables.map { "\($0.key)=\($0.value)" }, output: logPath, errors: logPath)
        watch()
    }

    /// Starts `path` with its two output streams in files of their own.
    init(
        path: String, arguments: [String], environment: [String: String], outputPath: String, errorPath: String
    ) throws {
        name = (path as NSString).lastPathComponent
        logPath = errorPath
        let variables = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("QM_") }
            .merging(environment) { $1 }
        identifier = try Self.spawn(
            [path] + arguments, variables.map { "\($0.key)=\($0.value)" }, output: outputPath, errors: errorPath)
        watch()
    }

    deinit {
        // The watching thread holds no reference once the process has ended, so here it has, or nobody waits for it.
        if state.withLock({ $0.ending }) == nil { Foundation.kill(identifier, SIGKILL) }
    }

    var isRunning: Bool { state.withLock { $0.ending == nil } }

    func send(signal: Int32) {
        if isRunning { Foundation.kill(identifier, signal) }
    }

    /// How the process ended, once it has.
    func ending() async -> Ending {
        await withCheckedContinuation { continuation in
            let ending = state.withLock { state in
                if state.ending == nil { state.waiters.append(continuation) }
                return state.ending
            }
            if let ending { continuation.resume(returning: ending) }
        }
    }

    var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

    private func watch() {
        let identifier = identifier
        let thread = Thread { [weak self] in
            var status: Int32 = 0
            while waitpid(identifier, &status, 0) == -1 && errno == EINTR {}
            let signal = status & 0x7F
            self?.ended(signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: signal))
        }
        thread.start()
    }

    private func ended(_ ending: Ending) {
        let waiters = state.withLock { state in
            state.ending = ending
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: ending) }
    }

    private static func spawn(
        _ arguments: [String], _ environment: [String], output: String, errors: String
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        if errors == output {
            posix_spawn_file_actions_adddup2(&actions, 1, 2)
        } else {
            posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var identifier: pid_t = 0
        let argv = arguments.map { strdup($0) } + [nil]
        let envp = environment.map { strdup($0) } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        let code = posix_spawn(&identifier, arguments[0], &actions, &attributes, argv, envp)
        guard code == 0 else {
            throw SuiteError("\(arguments[0]): cannot be started: \(String(cString: strerror(code)))")
        }
        return identifier
    }
}

struct SuiteError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
