import Foundation
import TestProcesses
import TestTurns
import Testing

/// A registry whose disk stops answering while a campaign is published. Nobody can wake a thread that waits for a disk: what
/// must end then is the process.
@Suite("Stopping while the disk hangs", .serialized, .takesTurnsWithProcesses, .enabled(if: RunningSuite.keepsFiles))
struct HungDiskTests {
    private struct Hung {
        let suite: RunningSuite
        let registry: SuiteProcess
        /// Waits for an answer that does not come.
        let caller: SuiteProcess
    }

    private func hung(drainSeconds: Int) async throws -> Hung {
        let suite = try await RunningSuite()
        let disk = suite.directory + "/disk"
        try await suite.start(.gateway)
        let registry = try suite.launch(
            .registry, settings: ["drain.seconds": "\(drainSeconds)"],
            environment: ["LD_PRELOAD": try await suite.shim("hungdisk"), "QM_HUNGDISK": disk])
        try await suite.identity(organisation: "top", "publisher")
        try await suite.logs(.registry, "message=ready")
        let units = ManyUnits(count: 1)
        _ = try suite.write("", to: "disk")
        let caller = try SuiteProcess(
            path: RunningSuite.executable("qmctl"),
            arguments: ["campaign", "publish", try suite.write(units.file, to: "campaign.yaml")],
            environment: [
                "QM_GATEWAY": "127.0.0.1:\(suite.port(of: .gateway))",
                "QM_IDENTITY": suite.identityDirectory("top-publisher"),
            ], logPath: suite.directory + "/caller.log")
        try await suite.eventually("a commit sleeps") { FileManager.default.fileExists(atPath: disk + ".asleep") }
        return Hung(suite: suite, registry: registry, caller: caller)
    }

    @Test("one signal ends the process a second after its drain, and a line says what had not ended")
    func bounded() async throws {
        let hung = try await hung(drainSeconds: 1)
        hung.registry.send(signal: SIGTERM)
        #expect(await hung.registry.ending() == .exited(1))
        let log = hung.suite.log(of: .registry)
        #expect(log.contains("message=\"ended before everything had\""))
        #expect(log.contains("reason=\"the time to stop is over\""))
        #expect(log.contains("registry.db"))
        hung.caller.send(signal: SIGKILL)
    }

    @Test("a second signal ends it at once, however long the drain", arguments: [SIGTERM, SIGINT])
    func secondSignal(signal: Int32) async throws {
        // Nobody waits for that.
        let hung = try await hung(drainSeconds: 3_600)
        hung.registry.send(signal: SIGTERM)
        try await hung.suite.logs(.registry, "message=stopping")
        // More than one, since one that comes with the first is the first.
        try await hung.suite.eventually("a second signal is heard") {
            hung.registry.send(signal: signal)
            return hung.suite.log(of: .registry).contains("reason=\"a second signal came\"")
        }
        #expect(await hung.registry.ending() == .exited(1))
        hung.caller.send(signal: SIGKILL)
    }

    @Test("without a hung disk the end is in order, with either signal", arguments: [SIGTERM, SIGINT])
    func inOrder(signal: Int32) async throws {
        let suite = try await RunningSuite()
        let gateway = try suite.launch(.gateway)
        try await suite.logs(.gateway, "message=ready")
        gateway.send(signal: signal)
        #expect(await gateway.ending() == .exited(0))
        #expect(suite.log(of: .gateway).contains("message=stopped"))
    }
}
