public import Journal
internal import Messages
internal import RPC
public import Reporting
internal import ReportingMessages
public import Storage
internal import SubmissionRules

/// What entries of the registry's journal say, read and ready to be stored. Kinds that submission has no use for are
/// skipped.
public struct TakingRegistry: Decision {
    /// Everything that came from the registry's journal.
    public static let effects = [Forgetting(RegistryCampaignRow.table), Forgetting(RegistryOrganisationRow.table)]

    private var campaigns: [RegistryCampaignRow] = []
    private var organisations: [RegistryOrganisationRow] = []

    public init(_ entries: [JournalEntry]) throws {
        for entry in entries {
            switch entry.kind {
            case "campaign.published":
                let published = try RegistryV1.CampaignPublished.decode(entry.body)
                for organisation in published.organisations { try add(organisation) }
                if let campaign = published.campaign {
                    campaigns.append(RegistryCampaignRow(campaign.code, body: try campaign.encodedBytes()))
                }
            case "organisation.registered":
                if let organisation = try RegistryV1.OrganisationRegistered.decode(entry.body).organisation {
                    try add(organisation)
                }
            default: break
            }
        }
    }

    private mutating func add(_ organisation: RegistryV1.Organisation) throws {
        organisations.append(RegistryOrganisationRow(organisation.code, body: try organisation.encodedBytes()))
    }

    public func load(_ rows: WorkingSet) {
        for campaign in campaigns { rows.want(RegistryCampaignRow.self, campaign.key) }
        for organisation in organisations { rows.want(RegistryOrganisationRow.self, organisation.key) }
    }

    public func decide(_ rows: WorkingSet) {
        for campaign in campaigns { rows.put(campaign) }
        for organisation in organisations { rows.put(organisation) }
    }
}

/// What the registry's journal said, as the catalogue takes it.
public struct RegistryReading: Sendable {
    public private(set) var organisations: [Organisation] = []
    public private(set) var campaigns: [Campaign] = []
    /// For the log: a campaign or an organisation, and why it is left out. A registry newer than this program may
    /// publish what this one does not know; the rest goes on.
    public private(set) var problems: [String] = []

    fileprivate mutating func add(organisation code: String, _ body: [UInt8]) {
        do {
            organisations.append(try Organisation(try RegistryV1.Organisation.decode(body)))
        } catch {
            problems.append("organisation '\(code)': \(error)")
        }
    }

    fileprivate mutating func add(campaign code: String, _ body: [UInt8]) {
        do {
            campaigns.append(try Campaign(try RegistryV1.Campaign.decode(body)))
        } catch {
            problems.append("campaign '\(code)': \(error)")
        }
    }
}

extension TakingRegistry {
    /// What these entries said.
    public var reading: RegistryReading {
        var reading = RegistryReading()
        for row in organisations { reading.add(organisation: row.key, row.body) }
        for row in campaigns { reading.add(campaign: row.key, row.body) }
        return reading
    }
}

extension ReadTransaction {
    /// Everything that was said.
    public func registryReading() throws -> RegistryReading {
        var reading = RegistryReading()
        try forEach("SELECT code, body FROM registry_organisation", []) {
            reading.add(organisation: try $0.text(0), try $0.bytes(1))
        }
        try forEach("SELECT code, body FROM registry_campaign", []) {
            reading.add(campaign: try $0.text(0), try $0.bytes(1))
        }
        return reading
    }
}
