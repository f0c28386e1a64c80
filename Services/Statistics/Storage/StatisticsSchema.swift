public import Storage

/// The tables of statistics: what both journals told, in force. No figure is kept twice; sums are made when asked for.
public enum StatisticsSchema {
    public static let migrations = [
        Migration(
            version: 1, name: "campaigns, organisations and the reports in force",
            statements: [
                // body: quality.registry.v1.CampaignPublished, as the journal has it.
                """
                CREATE TABLE statistics_campaign (
                    code TEXT NOT NULL,
                    body BYTEA NOT NULL,
                    PRIMARY KEY (code))
                """,
                // body: quality.registry.v1.OrganisationRegistered.
                """
                CREATE TABLE statistics_organisation (
                    code TEXT NOT NULL,
                    body BYTEA NOT NULL,
                    PRIMARY KEY (code))
                """,
                // figures: ReportedFigures.bytes.
                """
                CREATE TABLE statistics_report (
                    campaign TEXT NOT NULL,
                    form TEXT NOT NULL,
                    unit TEXT NOT NULL,
                    version BIGINT NOT NULL,
                    first_sealed_unix_us BIGINT NOT NULL,
                    timeliness BIGINT NOT NULL,
                    corrected_late BIGINT NOT NULL,
                    figures BYTEA NOT NULL,
                    PRIMARY KEY (campaign, form, unit))
                """,
                // changes grows with each batch that touches the form: what was read before still holds while it stands.
                """
                CREATE TABLE statistics_form (
                    campaign TEXT NOT NULL,
                    form TEXT NOT NULL,
                    changes BIGINT NOT NULL,
                    PRIMARY KEY (campaign, form))
                """,
            ])
    ]
}
