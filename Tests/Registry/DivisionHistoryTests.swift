import RegistryServer
import Reporting
import Testing

@testable import RegistryRules

@Suite("Divisions")
struct DivisionHistoryTests {
    static let history: DivisionHistory = {
        do {
            return try .shipped()
        } catch {
            preconditionFailure("\(error)")
        }
    }()

    static func date(_ year: Int, _ month: Int, _ day: Int) -> CivilDate {
        CivilDate(year: year, month: month, day: day)!
    }

    @Test("淮阳县 holds until 30 December 2019, 淮阳区 from the day after")
    func huaiyang() {
        let history = Self.history
        #expect(history.division("411626", on: Self.date(2019, 9, 1))?.name == "淮阳县")
        #expect(history.division("411626", on: Self.date(2019, 12, 30))?.name == "淮阳县")
        #expect(history.division("411626", on: Self.date(2019, 12, 31)) == nil)
        #expect(history.division("411603", on: Self.date(2019, 12, 30)) == nil)
        #expect(history.division("411603", on: Self.date(2019, 12, 31))?.name == "淮阳区")
        #expect(
            history.successors(of: "411626") == [
                .init(code: "411603", name: "淮阳区", since: Self.date(2019, 12, 31))
            ])
        #expect(history.children(of: "411600", on: Self.date(2019, 9, 1)).map(\.name).contains("淮阳县"))
        #expect(!history.children(of: "411600", on: Self.date(2020, 1, 1)).map(\.name).contains("淮阳县"))
    }

    @Test("today's tree is the one that was shipped: 34 provinces, 333 prefectures, 2,847 counties")
    func todaysTree() {
        let today = Self.history.records.filter { $0.isEffective(on: Self.date(2026, 12, 31)) }
        #expect(today.filter { $0.level == .province }.count == 34)
        #expect(today.filter { $0.level == .prefecture }.count == 333)
        #expect(today.filter { $0.level == .county }.count == 2847)
    }

    @Test("every date's tree holds together", arguments: 2005...2026)
    func holdsTogether(_ year: Int) {
        let date = Self.date(year, 7, 1)
        let tree = Self.history.records.filter { $0.isEffective(on: date) }
        #expect(Set(tree.map(\.code)).count == tree.count, "no code twice")
        for division in tree {
            let ancestors = Self.history.ancestors(of: division, on: date)
            #expect(
                division.level == .province ? ancestors.isEmpty : ancestors.last?.level == .province,
                "\(division.code) \(division.name) hangs in the air in \(year)")
        }
    }

    @Test("a code that passed from one unit to another tells them apart by date")
    func oneCodeTwoUnits() {
        #expect(Self.history.division("500110", on: Self.date(2011, 12, 30))?.name == "万盛区")
        #expect(Self.history.division("500110", on: Self.date(2011, 12, 31))?.name == "綦江区")
        #expect(Self.history.division("420600", on: Self.date(2010, 6, 1))?.name == "襄樊市")
        #expect(Self.history.division("420600", on: Self.date(2011, 1, 1))?.name == "襄阳市")
    }

    @Test("a county that went along with its prefecture has its old code and parent before")
    func recoded() {
        let before = Self.date(2011, 6, 1)
        let county = Self.history.division("522222", on: before)
        #expect(county?.name == "江口县")
        #expect(county.map { Self.history.ancestors(of: $0, on: before).map(\.name) } == ["铜仁地区", "贵州省"])
        #expect(Self.history.division("520621", on: before) == nil)
    }

    @Test("a directly governed county has the province as its parent")
    func directlyGoverned() {
        let jiyuan = Self.history.division("419001", on: Self.date(2019, 9, 1))
        #expect(jiyuan?.parentCode == "410000")
    }

    @Test("the rows that cannot be used are counted, by reason")
    func skippedRows() {
        let reasons = Dictionary(grouping: Self.history.skipped, by: \.reason).mapValues(\.count)
        #expect(reasons == [.hasNoCodes: 22, .makesProvince: 3, .changesNothing: 1, .makesUnknownUnit: 2])
        #expect(Set(Self.history.skipped.map(\.line)).count == Self.history.skipped.count, "a row is left out once")
    }

    @Test("a file that has not the columns is refused with its line")
    func brokenFile() {
        #expect(throws: DivisionDataError.self) {
            try DivisionHistory(divisions: "code,name,level,parent_code\n11000,北京市,1,\n", changes: "")
        }
        #expect(throws: DivisionDataError.self) {
            try DivisionHistory(divisions: "code,name,level,parent_code\n", changes: "year\nlast year,更名\n")
        }
    }
}
