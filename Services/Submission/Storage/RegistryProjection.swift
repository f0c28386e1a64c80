public import Journal
internal import Messages
internal import RPC
internal import Reporting
internal import ReportingMessages
public import Storage
public import SubmissionRules

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

/// The catalogue, and what of the projection could not be made sense of.
public struct CatalogueReading: Sendable {
    public var catalogue: Catalogue
    /// For the log: a campaign or an organisation, and why it is left out. A registry newer than this program may
    /// publish what this one does not know; the rest goes on.
    public var problems: [String]
}

extension ReadTransaction {
    /// Everything that the registry's journal said.
    public func catalogue() throws -> CatalogueReading {
        var reading = CatalogueReading(catalogue: Catalogue(), problems: [])
        try forEach("SELECT code, body FROM registry_organisation", []) { row in
            do {
                reading.catalogue.insert(try Organisation(try RegistryV1.Organisation.decode(try row.bytes(1))))
            } catch {
                reading.problems.append("organisation '\(try row.text(0))': \(error)")
            }
        }
        try forEach("SELECT code, body FROM registry_campaign", []) { row in
            do {
                reading.catalogue.insert(try Campaign(try RegistryV1.Campaign.decode(try row.bytes(1))))
            } catch {
                reading.problems.append("campaign '\(try row.text(0))': \(error)")
            }
        }
        return reading
    }
}
