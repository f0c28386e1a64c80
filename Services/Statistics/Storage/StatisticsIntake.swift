public import Journal
internal import Messages
internal import RPC
internal import Reporting
internal import ReportingMessages
internal import StatisticsRules
public import Storage

/// What entries of the two journals effect, read and ready to be stored: in the group commit that also stores the cursor, so
/// each entry takes effect once. Kinds that statistics have no use for are passed over; an entry of a known kind that cannot
/// be read stops the following, since a figure left out silently would be worse.
public struct StatisticsIntake: Decision {
    /// Names of the journals, for cursors.
    public static let registry = "registry"
    public static let submission = "submission"

    /// What the registry's journal told.
    public static let registryEffects = [Forgetting(CampaignRow.table), Forgetting(OrganisationRow.table)]
    /// What submission's journal told.
    public static let submissionEffects = [Forgetting(ReportRow.table), Forgetting(FormRow.table)]

    private var campaigns: [CampaignRow] = []
    private var organisations: [OrganisationRow] = []
    private var reports: [AcceptedVersion] = []
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
                let accepted = try AcceptedVersion(entry)
                reports.append(accepted)
                forms.insert(.init(campaign: accepted.campaign, form: accepted.form))
            }
        }
    }

    public func load(_ rows: WorkingSet) {
        for campaign in campaigns { rows.want(CampaignRow.self, campaign.key) }
        for organisation in organisations { rows.want(OrganisationRow.self, organisation.key) }
        for report in reports { rows.want(ReportRow.self, ReportRow.Key(report)) }
        for form in forms { rows.want(FormRow.self, form) }
    }

    public func decide(_ rows: WorkingSet) {
        for campaign in campaigns where rows.row(CampaignRow.self, campaign.key) == nil { rows.put(campaign) }
        for organisation in organisations { rows.put(organisation) }
        for accepted in reports {
            var row = rows.row(ReportRow.self, ReportRow.Key(accepted)) ?? ReportRow(accepted)
            row.merge(accepted)
            rows.put(row)
        }
        for form in forms { rows.put(FormRow(form, changes: (rows.row(FormRow.self, form)?.changes ?? 0) + 1)) }
    }
}

extension AcceptedVersion {
    fileprivate init(_ entry: JournalEntry) throws {
        let message = try SubmissionV1.ReportAccepted.decode(entry.body)
        guard let report = message.report, let timeliness = Timeliness(message.timeliness), message.version > 0 else {
            throw TranslationError([DefinitionProblem(pointer: "", message: "没有报表、版本或时效标记")])
        }
        self.init(
            campaign: report.campaign, form: report.form, unit: report.reportingUnit, version: message.version,
            sealedUnixMicroseconds: entry.sealedUnixMicroseconds, timeliness: timeliness,
            correctedLate: message.correctedLate, figures: ReportedFigures(of: try Report(report)))
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
