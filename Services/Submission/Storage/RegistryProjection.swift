public import Journal
internal import Messages
internal import RPC
internal import Reporting
internal import ReportingMessages
public import Storage
public import SubmissionRules

extension WriteTransaction {
    /// Stores what entries of the registry's journal say. Kinds that submission has no use for are skipped.
    public func applyRegistryEntries(_ entries: [JournalEntry]) throws {
        for entry in entries {
            switch entry.kind {
            case "campaign.published":
                let published = try RegistryV1.CampaignPublished.decode(entry.body)
                for organisation in published.organisations { try put(organisation) }
                if let campaign = published.campaign {
                    try execute(
                        """
                        INSERT INTO registry_campaign (code, body) VALUES (?, ?)
                        ON CONFLICT (code) DO UPDATE SET body = excluded.body
                        """, [.text(campaign.code), .bytes(try campaign.encodedBytes())])
                }
            case "organisation.registered":
                if let organisation = try RegistryV1.OrganisationRegistered.decode(entry.body).organisation {
                    try put(organisation)
                }
            default: break
            }
        }
    }

    private func put(_ organisation: RegistryV1.Organisation) throws {
        try execute(
            """
            INSERT INTO registry_organisation (code, body) VALUES (?, ?)
            ON CONFLICT (code) DO UPDATE SET body = excluded.body
            """, [.text(organisation.code), .bytes(try organisation.encodedBytes())])
    }

    /// Forgets everything that came from the registry's journal.
    public func removeRegistryProjection() throws {
        try execute("DELETE FROM registry_campaign")
        try execute("DELETE FROM registry_organisation")
    }
}

/// The catalogue, and what of the projection could not be made sense of.
public struct CatalogueReading: Sendable {
    public var catalogue: Catalogue
    /// For the log: a campaign or an organisation, and why it is left out. A registry newer than this program may
    /// publish what this one does not know; the rest goes on.
    public var problems: [String]
}

extension SQLReading {
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
