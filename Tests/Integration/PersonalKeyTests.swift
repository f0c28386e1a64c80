import Foundation
import TestProcesses
import TestTurns
import Testing

@Suite("The key that wraps the keys of personal data", .serialized, .takesTurnsWithProcesses)
struct PersonalKeyTests {
    private static let instant = ["rehearsal.clockStartsAt": "2019-08-30T09:00:00+08:00"]

    private func rewrap(_ suite: RunningSuite, to path: String, _ settings: [String]) async throws -> SuiteProcess {
        let process = try SuiteProcess(
            path: RunningSuite.executable("qm-submission"),
            arguments: ["store", "rewrap", "--config", suite.directory + "/submission.yaml", "--to", path] + settings,
            logPath: suite.directory + "/rewrap.log")
        _ = await process.ending()
        return process
    }

    @Test("is changed by one command; then the earlier file serves nobody, and what was pushed is read as before")
    func changed() async throws {
        let suite = try await RunningSuite()
        try await suite.startAll(at: Self.instant.values.first)
        for role in ["publisher", "reporter"] { try await suite.identity(organisation: "henan", role) }
        let campaign = "henan-2019-open-day"
        try await suite.succeed(
            as: "henan-publisher", "campaign", "publish", RunningSuite.project("compose/campaigns/\(campaign).yaml"))
        try await suite.succeed(
            as: "henan-reporter", "report", "push", RunningSuite.project("compose/samples/henan-arrangements.json"))
        let show = ["report", "get", campaign, "open-day-arrangement", "henan-zhengzhou"]
        let before = try await suite.succeed(as: "henan-reporter", show).output
        #expect(before.contains("电话0000-"))

        let settings = Self.instant.flatMap { ["--set", "\($0)=\($1)"] }
        let new = suite.directory + "/new.wrap"
        if RunningSuite.keepsFiles {
            let refused = try await rewrap(suite, to: new, settings)
            #expect(refused.log.contains("open"), "the service has the store: \(refused.log)")
        }
        try await suite.stop(.submission)
        let done = try await rewrap(suite, to: new, settings)
        #expect(await done.ending() == .exited(0), "\(done.log)")
        #expect(done.log.contains("set store.wrappingKey"))
        try FileManager.default.removeItem(atPath: suite.wrappingKeyPath)
        try await suite.start(.submission, settings: Self.instant.merging(["store.wrappingKey": new]) { $1 })
        #expect(try await suite.succeed(as: "henan-reporter", show).output == before)
        try await suite.succeed(
            as: "henan-reporter", "report", "push", RunningSuite.project("compose/samples/henan-arrangements.json"))
        try await suite.stopAll()
    }
}
