public import Reporting

/// A campaign as the registry's journal tells of its publication. Frozen then: what happens to an organisation or a
/// division later does not change who is expected, or where it counts (domain, case 8).
public struct PublishedCampaign: Sendable, Hashable {
    public var campaign: Campaign
    /// Every organisation the campaign names, with their superiors.
    public var organisations: [Organisation]
    /// The divisions where they lie, with their ancestors.
    public var divisions: [Division]

    public init(campaign: Campaign, organisations: [Organisation], divisions: [Division]) {
        self.campaign = campaign
        self.organisations = organisations
        self.divisions = divisions
    }
}

/// Everything that statistics know: what both journals told, in force. A value of entries and not of their order.
public struct StatisticsProjection: Sendable {
    /// One form of one campaign.
    public struct FormKey: Sendable, Hashable {
        public var campaign: String
        public var form: String

        public init(campaign: String, form: String) {
            self.campaign = campaign
            self.form = form
        }
    }

    public private(set) var campaigns: [String: PublishedCampaign] = [:]
    /// Organisations registered, in campaigns or outside: for those who report without being listed.
    public private(set) var registered: [String: Organisation] = [:]
    private var reports: [FormKey: [String: UnitReport]] = [:]

    public init() {}

    /// A campaign is published once; an entry that comes again changes nothing.
    public mutating func publish(_ published: PublishedCampaign) {
        if campaigns[published.campaign.code] == nil { campaigns[published.campaign.code] = published }
    }

    public mutating func register(_ organisation: Organisation) {
        registered[organisation.code] = organisation
    }

    /// Puts back what was stored as registered.
    public mutating func restore(registered organisations: [String: Organisation]) {
        registered = organisations
    }

    public mutating func accept(_ accepted: AcceptedVersion) {
        let key = FormKey(campaign: accepted.campaign, form: accepted.form)
        var report = reports[key]?[accepted.unit] ?? UnitReport(accepted)
        report.merge(accepted)
        reports[key, default: [:]][accepted.unit] = report
    }

    /// Puts back what was stored as in force.
    public mutating func restore(_ report: UnitReport, of unit: String, for key: FormKey) {
        reports[key, default: [:]][unit] = report
    }

    /// Forgets what the registry's journal told.
    public mutating func forgetRegistry() {
        campaigns = [:]
        registered = [:]
    }

    /// Forgets what submission's journal told.
    public mutating func forgetSubmission() {
        reports = [:]
    }

    /// The reports in force on a form, by unit.
    public func reports(on key: FormKey) -> [String: UnitReport] { reports[key] ?? [:] }

    /// The form with its reporters as far as `visibility` shows them; `nil` for an unknown campaign or form.
    public func scope(of key: FormKey, visibility: Visibility) -> FormScope? {
        guard let published = campaigns[key.campaign], let form = published.campaign.form(key.form) else { return nil }
        return FormScope(
            published, form: form, registered: registered, reports: reports(on: key), visibility: visibility)
    }
}

/// How much of a campaign a caller may see.
public enum Visibility: Sendable, Hashable {
    case everything
    /// An organisation and those that report to it, at any depth.
    case line(of: String)
}
