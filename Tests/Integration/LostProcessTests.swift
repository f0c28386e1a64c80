import Messages
import RPC
import Synchronization
import TestProcesses
import TestTurns
import Testing
import Transport
import Wire

@Suite("What was acknowledged survives the process, and the machine", .serialized, .takesTurnsWithProcesses)
struct LostProcessTests {
    private static let units = ManyUnits(count: 2000)

    @Test("kill -9 of submission during 2,000 pushes, then a retry: each acknowledged report is there once, sums exact")
    func killDuringPush() async throws {
        let suite = try await startedSuite()
        let acknowledged = try await push(Self.units, to: suite, killingAfter: 600)
        #expect(acknowledged.count >= 600 && acknowledged.count < Self.units.count)
        try await startAgain(in: suite)
        try await expectEverythingOnce(in: suite, acknowledged)
    }

    @Test("a power cut during pushes loses nothing that was acknowledged", .enabled(if: RunningSuite.keepsFiles))
    func powerCut() async throws {
        let (acknowledged, kept) = try await pushAndCutPower(synchronous: "full")
        #expect(acknowledged.count >= 200)
        #expect(kept == acknowledged)
    }

    @Test(
        "the same power cut without synchronous commits does lose acknowledged reports: the test can tell",
        .enabled(if: RunningSuite.keepsFiles))
    func powerCutUnsynchronised() async throws {
        let (acknowledged, kept) = try await pushAndCutPower(synchronous: "off")
        #expect(acknowledged.count >= 200)
        #expect(kept.count < acknowledged.count)
    }

    // MARK: -

    private func startedSuite() async throws -> RunningSuite {
        let suite = try await RunningSuite()
        try await suite.startAll()
        try await publish(Self.units, in: suite)
        return suite
    }

    private func publish(_ units: ManyUnits, in suite: RunningSuite) async throws {
        try await suite.identity(organisation: "top", "publisher")
        try await suite.identity(organisation: "top", "reporter")
        let file = try suite.write(units.file, to: "campaign.yaml")
        try await suite.succeed(as: "top-publisher", "campaign", "publish", file)
    }

    /// Starts submission and returns when the gateway, which tries a dead endpoint again only after a while, reaches it.
    private func startAgain(
        in suite: RunningSuite, settings: [String: String] = [:], environment: [String: String] = [:]
    ) async throws {
        try await suite.start(.submission, settings: settings, environment: environment)
        try await suite.eventually("the gateway reaches submission") {
            try await suite.qmctl(as: "top-reporter", "receipt", "key").exitCode == 0
        }
    }

    /// Pushes all units, 32 at a time, and kills submission once so many are acknowledged. Returns the receipts, by unit.
    private func push(
        _ units: ManyUnits, to suite: RunningSuite, killingAfter limit: Int
    ) async throws -> [String: TypeV1.Receipt] {
        let transport = try await suite.client(as: "top-reporter")
        let client = SubmissionV1.SubmissionServiceClient(transport)
        let progress = PushProgress()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<32 {
                group.addTask {
                    while true {
                        let index = progress.takeNext()
                        guard index < units.count else { return }
                        // What is not acknowledged may be there or not: nothing is concluded from it.
                        guard let response = try? await client.push(units.request(index)) else { continue }
                        let count = progress.acknowledged(units.code(index), response.receipt)
                        if count == limit { _ = try? await suite.kill(.submission) }
                    }
                }
            }
        }
        await transport.close()
        return progress.receipts
    }

    /// Retries every push and looks at what is there afterwards.
    private func expectEverythingOnce(in suite: RunningSuite, _ acknowledged: [String: TypeV1.Receipt]) async throws {
        let sheet = try suite.write(Self.units.sheet, to: "retry.csv")
        let receipts = suite.directory + "/receipts"
        try await suite.succeed(as: "top-reporter", "report", "push", sheet, "--receipts", receipts)

        let transport = try await suite.client(as: "top-reporter")
        let client = SubmissionV1.SubmissionServiceClient(transport)
        var reports: [SubmissionV1.ReportSummary] = []
        var token = ""
        repeat {
            let page = try await client.listReports(
                SubmissionV1.ListReportsRequest(campaign: ManyUnits.campaign, pageSize: 1000, pageToken: token))
            reports += page.reports
            token = page.nextPageToken
        } while !token.isEmpty
        #expect(reports.count == Self.units.count)
        #expect(Set(reports.map(\.reportingUnit)).count == Self.units.count)
        #expect(reports.allSatisfy { $0.version == 1 })
        for (unit, receipt) in acknowledged {
            let report = try await client.getReport(
                SubmissionV1.GetReportRequest(
                    campaign: ManyUnits.campaign, form: ManyUnits.form, reportingUnit: unit))
            #expect(report.receipt == receipt, "the first receipt of \(unit), field by field")
        }
        await transport.close()

        let shown = try await suite.succeed(
            as: "top-reporter", "stats", "show", ManyUnits.campaign, ManyUnits.form, "--output", "csv", "--holding",
            receipts)
        let total = shown.output.split(separator: "\n").filter { $0.hasPrefix(",") }
        #expect(total.first?.contains(",visitors,人数,人次,\(Self.units.visitorsTotal),2000,2000,") == true)
        let value = Self.units.hundredthsTotal
        #expect(
            total.last?.contains(",value,货值,万元,\(value / 100).\(String(value % 100 + 100).suffix(2)),2000,2000,")
                == true)
    }

    /// Pushes with submission on a machine whose power fails, and returns what was acknowledged and what of it is still
    /// there, by unit.
    private func pushAndCutPower(
        synchronous: String
    ) async throws -> (acknowledged: [String: TypeV1.Receipt], kept: [String: TypeV1.Receipt]) {
        let units = ManyUnits(count: 400)
        let suite = try await RunningSuite()
        let power = try await PowerCut(suite, .submission)
        for service in RunningSuite.Service.allCases {
            try await suite.start(service, environment: service == .submission ? power.environment : [:])
        }
        try await publish(units, in: suite)
        // The store itself was made and synced; only what comes now is at stake.
        try await suite.stop(.submission)
        try await startAgain(
            in: suite, settings: ["storage.synchronous": synchronous], environment: power.environment)
        let acknowledged = try await push(units, to: suite, killingAfter: 200)
        try power.lose()
        try await startAgain(in: suite)
        if synchronous == "off" {
            // Followers know what was lost, and stop it.
            try await suite.logs(.submission, "the store takes nothing in", "a follower has")
            for service in [RunningSuite.Service.statistics, .notification, .submission] {
                try await suite.stop(service)
            }
            try await startAgain(in: suite)
        }

        let transport = try await suite.client(as: "top-reporter")
        let client = SubmissionV1.SubmissionServiceClient(transport)
        var kept: [String: TypeV1.Receipt] = [:]
        for unit in acknowledged.keys {
            let request = SubmissionV1.GetReportRequest(
                campaign: ManyUnits.campaign, form: ManyUnits.form, reportingUnit: unit)
            do throws(RPCError) {
                kept[unit] = try await client.getReport(request).receipt
            } catch {
                guard error.code == .notFound else { throw error }
            }
        }
        await transport.close()
        return (acknowledged, kept)
    }
}

/// What several tasks that push have done together.
private final class PushProgress: Sendable {
    private let state = Mutex((next: 0, receipts: [String: TypeV1.Receipt]()))

    var receipts: [String: TypeV1.Receipt] { state.withLock { $0.receipts } }

    func takeNext() -> Int {
        state.withLock { state in
            defer { state.next += 1 }
            return state.next
        }
    }

    /// Keeps a unit's receipt and returns how many there are.
    func acknowledged(_ unit: String, _ receipt: TypeV1.Receipt?) -> Int {
        state.withLock { state in
            state.receipts[unit] = receipt
            return state.receipts.count
        }
    }
}
