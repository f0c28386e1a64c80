import Messages
import RPC
import TestProcesses
import TestTurns
import Testing

@Suite(
    "Two copies of each service on one database", .serialized, .takesTurnsWithProcesses,
    .enabled(if: !RunningSuite.keepsFiles))
struct SharedDatabaseTests {
    @Test("take any push, one order of all; each counts once, is told once, and survives the end of either copy")
    func copies() async throws {
        let units = ManyUnits(count: 40)
        let suite = try await RunningSuite()
        let shared: [RunningSuite.Service] = [.registry, .submission, .notification]
        for service in shared { try suite.addCopy(of: service) }
        try await suite.startAll()
        for service in shared { try await suite.startCopies(of: service) }
        try await suite.identity(organisation: "top", "publisher")
        try await suite.identity(organisation: "top", "reporter")
        try await suite.identity(organisation: "top", "viewer")
        // Each qmctl is a connection of its own, and pushes each unit by itself: the gateway takes the copies in turn.
        let receipts = try await suite.publishAndPush(units)
        let show = ["stats", "show", ManyUnits.campaign, ManyUnits.form, "--output", "csv", "--holding", receipts]
        let answer = try await suite.succeed(as: "top-viewer", show).output
        #expect(answer.contains(",visitors,人数,人次,\(units.visitorsTotal),40,40,"))
        // Again, whoever is asked: the first receipts.
        _ = try await suite.publishAndPush(units)
        #expect(try await suite.succeed(as: "top-viewer", show).output == answer)

        for service in shared { try await suite.kill(service) }
        _ = try await suite.publishAndPush(units)
        #expect(try await suite.succeed(as: "top-viewer", show).output == answer)
        for journal in ["submission", "registry"] {
            try await suite.succeed(as: "top-viewer", ["journal", "verify", "--journal", journal])
        }
        for service in shared { try await suite.start(service) }
        #expect(try await suite.succeed(as: "top-viewer", show).output == answer)
    }
}
