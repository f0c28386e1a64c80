import Journal
import Messages
import RPC
import Reporting
import ReportingMessages
import Storage
import TestStores
import Testing
import Wire

@Suite("A push")
struct PushTests {
    @Test("what is accepted can be read back, and its receipt verifies offline")
    func accepted() async throws {
        let bench = try await SubmissionBench.published()
        let response = try await bench.push(Sample.report())
        #expect(!response.repeatedPush)
        #expect(try fault(of: response.receipt) == nil)
        #expect(response.receipt?.reportVersion == 1)
        #expect(response.receipt?.timeliness == .onTime)
        #expect(response.receipt?.sealedUnixUs == Sample.beforeDue)

        let read = try await bench.client(Sample.reporter("henan-zhengzhou")).getReport(
            SubmissionV1.GetReportRequest(campaign: "henan-2019", form: "summary", reportingUnit: "henan-zhengzhou"))
        #expect(try read.report.map { try Report($0) } == Sample.report())
        #expect(read.receipt == response.receipt)
        #expect(read.version == 1)
        #expect(read.currentVersion == 1)
    }

    @Test("case 1: a retry gets the same receipt, byte for byte, also after a restart and a later version")
    func retry() async throws {
        let (first, remains) = try await firstDay()
        let reopened = try await SubmissionBench(startingAt: Sample.lock, reopening: remains)
        let late = try await reopened.push(Sample.report())
        #expect(late.repeatedPush)
        #expect(try late.receipt?.encodedBytes() == first)
        #expect(try await reopened.journal().count == 2)
    }

    /// A push, its retry, a later version, and the end of the process. Gives back the first receipt.
    private func firstDay() async throws -> ([UInt8]?, (TemporaryDirectory, RegistryDouble)) {
        let bench = try await SubmissionBench.published()
        let first = try await bench.push(Sample.report())
        let again = try await bench.push(Sample.report())
        #expect(again.repeatedPush)
        #expect(try again.receipt?.encodedBytes() == first.receipt?.encodedBytes())
        _ = try await bench.push(Sample.report(visitors: 120), base: 1, key: "key-00000002")
        return (try first.receipt?.encodedBytes(), await bench.close())
    }

    @Test("case 1: many copies at once make one version and one receipt")
    func copiesAtOnce() async throws {
        let bench = try await SubmissionBench.published()
        let receipts = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<50 {
                group.addTask { try await bench.push(Sample.report()).receipt?.encodedBytes() ?? [] }
            }
            return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
        }
        #expect(receipts.count == 1)
        #expect(try await bench.journal().count == 1)
        #expect(try await bench.reports().map(\.version) == [1])
    }

    @Test("the same key with other content is refused with both digests")
    func keyReused() async throws {
        let bench = try await SubmissionBench.published()
        let first = try await bench.push(Sample.count(events: 1))
        let refusal = try #require(await bench.refusal(Sample.count(events: 2)))
        #expect(refusal.code == .alreadyExists)
        let receipt = try #require(first.receipt)
        let digest = try #require(JournalHash(receipt.digest))
        #expect(refusal.message.contains(digest.description))
        let other = ReportDigest.digest(of: Sample.count(events: 2), journalSHA256)
        #expect(refusal.message.contains(other.description))
    }

    @Test("another unit may use the same key")
    func keysOfUnits() async throws {
        let bench = try await SubmissionBench.published()
        _ = try await bench.push(Sample.count(events: 1))
        let other = try await bench.push(Sample.count("henan-kaifeng", events: 2))
        #expect(!other.repeatedPush)
    }

    @Test("case 2: the instant of the durable accept decides, at midnight +08:00")
    func midnight() async throws {
        let bench = try await SubmissionBench.published(at: Sample.due - 1000)
        let onTime = try await bench.push(Sample.report())
        #expect(onTime.receipt?.timeliness == .onTime)
        bench.setClock(Sample.due)
        let late = try await bench.push(Sample.report("henan-kaifeng"))
        #expect(late.receipt?.timeliness == .late)
    }

    @Test("case 3: after the lock instant a new version is refused with the reason, and its digest is journaled")
    func locked() async throws {
        let bench = try await SubmissionBench.published()
        _ = try await bench.push(Sample.count(events: 1))
        bench.setClock(Sample.lock)
        let refusal = try #require(await bench.refusal(Sample.count(events: 2), base: 1, key: "key-00000002"))
        #expect(refusal.code == .failedPrecondition)
        #expect(refusal.message.contains("2020-01-01 00:00:00.000 +08:00"))
        let journal = try await bench.journal()
        let entry = try #require(journal.last)
        #expect(entry.kind == "report.rejected")
        let digest = ReportDigest.digest(of: Sample.count(events: 2), journalSHA256)
        #expect(refusal.message.contains(digest.description))
        #expect(try SubmissionV1.ReportRejected.decode(entry.body).digest == digest.bytes)
    }

    @Test("case 4: a correction after due is in force, on time and corrected late; the old version can still be read")
    func correctedLate() async throws {
        let bench = try await SubmissionBench.published()
        _ = try await bench.push(Sample.count(events: 1))
        bench.setClock(Sample.due)
        let corrected = try await bench.push(Sample.count(events: 2), base: 1, key: "key-00000002")
        #expect(corrected.receipt?.timeliness == .onTime)
        #expect(corrected.receipt?.correctedLate == true)
        let reports = try await bench.reports()
        let summary = try #require(reports.first)
        #expect(summary.version == 2)
        #expect(summary.firstSealedUnixUs == Sample.beforeDue)
        #expect(summary.sealedUnixUs == Sample.due)
        #expect(summary.correctedLate)
        let old = try await bench.client(Sample.service("statistics")).getReport(
            SubmissionV1.GetReportRequest(
                campaign: "henan-2019", form: "count", reportingUnit: "henan-zhengzhou", version: 1))
        #expect(try old.report.map { try Report($0) } == Sample.count(events: 1))
        #expect(old.currentVersion == 2)
    }

    @Test("case 9: a row left out of the new version is gone, and the old version still has it")
    func rowRemoved() async throws {
        let bench = try await SubmissionBench.published()
        _ = try await bench.push(Sample.report())
        var shorter = Sample.report()
        shorter.rows.removeLast()
        _ = try await bench.push(shorter, base: 1, key: "key-00000002")
        let client = bench.client(Sample.reporter("henan-zhengzhou"))
        func rows(_ version: UInt64) async throws -> [String] {
            try await client.getReport(
                SubmissionV1.GetReportRequest(
                    campaign: "henan-2019", form: "summary", reportingUnit: "henan-zhengzhou", version: version)
            ).report?.rows.map(\.key) ?? []
        }
        #expect(try await rows(0) == ["H1"])
        #expect(try await rows(1) == ["H1", "H2"])
    }

    @Test("what is journaled is the report as it came, and nothing that its encoding hides")
    func asItCame() async throws {
        let bench = try await SubmissionBench.published()
        let plain = try SubmissionV1.PushRequest(
            report: SubmissionV1.Report(Sample.count(events: 1)), idempotencyKey: "key-00000001"
        ).encodedBytes()
        // The same report with a form before the form: the last one counts.
        let hidden = Array("hidden".utf8)
        let report = try SubmissionV1.Report(Sample.count("henan-kaifeng", events: 1)).encodedBytes()
        let twice = [0x12, UInt8(hidden.count)] + hidden + report
        let key = Array("key-00000002".utf8)
        let hiding = [0x0A, UInt8(twice.count)] + twice + [0x1A, UInt8(key.count)] + key
        for (unit, bytes) in [("henan-zhengzhou", plain), ("henan-kaifeng", hiding)] {
            let response = try await InProcessTransport(bench.router, caller: Sample.reporter(unit)).unary(
                SubmissionV1.SubmissionService.Methods.push, ReceivedPush.decode(bytes),
                returning: SubmissionV1.PushResponse.self, options: CallOptions())
            #expect(try fault(of: response.receipt) == nil)
        }
        let bodies = try await bench.journal().map(\.body)
        #expect(bodies[0].starts(with: plain.dropLast(key.count + 2)))
        #expect(bodies[1].starts(with: [0x0A, UInt8(report.count)] + report))
        #expect(!String(decoding: bodies[1], as: UTF8.self).contains("hidden"))
    }

    @Test("every version of a report can be read for ever, with its own personal values and receipt")
    func everyVersion() async throws {
        let bench = try await SubmissionBench.published()
        var receipts: [TypeV1.Receipt?] = []
        func report(_ version: UInt64) -> Report {
            var report = Sample.report(visitors: 100 + Int64(version))
            report.cells[3] = Cell("phone", .text("1380000000\(version)"))
            return report
        }
        for version in UInt64(1)...12 {
            let key = "version-\(version)"
            receipts.append(try await bench.push(report(version), base: version - 1, key: key).receipt)
        }
        let client = bench.client(Sample.reporter("henan-zhengzhou"))
        func read(_ version: UInt64) async throws -> SubmissionV1.GetReportResponse {
            try await client.getReport(
                SubmissionV1.GetReportRequest(
                    campaign: "henan-2019", form: "summary", reportingUnit: "henan-zhengzhou", version: version))
        }
        for version in UInt64(1)...12 {
            let answer = try await read(version)
            #expect(try answer.report.map { try Report($0) } == report(version))
            #expect(answer.version == version)
            #expect(answer.currentVersion == 12)
            #expect(answer.receipt == receipts[Int(version) - 1])
        }
        for version in [13, UInt64.max] {
            await #expect(throws: RPCError.self) { _ = try await read(version) }
        }
    }

    @Test("case 10: v3 then v2: the stale base is refused with the version in force named")
    func staleBase() async throws {
        let bench = try await SubmissionBench.published()
        _ = try await bench.push(Sample.count(events: 1), key: "key-00000001")
        _ = try await bench.push(Sample.count(events: 3), base: 1, key: "key-00000003")
        let refusal = try #require(await bench.refusal(Sample.count(events: 2), base: 1, key: "key-00000002"))
        #expect(refusal.code == .aborted)
        #expect(refusal.message.contains("version 2 is in force, not 1"))
        #expect(refusal.detail?.place == "base_version")
    }

    @Test("another version of the form than the one in force is refused")
    func formVersion() async throws {
        let bench = try await SubmissionBench.published()
        var report = Sample.count(events: 1)
        report.formVersion = 2
        let refusal = try #require(await bench.refusal(report))
        #expect(refusal.code == .failedPrecondition)
        #expect(refusal.message.contains("version 1 is in force"))
    }

    @Test("cases 5 and 6: every finding comes in one answer, and the refusal is journaled once, without content")
    func findings() async throws {
        let bench = try await SubmissionBench.published()
        var report = Sample.report(visitors: 777_777)
        report.cells[0].unit = "人"
        report.cells[1].value = nil
        report.cells.append(Cell("value", .decimal(Decimal(parsing: "1.234")!), unit: "元"))
        report.cells.append(Cell("colour", .text("secret")))
        report.rows[1].cells = []
        for _ in 0..<3 {
            let refusal = try #require(await bench.refusal(report))
            #expect(refusal.code == .invalidArgument)
            #expect(
                refusal.detail?.findings.map { "\($0.pointer) \($0.rule)" } == [
                    "/cells/visitors unit", "/cells/value unit", "/cells/value decimals",
                    "/cells/colour unknown_field", "/rows/hosts/H2/name required",
                ])
        }
        let journal = try await bench.journal()
        #expect(journal.map(\.kind) == ["report.rejected"])
        let body = String(decoding: journal[0].body, as: UTF8.self)
        #expect(!body.contains("secret") && !body.contains("13800000000") && !body.contains("甲公司"))
        report.cells[0].unit = "人次"
        _ = await bench.refusal(report)
        #expect(try await bench.journal().count == 2)
    }

    @Test("核实性: an explained figure is accepted, and the finding travels upward")
    func explained() async throws {
        let bench = try await SubmissionBench.published()
        var report = Sample.report(visitors: 100, staff: 60)
        #expect(await bench.refusal(report)?.code == .invalidArgument)
        report.cells[2].explanation = "三家企业组织全员参观"
        let response = try await bench.push(report)
        #expect(response.findings.map(\.rule) == ["share"])
        let journal = try await bench.journal()
        let entry = try #require(journal.last)
        let accepted = try SubmissionV1.ReportAccepted.decode(entry.body)
        #expect(accepted.findings.map(\.severity) == [.verify])
        #expect(accepted.report?.cells.contains { $0.explanation == "三家企业组织全员参观" } == true)
    }

    @Test("more findings than a status can carry are counted, and a batch carries them all")
    func manyFindings() async throws {
        let bench = try await SubmissionBench.published()
        var report = Sample.report()
        report.cells += (0..<500).map { Cell("unknown_field_number_\($0)", .integer(1)) }
        let refusal = try #require(await bench.refusal(report))
        let detail = try #require(refusal.detail)
        #expect(try detail.encodedBytes().count < 16_384 - 2048)
        #expect(detail.findings.last?.message == "另有\(500 - detail.findings.count + 1)处问题未在此列出，改正后请再次报送")
        let batch = try await bench.client(Sample.reporter("henan-zhengzhou")).pushBatch(
            SubmissionV1.PushBatchRequest(
                items: [
                    SubmissionV1.PushRequest(report: SubmissionV1.Report(report), idempotencyKey: "key-00000001")
                ], atomicity: .each))
        guard case .refused(let refused) = batch.verdicts.first?.outcome else { throw RPCError(.unknown, "accepted") }
        #expect(refused.detail?.findings.count == 500)
    }

    @Test("an idempotency key that is none is refused")
    func badKey() async throws {
        let bench = try await SubmissionBench.published()
        #expect(await bench.refusal(Sample.count(events: 1), key: "short")?.code == .invalidArgument)
        #expect(try await bench.journal().isEmpty)
    }
}
