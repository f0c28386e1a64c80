public import Journal
public import Reporting
public import Storage
public import SubmissionRules

/// Where a version of a report stands.
public struct StoredVersion: Sendable {
    public let version: UInt64
    /// The version in force.
    public let currentVersion: UInt64
    public let position: JournalPosition
    /// Personal values, sealed under the unit's key.
    public let personal: [UInt8]?
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
    /// A version of a report, or with 0 the one in force; `nil` if there is none. `epoch` is the store's.
    public func version(_ version: UInt64, of name: ReportName, epoch: JournalEpoch) throws -> StoredVersion? {
        guard let current = try row(ReportRow.self, name)?.version else { return nil }
        let wanted = version == 0 ? current : version
        // No version of ours is beyond 63 bits.
        guard Int64(exactly: wanted) != nil,
            let row = try row(ReportVersionRow.self, ReportVersionRow.Key(name: name, version: wanted))
        else { return nil }
        return StoredVersion(
            version: wanted, currentVersion: current, position: JournalPosition(epoch: epoch, index: row.index),
            personal: row.personal)
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
