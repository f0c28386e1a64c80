import Reporting
import Testing

@Suite("Organisations and their reporting line")
struct OrganisationTests {
    // The example of GB 32100-2015, and codes that listed companies print on their annual reports.
    @Test(
        "a right check character is taken",
        arguments: ["91350100M000100Y43", "914403001922038216", "9144030071526726XG", "91330100799655058B"])
    func creditCode(text: String) {
        #expect(SocialCreditCode(text) != nil)
        #expect(Organisation.isValidCode(text))
    }

    @Test("any single altered character is refused")
    func alteredCreditCode() {
        let code = Array("91350100M000100Y43")
        for index in code.indices {
            for character in "0123456789ABCDEFGHJKLMNPQRTUWXY" where character != code[index] {
                var altered = code
                altered[index] = character
                #expect(SocialCreditCode(String(altered)) == nil, "\(String(altered))")
            }
        }
    }

    @Test(
        "codes of ours",
        arguments: [
            ("henan-zhengzhou", true), ("fujian", true), ("a", false), ("Henan", false), ("-henan", false),
            ("henan-", false), ("henan--x", false), ("henan_x", false), ("河南", false), ("911100001000131510", false),
        ])
    func codes(code: String, isValid: Bool) {
        #expect(Organisation.isValidCode(code) == isValid)
    }

    private func organisation(_ code: String, _ superior: String?) -> Organisation {
        Organisation(code: code, name: code, kind: .authority, divisionCode: "410000", reportsTo: superior)
    }

    @Test("a directly governed county is below the province and not below its city")
    func line() {
        let line = ReportingLine([
            organisation("henan", nil), organisation("henan-zhengzhou", "henan"),
            organisation("henan-gongyi", "henan"), organisation("zhengzhou-erqi", "henan-zhengzhou"),
        ])
        #expect(line.isAtOrBelow("henan-gongyi", "henan"))
        #expect(!line.isAtOrBelow("henan-gongyi", "henan-zhengzhou"))
        #expect(line.isAtOrBelow("zhengzhou-erqi", "henan"))
        #expect(!line.isAtOrBelow("henan", "zhengzhou-erqi"))
        #expect(line.isAtOrBelow("unknown", "unknown"))
        #expect(line.superiors(of: "zhengzhou-erqi").map(\.code) == ["henan-zhengzhou", "henan"])
    }

    @Test("a circle and an unknown superior are named")
    func problems() {
        var line = ReportingLine([organisation("aa", nil), organisation("bb", "aa")])
        #expect(line.problem(adding: organisation("aa", "bb")) == "机构“aa”：报送关系成环")
        #expect(line.problem(adding: organisation("cc", "dd")) == "机构“cc”：上级“dd”未登记")
        #expect(line.problem(adding: organisation("cc", "bb")) == nil)
        line.insert(organisation("aa", "bb"))
        #expect(line.superiors(of: "aa").count == ReportingLine.maximumDepth)
        #expect(!line.isAtOrBelow("aa", "zz"))
    }
}
