import Journal
import Messages
import RPC
import Reporting
import ReportingMessages
import Serving
import Storage
import SubmissionServer
import TestStores
import TestSupport
import Testing
import Wire

@Suite("Pushes that would cost much")
struct CostlyPushTests {
    private static func push(
        _ bench: SubmissionBench, _ report: SubmissionV1.Report
    ) async -> TypeV1.ErrorDetail? {
        do {
            _ = try await bench.client(Sample.reporter("henan-zhengzhou")).push(
                .init(report: report, idempotencyKey: "key-00000001"))
            return nil
        } catch {
            return try? TypeV1.ErrorDetail.decode(error.details)
        }
    }

    /// How many units have a key for personal values.
    private func keys(_ bench: SubmissionBench) async throws -> Int {
        try await bench.store.read { try $0.first("SELECT COUNT(*) FROM personal_key", []) { try $0.number(0) } ?? 0 }
    }

    private func rejection(_ bench: SubmissionBench) async throws -> SubmissionV1.ReportRejected? {
        let journal = try await bench.journal()
        #expect(journal.count == 1)
        return try journal.last.map { try SubmissionV1.ReportRejected.decode($0.body) }
    }

    @Test("more cells than any report may have: one finding, told and journaled, and nothing digested or sealed")
    func oversize() async throws {
        let bench = try await SubmissionBench.published()
        var report = SubmissionV1.Report(Sample.report())
        report.cells = Array(
            repeating: TypeV1.Cell(field: "phone", kind: .text("138")), count: FormChecker.maximumCells + 1)
        let detail = try #require(await Self.push(bench, report))
        #expect(detail.findings.map(\.rule) == ["size"])
        #expect(try await keys(bench) == 0)
        let rejected = try #require(try await rejection(bench))
        #expect(rejected.digest.isEmpty)
        #expect(rejected.findings.map(\.rule) == ["size"])
        // Sent again it is in the journal already.
        _ = await Self.push(bench, report)
        #expect(try await bench.journal().count == 1)
    }

    @Test("a stream keeps no more than 256 KiB, whatever comes behind them")
    func streamed() async throws {
        let bench = try await SubmissionBench.published()
        var report = SubmissionV1.Report(Sample.report())
        // Of two bytes each.
        report.cells = Array(repeating: TypeV1.Cell(), count: 128 << 10)
        let call = try await bench.client(Sample.reporter("henan")).pushStream()
        try await call.send(
            SubmissionV1.PushStreamRequest(
                item: SubmissionV1.PushRequest(
                    report: SubmissionV1.Report(Sample.report()), idempotencyKey: "before-it")))
        try await call.send(
            SubmissionV1.PushStreamRequest(item: SubmissionV1.PushRequest(report: report, idempotencyKey: "too-large")))
        try await Patience.until("both are dealt with while the stream goes on") {
            try await bench.journal().count == 2
        }
        #expect(try await bench.journal().map(\.kind) == ["report.accepted", "report.rejected"])
        #expect(try await call.response().verdicts.count == 2)
    }

    @Test(
        "a field or a row twice: every finding in one answer, and nothing digested or sealed",
        arguments: [true, false])
    func twice(isField: Bool) async throws {
        let bench = try await SubmissionBench.published()
        var report = SubmissionV1.Report(Sample.report(visitors: 777))
        report.cells[0].unit = "人"
        if isField {
            report.cells += Array(repeating: TypeV1.Cell(field: "phone", kind: .text("138")), count: 100)
        } else {
            report.rows += Array(repeating: report.rows[0], count: 100)
        }
        let detail = try #require(await Self.push(bench, report))
        let rules = detail.findings.map(\.rule)
        #expect(rules.contains("unit"), "what else is wrong is told too")
        #expect(rules.contains(isField ? "duplicate_field" : "duplicate_row"))
        #expect(try await keys(bench) == 0)
        #expect(try #require(try await rejection(bench)).digest.isEmpty)
    }

    @Test(
        "a report that its form refuses for other reasons has its digest in the journal, one that is right its values")
    func digested() async throws {
        let bench = try await SubmissionBench.published()
        var wrong = SubmissionV1.Report(Sample.report())
        wrong.cells[0].unit = "人"
        #expect(await Self.push(bench, wrong) != nil)
        #expect(try #require(try await rejection(bench)).digest.count == 32)
        _ = try await bench.push(Sample.report(), key: "key-00000002")
        #expect(try await keys(bench) == 1)
    }

    @Test("what a batch's findings take is bounded, and every item is refused with a count of those left out")
    func findingsOfBatch() async throws {
        let bench = try await SubmissionBench.published()
        var report = SubmissionV1.Report(Sample.report())
        report.rows = (0..<5_000).map { TypeV1.Row(table: "hosts", key: "\($0)") }
        let items = (0..<20).map {
            SubmissionV1.PushRequest(report: report, idempotencyKey: "key-\(10_000 + $0)")
        }
        let batch = try await bench.client(Sample.reporter("henan-zhengzhou")).pushBatch(
            .init(items: items, atomicity: .each))
        #expect(batch.verdicts.count == 20)
        var findings = 0
        for verdict in batch.verdicts {
            guard case .refused(let refusal) = verdict.outcome else {
                Issue.record("accepted")
                continue
            }
            #expect(refusal.detail?.findings.isEmpty == false)
            findings += refusal.detail?.findings.count ?? 0
        }
        #expect(findings < 20 * 5_000)
        let journaled = try await bench.journal().reduce(0) { $0 + $1.body.count }
        #expect(journaled < 8 << 20)
    }

    @Test("pushes that wait for the registry's journal have so many places and no more")
    func places() async throws {
        let places = WaitingPlaces(limit: 1, share: 1)
        let bench = try await SubmissionBench(places: places, isHeldBack: true)
        try await bench.registry.publish(Sample.campaign, Sample.organisations)
        let waiting = Task { try await bench.push(Sample.count("henan-zhengzhou", events: 1)) }
        while places.waiting < 1 { await Task.yield() }
        let refused = await #expect(throws: RPCError.self) {
            try await bench.push(Sample.count("henan-kaifeng", events: 1))
        }
        #expect(refused?.code == .unavailable)
        #expect(refused?.isNotStarted == true)
        bench.registry.letGo()
        #expect(try await waiting.value.receipt?.reportVersion == 1)
        #expect(places.waiting == 0)
    }

    @Test("a push that waits says so on the way that it came, and one of what is known does not")
    func saysSo() async throws {
        let bench = try await SubmissionBench(isHeldBack: true)
        try await bench.registry.publish(Sample.campaign, Sample.organisations)
        let waiting = WaitingCall(), known = WaitingCall()
        let request = SubmissionV1.PushRequest(
            report: SubmissionV1.Report(Sample.count("henan-zhengzhou", events: 1)), idempotencyKey: "key-00000001")
        func push(_ call: WaitingCall) async throws -> SubmissionV1.PushResponse {
            let method = SubmissionV1.SubmissionService.Methods.push
            return try await bench.service.push(
                request, context: call.context(Sample.reporter("henan-zhengzhou"), method))
        }
        async let first = push(waiting)
        while waiting.said < 1 { await Task.yield() }
        bench.registry.letGo()
        #expect(try await first.receipt?.reportVersion == 1)
        #expect(try await push(known).repeatedPush)
        #expect(waiting.said == 1)
        #expect(known.said == 0)
    }
}
