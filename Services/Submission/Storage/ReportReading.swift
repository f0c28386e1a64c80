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
    public func version(_ version: UInt64, of name: ReportName, epoch: JournalEpoch) throws -> StoredVersion? {
        guard var trail = try row(ReportRow.self, name)?.trail else { return nil }
        let current = trail.version
        let wanted = version == 0 ? current : version
        guard wanted <= current else { return nil }
        while true {
            let nearest = trail.nearest(to: wanted)
            let position = JournalPosition(epoch: epoch, index: nearest.index)
            if nearest.version == wanted {
                return StoredVersion(version: wanted, currentVersion: current, position: position)
            }
            guard let entry = try journalEntry(at: position),
                let key = try? SubmissionV1.ReportAccepted.decode(entry.body).idempotencyKey,
                let earlier = try push(key, of: name.unit)?.earlier
            else { throw StorageError(.malformedData, "no trail leads to version \(wanted) of \(name)") }
            trail = try VersionTrail(version: nearest.version - 1, column: earlier)
        }
    }

    /// The personal values of an accepted push, sealed under the unit's key; `nil` if it has none.
    public func personal(of idempotencyKey: String, unit: String) throws -> [UInt8]? {
        try push(idempotencyKey, of: unit)?.personal
    }

    private func push(_ idempotencyKey: String, of unit: String) throws -> AcceptedPushRow? {
        try row(AcceptedPushRow.self, PushKey(unit: unit, idempotencyKey))
    }

    /// Reports of a campaign after (`form`, `unit`), in the order of form and unit.
    public func reports(
        campaign: String, after form: String, _ unit: String, limit: Int
    ) throws -> [StoredReport] {
        try all(
            """
            SELECT form, reporting_unit, version, digest, first_sealed_unix_us, sealed_unix_us, timeliness,
                corrected_late FROM report
            WHERE campaign = ? AND (form, reporting_unit) > (?, ?) ORDER BY form, reporting_unit LIMIT ?
            """, [.text(campaign), .text(form), .text(unit), .number(limit)]
        ) { row in
            StoredReport(
                name: ReportName(campaign: campaign, form: try row.text(0), unit: try row.text(1)),
                version: try row.number(2), digest: try row.hash(3), firstSealedUnixMicroseconds: try row.integer(4),
                sealedUnixMicroseconds: try row.integer(5), timeliness: try Timeliness(column: row.integer(6)),
                correctedLate: try row.flag(7))
        }
    }
}
