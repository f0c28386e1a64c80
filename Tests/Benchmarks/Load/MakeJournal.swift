import ArgumentParser
import Cryptography
import Glibc
import Journal
import Messages
import RPC
import Reporting
import Storage

/// Submission's store with a long journal: what it would take minutes to push.
struct MakeJournal: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "Makes a store of submission's with so many accepted 30-value reports.",
        discussion: "The key that signs its journal lies beside it, in PATH.key, as submission looks for it.")

    @Option(help: "The store's file, which is made.") var store: String
    @Option(help: "Of the suite's certificates.") var trustDomain: String
    @Option(help: "Reports in its journal.") var entries = 500_000

    /// One group commit has so many, as under many pushes at once.
    private static let groupEntries = 250
    private static let units = 512

    func run() async throws {
        let key = try SigningKey.generate()
        try key.save(path: store + ".key")
        let opened = try Store(
            opening: StoreOptions(
                .file(store), service: "submission", migrations: [], logKey: LogKey(trustDomain: trustDomain, key: key),
                wallClock: { Int64(time(nil)) * 1_000_000 }))
        defer { opened.close() }
        let campaign = BenchmarkCampaign(units: [])
        for first in stride(from: 0, to: entries, by: Self.groupEntries) {
            let reports = try (first..<min(first + Self.groupEntries, entries)).map { try report($0, of: campaign) }
            try await opened.commit(Appending(reports: reports))
        }
    }

    private func report(_ index: Int, of campaign: BenchmarkCampaign) throws -> Appending.Report {
        let unit = BenchmarkCampaign.unit(index % Self.units)
        let push = campaign.push(unit, on: UInt64(index / Self.units))
        let accepted = AcceptedReport(
            campaign: campaign.code, form: BenchmarkCampaign.form, formVersion: 1, reportingUnit: unit,
            reportVersion: push.baseVersion + 1, digest: .zero, timeliness: .onTime, correctedLate: false)
        let body = SubmissionV1.ReportAccepted(
            report: push.report, version: accepted.reportVersion, digest: accepted.digest.bytes, timeliness: .onTime,
            idempotencyKey: push.idempotencyKey, pushedBy: "spiffe://\(trustDomain)/org/province/reporter")
        return Appending.Report(statement: accepted.statement, body: try body.encodedBytes())
    }
}

/// Appends reports to the journal, and does nothing else.
private struct Appending: Decision {
    struct Report {
        let statement: [UInt8]
        let body: [UInt8]
    }

    let reports: [Report]

    func load(_ rows: WorkingSet) {}

    func decide(_ rows: WorkingSet) {
        for report in reports {
            rows.append(kind: AcceptedReport.journalKind, statement: report.statement, body: report.body)
        }
    }
}
