internal import Journal
public import Messages
internal import RPC
public import RegistryRules
public import Reporting
internal import ReportingMessages
public import Storage

/// A campaign as it was published.
public struct PublishedCampaign: Sendable, Hashable {
    /// With due and lock instants.
    public var campaign: RegistryV1.Campaign
    public var publishedUnixMicroseconds: Int64
    /// Where the journal has it.
    public var index: UInt64
}

/// A registered name of a certificate.
public struct RegisteredIdentity: Sendable, Hashable {
    public var uri: String
    public var organisationCode: String
    public var role: String

    public init(uri: String, organisationCode: String, role: String) {
        self.uri = uri
        self.organisationCode = organisationCode
        self.role = role
    }
}

/// The registry's tables and journal. Every change is journaled in the transaction that makes it.
///
/// Methods throw ``RegistryRefusal`` for what is not allowed or not right, and `StorageError`.
public struct RegistryStore: Sendable {
    public let store: Store
    private let divisions: DivisionHistory

    /// `store` has been opened with ``RegistrySchema/migrations`` .
    public init(_ store: Store, divisions: DivisionHistory) {
        self.store = store
        self.divisions = divisions
    }

    // MARK: - Judgements, before a request is looked into

    /// Throws ``RegistryRefusal/denied(remedy:)`` unless the caller may publish for the issuer with these organisations, of
    /// which only who they are and to whom they report is looked at.
    public func judgePublication(
        issuer: String, organisations: [Organisation], by caller: Caller
    ) async throws {
        try await store.read { transaction in
            let registered = try transaction.line(
                around: [issuer] + organisations.map(\.code) + organisations.compactMap(\.reportsTo))
            try PublicationAccess(issuer: issuer, organisations: organisations, registered: registered).check(caller)
        }
    }

    /// Throws ``RegistryRefusal/denied(remedy:)`` unless the caller may register an organisation of that code and superior.
    public func judgeRegistration(of organisation: Organisation, by caller: Caller) async throws {
        try await store.read { transaction in
            let line = try transaction.line(around: [organisation.code] + [organisation.reportsTo].compactMap(\.self))
            try RegistryAccess(line: line).register(organisation, by: caller)
        }
    }

    /// Throws ``RegistryRefusal/denied(remedy:)`` unless the caller may register identities of the organisation.
    public func judgeIdentity(of organisation: String, by caller: Caller) async throws {
        try await store.read { transaction in
            try RegistryAccess(line: transaction.line(around: [organisation]))
                .registerIdentity(of: organisation, by: caller)
        }
    }

    // MARK: - Changes

    /// Publishes a campaign with the organisations it brings along, all or nothing. The same again changes nothing and
    /// gives back what was published (`isRepeated`).
    public func publish(
        _ campaign: Campaign, organisations: [Organisation], by caller: Caller
    ) async throws -> (published: PublishedCampaign, isRepeated: Bool) {
        try await store.commit(
            Publishing(campaign: campaign, organisations: organisations, caller: caller, divisions: divisions)
        ).value
    }

    /// Registers an organisation. The same again changes nothing.
    public func register(_ organisation: Organisation, by caller: Caller) async throws {
        try await store.commit(RegisteringOrganisation(organisation, caller: caller, divisions: divisions))
    }

    /// Registers a name that a certificate may have. The same again changes nothing.
    public func register(_ identity: RegisteredIdentity, by caller: Caller) async throws {
        try await store.commit(RegisteringIdentity(identity, caller: caller))
    }
}

// MARK: - Questions

extension RegistryStore {
    public func campaign(_ code: String) async throws -> PublishedCampaign? {
        try await store.read { try $0.campaign(code) }
    }

    /// Every campaign, the latest first. `limit`: at most this many.
    public func campaigns(limit: Int) async throws -> [RegistryV1.CampaignSummary] {
        try await store.read { transaction in
            try transaction.all(
                """
                SELECT code, title, campaign_year, issuer, theme, published_unix_us FROM campaign
                ORDER BY published_unix_us DESC, code LIMIT ?
                """, [.number(limit)]
            ) { row in
                RegistryV1.CampaignSummary(
                    code: try row.text(0), title: try row.optionalText(1) ?? "", year: try row.number(2),
                    issuer: try row.text(3), theme: try row.optionalText(4) ?? "", publishedUnixUs: try row.integer(5))
            }
        }
    }

    /// Who is expected to report a form, by code; as frozen at publication.
    public func expectedReporters(campaign: String, form: String) async throws -> [Organisation] {
        try await store.read { transaction in
            try transaction.all(
                """
                SELECT o.code, o.name, o.kind, o.division_code, o.reports_to
                FROM expected_reporter e JOIN organisation o ON o.code = e.organisation_code
                WHERE e.campaign = ? AND e.form = ? ORDER BY o.code
                """, [.text(campaign), .text(form)], Organisation.init(row:))
        }
    }

    /// An organisation and those it reports to, up to the top.
    public func organisation(_ code: String) async throws -> (organisation: Organisation, superiors: [Organisation])? {
        try await store.read { transaction in
            let line = try transaction.line(around: [code])
            return line[code].map { ($0, line.superiors(of: code)) }
        }
    }

    /// Organisations that report to `superior` at any depth (`nil`: all), by code, those after `code` only.
    public func organisations(below superior: String?, after code: String, limit: Int) async throws -> [Organisation] {
        try await store.read { transaction in
            guard let superior else {
                return try transaction.all(
                    """
                    SELECT code, name, kind, division_code, reports_to FROM organisation
                    WHERE code > ? ORDER BY code LIMIT ?
                    """, [.text(code), .number(limit)], Organisation.init(row:))
            }
            return try transaction.all(
                """
                WITH RECURSIVE below (code, depth) AS (
                    SELECT code, 1 FROM organisation WHERE reports_to = ?
                    UNION ALL
                    SELECT o.code, b.depth + 1 FROM organisation o JOIN below b ON o.reports_to = b.code
                    WHERE b.depth < ?
                )
                SELECT code, name, kind, division_code, reports_to FROM organisation
                WHERE code > ? AND code IN (SELECT code FROM below) ORDER BY code LIMIT ?
                """,
                [.text(superior), .number(ReportingLine.maximumDepth), .text(code), .number(limit)],
                Organisation.init(row:))
        }
    }

    /// An organisation's identities, by name, at most `limit`.
    public func identities(
        of organisation: String, by caller: Caller, limit: Int
    ) async throws -> [RegisteredIdentity] {
        try await store.read { transaction in
            try RegistryAccess(line: transaction.line(around: [organisation]))
                .listIdentities(of: organisation, by: caller)
            return try transaction.all(
                "SELECT uri, organisation_code, role FROM identity WHERE organisation_code = ? ORDER BY uri LIMIT ?",
                [.text(organisation), .number(limit)]
            ) { row in
                RegisteredIdentity(
                    uri: try row.text(0), organisationCode: try row.text(1), role: try row.text(2))
            }
        }
    }
}
