import Foundation
import TestProcesses
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
}
