import Foundation
import Logging
import RPC
import Synchronization
import TLS
import TestProcesses
import TestSupport
import TestTurns
import Testing
import TestingMessages
import Transport
import Wire

/// Two copies of a service and two gateways, restarted one after the other while calls go on.
@Suite("A rolling restart", .serialized, .takesTurnsWithProcesses)
struct RollingRestartTests {
    /// A process that is started again on its port.
    private final class Restarted: Sendable {
        let port: Int
        let logPath: String
        private let start: @Sendable () throws -> SuiteProcess
        private let process = Mutex<SuiteProcess?>(nil)

        init(port: Int, logPath: String, start: @escaping @Sendable () throws -> SuiteProcess) {
            self.port = port
            self.logPath = logPath
            self.start = start
        }

        func launch() throws {
            let started = try start()
            process.withLock { $0 = started }
        }

        func stop() async -> SuiteProcess.Ending? {
            let running = process.withLock { $0 }
            running?.send(signal: SIGTERM)
            return await running?.ending()
        }

        var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }
    }

    /// Counts how often a client has connected, by endpoint.
    private struct ConnectionLog: LogHandler {
        let lines: LockedLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.append("\(event.message) \(event.metadata?["endpoint"]?.description ?? "")")
        }
    }

    private final class LockedLines: Sendable {
        private let lines = Mutex<[String]>([])

        func append(_ line: String) { lines.withLock { $0.append(line) } }
        func count(_ line: String) -> Int { lines.withLock { $0.count { $0 == line } } }
    }

    /// Calls that go on until it is over, and what became of them.
    private final class Load: Sendable {
        private let state = Mutex((failures: [RPCError](), successes: 0, isOver: false))

        var failures: [RPCError] { state.withLock { $0.failures } }
        var successes: Int { state.withLock { $0.successes } }

        func end() { state.withLock { $0.isOver = true } }

        func run(_ transport: RPCClient, lane: Int) async {
            while !state.withLock({ $0.isOver }) {
                do throws(RPCError) {
                    try await RollingRestartTests.call(transport, lane)
                    state.withLock { $0.successes += 1 }
                } catch {
                    state.withLock { $0.failures.append(error) }
                }
            }
        }
    }

    @Test("of every copy of a service and of both gateways fails no call")
    func everything() async throws {
        let suite = try await RunningSuite()
        try await suite.identity(organisation: "top", "reporter")
        try await suite.succeed(
            "pki", "issue", "--directory", suite.directory + "/pki", "--output", suite.identityDirectory("testing"),
            "--service", "testing")
        let copies = try (0..<2).map { try copy($0, suite) }
        for copy in copies { try copy.launch() }
        let gateways = try (0..<2).map { try gateway($0, suite, copies.map(\.port)) }
        for gateway in gateways { try gateway.launch() }

        let connections = LockedLines()
        let transport = try await client(suite, gateways.map(\.port), connections)
        let load = Load()
        try await suite.eventually("both gateways are connected") {
            _ = try? await Self.call(transport, 0)
            return gateways.allSatisfy { connections.count("connected 127.0.0.1:\($0.port)") > 0 }
                && gateways.allSatisfy { gateway in copies.allSatisfy { Self.connected(gateway, to: $0) > 0 } }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in 0..<8 {
                group.addTask { await load.run(transport, lane: lane) }
            }
            defer { load.end() }
            for copy in copies {
                let before = gateways.map { Self.connected($0, to: copy) }
                #expect(await copy.stop() == .exited(0))
                try copy.launch()
                try await suite.eventually("the gateways have found the copy again") {
                    zip(gateways, before).allSatisfy { Self.connected($0, to: copy) > $1 }
                }
            }
            for gateway in gateways {
                let line = "connected 127.0.0.1:\(gateway.port)"
                let before = connections.count(line)
                let connected = copies.map { Self.connected(gateway, to: $0) }
                #expect(await gateway.stop() == .exited(0), "\(gateway.log)")
                try gateway.launch()
                try await suite.eventually("the client has found the gateway, and that the copies, again") {
                    connections.count(line) > before
                        && zip(copies, connected).allSatisfy { Self.connected(gateway, to: $0) > $1 }
                }
            }
        }
        #expect(load.failures == [])
        #expect(load.successes > 100)
        await transport.close()
        for process in gateways + copies { _ = await process.stop() }
    }

    /// Calls that may be repeated and calls that may not.
    private static func call(_ transport: RPCClient, _ lane: Int) async throws(RPCError) {
        if lane.isMultiple(of: 2) {
            _ = try await TestingV1.BenchmarkServiceClient(transport).submit(TestingV1.SubmitRequest())
        } else {
            _ = try await TestingV1.TestServiceClient(transport).unaryCall(TestingV1.SimpleRequest())
        }
    }

    /// How often a gateway has connected to a copy.
    private static func connected(_ gateway: Restarted, to copy: Restarted) -> Int {
        gateway.log.split(separator: "\n").count {
            $0.contains("message=connected") && $0.contains("endpoint=127.0.0.1:\(copy.port) ")
        }
    }

    private func copy(_ index: Int, _ suite: RunningSuite) throws -> Restarted {
        let port = try ServicePort.next()
        let log = "\(suite.directory)/copy-\(index).log"
        let identity = suite.identityDirectory("testing")
        return Restarted(port: port, logPath: log) {
            try SuiteProcess(
                path: RunningSuite.executable("qm-benchmark"),
                arguments: ["serve", "--identity", identity, "--port", "\(port)"], logPath: log)
        }
    }

    private func gateway(_ index: Int, _ suite: RunningSuite, _ ports: [Int]) throws -> Restarted {
        let port = try ServicePort.next()
        let identity = suite.identityDirectory("gateway")
        let copies = ports.map { "127.0.0.1:\($0)" }.joined(separator: ", ")
        let path = try suite.write(
            """
            listen: {host: 127.0.0.1, port: \(port)}
            tls: {certificate: \(identity)/cert.pem, key: \(identity)/key.pem, authority: \(identity)/ca.pem}
            log: {level: debug}
            policy: \(RunningSuite.project("Tests/Benchmarks/policy.yaml"))
            routes:
              quality.testing.v1.: [\(copies)]

            """, to: "gateway-\(index).yaml")
        let log = "\(suite.directory)/gateway-\(index).log"
        return Restarted(port: port, logPath: log) {
            try SuiteProcess(
                path: RunningSuite.executable("qm-gateway"), arguments: ["--config", path], logPath: log)
        }
    }

    private func client(_ suite: RunningSuite, _ ports: [Int], _ log: LockedLines) async throws -> RPCClient {
        try await suite.client(
            as: "top-reporter", of: .gateway, ports: ports,
            loops: ConnectionLoops(threads: 1),
            logger: Logger(label: "test") { _ in ConnectionLog(lines: log) })
    }
}
