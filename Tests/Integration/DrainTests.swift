import TestProcesses
import TestTurns
import Testing

@Suite("Stopping", .serialized, .takesTurnsWithProcesses)
struct DrainTests {
    /// How often statistics has begun to follow a journal.
    private func followings(_ suite: RunningSuite) -> Int {
        suite.lines(of: .statistics, with: ["message=\"following a journal\""]).count
    }

    @Test("a gateway stopped alone does not wait for followers, and they go on when it is there again")
    func gatewayAlone() async throws {
        let suite = try await RunningSuite()
        // Whoever waited for the followers' calls to end would wait for an hour.
        let settings = ["drain.seconds": "3600"]
        for service in RunningSuite.Service.allCases { try await suite.start(service, settings: settings) }
        try await suite.eventually("statistics follows two journals") { followings(suite) == 2 }
        #expect(try await suite.stop(.gateway) == .exited(0))
        try await suite.start(.gateway, settings: settings)
        try await suite.eventually("statistics follows them again") { followings(suite) == 4 }
        try await suite.stopAll()
    }

    @Test("everything goes on behind a gateway that was restarted alone")
    func campaignAfterRestart() async throws {
        let units = ManyUnits(count: 3)
        let suite = try await RunningSuite()
        try await suite.startAll()
        try await suite.eventually("statistics follows two journals") { followings(suite) == 2 }
        #expect(try await suite.stop(.gateway) == .exited(0))
        try await suite.start(.gateway)
        try await suite.identity(organisation: "top", "publisher")
        try await suite.identity(organisation: "top", "reporter")
        let receipts = try await suite.publishAndPush(units)
        let shown = try await suite.succeed(
            as: "top-reporter", "stats", "show", ManyUnits.campaign, ManyUnits.form, "--output", "csv", "--holding",
            receipts)
        #expect(shown.output.contains(",visitors,人数,人次,\(units.visitorsTotal),3,3,"))
        try await suite.stopAll()
    }
}
