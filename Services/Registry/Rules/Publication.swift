public import Reporting

/// Limits of one publication. The largest of the five notices names 52 sponsors, associations and enterprises.
public enum PublicationLimits {
    public static let organisations = 5000
    /// Over all forms of a campaign.
    public static let expectedReporters = 20_000
    public static let notices = 50
    public static let forms = 50
    public static let slogans = 200
    public static let titleScalars = 300
    public static let bodyScalars = 100_000
}

/// A campaign about to be published, with the organisations it brings along.
public struct Publication: Sendable {
    public var campaign: Campaign
    public var organisations: [Organisation]

    /// Those of ``organisations`` that were not registered before.
    public let newOrganisations: [Organisation]
    /// Every organisation after the publication: those registered before, and those that come along.
    private let line: ReportingLine
    private let registered: ReportingLine
    private let divisions: DivisionHistory

    /// `registered`: the organisations that the registry has.
    public init(
        campaign: Campaign, organisations: [Organisation], registered: ReportingLine, divisions: DivisionHistory
    ) {
        self.campaign = campaign
        self.organisations = organisations
        self.divisions = divisions
        self.registered = registered
        newOrganisations = organisations.filter { registered[$0.code] == nil }
        var line = registered
        for organisation in newOrganisations {
            line.insert(organisation)
        }
        self.line = line
    }

    /// Throws ``RegistryRefusal/denied(remedy:)`` unless `caller` may publish this.
    public func checkAccess(of caller: Caller) throws(RegistryRefusal) {
        try PublicationAccess(issuer: campaign.issuer, organisations: organisations, registered: registered)
            .check(caller)
    }

    /// Throws ``RegistryRefusal/organisationDiffers(registered:offered:)`` for the first organisation that is registered
    /// with other data.
    public func checkConflicts() throws(RegistryRefusal) {
        for organisation in organisations {
            guard let registered = line[organisation.code], registered != organisation else { continue }
            throw .organisationDiffers(registered: registered, offered: organisation)
        }
    }

    /// Everything that is wrong, all at once; empty when it can be published.
    public func problems() -> [DefinitionProblem] {
        var problems = campaignProblems()
        problems += noticeProblems()
        problems += organisationProblems()
        problems += formProblems()
        return problems
    }

    /// Every organisation that the campaign names (its issuer, the expected reporters, those that come along), and those
    /// they report to, by code.
    public func namedOrganisations() -> [Organisation] {
        var named: [String: Organisation] = [:]
        let codes = [campaign.issuer] + organisations.map(\.code) + campaign.forms.flatMap(\.expectedReporters)
        for code in codes where named[code] == nil {
            guard let organisation = line[code] else { continue }
            named[code] = organisation
            for superior in line.superiors(of: code) {
                named[superior.code] = superior
            }
        }
        return named.values.sorted { $0.code < $1.code }
    }

    /// The divisions where those organisations lie, with their ancestors, as they hold on the campaign's first day; by
    /// code. That day and not today's, so that a campaign of 2019 keeps its tree.
    public func namedDivisions() -> [Division] {
        var named: [String: Division] = [:]
        for code in Set(namedOrganisations().map(\.divisionCode)) {
            guard let division = divisions.division(code, on: campaign.beginsOn) else { continue }
            for each in [division] + divisions.ancestors(of: division, on: campaign.beginsOn) {
                named[each.code] = each
            }
        }
        return named.values.sorted { $0.code < $1.code }
    }

    // MARK: - What can be wrong

    private func campaignProblems() -> [DefinitionProblem] {
        var problems: [DefinitionProblem] = []
        func add(_ place: String, _ message: String) {
            problems.append(DefinitionProblem(pointer: "/\(place)", message: message))
        }
        if !FormDefinition.isValidCode(campaign.code, separator: "-") {
            add("code", "活动代码“\(campaign.code)”应为小写字母、数字和连字符，字母开头，不超过\(FormLimits.codeBytes)位")
        }
        if campaign.title.isBlank { add("title", "活动名称不能为空") }
        if campaign.title.unicodeScalars.count > PublicationLimits.titleScalars {
            add("title", "活动名称超过\(PublicationLimits.titleScalars)字")
        }
        if campaign.endsOn < campaign.beginsOn {
            add("ends_on", "结束日期\(campaign.endsOn)早于开始日期\(campaign.beginsOn)")
        }
        if !(campaign.beginsOn.year...max(campaign.beginsOn.year, campaign.endsOn.year)).contains(
            Int32(clamping: campaign.year))
        {
            add("year", "年度\(campaign.year)与活动日期（\(campaign.beginsOn)至\(campaign.endsOn)）不符")
        }
        if line[campaign.issuer] == nil {
            add("issuer", "发布单位“\(campaign.issuer)”未登记，也不在本文件的机构中")
        }
        if campaign.slogans.count > PublicationLimits.slogans {
            add("slogans", "口号超过\(PublicationLimits.slogans)条")
        }
        for (index, slogan) in campaign.slogans.enumerated() {
            if slogan.isBlank { add("slogans/\(index)", "第\(index + 1)条口号为空") }
            if campaign.slogans[..<index].contains(slogan) { add("slogans/\(index)", "口号“\(slogan)”重复") }
        }
        return problems
    }

    private func noticeProblems() -> [DefinitionProblem] {
        var problems: [DefinitionProblem] = []
        func add(_ place: String, _ message: String) {
            problems.append(DefinitionProblem(pointer: "/notices\(place)", message: message))
        }
        if campaign.notices.count > PublicationLimits.notices { add("", "通知超过\(PublicationLimits.notices)份") }
        var seen: Set<String> = []
        for (index, notice) in campaign.notices.enumerated() {
            let name = notice.documentNumber.isBlank ? "第\(index + 1)份通知" : "通知“\(notice.documentNumber)”"
            if notice.documentNumber.isBlank { add("/\(index)/document_number", "\(name)没有文号") }
            if !seen.insert(notice.documentNumber).inserted { add("/\(index)/document_number", "\(name)重复") }
            if notice.title.isBlank { add("/\(index)/title", "\(name)没有标题") }
            if notice.issuer.isBlank { add("/\(index)/issuer", "\(name)没有发文机关") }
            if notice.body.unicodeScalars.count > PublicationLimits.bodyScalars {
                add("/\(index)/body", "\(name)的正文超过\(PublicationLimits.bodyScalars)字")
            }
            if forwardsItself(notice) { add("/\(index)/forwards", "\(name)的转发关系成环") }
        }
        return problems
    }

    private func forwardsItself(_ notice: Notice) -> Bool {
        let forwards = Dictionary(
            campaign.notices.map { ($0.documentNumber, $0.forwards) }, uniquingKeysWith: { first, _ in first })
        var next = notice.forwards
        for _ in campaign.notices where !next.isEmpty {
            if next == notice.documentNumber { return true }
            next = forwards[next] ?? ""
        }
        return false
    }

    private func organisationProblems() -> [DefinitionProblem] {
        var problems: [DefinitionProblem] = []
        if organisations.count > PublicationLimits.organisations {
            problems.append(
                DefinitionProblem(pointer: "/organisations", message: "机构超过\(PublicationLimits.organisations)个"))
        }
        var seen: Set<String> = []
        for organisation in organisations {
            let here = "/organisations/\(organisation.code)"
            if !seen.insert(organisation.code).inserted {
                problems.append(DefinitionProblem(pointer: here, message: "机构“\(organisation.code)”重复"))
                continue
            }
            let own = organisation.problems(joining: line, divisions: divisions, on: campaign.beginsOn)
            problems += own
            if own.isEmpty, !line.isAtOrBelow(organisation.code, campaign.issuer) {
                problems.append(
                    DefinitionProblem(
                        pointer: "\(here)/reports_to",
                        message: "机构“\(organisation.code)”不向发布单位“\(campaign.issuer)”报送"))
            }
        }
        return problems
    }

    private func formProblems() -> [DefinitionProblem] {
        var problems: [DefinitionProblem] = []
        if campaign.forms.isEmpty { problems.append(DefinitionProblem(pointer: "/forms", message: "活动没有任何报表")) }
        if campaign.forms.count > PublicationLimits.forms {
            problems.append(DefinitionProblem(pointer: "/forms", message: "报表超过\(PublicationLimits.forms)张"))
        }
        var seen: Set<String> = []
        for form in campaign.forms {
            let here = "/forms/\(form.code)"
            if !seen.insert(form.code).inserted {
                problems.append(DefinitionProblem(pointer: here, message: "报表代码“\(form.code)”重复"))
            }
            problems += form.problems(at: here)
            for reporter in form.expectedReporters where Organisation.isValidCode(reporter) {
                let place = "\(here)/expected_reporters/\(reporter)"
                if line[reporter] == nil {
                    problems.append(
                        DefinitionProblem(pointer: place, message: "应报单位“\(reporter)”未登记，也不在本文件的机构中"))
                } else if !line.isAtOrBelow(reporter, campaign.issuer) {
                    problems.append(
                        DefinitionProblem(
                            pointer: place, message: "应报单位“\(reporter)”不向发布单位“\(campaign.issuer)”报送"))
                }
            }
        }
        return problems
    }
}

/// Whether a publication is the caller's to make, judged before anything else of it is looked at: of the organisations
/// only who they are and to whom they report.
public struct PublicationAccess: Sendable {
    private let issuer: String
    private let organisations: [Organisation]
    private let registered: ReportingLine
    /// With those who come along and are not registered yet.
    private let line: ReportingLine

    public init(issuer: String, organisations: [Organisation], registered: ReportingLine) {
        self.issuer = issuer
        self.organisations = organisations
        self.registered = registered
        var line = registered
        for organisation in organisations where registered[organisation.code] == nil { line.insert(organisation) }
        self.line = line
    }

    /// Throws ``RegistryRefusal/denied(remedy:)`` unless the caller may publish for the issuer. An issuer that comes along
    /// must itself be one that the caller may register; everybody else new reports to the issuer
    /// (``Publication/problems()``); and who is registered already must be the caller's, or it would be told of others'
    /// data.
    public func check(_ caller: Caller) throws(RegistryRefusal) {
        let access = RegistryAccess(line: line)
        try access.publish(issuer: issuer, by: caller)
        if registered[issuer] == nil, let issuer = organisations.first(where: { $0.code == issuer }) {
            // What it claims of itself must not be what allows it.
            try RegistryAccess(line: registered).register(issuer, by: caller)
        }
        for organisation in organisations where registered[organisation.code] != nil {
            try access.registerIdentity(of: organisation.code, by: caller)
        }
    }
}
