import Foundation
import TestProcesses
import TestTurns
import Testing

@Suite("What can be made again may be lost, as a whole", .serialized, .takesTurnsWithProcesses)
struct StatisticsPowerCutTests {
    @Test("a power cut takes statistics back in time, cursor and all, and following makes them what they were")
    func powerCut() async throws {
        let units = ManyUnits(count: 40)
        let suite = try await RunningSuite()
        let power = try await PowerCut(suite, .statistics)
        for service in RunningSuite.Service.allCases {
            try await suite.start(service, environment: service == .statistics ? power.environment : [:])
        }
        try await suite.identity(organisation: "top", "publisher")
        try await suite.identity(organisation: "top", "reporter")
        // The campaign is synced with the end of the process; what is reported only comes behind it.
        try await suite.succeed(
            as: "top-publisher", "campaign", "publish", try suite.write(units.file, to: "campaign.yaml"))
        try await restart(suite, power) { try await suite.stop(.statistics) }
        let receipts = suite.directory + "/receipts"
        try await suite.succeed(
            as: "top-reporter", "report", "push", try suite.write(units.sheet, to: "reports.csv"), "--receipts",
            receipts)
        let answer = try await shown(suite, "--holding", receipts)
        #expect(answer.contains(",visitors,人数,人次,\(units.visitorsTotal),40,40,"))

        let log = suite.storePath(of: .statistics) + "-wal"
        let bytesBefore = bytes(of: log)
        try await restart(
            suite, power,
            by: {
                try await suite.kill(.statistics)
                try power.lose()
                // Something was lost: all of this is not about a store that was synced anyway.
                #expect(bytes(of: log) < bytesBefore)
            })
        #expect(try await shown(suite, "--holding", receipts) == answer)

        // The same as what is made from nothing.
        try await restart(
            suite, power,
            by: {
                try await suite.stop(.statistics)
                for path in ["", "-wal", "-shm", ".durable", "-wal.durable"] {
                    try? FileManager.default.removeItem(atPath: suite.storePath(of: .statistics) + path)
                }
            })
        #expect(try await shown(suite, "--holding", receipts) == answer)
    }

    private func shown(_ suite: RunningSuite, _ options: String...) async throws -> String {
        try await suite.succeed(
            as: "top-reporter", ["stats", "show", ManyUnits.campaign, ManyUnits.form, "--output", "csv"] + options
        ).output
    }

    private func bytes(of path: String) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int ?? 0
    }

    /// Ends statistics, starts it again, and returns when the gateway reaches it.
    private func restart(
        _ suite: RunningSuite, _ power: PowerCut, by ending: () async throws -> Void
    ) async throws {
        try await ending()
        try await suite.start(.statistics, environment: power.environment)
        try await suite.eventually("the gateway reaches statistics") {
            try await suite.qmctl(as: "top-reporter", "stats", "show", ManyUnits.campaign, ManyUnits.form).exitCode == 0
        }
    }
}
