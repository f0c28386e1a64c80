internal import Foundation
internal import Synchronization
internal import TestSupport

/// A program of the suite that runs as a process of its own. Killed when nobody holds it any more.
package final class SuiteProcess: Sendable {
    package enum Ending: Equatable, Sendable {
        case exited(Int32)
        case killed(signal: Int32)
    }

    package let name: String
    package let logPath: String
    private let identifier: pid_t
    private let state = Mutex((ending: Ending?.none, waiters: [CheckedContinuation<Ending, Never>]()))

    /// Starts `path`. Both its output streams are appended to the file at `logPath`.
    package init(path: String, arguments: [String], environment: [String: String] = [:], logPath: String) throws {
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
    package init(
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

    package var isRunning: Bool { state.withLock { $0.ending == nil } }

    package func send(signal: Int32) {
        if isRunning { Foundation.kill(identifier, signal) }
    }

    /// The signals that each of its threads blocks, a bit for each, by the thread's number and name (proc(5), SigBlk).
    package func blockedSignals() throws -> [String: UInt64] {
        let tasks = "/proc/\(identifier)/task"
        var signals: [String: UInt64] = [:]
        for task in try FileManager.default.contentsOfDirectory(atPath: tasks) {
            // A thread may have ended meanwhile.
            guard let status = try? String(contentsOfFile: "\(tasks)/\(task)/status", encoding: .utf8) else { continue }
            let fields = status.split(separator: "\n").map { $0.split(separator: "\t", maxSplits: 1) }
            let name = fields.first { $0[0] == "Name:" }?.last ?? ""
            signals["\(task) \(name)"] = fields.first { $0[0] == "SigBlk:" }.flatMap { UInt64($0[1], radix: 16) }
        }
        return signals
    }

    /// How the process ended, once it has.
    package func ending() async -> Ending {
        await withCheckedContinuation { continuation in
            let ending = state.withLock { state in
                if state.ending == nil { state.waiters.append(continuation) }
                return state.ending
            }
            if let ending { continuation.resume(returning: ending) }
        }
    }

    package var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

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
        var actions = SpawnActions()
        actions.open(output, as: 1)
        if errors == output { actions.duplicate(1, as: 2) } else { actions.open(errors, as: 2) }
        return try actions.spawn(arguments, environment)
    }
}

package struct SuiteError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
