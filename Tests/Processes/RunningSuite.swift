internal import Foundation
internal import Synchronization
internal import TestStores
package import TestSupport
internal import Testing

/// The five processes of the suite in a directory of their own, with certificates of their own, on loopback. All of it
/// is gone when the suite is.
package final class RunningSuite: Sendable {
    package enum Service: String, CaseIterable, Sendable {
        case gateway, registry, submission, statistics, notification
    }

    package static let domain = "test.example"

    /// Whether every service keeps its store in a file.
    package static var keepsFiles: Bool { TestEngine.isSQLite }

    package let directory: String
    private let ports: [Service: Int]
    private let processes = Mutex([Service: SuiteProcess]())
    private let copies = Mutex([Service: [Copy]]())

    /// A second process of a service: on the same database, or on a file of its own.
    private struct Copy {
        let port: Int
        let process: SuiteProcess?
    }

    /// Makes the directory, an authority and the services' certificates. Starts nothing.
    package init() async throws {
        directory = NSTemporaryDirectory() + "quality-suite-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory + "/pki", withIntermediateDirectories: true)
        ports = try Dictionary(uniqueKeysWithValues: Service.allCases.map { ($0, try ServicePort.next()) })
        try await succeed("pki", "init", "--directory", directory + "/pki", "--domain", Self.domain)
        for service in Service.allCases {
            try await issue(service.rawValue, "--service", service.rawValue)
        }
    }

    deinit {
        let copies = copies.withLock { $0.values.flatMap { $0 }.compactMap(\.process) }
        for process in processes.withLock({ Array($0.values) }) + copies { process.send(signal: SIGKILL) }
        try? FileManager.default.removeItem(atPath: directory)
    }

    // MARK: Identities

    /// Issues a certificate for a role of an organisation, known as "CODE-ROLE".
    package func identity(organisation code: String, _ role: String) async throws {
        try await issue("\(code)-\(role)", "--organisation", code, "--role", role)
    }

    private func issue(_ name: String, _ subject: String...) async throws {
        try await succeed(
            ["pki", "issue", "--directory", directory + "/pki", "--output", identityDirectory(name)] + subject)
    }

    /// The suite's authority in other hands: it certifies what `qmctl pki` would not.
    package func authority() throws -> TestAuthority {
        TestAuthority(
            certificatePEM: try String(contentsOfFile: directory + "/pki/ca.pem", encoding: .utf8),
            keyPEM: try String(contentsOfFile: directory + "/pki/ca-key.pem", encoding: .utf8))
    }

    package func identityDirectory(_ name: String) -> String { "\(directory)/pki/\(name)" }

    // MARK: Processes

    package func port(of service: Service) -> Int { ports[service]! }

    /// One more port that nobody has, for an admin server.
    package func freePort() throws -> Int { try ServicePort.next() }

    package func storePath(of service: Service) -> String { "\(directory)/\(service).db" }

    /// Of submission, where nothing else is said.
    package var wrappingKeyPath: String {
        storePath(of: .submission) + (databaseURL(of: .submission) == nil ? ".wrap" : ".key.wrap")
    }

    /// What a program has logged so far. Its lines are written by a thread of their own, so while it runs a line may
    /// come after the answer of the call that it tells of: see ``logs(_:_:)``.
    package func log(of service: Service) -> String {
        (try? String(contentsOfFile: "\(directory)/\(service).log", encoding: .utf8)) ?? ""
    }

    /// The lines of a program's log, so far, that hold each of `words`.
    package func lines(of service: Service, with words: [String]) -> [Substring] {
        log(of: service).split(separator: "\n").filter { line in words.allSatisfy { line.contains($0) } }
    }

    /// Has the gateway, when it starts next, route to a second process of `service` too.
    package func addCopy(of service: Service) throws {
        let port = try ServicePort.next()
        copies.withLock { $0[service, default: []].append(Copy(port: port, process: nil)) }
    }

    /// Starts the copies of a service, each on a file of its own unless the service keeps its store in a database, and
    /// returns when they answer.
    package func startCopies(of service: Service, environment: [String: String] = [:]) async throws {
        for (index, copy) in copies.withLock({ $0[service] ?? [] }).enumerated() {
            let name = "\(service)-\(index + 2)"
            let configuration = try write(configurationText(of: service), to: name + ".yaml")
            let store = databaseURL(of: service) == nil ? ["--store-path", "\(directory)/\(name).db"] : []
            let process = try SuiteProcess(
                path: Self.executable("qm-\(service)"),
                arguments: [
                    "--config", configuration, "--listen-port", "\(copy.port)", "--ready-file",
                    "\(directory)/\(name).ready",
                ] + store, environment: environment, logPath: "\(directory)/\(name).log")
            copies.withLock { $0[service]?[index] = Copy(port: copy.port, process: process) }
            try await ready(process, "\(directory)/\(name).ready")
        }
    }

    /// Starts one service and returns when it answers.
    ///
    /// - Parameters:
    ///   - settings: keys of the configuration beside the usual ones.
    ///   - environment: for the process, e.g. LD_PRELOAD.
    package func start(
        _ service: Service, settings: [String: String] = [:], environment: [String: String] = [:]
    ) async throws {
        let process = try launch(service, settings: settings, environment: environment)
        try await ready(process, readyPath(of: service))
    }

    private func ready(_ process: SuiteProcess, _ path: String) async throws {
        try await Patience.until("\(process.name) answers:\n\(process.log)") {
            if FileManager.default.fileExists(atPath: path) { return true }
            guard process.isRunning else { throw SuiteError("\(process.name) ended while starting:\n\(process.log)") }
            return false
        }
    }

    /// Starts one service and waits for nothing.
    ///
    /// - Parameter wrapper: a program and its arguments, which carries out the command line after them in its own place.
    @discardableResult
    package func launch(
        _ service: Service, settings: [String: String] = [:], environment: [String: String] = [:],
        wrapper: [String] = []
    ) throws -> SuiteProcess {
        let configuration = "\(directory)/\(service).yaml"
        try configurationText(of: service).write(toFile: configuration, atomically: true, encoding: .utf8)
        try? FileManager.default.removeItem(atPath: readyPath(of: service))
        let extra = settings.sorted { $0.key < $1.key }.flatMap { ["--set", "\($0.key)=\($0.value)"] }
        let command =
            wrapper + [
                Self.executable("qm-\(service)"), "--config", configuration, "--ready-file", readyPath(of: service),
            ]
            + extra
        let process = try SuiteProcess(
            path: command[0], arguments: Array(command.dropFirst()), environment: environment,
            logPath: "\(directory)/\(service).log")
        processes.withLock { $0[service] = process }
        return process
    }

    /// Starts all five, the gateway first, with the clock at `instant` if there is one.
    package func startAll(at instant: String? = nil) async throws {
        for service in Service.allCases {
            try await start(service, settings: instant.map { ["rehearsal.clockStartsAt": $0] } ?? [:])
        }
    }

    /// Asks a service to stop, and returns how it did.
    @discardableResult
    package func stop(_ service: Service) async throws -> SuiteProcess.Ending {
        try await end(service, signal: SIGTERM)
    }

    package func stopAll() async throws {
        for service in Service.allCases.reversed() {
            let ending = try await stop(service)
            guard ending == .exited(0) else {
                throw SuiteError("\(service) stopped with \(ending):\n\(log(of: service))")
            }
        }
    }

    /// Kills a service on the spot, as kill -9 does, or by another signal that ends it.
    @discardableResult
    package func kill(_ service: Service, signal: Int32 = SIGKILL) async throws -> SuiteProcess.Ending {
        try await end(service, signal: signal)
    }

    private func end(_ service: Service, signal: Int32) async throws -> SuiteProcess.Ending {
        guard let process = processes.withLock({ $0.removeValue(forKey: service) }) else {
            throw SuiteError("\(service) was not started")
        }
        process.send(signal: signal)
        return await process.ending()
    }

    /// Sends a signal to a service that is to go on.
    package func signal(_ service: Service, _ signal: Int32) {
        processes.withLock { $0[service] }?.send(signal: signal)
    }

    /// Sends a signal to the copies of a service, which are to go on.
    package func signalCopies(of service: Service, _ signal: Int32) {
        for copy in copies.withLock({ $0[service] ?? [] }) { copy.process?.send(signal: signal) }
    }

    /// The endpoint of the first copy of a service.
    package func copyPort(of service: Service) -> Int? { copies.withLock { $0[service]?.first?.port } }

    /// See ``SuiteProcess/blockedSignals()``.
    package func blockedSignals(of service: Service) throws -> [String: UInt64] {
        guard let process = processes.withLock({ $0[service] }) else { throw SuiteError("\(service) was not started") }
        return try process.blockedSignals()
    }

    private func readyPath(of service: Service) -> String { "\(directory)/\(service).ready" }

    private func configurationText(of service: Service) -> String {
        let identity = identityDirectory(service.rawValue)
        var text = """
            listen: {host: 127.0.0.1, port: \(port(of: service))}
            tls:
              certificate: \(identity)/cert.pem
              key: \(identity)/key.pem
              authority: \(identity)/ca.pem
            limits: {handshakeSeconds: \(Patience.seconds), helloSeconds: \(Patience.seconds)}
            dial: {connectSeconds: \(Patience.seconds), helloSeconds: \(Patience.seconds)}

            """
        if service == .gateway {
            text += "policy: \(Self.project("compose/policy.yaml"))\nroutes:\n"
            for backend in Service.allCases where backend != .gateway {
                let name = "quality.\(backend).v1.\(backend.rawValue.capitalized)Service"
                let ports = [port(of: backend)] + copies.withLock { ($0[backend] ?? []).map(\.port) }
                text += "  \(name): [\(ports.map { "127.0.0.1:\($0)" }.joined(separator: ", "))]\n"
            }
        } else {
            text += "gateway: {host: 127.0.0.1, port: \(port(of: .gateway))}\n"
            if let url = databaseURL(of: service) {
                text += "store: {url: \"\(url)\", signingKey: \(storePath(of: service)).key}\n"
                // The tests' server does not sync.
                text += "storage: {synchronous: off}\n"
            } else {
                text += "store: {path: \(storePath(of: service))}\n"
            }
        }
        return text
    }

    /// Where the tests run on PostgreSQL, the database of a service that can have one.
    package func databaseURL(of service: Service) -> String? {
        service == .statistics || service == .gateway ? nil : TestEngine.databaseURL(of: storePath(of: service))
    }

    // MARK: Files

    /// An executable of the build in the directory that QM_PROGRAMS names, if it is there, else of this build: those lie
    /// beside the test bundle.
    package static func executable(_ name: String) -> String {
        if let directory = ProcessInfo.processInfo.environment["QM_PROGRAMS"],
            FileManager.default.isExecutableFile(atPath: "\(directory)/\(name)")
        {
            return "\(directory)/\(name)"
        }
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return ((bundle as NSString).deletingLastPathComponent as NSString).appendingPathComponent(name)
    }

    /// A file of the project, by its path from the top.
    package static func project(_ path: String) -> String {
        let here = URL(fileURLWithPath: #filePath)
        return here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent(path).path
    }

    /// Writes a file into the suite's directory and returns its path.
    package func write(_ text: String, to name: String) throws -> String {
        let path = "\(directory)/\(name)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }
}

extension RunningSuite {
    /// Waits for something that no answer promises: what a follower will have done. Asks again until `condition` holds.
    package func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
        try await Patience.until(what, condition)
    }

    /// Waits until a line of a program's log holds each of `words`.
    ///
    /// - Returns: all such lines.
    @discardableResult
    package func logs(_ service: Service, _ words: String...) async throws -> [Substring] {
        try await logs(service, words)
    }

    @discardableResult
    package func logs(_ service: Service, _ words: [String]) async throws -> [Substring] {
        try await eventually("\(service) logs \(words)") { !lines(of: service, with: words).isEmpty }
        return lines(of: service, with: words)
    }
}
