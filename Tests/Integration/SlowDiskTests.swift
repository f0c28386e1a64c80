import Foundation
import Messages
import RPC
import TestProcesses
import TestSupport
import TestTurns
import Testing
import Transport
import Wire

/// A submission service whose disk takes its time while twenty cities stream: their messages wait at the service, and are
/// nobody else's trouble.
@Suite("While a disk is slow", .serialized, .takesTurnsWithProcesses, .enabled(if: RunningSuite.keepsFiles))
struct SlowDiskTests {
    private static let units = ManyUnits(count: 20)
    /// Of each stream the service takes a chunk of 256, and no more before that is durable.
    private static let items = 600

    @Test("the streams of twenty cities wait and hold up no other caller; then each report is there once")
    func streams() async throws {
        let suite = try await RunningSuite()
        let disk = suite.directory + "/disk"
        let admin = try suite.freePort()
        try await suite.start(.gateway)
        try await suite.start(.registry)
        try await suite.start(
            .submission, settings: ["admin.port": "\(admin)"],
            environment: ["LD_PRELOAD": try await suite.shim("hungdisk"), "QM_HUNGDISK": disk])
        for role in ["publisher", "reporter"] { try await suite.identity(organisation: "top", role) }
        for index in 0..<Self.units.count { try await suite.identity(organisation: Self.units.code(index), "reporter") }
        try await suite.succeed(
            as: "top-publisher", "campaign", "publish", try suite.write(Self.units.file, to: "campaign.yaml"))
        // Submission knows the campaign, and its disk sleeps from here on.
        try await suite.eventually("submission has the campaign") {
            try await suite.qmctl(as: "top-reporter", "report", "list", ManyUnits.campaign).exitCode == 0
        }
        _ = try suite.write("", to: "disk")

        let answers = try await withThrowingTaskGroup(of: [SubmissionV1.Verdict].self) { group in
            for index in 0..<Self.units.count {
                group.addTask { try await Self.stream(index, to: suite) }
            }
            try await suite.eventually("more waits than half of what the gateway's connection may have under way") {
                Self.bytesInFlight(admin) > 600_000
            }
            // Through the gateway, over the connection that they share.
            let client = try await suite.client(as: "top-reporter")
            let page = try await SubmissionV1.SubmissionServiceClient(client)
                .listReports(SubmissionV1.ListReportsRequest(campaign: ManyUnits.campaign))
            #expect(page.reports.isEmpty)
            await client.close()
            try FileManager.default.removeItem(atPath: disk)
            return try await group.reduce(into: []) { $0.append($1) }
        }

        #expect(answers.map(\.count) == Array(repeating: Self.items, count: Self.units.count))
        for verdicts in answers {
            let repeated = verdicts.map { verdict in
                if case .accepted(let accepted) = verdict.outcome { accepted.repeatedPush } else { Bool?.none }
            }
            #expect(repeated == [false] + Array(repeating: true, count: Self.items - 1))
        }
        let client = try await suite.client(as: "top-reporter")
        let page = try await SubmissionV1.SubmissionServiceClient(client)
            .listReports(SubmissionV1.ListReportsRequest(campaign: ManyUnits.campaign))
        #expect(page.reports.map(\.version) == Array(repeating: 1, count: Self.units.count))
        await client.close()
    }

    /// The same report again and again, of a kilobyte.
    private static func stream(_ index: Int, to suite: RunningSuite) async throws -> [SubmissionV1.Verdict] {
        let client = try await suite.client(as: units.code(index) + "-reporter")
        var item = units.request(index)
        item.report?.cells.append(TypeV1.Cell(field: "remark", kind: .text(String(repeating: "备", count: 340))))
        let call = try await SubmissionV1.SubmissionServiceClient(client).pushStream()
        for _ in 0..<items { try await call.send(SubmissionV1.PushStreamRequest(item: item)) }
        let response = try await call.response()
        await client.close()
        return response.verdicts
    }

    private static func bytesInFlight(_ admin: Int) -> Double {
        var bytes = 0.0
        for line in HTTPGet("/metrics", port: admin)?.body.split(separator: "\n") ?? []
        where line.hasPrefix("rpc_bytes_in_flight{") {
            bytes += line.split(separator: " ").last.flatMap { Double($0) } ?? 0
        }
        return bytes
    }
}
