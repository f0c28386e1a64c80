public import Journal
internal import Messages
internal import NotificationRules
internal import RPC
internal import Reporting
internal import ReportingMessages
public import Storage

/// What entries of the two journals put into inboxes. Runs in the transaction that also stores the cursor, so each entry
/// tells once. Kinds that nobody is told of are passed over; an entry of a known kind that cannot be read stops the
/// following, since somebody who must act would not be told.
public enum NotificationIntake {
    public static func applyRegistry(_ entries: [JournalEntry], in transaction: WriteTransaction) throws {
        for entry in entries {
            try entry.reading {
                switch entry.kind {
                case "campaign.published":
                    let message = try RegistryV1.CampaignPublished.decode(entry.body)
                    let campaign = try Campaign(message.campaign ?? .init())
                    try transaction.execute(
                        "INSERT INTO notification_campaign (code, body) VALUES (?, ?) ON CONFLICT (code) DO NOTHING",
                        [.text(campaign.code), .bytes(entry.body)])
                    for organisation in message.organisations { try transaction.place(organisation) }
                    let items = InboxItem.announcing(
                        campaign, sequence: entry.sequence, sealedUnixMicroseconds: entry.sealedUnixMicroseconds)
                    for item in items { try transaction.deliver(item) }
                case "organisation.registered":
                    let message = try RegistryV1.OrganisationRegistered.decode(entry.body)
                    if let organisation = message.organisation { try transaction.place(organisation) }
                default: break
                }
            }
        }
    }

    public static func applySubmission(
        _ entries: [JournalEntry], epoch: JournalEpoch, in transaction: WriteTransaction
    ) throws {
        for entry in entries {
            try entry.reading {
                switch entry.kind {
                case AcceptedReport.journalKind:
                    guard let accepted = AcceptedReport(statement: entry.statement) else {
                        throw TranslationError([DefinitionProblem(pointer: "/statement", message: "无法识别")])
                    }
                    let message = try SubmissionV1.ReportAccepted.decode(entry.body)
                    try transaction.deliver(
                        .acknowledging(
                            accepted, findings: try findings(message.findings), position: entry.position(in: epoch),
                            sealedUnixMicroseconds: entry.sealedUnixMicroseconds))
                case "report.rejected":
                    let message = try SubmissionV1.ReportRejected.decode(entry.body)
                    try transaction.deliver(
                        .refusing(
                            unit: message.reportingUnit, campaign: message.campaign, form: message.form,
                            .init(
                                digest: message.digest, code: message.code, message: message.message,
                                findings: try findings(message.findings)),
                            sequence: entry.sequence, sealedUnixMicroseconds: entry.sealedUnixMicroseconds))
                default: break
                }
            }
        }
    }

    /// Removes the messages that a journal told of, and what else it told: it is another one now. Marks stay, and are
    /// found again by messages that are the same.
    public static func forgetRegistry(in transaction: WriteTransaction) throws {
        try forgetMessages(of: .registry, in: transaction)
        try transaction.execute("DELETE FROM notification_campaign")
        try transaction.execute("DELETE FROM notification_organisation")
    }

    /// See ``forgetRegistry(in:)``.
    public static func forgetSubmission(in transaction: WriteTransaction) throws {
        try forgetMessages(of: .submission, in: transaction)
    }

    private static func forgetMessages(of source: InboxSource, in transaction: WriteTransaction) throws {
        try transaction.execute("DELETE FROM inbox_message WHERE source = ?", [.number(source.rawValue)])
    }

    private static func findings(_ messages: [TypeV1.Finding]) throws -> [Finding] {
        try messages.map { message in
            guard let finding = Finding(message) else {
                throw TranslationError([DefinitionProblem(pointer: message.pointer, message: "严重程度无法识别")])
            }
            return finding
        }
    }
}

extension WriteTransaction {
    /// Puts an item into its inbox, unless the same message lies there already.
    fileprivate func deliver(_ item: InboxItem) throws {
        try execute(
            """
            INSERT INTO inbox_message
                (organisation, id, identity, source, campaign, form, occurred_unix_us, fact)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """,
            [
                .text(item.organisation), .number(item.id), .hash(item.identity(journalSHA256)),
                .number(item.source.rawValue), .text(item.campaign), .text(item.form),
                .integer(item.occurredUnixMicroseconds), .bytes(item.fact.bytes),
            ])
    }

    /// Notes who an organisation reports to.
    fileprivate func place(_ organisation: RegistryV1.Organisation) throws {
        try execute(
            """
            INSERT INTO notification_organisation (code, reports_to) VALUES (?, ?)
            ON CONFLICT (code) DO UPDATE SET reports_to = excluded.reports_to
            """,
            [
                .text(organisation.code), organisation.reportsTo.isEmpty ? .null : .text(organisation.reportsTo),
            ])
    }
}
