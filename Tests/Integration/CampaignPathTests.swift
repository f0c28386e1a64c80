import Foundation
import TestProcesses
import TestTurns
import Testing

@Suite("From the notice to the roll-up, with the real programs", .serialized, .takesTurnsWithProcesses)
struct CampaignPathTests {
    private static let henan = "henan-2019-open-day"
    private static let fujian = "fujian-2018-quality-month"

    private func sample(_ name: String) -> String { RunningSuite.project("compose/samples/\(name)") }

    @Test("Fujian 2018: published, reported, receipted, added up; errors are all named; the inbox tells")
    func fujian() async throws {
        let suite = try await RunningSuite()
        try await suite.startAll(at: "2018-10-11T09:00:00+08:00")
        try await suite.identity(organisation: "fujian", "publisher")
        try await suite.identity(organisation: "fujian", "reporter")
        let campaign = RunningSuite.project("compose/campaigns/\(Self.fujian).yaml")
        try await suite.succeed(as: "fujian-publisher", "campaign", "publish", campaign)
        let again = try await suite.succeed(as: "fujian-publisher", "campaign", "publish", campaign)
        #expect(again.output.contains("nothing changed"))

        let receipts = suite.directory + "/receipts"
        let files = [sample("fujian-statistics.csv"), sample("fujian-statistics.json")]
        let pushed = try await suite.succeed(
            as: "fujian-reporter", ["report", "push"] + files + ["--receipts", receipts])
        #expect(pushed.output.contains("10 reports: 10 accepted, 0 refused"))
        let kept = try FileManager.default.contentsOfDirectory(atPath: receipts)
        #expect(kept.count == 10)

        // The same again: the first receipts, byte for byte.
        let repeated = suite.directory + "/repeated"
        try await suite.succeed(as: "fujian-reporter", ["report", "push"] + files + ["--receipts", repeated])
        for name in kept {
            #expect(
                FileManager.default.contentsEqual(atPath: "\(receipts)/\(name)", andPath: "\(repeated)/\(name)"))
        }

        let key = try await suite.succeed(as: "fujian-reporter", "receipt", "key").output
        let keyFile = try suite.write(key, to: "key.hex")
        let paths = kept.map { "\(receipts)/\($0)" }
        try await suite.succeed(["receipt", "verify", "--key", keyFile] + paths)
        let changed = try String(contentsOfFile: paths[0], encoding: .utf8)
            .replacingOccurrences(of: "\"report_version\": 1", with: "\"report_version\": 2")
        let forged = try suite.write(changed, to: "forged.json")
        let none = try suite.write("{}", to: "none.json")
        let judged = try await suite.qmctl("receipt", "verify", none, forged, paths[0], "--key", keyFile)
        #expect(judged.exitCode == 1)
        #expect(judged.output.split(separator: "\n").filter { $0.contains("NO: ") }.count == 2, "\(judged.output)")
        let proofs = suite.directory + "/proofs"
        try await suite.succeed(["receipt", "export", receipts, "--tlog-proof", proofs])
        #expect(try FileManager.default.contentsOfDirectory(atPath: proofs).count == kept.count)
        let note = try await suite.succeed(as: "fujian-reporter", "receipt", "key", "--note").output
        let noteFile = try suite.write(note, to: "key.vkey")
        try await suite.succeed(["receipt", "verify", "--key", noteFile] + paths)
        let proof = try String(
            contentsOfFile: "\(proofs)/\(kept[0].replacing(".receipt.json", with: ".tlog-proof"))", encoding: .utf8)
        #expect(proof.contains("\n\(note.prefix { $0 != "+" })\n"), "the key's name is the checkpoint's origin")

        for (file, finding) in [
            ("several-errors", "cases"), ("wrong-unit", "unit"), ("too-many-decimals", "decimals"),
            ("unknown-field", "unknown_field"), ("all-blank", "blank_report"), ("stale-base", "ABORTED"),
            ("unknown-form-version", "FAILED_PRECONDITION"), ("unknown-campaign", "NOT_FOUND"),
            ("unknown-unit", "PERMISSION_DENIED"),
        ] {
            let refused = try await suite.qmctl(
                as: "fujian-reporter", "report", "push", sample("errors/\(file).json"))
            #expect(refused.exitCode == 1)
            #expect(refused.output.contains(finding), "\(file): \(refused.output)\(refused.errors)")
        }

        let missing = try await suite.succeed(
            as: "fujian-reporter", "stats", "show", Self.fujian, "quality-month-statistics", "--missing", "--holding",
            receipts)
        #expect(missing.output.contains("10 of 12 have reported"))
        #expect(missing.output.contains("莆田") && missing.output.contains("宁德"))
        try await suite.eventually("莆田 is told of its rejection") {
            let inbox = try await suite.qmctl(as: "fujian-reporter", "inbox", "list", "fujian-putian")
            return inbox.output.contains("report rejected")
        }
        try await suite.stopAll()
    }

    @Test("Henan 2019: three dates, each process restarted in between; late stays late; totals by line and by place")
    func henan() async throws {
        let suite = try await RunningSuite()
        try await suite.startAll(at: "2019-08-30T09:00:00+08:00")
        for (organisation, role) in [
            ("henan", "publisher"), ("henan", "reporter"), ("henan-zhengzhou", "reporter"),
            ("henan-zhumadian", "reporter"),
        ] {
            try await suite.identity(organisation: organisation, role)
        }
        try await suite.succeed(
            as: "henan-publisher", "campaign", "publish", RunningSuite.project("compose/campaigns/\(Self.henan).yaml"))
        let own = try await suite.qmctl(
            as: "henan-zhengzhou-reporter", "report", "push", sample("henan-arrangements.json"))
        #expect(own.exitCode == 1)
        #expect(own.output.contains("20 reports: 1 accepted, 19 refused"))
        #expect(own.output.contains("PERMISSION_DENIED"))
        try await suite.succeed(as: "henan-reporter", "report", "push", sample("henan-arrangements.json"))
        try await suite.stopAll()

        try await suite.startAll(at: "2019-10-09T09:00:00+08:00")
        let receipts = suite.directory + "/receipts"
        try await suite.succeed(
            as: "henan-reporter", "report", "push", sample("henan-summaries.csv"), sample("henan-summaries.json"),
            "--receipts", receipts)
        let broken = try await suite.qmctl(
            as: "henan-zhumadian-reporter", "report", "push", sample("errors/broken-total.json"))
        #expect(broken.exitCode == 1)
        #expect(broken.output.contains("visitors_total"))
        try await suite.stopAll()

        try await suite.startAll(at: "2019-10-12T09:00:00+08:00")
        let late = try await suite.succeed(
            as: "henan-zhumadian-reporter", "report", "push", sample("henan-zhumadian-late.json"), "--receipts",
            receipts)
        #expect(late.output.contains("late"))
        let byLine = try await suite.succeed(
            as: "henan-reporter", "stats", "show", Self.henan, "open-day-summary", "--output", "csv", "--holding",
            receipts)
        let byPlace = try await suite.succeed(
            as: "henan-reporter", "stats", "show", Self.henan, "open-day-summary", "--by", "place", "--output", "csv",
            "--holding", receipts)
        // The total is the first group, with no code: the same however the units are arranged.
        let totals = { (sheet: String) in
            sheet.split(separator: "\n").filter { $0.hasPrefix(",") }.map { $0.split(separator: ",")[3...] }
        }
        #expect(!totals(byLine.output).isEmpty)
        #expect(totals(byLine.output).map { Array($0) } == totals(byPlace.output).map { Array($0) })
        let missing = try await suite.succeed(
            as: "henan-reporter", "stats", "show", Self.henan, "open-day-summary", "--missing", "--output", "csv",
            "--holding", receipts)
        #expect(missing.output.split(separator: "\n").filter { $0.contains("MISSING") }.count == 2)
        #expect(missing.output.split(separator: "\n").filter { $0.contains(",late,") }.count == 1)
        try await suite.eventually("驻马店 is told of its receipt") {
            let inbox = try await suite.qmctl(
                as: "henan-zhumadian-reporter", "inbox", "list", "henan-zhumadian", "--output", "csv")
            return inbox.output.contains("report rejected") && inbox.output.contains("report received")
        }
        let inbox = try await suite.succeed(
            as: "henan-zhumadian-reporter", "inbox", "list", "henan-zhumadian", "--output", "csv")
        let last = try #require(inbox.output.split(separator: "\n").last?.split(separator: ",").first)
        try await suite.succeed(as: "henan-zhumadian-reporter", "inbox", "ack", "henan-zhumadian", String(last))
        try await suite.stopAll()
    }
}
