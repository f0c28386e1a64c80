public import Storage

/// Submission's tables. Reports themselves stand in the journal alone, once; these say where.
///
/// Every table is clustered on its key and has no second index. A report's versions lie together, in order; keys of
/// pushes lie by unit, and in order of time where clients make them so (UUIDv7).
public enum SubmissionSchema {
    public static let migrations = [
        Migration(
            version: 1, name: "reports and their registry",
            statements: [
                // The version in force of every report.
                """
                CREATE TABLE report (
                    campaign TEXT NOT NULL, form TEXT NOT NULL, reporting_unit TEXT NOT NULL,
                    version BIGINT NOT NULL, digest BYTEA NOT NULL, first_sealed_unix_us BIGINT NOT NULL,
                    sealed_unix_us BIGINT NOT NULL, timeliness BIGINT NOT NULL, corrected_late BIGINT NOT NULL,
                    PRIMARY KEY (campaign, form, reporting_unit))
                """,
                // Where each version stands in the journal, and its personal values, sealed.
                """
                CREATE TABLE report_version (
                    campaign TEXT NOT NULL, form TEXT NOT NULL, reporting_unit TEXT NOT NULL,
                    version BIGINT NOT NULL, journal_partition BIGINT NOT NULL, sequence BIGINT NOT NULL,
                    personal BYTEA,
                    PRIMARY KEY (campaign, form, reporting_unit, version))
                """,
                // Every accepted push, for ever: a retry may come at any time.
                """
                CREATE TABLE accepted_push (
                    reporting_unit TEXT NOT NULL, idempotency_key TEXT NOT NULL, digest BYTEA NOT NULL,
                    version BIGINT NOT NULL, journal_partition BIGINT NOT NULL, sequence BIGINT NOT NULL,
                    PRIMARY KEY (reporting_unit, idempotency_key))
                """,
                // The last refusal by key, so that a client that tries again and again fills no journal.
                """
                CREATE TABLE refused_push (
                    reporting_unit TEXT NOT NULL, idempotency_key TEXT NOT NULL, digest BYTEA NOT NULL,
                    code BIGINT NOT NULL,
                    PRIMARY KEY (reporting_unit, idempotency_key))
                """,
                // What personal values of a unit are sealed with and committed to. Without its row they are gone.
                """
                CREATE TABLE personal_key (
                    reporting_unit TEXT NOT NULL, sealing_key BYTEA NOT NULL, salt BYTEA NOT NULL,
                    PRIMARY KEY (reporting_unit))
                """,
                // The key that signs this store's receipts; the private half lies in a file beside the store.
                """
                CREATE TABLE receipt_key (
                    key_id BYTEA NOT NULL, public_key BYTEA NOT NULL,
                    PRIMARY KEY (key_id))
                """,
                // What the registry's journal said, as encoded messages.
                "CREATE TABLE registry_campaign (code TEXT NOT NULL, body BYTEA NOT NULL, PRIMARY KEY (code))",
                "CREATE TABLE registry_organisation (code TEXT NOT NULL, body BYTEA NOT NULL, PRIMARY KEY (code))",
            ])
    ]
}
