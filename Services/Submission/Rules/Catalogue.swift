public import Reporting

/// What submission knows of the registry: campaigns with their forms ready for checking, and who reports to whom.
public struct Catalogue: Sendable {
    public struct PublishedCampaign: Sendable {
        public let issuer: String
        let forms: [String: PublishedForm]
        let formCodes: [String]
    }

    public struct PublishedForm: Sendable {
        public let checker: FormChecker
        public let deadline: Deadline
        let expected: Set<String>
    }

    private var campaigns: [String: PublishedCampaign]
    public private(set) var line: ReportingLine

    public init(campaigns: [Campaign] = [], organisations: [Organisation] = []) {
        line = ReportingLine(organisations)
        self.campaigns = [:]
        for campaign in campaigns { insert(campaign) }
    }

    /// Adds a campaign, or replaces the one with its code.
    public mutating func insert(_ campaign: Campaign) {
        let forms = campaign.forms.map { form in
            PublishedForm(
                checker: FormChecker(form), deadline: Deadline(of: form), expected: Set(form.expectedReporters))
        }
        campaigns[campaign.code] = PublishedCampaign(
            issuer: campaign.issuer,
            forms: Dictionary(forms.map { ($0.checker.form.code, $0) }, uniquingKeysWith: { $1 }),
            formCodes: campaign.forms.map(\.code))
    }

    /// Adds an organisation, or replaces the one with its code.
    public mutating func insert(_ organisation: Organisation) {
        line.insert(organisation)
    }

    public func hasCampaign(_ code: String) -> Bool { campaigns[code] != nil }
    /// Codes of a campaign's forms, in its order.
    public func forms(of campaign: String) -> [String] { campaigns[campaign]?.formCodes ?? [] }
    public func hasForm(_ form: String, of campaign: String) -> Bool { campaigns[campaign]?.forms[form] != nil }
    public func hasOrganisation(_ code: String) -> Bool { line.contains(code) }

    /// The form that a report names, of a campaign that addresses its unit.
    ///
    /// Everyone at or below the issuer is addressed, and whoever a form lists. A unit that is not listed may report all
    /// the same (a city beside its counties): who is expected is for statistics.
    /// `permit` is for the unit: who has none learns from here that nothing exists.
    public func form(for name: ReportName, _ permit: UnitPermit) throws(Refusal) -> PublishedForm {
        precondition(permit.unit == name.unit, "a permit for another unit")
        guard let campaign = campaigns[name.campaign] else { throw .unknownCampaign(name.campaign) }
        guard let form = campaign.forms[name.form] else {
            throw .unknownForm(name.form, of: name.campaign, known: campaign.formCodes)
        }
        guard line.contains(name.unit) else { throw .unknownUnit(name.unit) }
        guard form.expected.contains(name.unit) || line.isAtOrBelow(name.unit, campaign.issuer) else {
            throw .notAddressed(name.unit, by: name.campaign)
        }
        return form
    }
}
