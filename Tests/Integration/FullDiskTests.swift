import Foundation
import TestProcesses
import TestTurns
import Testing

@Suite("A disk without room", .serialized, .takesTurnsWithProcesses, .enabled(if: RunningSuite.keepsFiles))
struct FullDiskTests {
    @Test("leaves no half of a key at the first start, which would stand in the way of the next")
    func signingKey() async throws {
        let suite = try await RunningSuite()
        try await suite.start(.gateway)
        let full = try suite.launch(
            .submission, wrapper: ["/bin/sh", "-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""])
        #expect(await full.ending() == .exited(1))
        #expect(!FileManager.default.fileExists(atPath: suite.storePath(of: .submission) + ".key"))
        try await suite.start(.submission)
    }

    @Test("and a pipe that is closed let qmctl end with 4, which says that it was done but cannot be shown")
    func result() async throws {
        let suite = try await RunningSuite()
        let console = try SuiteProcess(
            path: RunningSuite.executable("qmctl"), arguments: ["--help"], environment: [:], outputPath: "/dev/full",
            errorPath: suite.directory + "/errors")
        #expect(await console.ending() == .exited(4))
        #expect(console.log.contains("standard output"))
    }
}
