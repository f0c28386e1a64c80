public import Journal
internal import Messages
internal import RPC
internal import Reporting
internal import ReportingMessages
public import Storage

/// How the registry's rows follow from its log: all of them are made again in memory, since they are some ten thousand.
public struct RegistryProjection: LogProjection {
    private var rows = ExpectedRows(of: RegistrySchema.migrations.flatMap(\.tables))

    public init() {}

    public mutating func check(
        _ entries: [JournalEntry], in view: ReadTransaction, _ faults: inout StoreFaults
    ) throws {
        for entry in entries {
            do {
                try take(entry)
            } catch {
                faults.add("entry \(entry.index), '\(entry.kind)', cannot be read: \(error)")
            }
        }
    }

    private mutating func take(_ entry: JournalEntry) throws {
        switch entry.kind {
        case "organisation.registered":
            guard let message = try RegistryV1.OrganisationRegistered.decode(entry.body).organisation else { return }
            rows.put(OrganisationRow(try Organisation(message)))
        case "identity.registered":
            guard let message = try RegistryV1.IdentityRegistered.decode(entry.body).identity else { return }
            rows.put(
                IdentityRow(
                    RegisteredIdentity(
                        uri: message.uri, organisationCode: message.organisationCode, role: message.role)))
        case "campaign.published":
            guard let message = try RegistryV1.CampaignPublished.decode(entry.body).campaign else { return }
            rows.put(
                try CampaignRow(message, at: entry.index, publishedUnixMicroseconds: entry.sealedUnixMicroseconds))
            for row in ExpectedReporterRow.all(of: message) { rows.put(row) }
        default: break
        }
    }

    public func checkWhole(in view: ReadTransaction, _ faults: inout StoreFaults) throws {
        try rows.check(in: view, &faults)
    }
}
