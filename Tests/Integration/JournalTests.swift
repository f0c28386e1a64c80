import Foundation
import TestForeign
import TestProcesses
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
        "a store that was put back behind everybody's back is found out by whoever kept a checkpoint",
        .enabled(if: RunningSuite.keepsFiles))
    func putBack() async throws {
        let suite = try await published()
        try await push(0..<100, suite)
        let store = suite.storePath(of: .submission)
        let names = ["", "-wal"]
        #expect(try await suite.stop(.submission) == .exited(0))
        for name in names where FileManager.default.fileExists(atPath: store + name) {
            try FileManager.default.copyItem(atPath: store + name, toPath: "\(store)\(name).old")
        }
        try await suite.start(.submission)
        try await push(100..<200, suite)
        let note = try await suite.succeed(as: "unit-7-viewer", "journal", "checkpoint").output
        let kept = try suite.write(note, to: "kept.checkpoint")

        try await suite.stop(.submission)
        for name in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: store + name)
            try? FileManager.default.moveItem(atPath: "\(store)\(name).old", toPath: store + name)
        }
        try await suite.start(.submission)
        for (range, words) in [(200..<210, "a shorter tree"), (210..<399, "a second history")] {
            try await push(range, suite)
            let found = try await suite.qmctl(as: "unit-7-viewer", "journal", "verify", "--since", kept)
            #expect(found.exitCode == 1)
            #expect(found.errors.contains(words), "\(found.output)\(found.errors)")
            // By itself nothing is wrong with it.
            try await suite.succeed(as: "unit-7-viewer", "journal", "verify")
        }
    }
}
