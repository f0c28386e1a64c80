import RegistryRules
import Reporting
import Testing

@Suite("What may be published")
struct PublicationTests {
    static func problems(
        _ organisations: [Organisation] = SampleCampaign.organisations, registered: [Organisation] = [],
        _ change: (inout Campaign) -> Void = { _ in }
    ) -> [String] {
        var campaign = SampleCampaign.campaign
        change(&campaign)
        return Publication(
            campaign: campaign, organisations: organisations, registered: ReportingLine(registered),
            divisions: DivisionHistoryTests.history
        ).problems().map(\.pointer)
    }

    @Test("a right campaign has nothing wrong with it")
    func right() {
        #expect(Self.problems() == [])
        #expect(Self.problems([], registered: SampleCampaign.organisations) == [], "with everybody registered before")
    }

    @Test("every error comes out at once")
    func everyError() {
        let pointers = Self.problems(SampleCampaign.organisations.dropLast()) { campaign in
            campaign.code = "Fujian 2018"
            campaign.year = 2019
            campaign.endsOn = SampleCampaign.date(8, 1)
            campaign.slogans.append(campaign.slogans[0])
            campaign.notices.append(campaign.notices[0])
            campaign.forms[0].lockDate = SampleCampaign.date(10, 11)
            campaign.forms[0].rules[0].right = [.init(field: "parts")]
            campaign.forms.append(campaign.forms[0])
        }
        #expect(pointers.contains("/code"))
        #expect(pointers.contains("/year"))
        #expect(pointers.contains("/ends_on"))
        #expect(pointers.contains("/slogans/1"))
        #expect(pointers.contains("/notices/1/document_number"))
        #expect(pointers.contains("/forms/statistics/lock_date"), "locked before due")
        #expect(pointers.contains("/forms/statistics/rules/total"), "a rule over a field that is not there")
        #expect(pointers.contains("/forms/statistics/expected_reporters/fujian-jiaoyu"), "an unknown reporter")
        #expect(pointers.contains("/forms/statistics"), "a code twice")
    }

    @Test("a circle in the reporting line is found, wherever it is closed")
    func circle() {
        var organisations = SampleCampaign.organisations
        organisations[1].reportsTo = "fujian-pingtan"
        organisations[2].reportsTo = "fujian-fuzhou"
        let pointers = Self.problems(organisations)
        #expect(pointers.contains("/organisations/fujian-fuzhou/reports_to"))
        #expect(pointers.contains("/organisations/fujian-pingtan/reports_to"))
    }

    @Test("an organisation and a reporter must stand below the issuer")
    func outsiders() {
        let stranger = Organisation(
            code: "henan-zhengzhou", name: "郑州市局", kind: .authority, divisionCode: "410100", reportsTo: "henan")
        let henan = Organisation(
            code: "henan", name: "河南省局", kind: .authority, divisionCode: "410000", reportsTo: nil)
        #expect(
            Self.problems(SampleCampaign.organisations + [stranger], registered: [henan]) == [
                "/organisations/henan-zhengzhou/reports_to"
            ])
        let pointers = Self.problems(registered: [henan, stranger]) { campaign in
            campaign.forms[0].reporters = .listed(["henan-zhengzhou"])
        }
        #expect(pointers == ["/forms/statistics/expected_reporters/henan-zhengzhou"])
    }

    @Test("a division must hold on the campaign's first day, and the message says what became of it")
    func divisionOfAnotherDate() {
        var organisations = SampleCampaign.organisations
        organisations[1].divisionCode = "350182"
        var campaign = SampleCampaign.campaign
        let message = Publication(
            campaign: campaign, organisations: organisations, registered: ReportingLine(),
            divisions: DivisionHistoryTests.history
        ).problems().first?.message
        #expect(message == "机构“fujian-fuzhou”：行政区划代码“350182”在2018-09-01不适用（自2017-12-31起为350112长乐区）")
        campaign.year = 2017
        campaign.beginsOn = SampleCampaign.date(9, 1, year: 2017)
        #expect(
            Publication(
                campaign: campaign, organisations: organisations, registered: ReportingLine(),
                divisions: DivisionHistoryTests.history
            ).problems() == [])
    }

    @Test("notices that forward each other in a circle are refused")
    func forwardingCircle() {
        let pointers = Self.problems { campaign in
            campaign.notices.append(
                Notice(
                    documentNumber: "国市监质〔2018〕131号", title: "通知", issuer: "总局", issuedOn: nil,
                    forwards: "闽质强省办〔2018〕10号"))
        }
        #expect(pointers == ["/notices/0/forwards", "/notices/1/forwards"])
    }

    @Test("the campaign carries its divisions up to the province, as they hold on its first day")
    func carriesDivisions() {
        let publication = Publication(
            campaign: SampleCampaign.campaign, organisations: SampleCampaign.organisations,
            registered: ReportingLine(), divisions: DivisionHistoryTests.history)
        #expect(publication.namedDivisions().map(\.code) == ["350000", "350100", "350128"])
        #expect(publication.namedOrganisations().map(\.code) == SampleCampaign.organisations.map(\.code).sorted())
    }
}

@Suite("Who may do what in the registry")
struct RegistryAccessTests {
    let access = RegistryAccess(line: ReportingLine(SampleCampaign.organisations))

    static func organisation(_ code: String, _ role: String) -> Caller {
        .organisation(code: code, role: role)
    }

    @Test("a campaign is published by a publisher of its issuer or of one above, and by nobody else")
    func publishing() throws {
        try access.publish(issuer: "fujian", by: Self.organisation("fujian", "publisher"))
        try access.publish(issuer: "fujian-fuzhou", by: Self.organisation("fujian", "publisher"))
        try access.publish(issuer: "hainan", by: Self.organisation("hainan", "publisher"))
        for caller in [
            Self.organisation("fujian", "reporter"), Self.organisation("fujian-fuzhou", "publisher"),
            Self.organisation("henan", "publisher"), Self.organisation("fujian", "root"),
            .service(name: "submission"),
        ] {
            #expect(throws: RegistryRefusal.self) { try access.publish(issuer: "fujian", by: caller) }
        }
    }

    @Test("an organisation is registered by a publisher above it, the top of a line by its own")
    func registering() throws {
        let county = Organisation(
            code: "fujian-fuzhou-minqing", name: "闽清县局", kind: .authority, divisionCode: "350124",
            reportsTo: "fujian-fuzhou")
        let top = Organisation(code: "hainan", name: "省局", kind: .authority, divisionCode: "460000", reportsTo: nil)
        try access.register(county, by: Self.organisation("fujian", "publisher"))
        try access.register(county, by: Self.organisation("fujian-fuzhou", "publisher"))
        try access.register(top, by: Self.organisation("hainan", "publisher"))
        #expect(throws: RegistryRefusal.self) {
            try access.register(county, by: Self.organisation("fujian-pingtan", "publisher"))
        }
        #expect(throws: RegistryRefusal.self) { try access.register(top, by: Self.organisation("fujian", "publisher")) }
    }

    @Test("the journal is for services, reading for every known role")
    func reading() throws {
        try RegistryAccess.follow(by: .service(name: "statistics"))
        #expect(throws: RegistryRefusal.self) {
            try RegistryAccess.follow(by: Self.organisation("fujian", "publisher"))
        }
        try RegistryAccess.read(by: Self.organisation("anybody", "viewer"))
        #expect(throws: RegistryRefusal.self) { try RegistryAccess.read(by: Self.organisation("fujian", "root")) }
    }
}
