public import Storage

/// The registry's tables. All are projections of its journal, written with the entries they follow from.
public enum RegistrySchema {
    public static let migrations: [Migration] = [
        Migration(
            version: 1, name: "organisations, identities, campaigns",
            statements: [
                // reports_to is NULL at the top of a reporting line.
                """
                CREATE TABLE organisation (
                    code TEXT NOT NULL,
                    name TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    division_code TEXT NOT NULL,
                    reports_to TEXT,
                    PRIMARY KEY (code)
                )
                """,
                "CREATE INDEX organisation_by_superior ON organisation (reports_to, code)",
                """
                CREATE TABLE identity (
                    organisation_code TEXT NOT NULL,
                    uri TEXT NOT NULL,
                    role TEXT NOT NULL,
                    PRIMARY KEY (organisation_code, uri)
                )
                """,
                // body is a quality.registry.v1.Campaign as published; partition and sequence say where the journal has it.
                """
                CREATE TABLE campaign (
                    code TEXT NOT NULL,
                    title TEXT NOT NULL,
                    year BIGINT NOT NULL,
                    issuer TEXT NOT NULL,
                    theme TEXT NOT NULL,
                    published_unix_us BIGINT NOT NULL,
                    partition BIGINT NOT NULL,
                    sequence BIGINT NOT NULL,
                    body BYTEA NOT NULL,
                    PRIMARY KEY (code)
                )
                """,
                // Who is expected to report a form: frozen when the campaign is published.
                """
                CREATE TABLE expected_reporter (
                    campaign TEXT NOT NULL,
                    form TEXT NOT NULL,
                    organisation_code TEXT NOT NULL,
                    PRIMARY KEY (campaign, form, organisation_code)
                )
                """,
            ])
    ]
}
