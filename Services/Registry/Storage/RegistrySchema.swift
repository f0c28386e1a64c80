public import Storage

/// The registry's tables. All are projections of its journal, written with the entries they follow from.
public enum RegistrySchema {
    public static let migrations: [Migration] = [
        Migration(
            version: 1, name: "organisations, identities, campaigns",
            statements: [
                OrganisationRow.table.creation,
                "CREATE INDEX organisation_by_superior ON organisation (reports_to, code)",
                IdentityRow.table.creation, CampaignRow.table.creation, ExpectedReporterRow.table.creation,
            ])
    ]
}
