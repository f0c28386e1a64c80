import Foundation
import Messages
import Reporting
import ReportingMessages
import Testing

@testable import Console
@testable import ConsoleFiles

@Suite("The samples that are shipped")
struct ShippedSampleTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../compose/samples")

    static func campaign(_ code: String) throws -> Campaign {
        try Campaign(try #require(ShippedCampaignTests.read("\(code).yaml").campaign))
    }

    static func drafts(_ name: String) throws -> [ReportDraft] {
        let bytes = [UInt8](try Data(contentsOf: folder.appending(path: name)))
        return name.hasSuffix(".csv")
            ? try ReportDraft.drafts(csv: bytes, file: name, defaults: DraftDefaults())
            : try ReportDraft.drafts(json: bytes, file: name, defaults: DraftDefaults())
    }

    /// The findings of each report by its reporting unit, checked against the campaign's form.
    static func findings(_ name: String) throws -> [(unit: String, check: ReportCheck)] {
        try drafts(name).map { draft in
            let form = try #require(campaign(draft.campaign).form(draft.form))
            #expect(form.expectedReporters.contains(draft.reportingUnit))
            #expect((8...64).contains(draft.idempotencyKey?.utf8.count ?? 0))
            return (draft.reportingUnit, FormChecker(form).check(try draft.report(form: form)))
        }
    }

    @Test(
        "every report of the good files is acceptable",
        arguments: [
            ("fujian-statistics.csv", 6), ("fujian-statistics.json", 4), ("henan-arrangements.json", 20),
            ("henan-summaries.csv", 14), ("henan-summaries.json", 5),
        ])
    func goodFiles(_ name: String, _ count: Int) throws {
        let reports = try Self.findings(name)
        #expect(reports.count == count)
        #expect(Set(reports.map(\.unit)).count == count)
        for report in reports {
            #expect(report.check.isAcceptable, "\(report.unit): \(report.check.findings.map(\.message))")
        }
    }

    @Test(
        "each wrong file is wrong in the way that its name says",
        arguments: [
            ("broken-total", ["visitors_total"]), ("wrong-unit", ["unit"]),
            ("too-many-decimals", ["decimals", "decimals"]), ("unknown-field", ["unknown_field"]),
            ("all-blank", ["blank_report", "required"]), ("no-rows", ["row_count"]),
            ("several-errors", ["problems_solved", "range", "required", "unit"]),
        ])
    func wrongFiles(_ name: String, _ rules: [String]) throws {
        let reports = try Self.findings("errors/\(name).json")
        #expect(reports.map(\.check.isAcceptable) == [false])
        #expect(reports[0].check.findings.map(\.rule).sorted() == rules)
    }
}
