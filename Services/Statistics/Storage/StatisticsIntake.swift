public import Journal
internal import Messages
internal import RPC
internal import Reporting
internal import ReportingMessages
internal import StatisticsRules
public import Storage

/// What entries of the two journals effect, read and ready to be stored: in the group commit that also stores the cursor, so
/// each entry takes effect once. Kinds that statistics have no use for are passed over; an entry of a known kind whose facts
/// cannot be read stops the following, since a figure left out silently would be worse.
public struct StatisticsIntake: Decision {
    /// Names of the journals, for cursors.
    public static let registry = "registry"
    public static let submission = "submission"

    /// What the registry's journal told.
    public static let registryEffects = [Forgetting(CampaignRow.table), Forgetting(OrganisationRow.table)]
    /// What submission's journal told.
    public static let submissionEffects = [ReportRow.table, ReportBodyRow.table, FormRow.table].map { Forgetting($0) }

    private var campaigns: [CampaignRow] = []
    private var organisations: [OrganisationRow] = []
    private var reports: [(row: ReportRow, body: [UInt8])] = []
    private var forms: Set<StatisticsProjection.FormKey> = []

    public init(registry entries: [JournalEntry]) throws {
        for entry in entries {
            try entry.reading {
                switch entry.kind {
                case "campaign.published":
                    let published = try RegistryV1.CampaignPublished.decode(entry.body)
                    // Read now, so that what is stored can be read.
                    campaigns.append(
                        CampaignRow(try PublishedCampaign(published).campaign.code, body: entry.body))
                case "organisation.registered":
                    let registered = try RegistryV1.OrganisationRegistered.decode(entry.body)
                    organisations.append(
                        OrganisationRow(try Organisation(registered.organisation ?? .init()).code, body: entry.body))
                default: break
                }
            }
        }
    }

    public init(submission entries: [JournalEntry]) throws {
        for entry in entries where entry.kind == AcceptedReport.journalKind {
            try entry.reading {
                // What is said of the report beside its figures; those are read when somebody asks for them.
                guard let accepted = AcceptedReport(statement: entry.statement) else {
                    throw TranslationError([DefinitionProblem(pointer: "/statement", message: "无法识别")])
                }
                let row = ReportRow(
                    accepted, sealedUnixMicroseconds: entry.sealedUnixMicroseconds, index: entry.index)
                reports.append((row, entry.body))
                forms.insert(.init(campaign: accepted.campaign, form: accepted.form))
            }
        }
    }

    public func load(_ rows: WorkingSet) {
        for campaign in campaigns { rows.want(CampaignRow.self, campaign.key) }
        for organisation in organisations { rows.want(OrganisationRow.self, organisation.key) }
        for (report, _) in reports {
            // A later version's body takes the earlier one's place.
            guard let stored = rows.want(ReportRow.self, report.key), report.version > stored.version else { continue }
            rows.want(ReportBodyRow.self, stored.firstIndex)
        }
        for form in forms { rows.want(FormRow.self, form) }
    }

    public func decide(_ rows: WorkingSet) {
        for campaign in campaigns where rows.row(CampaignRow.self, campaign.key) == nil { rows.put(campaign) }
        for organisation in organisations { rows.put(organisation) }
        for (report, body) in reports {
            guard let stored = rows.row(ReportRow.self, report.key) else {
                rows.put(report)
                rows.add(ReportBodyRow(report.firstIndex, body: body))
                continue
            }
            guard let merged = stored.merging(report) else { continue }
            rows.put(merged)
            if merged.version > stored.version { rows.put(ReportBodyRow(stored.firstIndex, body: body)) }
        }
        for form in forms { rows.put(FormRow(form, changes: (rows.row(FormRow.self, form)?.changes ?? 0) + 1)) }
    }
}

extension PublishedCampaign {
    init(_ message: RegistryV1.CampaignPublished) throws {
        self.init(
            campaign: try Campaign(message.campaign ?? .init()),
            organisations: try message.organisations.map { try Organisation($0) },
            divisions: try message.divisions.map { try Division($0) })
    }
}
