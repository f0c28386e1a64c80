import Foundation
import TestProcesses
import TestTurns
import Testing

@Suite("A log that nobody reads", .serialized, .takesTurnsWithProcesses)
struct SlowLogReaderTests {
    /// A pipe at this path without room for one more byte, as a collector leaves it that has stopped.
    private static func fullPipe(at path: String) throws -> Int32 {
        try #require(mkfifo(path, 0o600) == 0)
        let pipe = open(path, O_RDWR | O_NONBLOCK)
        try #require(pipe >= 0)
        let block = [UInt8](repeating: UInt8(ascii: "\n"), count: 4096)
        while write(pipe, block, block.count) > 0 {}
        while write(pipe, block, 1) > 0 {}
        return pipe
    }

    @Test("holds up neither a program's start, nor its calls, nor its end")
    func full() async throws {
        let suite = try await RunningSuite()
        let pipe = try Self.fullPipe(at: suite.directory + "/gateway.log")
        defer { close(pipe) }
        let gateway = try suite.launch(.gateway, settings: ["log.level": "trace"])
        try await suite.eventually("the gateway answers") {
            FileManager.default.fileExists(atPath: suite.directory + "/gateway.ready")
        }
        try await suite.start(.registry)
        try await suite.identity(organisation: "top", "publisher")
        let caller = try SuiteProcess(
            path: RunningSuite.executable("qmctl"), arguments: ["campaign", "list"],
            environment: [
                "QM_GATEWAY": "127.0.0.1:\(suite.port(of: .gateway))",
                "QM_IDENTITY": suite.identityDirectory("top-publisher"),
            ], logPath: suite.directory + "/caller.log")
        #expect(await caller.ending() == .exited(0), "\(caller.log)")
        gateway.send(signal: SIGTERM)
        #expect(await gateway.ending() == .exited(0))
    }
}
