import Foundation
import Logging
import NIOPosix
import RPC
import Synchronization
import TLS
import TestSupport
import Testing
import TestingMessages
import TestingService
import Transport

/// The real gateways and the testing service as processes, each of which may be stopped, killed and started again.
final class ProcessBench: Sendable {
    private static let routes = [TestingV1.TestService.name, RelayService.method.service]

    let directory: String
    private let authority = TestAuthority()
    private let processes = Mutex([String: Process]())

    init() throws {
        directory = NSTemporaryDirectory() + "quality-conformance-" + UUID().uuidString
        let policy = """
            roles: {"*": ["*"]}
            limits: {callers: {callsPerSecond: 1000000, burstCalls: 1000000, concurrentCalls: 10000}}

            """
        defer { try? policy.write(toFile: "\(directory)/policy.yaml", atomically: true, encoding: .utf8) }
        for name in ["gateway", "testing", "relay"] {
            let identity = authority.issue(service: name)
            try FileManager.default.createDirectory(atPath: "\(directory)/\(name)", withIntermediateDirectories: true)
            for (file, text) in [
                ("cert", identity.certificate), ("key", identity.key), ("ca", authority.pem),
            ] {
                try text.write(toFile: "\(directory)/\(name)/\(file).pem", atomically: true, encoding: .utf8)
            }
        }
    }

    deinit {
        for process in processes.withLock({ Array($0.values) }) where process.isRunning {
            kill(process.processIdentifier, SIGKILL)
        }
        try? FileManager.default.removeItem(atPath: directory)
    }

    // MARK: Processes

    /// Starts the testing service and returns when it listens. `arguments`: more for `qm-benchmark serve`.
    func startService(
        _ name: String, port: Int, identity: String = "testing", arguments: [String] = [], clockAheadSeconds: Int = 0
    ) async throws {
        let ready = "\(directory)/\(name).ready"
        try? FileManager.default.removeItem(atPath: ready)
        try launch(
            name, "qm-benchmark",
            ["serve", "--identity", "\(directory)/\(identity)", "--port", "\(port)"] + arguments,
            outputPath: ready, clockAheadSeconds: clockAheadSeconds)
        try await waitForFile(ready, name)
    }

    /// Starts a gateway before services on these ports, and returns when it answers.
    ///
    /// - Parameters:
    ///   - settings: more lines of its configuration.
    ///   - limits: more of `limits`, as YAML has it in braces.
    ///   - openFiles: how many files it may have open; `nil`: as many as this process.
    func startGateway(
        _ name: String, port: Int, services: [Int], relay: Int? = nil, settings: String = "", limits: String = "",
        openFiles: Int? = nil, clockAheadSeconds: Int = 0
    ) async throws {
        let configuration = "\(directory)/\(name).yaml"
        let ready = "\(directory)/\(name).ready"
        let identity = "\(directory)/gateway"
        var text = """
            listen: {host: 127.0.0.1, port: \(port)}
            tls: {certificate: \(identity)/cert.pem, key: \(identity)/key.pem, authority: \(identity)/ca.pem}
            limits: {handshakeSeconds: \(Patience.seconds), helloSeconds: \(Patience.seconds), \(limits)}
            dial: {connectSeconds: \(Patience.seconds), helloSeconds: \(Patience.seconds)}
            policy: \(directory)/policy.yaml
            routes:
              \(TestingV1.TestService.name): [\(services.map { "127.0.0.1:\($0)" }.joined(separator: ", "))]

            """
        if let relay { text += "  \(RelayService.method.service): [127.0.0.1:\(relay)]\n" }
        text += "identities:\n  \(RelayService.method.service): relay\n\(settings)\n"
        try text.write(toFile: configuration, atomically: true, encoding: .utf8)
        try? FileManager.default.removeItem(atPath: ready)
        try launch(
            name, "qm-gateway", ["--config", configuration, "--ready-file", ready],
            outputPath: "\(directory)/\(name).log", openFiles: openFiles,
            clockAheadSeconds: clockAheadSeconds)
        try await waitForFile(ready, name)
    }

    /// Whether this system lets a process have a clock of its own.
    static let canMoveClocks = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = ["--user", "--map-root-user", "--time", "--monotonic", "60", "true"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    private func launch(
        _ name: String, _ executable: String, _ arguments: [String], outputPath: String, openFiles: Int? = nil,
        clockAheadSeconds: Int
    ) throws {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let path = URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent(executable)
        let process = Process()
        process.executableURL = path
        process.arguments = arguments
        if clockAheadSeconds != 0 {
            process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
            process.arguments =
                ["--user", "--map-root-user", "--time", "--monotonic", "\(clockAheadSeconds)", path.path] + arguments
        }
        if let openFiles {
            process.executableURL = URL(fileURLWithPath: "/bin/sh")
            process.arguments = ["-c", "ulimit -n \(openFiles) && exec \"$0\" \"$@\"", path.path] + arguments
        }
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("QM_") }
        _ = FileManager.default.createFile(atPath: outputPath, contents: nil)
        process.standardOutput = FileHandle(forWritingAtPath: outputPath)
        _ = FileManager.default.createFile(atPath: "\(directory)/\(name).errors", contents: nil)
        process.standardError = FileHandle(forWritingAtPath: "\(directory)/\(name).errors")
        process.standardInput = FileHandle.nullDevice
        try process.run()
        processes.withLock { $0[name] = process }
    }

    private func waitForFile(_ path: String, _ name: String) async throws {
        try await Patience.until("\(name) answers: \(errors(of: name))") {
            let isReady = (try? String(contentsOfFile: path, encoding: .utf8))?.hasSuffix("\n") == true
            let isRunning = processes.withLock { $0[name]?.isRunning ?? false }
            try #require(isReady || isRunning, "\(name) does not answer: \(errors(of: name))")
            return isReady
        }
    }

    func errors(of name: String) -> String {
        (try? String(contentsOfFile: "\(directory)/\(name).errors", encoding: .utf8)) ?? ""
    }

    /// Sends a signal and returns when the process has ended: with its exit code, or `nil` when a signal killed it.
    @discardableResult
    func end(_ name: String, _ signal: Int32) async -> Int32? {
        guard let process = processes.withLock({ $0.removeValue(forKey: name) }) else { return nil }
        kill(process.processIdentifier, signal)
        try? await Patience.until("\(name) ends") { !process.isRunning }
        return process.terminationReason == .exit ? process.terminationStatus : nil
    }

    // MARK: Clients

    static let reporter = "spiffe://quality.example/org/henan/reporter"

    /// A client of the gateway on this port, played frame by frame.
    func peer(_ port: Int, as uri: String = reporter) async throws -> FramePeer {
        try await FramePeer.connect(
            port: port, tls: try TLSContext(client: authority.configuration(authority.issue("URI:\(uri)"))))
    }

    /// A client of the gateways on these ports.
    func transport(gateways: [Int]) async throws -> RPCClient {
        try await RPCClient.make(
            ConnectionPoolConfiguration(
                endpoints: gateways.map { Endpoint(host: "127.0.0.1", port: $0) }, rules: .patient,
                connectTimeoutSeconds: Patience.seconds, helloTimeoutSeconds: Patience.seconds,
                patienceSeconds: UInt64(Patience.seconds), server: .service(named: "gateway")),
            tls: try TLSContext(
                client: authority.configuration(authority.issue("URI:\(Self.reporter)"))),
            loops: ConnectionLoops(MultiThreadedEventLoopGroup.singleton),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, defaultTimeout: Patience.limit)
    }
}
