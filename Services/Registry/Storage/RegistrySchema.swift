public import Storage

/// The registry's tables. All are projections of its journal, written with the entries they follow from.
public enum RegistrySchema {
    public static let migrations: [Migration] = [
        Migration(
            version: 1, name: "organisations, identities, campaigns",
            tables: [OrganisationRow.table, IdentityRow.table, CampaignRow.table, ExpectedReporterRow.table])
    ]
}
