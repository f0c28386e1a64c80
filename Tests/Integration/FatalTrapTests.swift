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
        "leaves a line and a stack on standard error, and ends the program by its signal", .enabled(if: hasBacktraces))
    func stack() async throws {
        let suite = try await RunningSuite()
        try await suite.start(.gateway)
        // What the processor does when it meets a trap; once more, since a trap comes again when its stack is written and
        // a signal from outside does not.
        suite.signal(.gateway, SIGILL)
        try await suite.eventually("the stack is written") { suite.log(of: .gateway).contains("Backtrace took") }
        #expect(try await suite.kill(.gateway, signal: SIGILL) == .killed(signal: SIGILL))
        let lines = suite.log(of: .gateway).split(separator: "\n")
        #expect(lines.contains { $0.contains("Program crashed") })
        #expect(lines.contains { $0.contains("\"qm-gateway\" crashed:") })
        #expect(lines.contains { $0.contains(" in qm-gateway") || $0.contains(" in libc.so") }, "\(lines)")
    }
}
