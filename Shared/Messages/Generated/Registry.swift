// Generated from Proto/quality/registry/v1/registry.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

public import MessageRuntime

/// Messages and services of `quality.registry.v1`.
public enum RegistryV1 {}

extension RegistryV1 {
    public enum OrganisationKind: RawRepresentable, Hashable, Sendable {
        case unspecified
        /// The bureau or office of a province, city or county that reports for a place.
        case authority
        /// A department, directly subordinate unit or association: stands beside the places and is never summed with them.
        case department
        case association
        case enterprise
        /// A number that this version does not know. Made by `init(rawValue:)`; never hold a known number in it.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
            case 0: self = .unspecified
            case 1: self = .authority
            case 2: self = .department
            case 3: self = .association
            case 4: self = .enterprise
            default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
            case .unspecified: 0
            case .authority: 1
            case .department: 2
            case .association: 3
            case .enterprise: 4
            case .unrecognized(let number): number
            }
        }
    }

    public enum FieldKind: RawRepresentable, Hashable, Sendable {
        case unspecified
        case integer
        case decimal
        case text
        case flag
        case date
        /// A number that this version does not know. Made by `init(rawValue:)`; never hold a known number in it.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
            case 0: self = .unspecified
            case 1: self = .integer
            case 2: self = .decimal
            case 3: self = .text
            case 4: self = .flag
            case 5: self = .date
            default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
            case .unspecified: 0
            case .integer: 1
            case .decimal: 2
            case .text: 3
            case .flag: 4
            case .date: 5
            case .unrecognized(let number): number
            }
        }
    }

    public enum Comparison: RawRepresentable, Hashable, Sendable {
        case unspecified
        case equal
        case atMost
        case atLeast
        /// A number that this version does not know. Made by `init(rawValue:)`; never hold a known number in it.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
            case 0: self = .unspecified
            case 1: self = .equal
            case 2: self = .atMost
            case 3: self = .atLeast
            default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
            case .unspecified: 0
            case .equal: 1
            case .atMost: 2
            case .atLeast: 3
            case .unrecognized(let number): number
            }
        }
    }

    /// Who is expected to report a form.
    public enum ReporterGroup: RawRepresentable, Hashable, Sendable {
        case unspecified
        /// The organisations that the form names (expected_reporters), frozen at publication.
        case listed
        /// The hosts that accepted arrangement tables list (附件3).
        case hosts
        /// A number that this version does not know. Made by `init(rawValue:)`; never hold a known number in it.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
            case 0: self = .unspecified
            case 1: self = .listed
            case 2: self = .hosts
            default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
            case .unspecified: 0
            case .listed: 1
            case .hosts: 2
            case .unrecognized(let number): number
            }
        }
    }

    /// An administrative division of GB/T 2260.
    public struct Division: GeneratedMessage, Hashable, Sendable {
        /// Six digits.
        public var code: String
        public var name: String
        /// 1 province, 2 prefecture, 3 county.
        public var level: UInt32
        /// Empty for a province.
        public var parentCode: String
        /// The civil date from which this record holds; unset: since before the records begin (2010).
        public var effectiveFrom: TypeV1.Date?
        /// The first civil date on which it no longer holds; unset: it holds.
        public var effectiveUntil: TypeV1.Date?

        public init(
            code: String = "",
            name: String = "",
            level: UInt32 = 0,
            parentCode: String = "",
            effectiveFrom: TypeV1.Date? = nil,
            effectiveUntil: TypeV1.Date? = nil
        ) {
            self.code = code
            self.name = name
            self.level = level
            self.parentCode = parentCode
            self.effectiveFrom = effectiveFrom
            self.effectiveUntil = effectiveUntil
        }
    }

    public struct Organisation: GeneratedMessage, Hashable, Sendable {
        /// Ours, e.g. "henan-zhengzhou" or a unified social credit code (GB 32100). Lower-case letters, digits, hyphens;
        /// or 18 characters of GB 32100 with a right check digit.
        public var code: String
        public var name: String
        public var kind: RegistryV1.OrganisationKind
        /// Where it lies. Not who it reports to.
        public var divisionCode: String
        /// The organisation it reports to; empty at the top of a reporting line.
        public var reportsTo: String

        public init(
            code: String = "",
            name: String = "",
            kind: RegistryV1.OrganisationKind = .unspecified,
            divisionCode: String = "",
            reportsTo: String = ""
        ) {
            self.code = code
            self.name = name
            self.kind = kind
            self.divisionCode = divisionCode
            self.reportsTo = reportsTo
        }
    }

    /// A certificate's name that may act for an organisation.
    public struct Identity: GeneratedMessage, Hashable, Sendable {
        /// spiffe://DOMAIN/org/CODE/ROLE
        public var uri: String
        public var organisationCode: String
        /// publisher, reporter, reviewer or viewer.
        public var role: String

        public init(
            uri: String = "",
            organisationCode: String = "",
            role: String = ""
        ) {
            self.uri = uri
            self.organisationCode = organisationCode
            self.role = role
        }
    }

    public struct Field: GeneratedMessage, Hashable, Sendable {
        /// Lower-case letters, digits and underscores, e.g. "visitors_total".
        public var code: String
        /// As printed in the form, e.g. "接待参观来访人员总数".
        public var label: String
        /// The printed section the field stands in, e.g. "质量宣传活动 / 新闻发布会".
        public var section: String
        public var kind: RegistryV1.FieldKind
        /// 家, 次, 人次, 万元 ...; empty for fields that measure nothing.
        public var unit: String
        public var required: Bool
        /// Bounds of a number, in the field's unit.
        public var minimum: TypeV1.Decimal?
        public var maximum: TypeV1.Decimal?
        /// At most this many digits after the point.
        public var decimals: UInt32
        /// At most this many Unicode scalars of a text; 0: the default of 2000.
        public var textLimit: UInt32
        /// Personal data (contact person, phone, mail): shown to the unit and its superiors only, kept out of the journal.
        public var personal: Bool
        /// Figures of this field are rounded to a multiple of this (e.g. 0.01), so that a rule over them fails only if no
        /// values within half of it could satisfy it. Unset: figures are exact.
        public var precision: TypeV1.Decimal?

        public init(
            code: String = "",
            label: String = "",
            section: String = "",
            kind: RegistryV1.FieldKind = .unspecified,
            unit: String = "",
            required: Bool = false,
            minimum: TypeV1.Decimal? = nil,
            maximum: TypeV1.Decimal? = nil,
            decimals: UInt32 = 0,
            textLimit: UInt32 = 0,
            personal: Bool = false,
            precision: TypeV1.Decimal? = nil
        ) {
            self.code = code
            self.label = label
            self.section = section
            self.kind = kind
            self.unit = unit
            self.required = required
            self.minimum = minimum
            self.maximum = maximum
            self.decimals = decimals
            self.textLimit = textLimit
            self.personal = personal
            self.precision = precision
        }
    }

    /// A table inside a form: each row has these fields.
    public struct Table: GeneratedMessage, Hashable, Sendable {
        public var code: String
        public var label: String
        public var fields: [RegistryV1.Field]
        public var minimumRows: UInt32
        public var maximumRows: UInt32

        public init(
            code: String = "",
            label: String = "",
            fields: [RegistryV1.Field] = [],
            minimumRows: UInt32 = 0,
            maximumRows: UInt32 = 0
        ) {
            self.code = code
            self.label = label
            self.fields = fields
            self.minimumRows = minimumRows
            self.maximumRows = maximumRows
        }
    }

    public struct Term: GeneratedMessage, Hashable, Sendable {
        /// A numeric field of the form.
        public var field: String
        /// 1 when unset (0).
        public var factor: Int64

        public init(
            field: String = "",
            factor: Int64 = 0
        ) {
            self.field = field
            self.factor = factor
        }
    }

    /// A linear rule: sum(left) compared with sum(right). A missing value makes it unevaluable, not false.
    public struct Rule: GeneratedMessage, Hashable, Sendable {
        public var code: String
        public var left: [RegistryV1.Term]
        public var comparison: RegistryV1.Comparison
        public var right: [RegistryV1.Term]
        public var severity: TypeV1.Severity
        /// For a person, in Chinese.
        public var message: String

        public init(
            code: String = "",
            left: [RegistryV1.Term] = [],
            comparison: RegistryV1.Comparison = .unspecified,
            right: [RegistryV1.Term] = [],
            severity: TypeV1.Severity = .unspecified,
            message: String = ""
        ) {
            self.code = code
            self.left = left
            self.comparison = comparison
            self.right = right
            self.severity = severity
            self.message = message
        }
    }

    public struct FormDefinition: GeneratedMessage, Hashable, Sendable {
        /// e.g. "open-day-summary".
        public var code: String
        /// From 1; every report names the version it was made with.
        public var version: UInt32
        /// As printed, e.g. "2019年“质量开放日”活动总结表".
        public var title: String
        /// e.g. "附件3".
        public var annex: String
        public var fields: [RegistryV1.Field]
        public var tables: [RegistryV1.Table]
        public var rules: [RegistryV1.Rule]
        public var reporters: RegistryV1.ReporterGroup
        /// Organisation codes, for REPORTER_GROUP_LISTED.
        public var expectedReporters: [String]
        /// Civil dates as the notice states them; the instants are made from them at publication.
        /// The last civil date on which a report is on time.
        public var dueDate: TypeV1.Date?
        /// The last civil date on which anything is accepted without an extension.
        public var lockDate: TypeV1.Date?
        /// Set by the registry: the first instant that is late, and the first at which nothing is accepted.
        public var dueUnixUs: Int64
        public var lockUnixUs: Int64

        public init(
            code: String = "",
            version: UInt32 = 0,
            title: String = "",
            annex: String = "",
            fields: [RegistryV1.Field] = [],
            tables: [RegistryV1.Table] = [],
            rules: [RegistryV1.Rule] = [],
            reporters: RegistryV1.ReporterGroup = .unspecified,
            expectedReporters: [String] = [],
            dueDate: TypeV1.Date? = nil,
            lockDate: TypeV1.Date? = nil,
            dueUnixUs: Int64 = 0,
            lockUnixUs: Int64 = 0
        ) {
            self.code = code
            self.version = version
            self.title = title
            self.annex = annex
            self.fields = fields
            self.tables = tables
            self.rules = rules
            self.reporters = reporters
            self.expectedReporters = expectedReporters
            self.dueDate = dueDate
            self.lockDate = lockDate
            self.dueUnixUs = dueUnixUs
            self.lockUnixUs = lockUnixUs
        }
    }

    public struct Notice: GeneratedMessage, Hashable, Sendable {
        /// e.g. "豫市监办〔2019〕26号".
        public var documentNumber: String
        public var title: String
        public var issuer: String
        public var issuedOn: TypeV1.Date?
        /// The document number of the notice that this one forwards; empty if none.
        public var forwards: String
        public var body: String

        public init(
            documentNumber: String = "",
            title: String = "",
            issuer: String = "",
            issuedOn: TypeV1.Date? = nil,
            forwards: String = "",
            body: String = ""
        ) {
            self.documentNumber = documentNumber
            self.title = title
            self.issuer = issuer
            self.issuedOn = issuedOn
            self.forwards = forwards
            self.body = body
        }
    }

    public struct Campaign: GeneratedMessage, Hashable, Sendable {
        /// e.g. "henan-2019-open-day".
        public var code: String
        public var title: String
        public var year: UInt32
        /// The organisation that publishes it.
        public var issuer: String
        public var theme: String
        public var slogans: [String]
        public var beginsOn: TypeV1.Date?
        public var endsOn: TypeV1.Date?
        public var notices: [RegistryV1.Notice]
        public var forms: [RegistryV1.FormDefinition]

        public init(
            code: String = "",
            title: String = "",
            year: UInt32 = 0,
            issuer: String = "",
            theme: String = "",
            slogans: [String] = [],
            beginsOn: TypeV1.Date? = nil,
            endsOn: TypeV1.Date? = nil,
            notices: [RegistryV1.Notice] = [],
            forms: [RegistryV1.FormDefinition] = []
        ) {
            self.code = code
            self.title = title
            self.year = year
            self.issuer = issuer
            self.theme = theme
            self.slogans = slogans
            self.beginsOn = beginsOn
            self.endsOn = endsOn
            self.notices = notices
            self.forms = forms
        }
    }

    public struct PublishCampaignRequest: GeneratedMessage, Hashable, Sendable {
        public var campaign: RegistryV1.Campaign?
        /// Organisations the campaign needs; registered, or checked against what is registered, in the same transaction.
        public var organisations: [RegistryV1.Organisation]

        public init(
            campaign: RegistryV1.Campaign? = nil,
            organisations: [RegistryV1.Organisation] = []
        ) {
            self.campaign = campaign
            self.organisations = organisations
        }
    }

    public struct PublishCampaignResponse: GeneratedMessage, Hashable, Sendable {
        /// As published: with due and lock instants.
        public var campaign: RegistryV1.Campaign?
        public var position: TypeV1.JournalPosition?
        /// True when the same campaign had been published before: nothing changed.
        public var alreadyPublished: Bool

        public init(
            campaign: RegistryV1.Campaign? = nil,
            position: TypeV1.JournalPosition? = nil,
            alreadyPublished: Bool = false
        ) {
            self.campaign = campaign
            self.position = position
            self.alreadyPublished = alreadyPublished
        }
    }

    public struct GetCampaignRequest: GeneratedMessage, Hashable, Sendable {
        public var code: String

        public init(
            code: String = ""
        ) {
            self.code = code
        }
    }

    public struct GetCampaignResponse: GeneratedMessage, Hashable, Sendable {
        public var campaign: RegistryV1.Campaign?
        public var position: TypeV1.JournalPosition?

        public init(
            campaign: RegistryV1.Campaign? = nil,
            position: TypeV1.JournalPosition? = nil
        ) {
            self.campaign = campaign
            self.position = position
        }
    }

    public struct ListCampaignsRequest: GeneratedMessage, Hashable, Sendable {
        public init() {}
    }

    public struct CampaignSummary: GeneratedMessage, Hashable, Sendable {
        public var code: String
        public var title: String
        public var year: UInt32
        public var issuer: String
        public var theme: String
        public var publishedUnixUs: Int64

        public init(
            code: String = "",
            title: String = "",
            year: UInt32 = 0,
            issuer: String = "",
            theme: String = "",
            publishedUnixUs: Int64 = 0
        ) {
            self.code = code
            self.title = title
            self.year = year
            self.issuer = issuer
            self.theme = theme
            self.publishedUnixUs = publishedUnixUs
        }
    }

    public struct ListCampaignsResponse: GeneratedMessage, Hashable, Sendable {
        public var campaigns: [RegistryV1.CampaignSummary]

        public init(
            campaigns: [RegistryV1.CampaignSummary] = []
        ) {
            self.campaigns = campaigns
        }
    }

    public struct GetFormRequest: GeneratedMessage, Hashable, Sendable {
        public var campaign: String
        public var form: String

        public init(
            campaign: String = "",
            form: String = ""
        ) {
            self.campaign = campaign
            self.form = form
        }
    }

    public struct GetFormResponse: GeneratedMessage, Hashable, Sendable {
        public var form: RegistryV1.FormDefinition?

        public init(
            form: RegistryV1.FormDefinition? = nil
        ) {
            self.form = form
        }
    }

    public struct ListExpectedReportersRequest: GeneratedMessage, Hashable, Sendable {
        public var campaign: String
        public var form: String

        public init(
            campaign: String = "",
            form: String = ""
        ) {
            self.campaign = campaign
            self.form = form
        }
    }

    public struct ListExpectedReportersResponse: GeneratedMessage, Hashable, Sendable {
        public var organisations: [RegistryV1.Organisation]

        public init(
            organisations: [RegistryV1.Organisation] = []
        ) {
            self.organisations = organisations
        }
    }

    public struct RegisterOrganisationRequest: GeneratedMessage, Hashable, Sendable {
        public var organisation: RegistryV1.Organisation?

        public init(
            organisation: RegistryV1.Organisation? = nil
        ) {
            self.organisation = organisation
        }
    }

    public struct RegisterOrganisationResponse: GeneratedMessage, Hashable, Sendable {
        public var organisation: RegistryV1.Organisation?

        public init(
            organisation: RegistryV1.Organisation? = nil
        ) {
            self.organisation = organisation
        }
    }

    public struct GetOrganisationRequest: GeneratedMessage, Hashable, Sendable {
        public var code: String

        public init(
            code: String = ""
        ) {
            self.code = code
        }
    }

    public struct GetOrganisationResponse: GeneratedMessage, Hashable, Sendable {
        public var organisation: RegistryV1.Organisation?
        /// From the one it reports to, up to the top.
        public var superiors: [RegistryV1.Organisation]

        public init(
            organisation: RegistryV1.Organisation? = nil,
            superiors: [RegistryV1.Organisation] = []
        ) {
            self.organisation = organisation
            self.superiors = superiors
        }
    }

    public struct ListOrganisationsRequest: GeneratedMessage, Hashable, Sendable {
        /// Those that report to this one, at any depth; empty: all.
        public var superior: String
        /// At most 1000; 0: 200.
        public var pageSize: UInt32
        /// From the previous answer.
        public var pageToken: String

        public init(
            superior: String = "",
            pageSize: UInt32 = 0,
            pageToken: String = ""
        ) {
            self.superior = superior
            self.pageSize = pageSize
            self.pageToken = pageToken
        }
    }

    public struct ListOrganisationsResponse: GeneratedMessage, Hashable, Sendable {
        public var organisations: [RegistryV1.Organisation]
        /// Empty at the end.
        public var nextPageToken: String

        public init(
            organisations: [RegistryV1.Organisation] = [],
            nextPageToken: String = ""
        ) {
            self.organisations = organisations
            self.nextPageToken = nextPageToken
        }
    }

    public struct RegisterIdentityRequest: GeneratedMessage, Hashable, Sendable {
        public var identity: RegistryV1.Identity?

        public init(
            identity: RegistryV1.Identity? = nil
        ) {
            self.identity = identity
        }
    }

    public struct RegisterIdentityResponse: GeneratedMessage, Hashable, Sendable {
        public var identity: RegistryV1.Identity?

        public init(
            identity: RegistryV1.Identity? = nil
        ) {
            self.identity = identity
        }
    }

    public struct ListIdentitiesRequest: GeneratedMessage, Hashable, Sendable {
        public var organisationCode: String

        public init(
            organisationCode: String = ""
        ) {
            self.organisationCode = organisationCode
        }
    }

    public struct ListIdentitiesResponse: GeneratedMessage, Hashable, Sendable {
        public var identities: [RegistryV1.Identity]

        public init(
            identities: [RegistryV1.Identity] = []
        ) {
            self.identities = identities
        }
    }

    public struct GetDivisionRequest: GeneratedMessage, Hashable, Sendable {
        public var code: String
        /// The civil date to look at; unset: today's tree.
        public var on: TypeV1.Date?

        public init(
            code: String = "",
            on: TypeV1.Date? = nil
        ) {
            self.code = code
            self.on = on
        }
    }

    public struct GetDivisionResponse: GeneratedMessage, Hashable, Sendable {
        public var division: RegistryV1.Division?
        /// From the parent up to the province.
        public var ancestors: [RegistryV1.Division]

        public init(
            division: RegistryV1.Division? = nil,
            ancestors: [RegistryV1.Division] = []
        ) {
            self.division = division
            self.ancestors = ancestors
        }
    }

    public struct ListDivisionsRequest: GeneratedMessage, Hashable, Sendable {
        /// Empty: the provinces.
        public var parentCode: String
        public var on: TypeV1.Date?

        public init(
            parentCode: String = "",
            on: TypeV1.Date? = nil
        ) {
            self.parentCode = parentCode
            self.on = on
        }
    }

    public struct ListDivisionsResponse: GeneratedMessage, Hashable, Sendable {
        public var divisions: [RegistryV1.Division]

        public init(
            divisions: [RegistryV1.Division] = []
        ) {
            self.divisions = divisions
        }
    }

    /// kind "campaign.published"
    public struct CampaignPublished: GeneratedMessage, Hashable, Sendable {
        public var campaign: RegistryV1.Campaign?
        /// Every organisation the campaign names, with their superiors.
        public var organisations: [RegistryV1.Organisation]
        /// The divisions where those organisations lie, with their ancestors up to the province, as they hold on the campaign's
        /// first day: followers make totals by place from them without asking back.
        public var divisions: [RegistryV1.Division]

        public init(
            campaign: RegistryV1.Campaign? = nil,
            organisations: [RegistryV1.Organisation] = [],
            divisions: [RegistryV1.Division] = []
        ) {
            self.campaign = campaign
            self.organisations = organisations
            self.divisions = divisions
        }
    }

    /// kind "organisation.registered"
    public struct OrganisationRegistered: GeneratedMessage, Hashable, Sendable {
        public var organisation: RegistryV1.Organisation?

        public init(
            organisation: RegistryV1.Organisation? = nil
        ) {
            self.organisation = organisation
        }
    }

    /// kind "identity.registered"
    public struct IdentityRegistered: GeneratedMessage, Hashable, Sendable {
        public var identity: RegistryV1.Identity?

        public init(
            identity: RegistryV1.Identity? = nil
        ) {
            self.identity = identity
        }
    }
}
