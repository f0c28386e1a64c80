public import Journal
internal import Messages
internal import NotificationRules
internal import RPC
internal import Reporting
internal import ReportingMessages
public import Storage

/// What entries of the two journals put into inboxes, read and ready to be stored: in the group commit that also stores the
/// cursor, so each entry tells once. Kinds that nobody is told of are passed over; an entry of a known kind that cannot be
/// read stops the following, since somebody who must act would not be told.
public struct NotificationIntake: Decision {
    /// What the registry's journal told. Marks stay, and are found again by messages that are the same.
    public static let registryEffects =
        messages(of: .registry) + [Forgetting(CampaignRow.table), Forgetting(OrganisationRow.table)]
    /// What submission's journal told; the same of marks.
    public static let submissionEffects = messages(of: .submission) + [Forgetting(ReceiptHolderRow.table)]

    private static func messages(of source: InboxSource) -> [Forgetting] {
        [MessageRow.table, KnownMessageRow.table].map {
            Forgetting($0, where: "source", is: .number(source.rawValue))
        }
    }

    private var campaigns: [CampaignRow] = []
    private var organisations: [OrganisationRow] = []
    /// With what is noted of those that may come again.
    private var messages: [(row: MessageRow, known: KnownMessageRow?)] = []
    /// Told to those too who are known here to have had receipts before.
    private var epochs: [(change: InboxFact.EpochChange, entry: JournalEntry)] = []

    public init(registry entries: [JournalEntry]) throws {
        for entry in entries {
            try entry.reading {
                switch entry.kind {
                case "campaign.published":
                    let message = try RegistryV1.CampaignPublished.decode(entry.body)
                    let campaign = try Campaign(message.campaign ?? .init())
                    campaigns.append(CampaignRow(campaign.code, body: entry.body))
                    for organisation in message.organisations { place(organisation) }
                    for item in InboxItem.announcing(
                        campaign, index: entry.index, sealedUnixMicroseconds: entry.sealedUnixMicroseconds)
                    { tell(item) }
                case "organisation.registered":
                    let message = try RegistryV1.OrganisationRegistered.decode(entry.body)
                    if let organisation = message.organisation { place(organisation) }
                default: break
                }
            }
        }
    }

    public init(submission entries: [JournalEntry], epoch: JournalEpoch) throws {
        for entry in entries {
            try entry.reading {
                switch entry.kind {
                case AcceptedReport.journalKind:
                    guard let accepted = AcceptedReport(statement: entry.statement) else {
                        throw TranslationError([DefinitionProblem(pointer: "/statement", message: "无法识别")])
                    }
                    // The statement has the rest: figures are not read.
                    let message = try SubmissionV1.ReportAcceptedFindings.decode(entry.body)
                    tell(
                        .acknowledging(
                            accepted, findings: try Self.findings(message.findings),
                            position: entry.position(in: epoch), sealedUnixMicroseconds: entry.sealedUnixMicroseconds))
                case "report.rejected":
                    let message = try SubmissionV1.ReportRejected.decode(entry.body)
                    tell(
                        .refusing(
                            unit: message.reportingUnit, campaign: message.campaign, form: message.form,
                            .init(
                                digest: message.digest, code: message.code, message: message.message,
                                findings: try Self.findings(message.findings)),
                            index: entry.index, sealedUnixMicroseconds: entry.sealedUnixMicroseconds))
                case StoreRenewal.entryKind:
                    let message = try TypeV1.EpochBegun.decode(entry.body)
                    guard let earlier = JournalEpoch(message.earlierEpoch) else {
                        throw TranslationError([DefinitionProblem(pointer: "/earlier_epoch", message: "无法识别")])
                    }
                    let change = InboxFact.EpochChange(
                        earlierEpoch: earlier, earlierSize: message.earlierSize,
                        stateUnixMicroseconds: message.stateUnixUs, reason: message.reason)
                    for row in Self.telling(message.receiptHolders, of: change, entry) { messages.append((row, nil)) }
                    epochs.append((change, entry))
                default: break
                }
            }
        }
    }

    /// Notes who an organisation reports to.
    private mutating func place(_ organisation: RegistryV1.Organisation) {
        organisations.append(
            OrganisationRow(
                organisation.code, reportsTo: organisation.reportsTo.isEmpty ? nil : organisation.reportsTo))
    }

    private mutating func tell(_ item: InboxItem) {
        let row = MessageRow(item)
        messages.append((row, item.mayComeAgain ? KnownMessageRow(row) : nil))
    }

    private static func telling(
        _ units: [String], of change: InboxFact.EpochChange, _ entry: JournalEntry
    ) -> [MessageRow] {
        InboxItem.telling(
            units, of: change, index: entry.index, sealedUnixMicroseconds: entry.sealedUnixMicroseconds
        ).map { MessageRow($0) }
    }

    public func load(_ rows: WorkingSet) {
        for (change, entry) in epochs {
            for row in Self.telling(ReceiptHolderRow.want(in: rows), of: change, entry) {
                rows.want(MessageRow.self, row.key)
            }
        }
        for campaign in campaigns { rows.want(CampaignRow.self, campaign.key) }
        for organisation in organisations { rows.want(OrganisationRow.self, organisation.key) }
        for (message, known) in messages {
            rows.want(MessageRow.self, message.key)
            if let known { rows.want(KnownMessageRow.self, known.key) }
        }
    }

    public func decide(_ rows: WorkingSet) {
        for campaign in campaigns where rows.row(CampaignRow.self, campaign.key) == nil { rows.put(campaign) }
        for organisation in organisations { rows.put(organisation) }
        for (message, known) in messages {
            // The same message lies there already, or is told again.
            guard rows.row(MessageRow.self, message.key) == nil else { continue }
            if let known {
                guard rows.row(KnownMessageRow.self, known.key) == nil else { continue }
                rows.put(known)
            }
            rows.put(message)
        }
        for (change, entry) in epochs {
            for row in Self.telling(ReceiptHolderRow.holders(in: rows), of: change, entry)
            where rows.row(MessageRow.self, row.key) == nil { rows.put(row) }
        }
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
