import Foundation
import TestForeign
import TestProcesses
import TestStores
import TestTurns
import Testing

@Suite("Every unit can check the province's journals", .takesTurnsWithProcesses)
struct JournalTests {
    private static let units = ManyUnits(count: 400)

    /// Pushes the reports of some of the units.
    private func push(_ range: Range<Int>, _ suite: RunningSuite) async throws {
        let lines = Self.units.sheet.split(separator: "\n")
        let sheet = ([lines[0]] + lines[1...].dropFirst(range.lowerBound).prefix(range.count)).joined(separator: "\n")
        let file = try suite.write(sheet, to: "reports-\(range.lowerBound).csv")
        try await suite.succeed(
            as: "top-reporter", "report", "push", file, "--receipts", suite.directory + "/receipts")
    }

    private func published() async throws -> RunningSuite {
        let suite = try await RunningSuite()
        for service in [RunningSuite.Service.gateway, .registry, .submission] { try await suite.start(service) }
        for role in ["publisher", "reporter"] { try await suite.identity(organisation: "top", role) }
        try await suite.identity(organisation: "unit-7", "viewer")
        try await suite.succeed(
            as: "top-publisher", "campaign", "publish", try suite.write(Self.units.file, to: "campaign.yaml"))
        return suite
    }

    @Test("a viewer of one unit checks both journals, copies one for Go's tools, and reads no entry")
    func checks() async throws {
        let suite = try await published()
        try await push(0..<300, suite)
        for journal in ["registry", "submission"] {
            let key = try await suite.succeed(as: "unit-7-viewer", "journal", "key", "--journal", journal).output
            let trust = ["--journal", journal, "--key", try suite.write(key, to: "\(journal).vkey")]
            let note = try await suite.succeed(as: "unit-7-viewer", ["journal", "checkpoint"] + trust).output
            let kept = try suite.write(note, to: "\(journal).checkpoint")
            if journal == "submission" { try await push(300..<400, suite) }
            try await suite.succeed(as: "unit-7-viewer", ["journal", "verify"] + trust)
            let since = try await suite.succeed(
                as: "unit-7-viewer", ["journal", "verify", "--since", kept] + trust)
            #expect(since.output.contains("begins with"))

            let copy = "\(suite.directory)/\(journal)-tiles"
            for _ in 0..<2 { try await suite.succeed(as: "unit-7-viewer", ["journal", "tiles", copy] + trust) }
            let judged = try ForeignTools.ask(["directory\t\(copy)\t\(key.dropLast())"]).first
            #expect(judged?.verdict == "good", "\(String(describing: judged))")
            if journal == "submission" { #expect(judged?.rest == ["400"]) }

            let denied = try await suite.qmctl(as: "unit-7-viewer", ["journal", "verify", "--entries"] + trust)
            #expect(denied.exitCode == 1)
            #expect(denied.errors.contains("PERMISSION_DENIED"), "\(denied.errors)")
            let follower = try await suite.succeed(as: "statistics", ["journal", "verify", "--entries"] + trust)
            #expect(follower.output.contains("entries fit"))
        }
    }

    @Test(
        "a store that was put back is not started; without its head file a follower that is ahead stops it; without either it is found out by whoever kept a checkpoint",
        .enabled(if: RunningSuite.keepsFiles))
    func putBack() async throws {
        let suite = try await published()
        try await push(0..<100, suite)
        let store = suite.storePath(of: .submission)
        #expect(try await suite.stop(.submission) == .exited(0))
        for name in ["", "-wal"] where FileManager.default.fileExists(atPath: store + name) {
            try FileManager.default.copyItem(atPath: store + name, toPath: "\(store)\(name).old")
        }
        try await suite.start(.submission, settings: ["store.checkpointFile": suite.directory + "/shipped"])
        try await suite.start(.statistics)
        try await push(100..<200, suite)
        let note = try await suite.succeed(as: "unit-7-viewer", "journal", "checkpoint").output
        let kept = try suite.write(note, to: "kept.checkpoint")
        // Answered when statistics has followed all that the receipts tell of.
        try await suite.succeed(
            as: "top-reporter", "stats", "show", ManyUnits.campaign, ManyUnits.form, "--holding",
            suite.directory + "/receipts")

        #expect(try await suite.stop(.submission) == .exited(0))
        #expect(try await storeVerify(suite).contains("verified: "))
        for name in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: store + name)
            try? FileManager.default.moveItem(atPath: "\(store)\(name).old", toPath: store + name)
        }
        #expect(try await suite.launch(.submission).ending() == .exited(1))
        try await suite.logs(
            .submission, "went back: its journal has 100 entries", "200 entries were acknowledged", "store renew")
        #expect(try await storeVerify(suite).contains("200 entries were acknowledged"))

        try FileManager.default.removeItem(atPath: store + ".head")
        try await suite.start(.submission)
        try await suite.logs(.submission, "its head file was not, which was made")
        try await suite.logs(
            .submission, "the store takes nothing in", "a follower has a checkpoint of 200 entries")
        let refused = try await suite.qmctl(
            as: "top-reporter", "report", "push", suite.directory + "/reports-100.csv")
        #expect(refused.exitCode != 0 && refused.errors.contains("what is stored is not what was sealed"))

        // It keeps what it has.
        #expect(suite.lines(of: .statistics, with: ["is another one now"]).isEmpty)
        try await suite.stop(.statistics)
        try await suite.stop(.submission)
        try await suite.start(.submission)
        let shipped = suite.directory + "/shipped"
        for (range, words) in [(200..<210, "a shorter tree"), (210..<399, "a second history")] {
            try await push(range, suite)
            let found = try await suite.qmctl(as: "unit-7-viewer", "journal", "verify", "--since", kept)
            #expect(found.exitCode == 1)
            #expect(found.errors.contains(words), "\(found.output)\(found.errors)")
            let compared = try await suite.qmctl(as: "unit-7-viewer", "journal", "compare", shipped)
            #expect(compared.exitCode == 1 && compared.output.contains("holds: 100 entries"), "\(compared)")
            #expect(compared.errors.contains(words), "\(compared.errors)")
            // By itself nothing is wrong with it.
            try await suite.succeed(as: "unit-7-viewer", "journal", "verify")
        }
    }

    /// What `qm-submission store verify` says of submission's store.
    private func storeVerify(_ suite: RunningSuite) async throws -> String {
        let log = suite.directory + "/verify.log"
        try? FileManager.default.removeItem(atPath: log)
        let process = try SuiteProcess(
            path: RunningSuite.executable("qm-submission"),
            arguments: ["store", "verify", suite.storePath(of: .submission)], logPath: log)
        let ending = await process.ending()
        let text = try String(contentsOfFile: log, encoding: .utf8)
        #expect((ending == .exited(0)) == text.contains("verified: "), "\(ending): \(text)")
        return text
    }

    @Test(
        "a row that was changed is noticed in the background, and stops the service",
        .enabled(if: RunningSuite.keepsFiles))
    func changedRow() async throws {
        let suite = try await published()
        try await push(0..<100, suite)
        #expect(try await suite.stop(.submission) == .exited(0))
        tamper(
            withFileAt: suite.storePath(of: .submission),
            "UPDATE report SET timeliness = 3 WHERE reporting_unit = 'unit-7'")
        try await suite.start(.submission)
        try await suite.identity(organisation: "unit-8", "viewer")
        try await suite.logs(
            .submission, "the store takes nothing in", "unit 'unit-7': timeliness is late and should be onTime")
        let health = try await suite.qmctl(as: "unit-7-viewer", "health")
        #expect(health.output.contains("what is stored is not what was sealed"), "\(health)")
        let refused = try await suite.qmctl(
            as: "top-reporter", "report", "push", suite.directory + "/reports-0.csv")
        #expect(refused.exitCode != 0)
        let report = try await suite.qmctl(
            as: "unit-7-viewer", "report", "get", ManyUnits.campaign, ManyUnits.form, "unit-7")
        #expect(report.exitCode != 0 && report.errors.contains("DATA_LOSS"), "\(report)")
        // What holds is read.
        try await suite.succeed(as: "unit-8-viewer", "report", "get", ManyUnits.campaign, ManyUnits.form, "unit-8")
        #expect(try await suite.stop(.submission) == .exited(0))
        #expect(try await storeVerify(suite).contains("timeliness is late and should be onTime"))
    }
}
