import Foundation
import TestProcesses
import TestSupport
import TestTurns
import Testing

@Suite("A fatal trap", .serialized, .takesTurnsWithProcesses)
struct FatalTrapTests {
    /// compose/build puts it there; the tests' own build has none, and its programs are told nothing.
    private static let hasBacktraces = FileManager.default.isExecutableFile(
        atPath: RunningSuite.executable("swift-backtrace"))

    @Test(
        "leaves a line and a stack on standard error, and ends the program by its signal, once it is sent",
        .enabled(if: hasBacktraces), arguments: [SIGILL, SIGABRT])
    func stack(signal: Int32) async throws {
        let suite = try await RunningSuite()
        try await suite.start(.gateway)
        #expect(try await suite.kill(.gateway, signal: signal) == .killed(signal: signal))
        let lines = suite.log(of: .gateway).split(separator: "\n")
        #expect(lines.contains { $0.contains("Program crashed") })
        #expect(lines.contains { $0.contains("\"qm-gateway\" crashed:") })
        #expect(lines.contains { $0.contains(" in qm-gateway") || $0.contains(" in libc.so") }, "\(lines)")
    }

    @Test("would be silent on a thread that blocks its signal: none does")
    func noThreadBlocksIt() async throws {
        let suite = try await RunningSuite()
        let services: [RunningSuite.Service] = [.registry, .submission]
        for service in services { try await suite.start(service) }
        // SIGABRT may be blocked, and is in what the tests start: abort(3) unblocks it.
        let faults = [SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV].reduce(0 as UInt64) { $0 | 1 << UInt64($1 - 1) }
        for service in services {
            // A thread that is just being made has no name yet, and blocks all for a moment.
            try await Patience.until("each thread of \(service), the log's too, takes the signals of a fault") {
                let threads = try suite.blockedSignals(of: service)
                return threads.keys.contains { $0.hasSuffix(" log") } && threads.values.allSatisfy { $0 & faults == 0 }
            }
        }
    }
}
