public import Journal
internal import Messages
internal import RPC
public import Reporting
public import Storage
public import SubmissionRules

/// Where a version of a report stands.
public struct StoredVersion: Sendable {
    public let version: UInt64
    /// The version in force.
    public let currentVersion: UInt64
    public let position: JournalPosition
}

/// A report in a list: its version in force.
public struct StoredReport: Sendable, Hashable {
    public let name: ReportName
    public let version: UInt64
    public let digest: JournalHash
    public let firstSealedUnixMicroseconds: Int64
    public let sealedUnixMicroseconds: Int64
    public let timeliness: Timeliness
    public let correctedLate: Bool
}

extension ReadTransaction {
    /// A version of a report, or with 0 the one in force; `nil` if there is none. `epoch` is the store's. How many entries
    /// are read for an old one grows with the logarithm of the number of versions.
    /// `.journalBroken` where the report's row is not what its entry says, or no way leads from it to that version.
    public func version(_ version: UInt64, of name: ReportName, epoch: JournalEpoch) throws -> StoredVersion? {
        guard let report = try row(ReportRow.self, name) else { return nil }
        try check(report)
        let current = report.version
        let wanted = version == 0 ? current : version
        guard wanted <= current else { return nil }
        guard let index = try place(ofVersion: wanted, from: report.trail, unit: name.unit) else {
            throw StorageError(.journalBroken, "no trail leads to version \(wanted) of \(name)")
        }
        return StoredVersion(
            version: wanted, currentVersion: current, position: JournalPosition(epoch: epoch, index: index))
    }

    /// Where a version stands that `from` is not before; `nil` where nothing leads there.
    func place(ofVersion wanted: UInt64, from: VersionTrail, unit: String) throws -> UInt64? {
        var trail = from
        while true {
            let nearest = trail.nearest(to: wanted)
            if nearest.version == wanted { return nearest.index }
            guard let entry = try journalEntry(at: nearest.index),
                let key = try? SubmissionV1.ReportAccepted.decode(entry.body).idempotencyKey,
                let earlier = try push(key, of: unit)?.earlier,
                let before = VersionTrail(version: nearest.version - 1, bytes: earlier)
            else { return nil }
            trail = before
        }
    }

    /// Holds a report's row against the entry of its version.
    private func check(_ report: ReportRow) throws {
        let entry = try journalStatement(at: report.trail.index)
        try report.check(entry?.statement, sealedUnixMicroseconds: entry?.sealedUnixMicroseconds)
    }

    /// The personal values of an accepted push, sealed under the unit's key; `nil` if it has none.
    public func personal(of idempotencyKey: String, unit: String) throws -> [UInt8]? {
        try push(idempotencyKey, of: unit)?.personal
    }

    private func push(_ idempotencyKey: String, of unit: String) throws -> AcceptedPushRow? {
        try row(AcceptedPushRow.self, PushKey(unit: unit, idempotencyKey))
    }

    /// Reports of a campaign after (`form`, `unit`), in the order of form and unit; each is what its entry says, or
    /// `.journalBroken` is thrown.
    public func reports(
        campaign: String, after form: String, _ unit: String, limit: Int
    ) throws -> [StoredReport] {
        let rows = try all(
            """
            SELECT form, reporting_unit, version, trail, digest, first_sealed_unix_us, sealed_unix_us, timeliness,
                corrected_late FROM report
            WHERE campaign = ? AND (form, reporting_unit) > (?, ?) ORDER BY form, reporting_unit LIMIT ?
            """, [.text(campaign), .text(form), .text(unit), .number(limit)]
        ) { row in
            try ReportRow(
                ReportName(campaign: campaign, form: try row.text(0), unit: try row.text(1)), row, from: 2)
        }
        for row in rows { try check(row) }
        return rows.map { row in
            StoredReport(
                name: row.key, version: row.version, digest: row.digest,
                firstSealedUnixMicroseconds: row.firstSealedUnixMicroseconds,
                sealedUnixMicroseconds: row.sealedUnixMicroseconds, timeliness: row.timeliness,
                correctedLate: row.correctedLate)
        }
    }
}
