internal import Journal
internal import Messages
internal import RPC
internal import RegistryRules
internal import Reporting
internal import ReportingMessages
internal import Storage

// What the registry may be asked to change: rules over the organisations and campaigns there are.

/// Publishes a campaign with the organisations it brings along.
struct Publishing: Decision {
    let campaign: Campaign
    let organisations: [Organisation]
    let caller: Caller
    let divisions: DivisionHistory

    /// The organisations that the publication is judged by, with everyone above them.
    private var concerned: [String] {
        [campaign.issuer] + organisations.map(\.code) + organisations.compactMap(\.reportsTo)
            + campaign.forms.flatMap(\.expectedReporters)
    }

    func load(_ rows: WorkingSet) {
        rows.wantLine(around: concerned)
        rows.want(CampaignRow.self, campaign.code)
    }

    func decide(_ rows: WorkingSet) throws -> (published: PublishedCampaign, isRepeated: Bool) {
        let publication = Publication(
            campaign: campaign, organisations: organisations, registered: rows.line(around: concerned),
            divisions: divisions)
        try publication.checkAccess(of: caller)
        if let there = try rows.row(CampaignRow.self, campaign.code)?.published() {
            guard try Campaign(there.campaign) == campaign, publication.newOrganisations.isEmpty else {
                throw RegistryRefusal.campaignExists(code: campaign.code)
            }
            try publication.checkConflicts()
            return (there, true)
        }
        try publication.checkConflicts()
        let problems = publication.problems()
        guard problems.isEmpty else { throw RegistryRefusal.problems(problems) }
        for organisation in publication.newOrganisations { try rows.register(organisation) }
        return (try rows.publish(publication), false)
    }
}

/// Registers an organisation. The same again changes nothing.
struct RegisteringOrganisation: Decision {
    let organisation: Organisation
    let caller: Caller
    let divisions: DivisionHistory

    init(_ organisation: Organisation, caller: Caller, divisions: DivisionHistory) {
        self.organisation = organisation
        self.caller = caller
        self.divisions = divisions
    }

    private var concerned: [String] { [organisation.code] + [organisation.reportsTo].compactMap(\.self) }

    func load(_ rows: WorkingSet) { rows.wantLine(around: concerned) }

    func decide(_ rows: WorkingSet) throws {
        let line = rows.line(around: concerned)
        try RegistryAccess(line: line).register(organisation, by: caller)
        if let registered = line[organisation.code] {
            guard registered == organisation else {
                throw RegistryRefusal.organisationDiffers(registered: registered, offered: organisation)
            }
            return
        }
        let problems = organisation.problems(
            joining: line, divisions: divisions, on: CivilDate(containing: rows.sealedUnixMicroseconds))
        guard problems.isEmpty else { throw RegistryRefusal.problems(problems) }
        try rows.register(organisation)
    }
}

/// Registers a name that a certificate may have. The same again changes nothing.
struct RegisteringIdentity: Decision {
    let identity: RegisteredIdentity
    let caller: Caller

    init(_ identity: RegisteredIdentity, caller: Caller) {
        self.identity = identity
        self.caller = caller
    }

    func load(_ rows: WorkingSet) {
        rows.wantLine(around: [identity.organisationCode])
        rows.want(IdentityRow.self, IdentityRow(identity).key)
    }

    func decide(_ rows: WorkingSet) throws {
        let line = rows.line(around: [identity.organisationCode])
        try RegistryAccess(line: line).registerIdentity(of: identity.organisationCode, by: caller)
        guard line[identity.organisationCode] != nil else {
            throw RegistryRefusal.unknownOrganisation(code: identity.organisationCode)
        }
        let row = IdentityRow(identity)
        guard rows.row(IdentityRow.self, row.key) == nil else { return }
        rows.put(row)
        let message = RegistryV1.Identity(
            uri: identity.uri, organisationCode: identity.organisationCode, role: identity.role)
        rows.append(
            kind: "identity.registered", body: try RegistryV1.IdentityRegistered(identity: message).encodedBytes())
    }
}

extension WorkingSet {
    /// The organisation was named.
    fileprivate func register(_ organisation: Organisation) throws {
        put(OrganisationRow(organisation))
        let message = RegistryV1.OrganisationRegistered(organisation: RegistryV1.Organisation(organisation))
        append(kind: "organisation.registered", body: try message.encodedBytes())
    }

    /// The campaign was named.
    fileprivate func publish(_ publication: Publication) throws -> PublishedCampaign {
        let message = RegistryV1.Campaign(publication.campaign)
        let body = RegistryV1.CampaignPublished(
            campaign: message, organisations: publication.namedOrganisations().map { RegistryV1.Organisation($0) },
            divisions: publication.namedDivisions().map { RegistryV1.Division($0) })
        let position = append(kind: "campaign.published", body: try body.encodedBytes())
        let row = try CampaignRow(message, at: position.index, publishedUnixMicroseconds: sealedUnixMicroseconds)
        put(row)
        for row in ExpectedReporterRow.all(of: message) { add(row) }
        return PublishedCampaign(
            campaign: message, publishedUnixMicroseconds: sealedUnixMicroseconds, index: row.index)
    }
}
