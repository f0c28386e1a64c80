public import Storage

/// Submission's tables. Reports themselves stand in the journal alone, once; these say where.
///
/// Every table is clustered on its key and has no second index. A report's versions lie together, in order; keys of
/// pushes lie by unit, and in order of time where clients make them so (UUIDv7).
public enum SubmissionSchema {
    public static let migrations = [
        Migration(
            version: 1, name: "reports and their registry",
            tables: [
                ReportRow.table, ReportVersionRow.table, AcceptedPushRow.table, RefusedPushRow.table,
                PersonalKeyRow.table, RegistryCampaignRow.table, RegistryOrganisationRow.table,
            ])
    ]
}
