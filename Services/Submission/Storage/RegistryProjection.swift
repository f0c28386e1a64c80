internal import Messages
internal import RPC
public import Reporting
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

extension SQLReading {
    /// Everything that the registry's journal said.
    public func catalogue() throws -> Catalogue {
        let campaigns = try all("SELECT body FROM registry_campaign") { row in
            try Campaign(try RegistryV1.Campaign.decode(try row.bytes(0)))
        }
        let organisations = try all("SELECT body FROM registry_organisation") { row in
            try Organisation(try RegistryV1.Organisation.decode(try row.bytes(0)))
        }
        return Catalogue(campaigns: campaigns, organisations: organisations)
    }
}
