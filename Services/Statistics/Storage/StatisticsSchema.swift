public import Storage

/// The tables of statistics: what both journals told, in force. No figure is kept twice; sums are made when asked for.
public enum StatisticsSchema {
    public static let migrations = [
        Migration(
            version: 1, name: "campaigns, organisations and the reports in force",
            tables: [
                CampaignRow.table, OrganisationRow.table, ReportRow.table, ReportBodyRow.table, FormRow.table,
            ])
    ]
}
