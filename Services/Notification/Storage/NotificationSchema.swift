public import Storage

/// The tables of notification. Messages are made of the journals and can be made again; marks of what was read and
/// acknowledged cannot, and stay when messages are forgotten.
public enum NotificationSchema {
    public static let migrations = [
        Migration(
            version: 1, name: "campaigns, reporting line, inbox and marks",
            statements: [
                // body: quality.registry.v1.CampaignPublished, as the journal has it.
                """
                CREATE TABLE notification_campaign (
                    code TEXT NOT NULL,
                    body BYTEA NOT NULL,
                    PRIMARY KEY (code))
                """,
                """
                CREATE TABLE notification_organisation (
                    code TEXT NOT NULL,
                    reports_to TEXT,
                    PRIMARY KEY (code))
                """,
                // identity: InboxItem.identity. fact: InboxFact.bytes. source: InboxSource.
                """
                CREATE TABLE inbox_message (
                    organisation TEXT NOT NULL,
                    id BIGINT NOT NULL,
                    identity BYTEA NOT NULL,
                    source BIGINT NOT NULL,
                    campaign TEXT NOT NULL,
                    form TEXT NOT NULL,
                    occurred_unix_us BIGINT NOT NULL,
                    fact BYTEA NOT NULL,
                    PRIMARY KEY (organisation, id))
                """,
                "CREATE UNIQUE INDEX inbox_message_identity ON inbox_message (organisation, identity)",
                """
                CREATE TABLE inbox_mark (
                    organisation TEXT NOT NULL,
                    identity BYTEA NOT NULL,
                    read_unix_us BIGINT NOT NULL,
                    acknowledged_unix_us BIGINT,
                    PRIMARY KEY (organisation, identity))
                """,
            ])
    ]
}
