import Foundation
import Messages
import Testing

@testable import Console
@testable import ConsoleFiles

@Suite("Campaign files")
struct CampaignFileTests {
    /// The smallest file that has everything.
    static let small = """
        campaign:
          code: small-2019
          title: 小活动
          year: 2019
          issuer: top
          begins_on: 2019-09-01
          ends_on: 2019-09-30
        organisations:
          - { code: top, name: 省局, kind: authority, division: "410000" }
        forms:
          - code: table
            version: 1
            title: 统计表
            due_date: 2019-10-10
            lock_date: 2019-12-31
            reporters: listed
            expected_reporters: [top]
            sections:
              - title: 一、数量
                fields:
                  - { code: total, label: 总数, unit: 个, kind: count, required: true }
                  - { code: part, label: 部分, unit: 个, kind: integer }
                  - { code: value, label: 货值, unit: 万元, kind: decimal, decimals: 4, maximum: "99.5" }
            rules:
              - code: total
                left: [total]
                comparison: at_least
                right: [{ field: part, factor: 2 }, part]
                severity: verify
                message: 请核对
        """

    static func read(_ text: String) throws(CampaignFileError) -> RegistryV1.PublishCampaignRequest {
        try CampaignFile.read(Array(text.utf8), name: "file.yaml")
    }

    static func faults(_ text: String) -> String {
        do {
            _ = try read(text)
            return ""
        } catch {
            return error.description
        }
    }

    @Test("every key of the format reaches the request")
    func readsEveryKey() throws {
        let request = try Self.read(Self.small)
        let form = try #require(request.campaign?.forms.first)
        #expect(request.campaign?.beginsOn == TypeV1.Date(year: 2019, month: 9, day: 1))
        #expect(request.organisations.map(\.kind) == [.authority])
        #expect(form.fields.map(\.section) == ["一、数量", "一、数量", "一、数量"])
        #expect(form.fields.map(\.kind) == [.integer, .integer, .decimal])
        #expect(form.fields[0].minimum == TypeV1.Decimal(), "a count is not negative")
        #expect(form.fields[1].minimum == nil)
        #expect(form.fields[2].maximum == TypeV1.Decimal(unscaledValue: 995, scale: 1))
        #expect(form.rules[0].right == [.init(field: "part", factor: 2), .init(field: "part", factor: 1)])
        #expect(form.rules[0].comparison == .atLeast)
        #expect(form.rules[0].severity == .verify)
    }

    @Test("a fault names file, line, column, key and remedy")
    func namesThePlace() {
        let text = Self.small.replacing("due_date: 2019-10-10", with: "due_date: 2019-10-32")
        #expect(
            Self.faults(text) == """
                file.yaml:14:15: forms[0].due_date: '2019-10-32' is no date from 2000 to 2100: write it as 2019-09-01
                """)
    }

    @Test("every fault comes out at once, in the file's order")
    func findsEveryFault() {
        let text = Self.small
            .replacing("year: 2019", with: "year: soon")
            .replacing("title: 统计表", with: "titel: 统计表")
            .replacing("kind: count", with: "kind: number")
            .replacing("severity: verify", with: "severity: [verify]")
        let lines = Self.faults(text).split(separator: "\n")
        #expect(
            lines.map { $0.split(separator: ": ")[1] } == [
                "campaign.year", "forms[0].title", "forms[0].titel", "forms[0].sections[0].fields[0].kind",
                "forms[0].rules[0].severity",
            ])
    }

    @Test("a key that the format does not have is never passed over")
    func refusesUnknownKeys() {
        let text = Self.small.replacing("maximum: \"99.5\"", with: "maximun: \"99.5\"")
        #expect(Self.faults(text).contains("maximun: is no key of the format: use one of code, label, unit, kind"))
    }

    @Test(
        "a text that is no campaign is refused with what it lacks",
        arguments: [
            ("", "is empty"), ("- a\n- b\n", "must be a mapping"), ("campaign: [\n", "is not YAML here"),
            ("a: 1\na: 2\n", "has the key 'a' twice"), ("campaign: 1\n", "must be a mapping"),
            ("\u{0}", "cannot be read"), ("a: &x [*x]\n", "undefined alias"),
            (String(repeating: "[", count: 20_000), "is not YAML"),
        ])
    func refusesOtherTexts(_ text: String, _ expected: String) {
        let message = Self.faults(text)
        #expect(message.hasPrefix("file.yaml"))
        #expect(message.contains(expected))
    }

    @Test("text that is not UTF-8, and a file that is too large, are refused")
    func refusesBytes() {
        #expect(throws: CampaignFileError(file: "f", "is not UTF-8 text: save it as UTF-8")) {
            try CampaignFile.read([0x63, 0xff], name: "f")
        }
        #expect(throws: CampaignFileError.self) {
            try CampaignFile.read([UInt8](repeating: 0x20, count: CampaignFile.maximumBytes + 1), name: "f")
        }
    }

    @Test("a list said many times over with anchors is cut off")
    func boundsAnchors() {
        var text = "campaign: {}\nslogans: &s [" + Array(repeating: "x", count: 2000).joined(separator: ",") + "]\n"
        text += "forms:\n" + String(repeating: "  - { expected_reporters: *s }\n", count: 100)
        #expect(Self.faults(text).contains("more than 100000 list items"))
    }
}

@Suite("The campaigns that are shipped")
struct ShippedCampaignTests {
    static func read(_ name: String) throws -> RegistryV1.PublishCampaignRequest {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../compose/campaigns")
        let bytes = [UInt8](try Data(contentsOf: folder.appending(path: name)))
        return try CampaignFile.read(bytes, name: name)
    }

    @Test("Henan 2019 has its number, its twenty-two units, and both tables with their totals")
    func henan() throws {
        let request = try Self.read("henan-2019-open-day.yaml")
        let campaign = try #require(request.campaign)
        #expect(campaign.notices.map(\.documentNumber) == ["豫市监办〔2019〕26号"])
        #expect(request.organisations.count == 23)
        #expect(request.organisations.filter { $0.divisionCode == "419001" }.count == 3, "济源 has three bureaus")
        #expect(request.organisations.filter { $0.reportsTo == "henan" }.count == 22)
        #expect(campaign.forms.map(\.annex) == ["附件2", "附件3"])
        #expect(campaign.forms.map(\.expectedReporters.count) == [22, 22])
        #expect(
            campaign.forms.map(\.dueDate) == [
                TypeV1.Date(year: 2019, month: 9, day: 1), TypeV1.Date(year: 2019, month: 10, day: 10),
            ])
        #expect(campaign.forms[0].tables.map(\.code) == ["hosts"])
        #expect(
            campaign.forms[1].rules.map { $0.right.map(\.field) } == [
                ["visitors_public", "visitors_enterprise"],
                ["enterprises_supply_chain", "enterprises_same_trade", "enterprises_other"],
            ])
        #expect(campaign.forms[1].fields.filter(\.personal).map(\.label) == ["联系人", "职务", "联系电话", "电子邮件"])
    }

    @Test("Fujian 2018 has every indicator of 附件4 in fifteen units, sixteen slogans and the notice it forwards")
    func fujian() throws {
        let request = try Self.read("fujian-2018-quality-month.yaml")
        let campaign = try #require(request.campaign)
        let form = try #require(campaign.forms.first)
        #expect(campaign.notices.map(\.documentNumber) == ["闽质强省办〔2018〕10号", "国市监质〔2018〕131号"])
        #expect(campaign.notices[0].forwards == "国市监质〔2018〕131号")
        #expect(campaign.slogans.count == 16)
        #expect(!campaign.slogans.contains("为质量中国加油"), "deleted text in the copy at hand")
        #expect(form.fields.count == 52)
        #expect(
            Set(form.fields.map(\.unit)).subtracting([""]) == [
                "家", "个", "次", "人次", "场", "种", "起", "万元", "场次", "条", "篇", "分钟", "张", "份", "万条",
            ])
        #expect(form.fields.filter { $0.kind == .decimal }.map(\.unit) == ["万元", "万条"])
        #expect(form.expectedReporters.count == 12)
        #expect(request.organisations.filter { $0.kind == .department }.count == 2)
        #expect(request.organisations.first { $0.code == "fujian-pingtan" }?.divisionCode == "350128")
    }
}
