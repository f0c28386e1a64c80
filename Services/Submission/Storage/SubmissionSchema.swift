public import Storage

/// Submission's tables. Reports themselves stand in the journal alone, once; these say where.
///
/// Every table is clustered on its key and has no second index. Keys of pushes lie by unit, and in order of time where
/// clients make them so (UUIDv7). A version of a report has no row of its own: a ``VersionTrail`` leads to its entry, and
/// that names its push.
public enum SubmissionSchema {
    public static let migrations = [
        Migration(
            version: 1, name: "reports and their registry",
            tables: [
                ReportRow.table, AcceptedPushRow.table, RefusedPushRow.table, PersonalKeyRow.table,
                WrappingRow.table, RegistryCampaignRow.table, RegistryOrganisationRow.table,
            ])
    ]
}
