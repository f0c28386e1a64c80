import Messages
import RPC
import Reporting
import Storage
import TestStores
import Testing
import Wire

/// A store that somebody changed while the service runs.
@Suite("What is not what was sealed is served to nobody, and nothing is taken in upon it")
struct BrokenStoreTests {
    private static let report = Sample.count(events: 1)

    private func tampered(_ sql: String) async throws -> SubmissionBench {
        let bench = try await SubmissionBench.published()
        _ = try await bench.push(Self.report)
        tamper(withStoreAt: bench.storePath, sql, [1, 2, 3])
        return bench
    }

    private func expectHold(_ bench: SubmissionBench) async throws {
        #expect(bench.store.trouble?.code == .held)
        let other = try #require(await bench.refusal(Sample.count("henan-kaifeng", events: 1), key: "key-00000002"))
        #expect(
            other.code == .unavailable && other.message.contains("what is stored is not what was sealed"), "\(other)")
    }

    private static let log = [
        "UPDATE log_entry SET body = ?", "UPDATE log_entry SET statement = ?",
        "UPDATE log_entry SET sealed_unix_us = length(?)", "DELETE FROM log_entry",
        "UPDATE log_group SET leaves = ?", "UPDATE log_group SET checkpoint = 'x' WHERE length(?) = 3",
    ]

    @Test("a report", arguments: log + ["UPDATE report SET timeliness = length(?)"])
    func get(sql: String) async throws {
        let bench = try await tampered(sql)
        let error = await #expect(throws: RPCError.self) {
            try await bench.client(Sample.reporter(Self.report.reportingUnit)).getReport(
                SubmissionV1.GetReportRequest(
                    campaign: Self.report.campaign, form: Self.report.form, reportingUnit: Self.report.reportingUnit))
        }
        #expect(error?.code == .dataLoss, "\(String(describing: error))")
        try await expectHold(bench)
    }

    @Test("the receipt of a push that is repeated", arguments: log)
    func receipt(sql: String) async throws {
        let bench = try await tampered(sql)
        let refusal = try #require(await bench.refusal(Self.report))
        #expect(refusal.code == .dataLoss, "\(refusal)")
        try await expectHold(bench)
    }

    @Test("a list")
    func list() async throws {
        let bench = try await tampered("UPDATE report SET timeliness = 3")
        let error = await #expect(throws: RPCError.self) { try await bench.reports() }
        #expect(error?.code == .dataLoss)
        try await expectHold(bench)
    }
}
