import Foundation
import MessageJSON
import Messages
import Testing

@testable import Console
@testable import ConsoleFiles

@Suite("qmctl report push")
struct ReportPushTests {
    private static func accepted(_ item: SubmissionV1.PushRequest) -> SubmissionV1.Verdict.Outcome {
        let report = item.report ?? .init()
        return .accepted(
            SubmissionV1.PushResponse(
                receipt: TypeV1.Receipt(
                    position: .init(epoch: Array(repeating: 7, count: 16), index: 9),
                    campaign: report.campaign, form: report.form, reportingUnit: report.reportingUnit,
                    reportVersion: item.baseVersion + 1, timeliness: .onTime)))
    }

    private static func refused(_ item: SubmissionV1.PushRequest) -> SubmissionV1.Verdict.Outcome {
        .refused(
            SubmissionV1.Refusal(
                code: 3, message: "report: 1 finding",
                detail: TypeV1.ErrorDetail(
                    findings: [
                        .init(pointer: "/cells/a", rule: "range", severity: .blocking, message: "不能小于0")
                    ])))
    }

    /// A sheet of so many units, in a directory that is removed when `body` returns.
    private func withSheet<Result>(
        _ count: Int, _ body: (_ directory: String, _ sheet: String) async throws -> Result
    ) async throws -> Result {
        let directory = NSTemporaryDirectory() + "qmctl-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let lines = (0..<count).map { "c,f,unit-\($0),\($0)" }
        let sheet = directory + "/sheet.csv"
        try (["campaign,form,reporting_unit,a[份]"] + lines).joined(separator: "\n")
            .write(toFile: sheet, atomically: true, encoding: .utf8)
        return try await body(directory, sheet)
    }

    @Test("every report is sent once, in order, in batches; each receipt has its file")
    func batches() async throws {
        let service = FakeSubmission { Self.accepted($0) }
        try await withSheet(450) { directory, sheet in
            let result = await service.run("report", "push", sheet, "--receipts", directory + "/receipts")
            #expect(result.exitCode == 0)
            #expect(result.output.contains("450 reports: 450 accepted, 0 refused"))
            #expect(result.errors.isEmpty)
            let kept = try FileManager.default.contentsOfDirectory(atPath: directory + "/receipts")
            #expect(kept.count == 450 && kept.contains("c.f.unit-7.v1.receipt.json"))
            let bytes = try ConsoleEnvironment.contents(of: directory + "/receipts/c.f.unit-7.v1.receipt.json")
            let receipt = try TypeV1.Receipt(json: JSONValue(parsing: bytes))
            #expect(receipt.reportingUnit == "unit-7" && receipt.position?.index == 9)
        }
        #expect(service.batches.map(\.items.count) == [200, 200, 50])
        #expect(service.batches.allSatisfy { $0.atomicity == .each })
        #expect(service.items.map { $0.report?.reportingUnit } == (0..<450).map { "unit-\($0)" })
    }

    @Test("the same file makes the same keys, another figure another key")
    func keys() async throws {
        let service = FakeSubmission { Self.accepted($0) }
        try await withSheet(2) { _, sheet in
            _ = await service.run("report", "push", sheet)
            _ = await service.run("report", "push", sheet)
        }
        let keys = service.items.map(\.idempotencyKey)
        #expect(keys[0] == keys[2] && keys[1] == keys[3] && keys[0] != keys[1])
        #expect(keys.allSatisfy { (8...64).contains($0.utf8.count) })
    }

    @Test("a refusal is told with its findings, and the exit code is 1")
    func refusal() async throws {
        let service = FakeSubmission { $0.report?.reportingUnit == "unit-1" ? Self.refused($0) : Self.accepted($0) }
        try await withSheet(3) { _, sheet in
            let result = await service.run("report", "push", sheet)
            #expect(result.exitCode == 1)
            #expect(result.output.contains("refused: INVALID_ARGUMENT"))
            #expect(result.output.contains("/cells/a  [强制性 range]  不能小于0"))
            #expect(result.output.contains("3 reports: 2 accepted, 1 refused"))
        }
    }

    @Test("when the service goes away, what has a verdict is shown, what has none is counted, and the exit code is 3")
    func interruption() async throws {
        let service = FakeSubmission(failsAfterItems: 200) { Self.accepted($0) }
        try await withSheet(300) { directory, sheet in
            let result = await service.run("report", "push", sheet, "--receipts", directory + "/receipts")
            #expect(result.exitCode == 3)
            #expect(result.output.contains("200 reports: 200 accepted"))
            #expect(result.errors.contains("100 of 300 reports have no verdict"))
            let kept = try FileManager.default.contentsOfDirectory(atPath: directory + "/receipts")
            #expect(kept.count == 200)
        }
    }

    @Test("a receipt that cannot be kept does not hide that its report is accepted, and the exit code is 4")
    func unwritableReceipt() async throws {
        let service = FakeSubmission { Self.accepted($0) }
        try await withSheet(3) { directory, sheet in
            let taken = directory + "/receipts/c.f.unit-1.v1.receipt.json"
            try FileManager.default.createDirectory(atPath: taken, withIntermediateDirectories: true)
            let result = await service.run("report", "push", sheet, "--receipts", directory + "/receipts")
            #expect(result.exitCode == 4)
            #expect(result.output.contains("3 reports: 3 accepted, 0 refused"))
            #expect(result.errors.contains(taken) && result.errors.contains("3 of 3 reports are accepted"))
        }
    }

    @Test("a result that cannot be shown does not keep its receipts from being kept, and the exit code is 4")
    func unwritableResult() async throws {
        let service = FakeSubmission { Self.accepted($0) }
        try await withSheet(3) { directory, sheet in
            let result = await service.run(
                "report", "push", sheet, "--receipts", directory + "/receipts",
                print: { _ throws(CommandFailure) in throw CommandFailure(.output, "standard output: no room") })
            #expect(result.exitCode == 4)
            #expect(result.errors.contains("no room; 3 of 3 reports are accepted"))
            let kept = try FileManager.default.contentsOfDirectory(atPath: directory + "/receipts")
            #expect(kept.count == 3)
        }
    }

    @Test("--atomic sends one batch, and refuses more than one call may hold before anything is sent")
    func atomic() async throws {
        let service = FakeSubmission { Self.accepted($0) }
        try await withSheet(300) { _, sheet in
            #expect(await service.run("report", "push", sheet, "--atomic").exitCode == 0)
        }
        #expect(service.batches.map(\.items.count) == [300])
        #expect(service.batches.first?.atomicity == .whole)
        try await withSheet(1001) { _, sheet in
            #expect(await service.run("report", "push", sheet, "--atomic").exitCode == 2)
        }
        #expect(service.batches.count == 1)
    }

    @Test("a correction names the version it replaces, for one report only")
    func correction() async throws {
        let service = FakeSubmission { Self.accepted($0) }
        try await withSheet(1) { _, sheet in
            #expect(await service.run("report", "push", sheet, "--base-version", "4").exitCode == 0)
        }
        #expect(service.items.map(\.baseVersion) == [4])
        try await withSheet(2) { _, sheet in
            #expect(await service.run("report", "push", sheet, "--base-version", "4").exitCode == 2)
        }
    }

    @Test("progress is drawn for a person at a terminal, and for nobody else")
    func progress() async throws {
        let service = FakeSubmission { Self.accepted($0) }
        try await withSheet(300) { _, sheet in
            let watched = await service.run("report", "push", sheet, isTerminal: true)
            #expect(watched.errors.contains("200/300"))
            #expect(watched.errors.hasSuffix("\r\u{1B}[2K"))
            #expect(await service.run("report", "push", sheet).errors.isEmpty)
        }
    }

    @Test("the verdicts as JSON and as a sheet")
    func formats() async throws {
        let service = FakeSubmission { Self.accepted($0) }
        try await withSheet(1) { _, sheet in
            let json = await service.run("report", "push", sheet, "--output", "json")
            let value = try JSONValue(parsing: Array(json.output.utf8))
            guard case .array(let verdicts) = value.content else { throw TextError(line: 0, message: "no array") }
            #expect(verdicts.first?["verdict"]?.content == .text("accepted"))
            let sheet = await service.run("report", "push", sheet, "--output", "csv")
            #expect(try CSVReader.records(Array(sheet.output.utf8)).count == 2)
        }
    }
}
