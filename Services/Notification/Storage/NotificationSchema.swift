public import Storage

/// The tables of notification. Messages are made of the journals and can be made again; marks of what was read and
/// acknowledged cannot, and stay when messages are forgotten.
public enum NotificationSchema {
    public static let migrations = [
        Migration(
            version: 1, name: "campaigns, reporting line, inbox and marks",
            tables: [
                CampaignRow.table, OrganisationRow.table, MessageRow.table, KnownMessageRow.table, MarkRow.table,
                ReceiptHolderRow.table,
            ])
    ]
}
