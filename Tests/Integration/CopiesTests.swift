import TestProcesses
import TestTurns
import Testing

@Suite("Two copies of a service", .serialized, .takesTurnsWithProcesses)
struct CopiesTests {
    @Test("statistics in two copies give one answer, and go on answering when one is killed")
    func statistics() async throws {
        let units = ManyUnits(count: 20)
        let suite = try await RunningSuite()
        try suite.addCopy(of: .statistics)
        try await suite.startAll()
        try await suite.startCopies(of: .statistics)
        try await suite.identity(organisation: "top", "publisher")
        try await suite.identity(organisation: "top", "reporter")
        try await suite.identity(organisation: "top", "viewer")
        let receipts = try await suite.publishAndPush(units)
        let show = [
            "stats", "show", ManyUnits.campaign, ManyUnits.form, "--output", "csv", "--holding", receipts,
        ]
        // Each qmctl is a connection of its own; the gateway takes the endpoints in turn.
        let answer = try await suite.succeed(as: "top-viewer", show).output
        #expect(answer.contains(",visitors,人数,人次,\(units.visitorsTotal),20,20,"))
        for _ in 0..<4 {
            #expect(try await suite.succeed(as: "top-viewer", show).output == answer)
        }

        try await suite.kill(.statistics)
        try await suite.eventually("the gateway has seen that one is gone") {
            try await suite.qmctl(as: "top-viewer", show).exitCode == 0
        }
        for _ in 0..<4 {
            #expect(try await suite.succeed(as: "top-viewer", show).output == answer)
        }
    }
}
