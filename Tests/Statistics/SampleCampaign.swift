import Cryptography
import Journal
import Reporting
import StatisticsRules

/// A small campaign with every way of standing to each other that the real ones have.
///
///     henan (410000)                      issuer
///       zhengzhou (410100)                a city
///       kaifeng (410200)                  a city whose counties report too: its report is a control total
///         kaifeng-qixian (410221)
///         kaifeng-tongxu (410222)
///       gongyi (410181)                   lies in zhengzhou, reports to the province
///       jiaoyu (410000)                   a department: beside the places
enum Sample {
    static let campaignCode = "henan-2019-open-day"
    static let formCode = "summary"
    static let key = StatisticsProjection.FormKey(campaign: campaignCode, form: formCode)
    static let units = ["zhengzhou", "kaifeng", "kaifeng-qixian", "kaifeng-tongxu", "gongyi", "jiaoyu"]

    static let organisations = [
        organisation("henan", "河南省市场监督管理局", "410000", nil),
        organisation("zhengzhou", "郑州市市场监督管理局", "410100", "henan"),
        organisation("kaifeng", "开封市市场监督管理局", "410200", "henan"),
        organisation("kaifeng-qixian", "杞县市场监督管理局", "410221", "kaifeng"),
        organisation("kaifeng-tongxu", "通许县市场监督管理局", "410222", "kaifeng"),
        organisation("gongyi", "巩义市市场监督管理局", "410181", "henan"),
        organisation("jiaoyu", "河南省教育厅", "410000", "henan", .department),
    ]

    static let divisions = [
        Division(code: "410000", name: "河南省", level: .province, parentCode: nil),
        Division(code: "410100", name: "郑州市", level: .prefecture, parentCode: "410000"),
        Division(code: "410181", name: "巩义市", level: .county, parentCode: "410100"),
        Division(code: "410200", name: "开封市", level: .prefecture, parentCode: "410000"),
        Division(code: "410221", name: "杞县", level: .county, parentCode: "410200"),
        Division(code: "410222", name: "通许县", level: .county, parentCode: "410200"),
    ]

    static let form = FormDefinition(
        code: formCode, version: 1, title: "2019年“质量开放日”活动总结表",
        fields: [
            FieldDefinition(code: "theme", label: "活动主题", kind: .text),
            FieldDefinition(code: "visitors", label: "接待参观来访人员总数", kind: .integer, unit: "人次"),
            FieldDefinition(code: "value", label: "查获假冒伪劣产品货值", kind: .decimal, unit: "万元", decimals: 2),
            FieldDefinition(code: "age", label: "联系人年龄", kind: .integer, isPersonal: true),
        ],
        tables: [
            TableDefinition(
                code: "hosts", label: "开放单位",
                fields: [
                    FieldDefinition(code: "name", label: "名称", kind: .text),
                    FieldDefinition(code: "invited", label: "拟邀请公众数量", kind: .integer, unit: "人次"),
                ])
        ],
        reporters: .listed(units), dueDate: CivilDate(year: 2019, month: 10, day: 10)!,
        lockDate: CivilDate(year: 2019, month: 12, day: 31)!)

    static let published = PublishedCampaign(
        campaign: Campaign(
            code: campaignCode, title: "河南省2019年“质量开放日”活动", year: 2019, issuer: "henan",
            beginsOn: CivilDate(year: 2019, month: 9, day: 1)!, endsOn: CivilDate(year: 2019, month: 9, day: 30)!,
            forms: [form]),
        organisations: organisations, divisions: divisions)

    static func organisation(
        _ code: String, _ name: String, _ division: String, _ superior: String?, _ kind: Organisation.Kind = .authority
    ) -> Organisation {
        Organisation(code: code, name: name, kind: kind, divisionCode: division, reportsTo: superior)
    }

    static func accepted(
        _ unit: String, version: UInt64 = 1, _ cells: [Cell] = [], rows: [Row] = [], at instant: Int64 = 1_000,
        _ timeliness: Timeliness = .onTime, correctedLate: Bool = false
    ) -> AcceptedVersion {
        let report = Report(
            campaign: campaignCode, form: formCode, formVersion: 1, reportingUnit: unit, cells: cells, rows: rows)
        return AcceptedVersion(
            campaign: campaignCode, form: formCode, unit: unit, version: version, sealedUnixMicroseconds: instant,
            timeliness: timeliness, correctedLate: correctedLate, figures: ReportedFigures(of: report))
    }

    static func visitors(_ count: Int64) -> Cell { Cell("visitors", .integer(count), unit: "人次") }
    static func value(_ text: String) -> Cell { Cell("value", .decimal(Decimal(parsing: text)!), unit: "万元") }

    static func host(_ key: String, invited: CellValue?) -> Row {
        Row(table: "hosts", key: key, cells: [Cell("name", .text(key)), Cell("invited", invited, unit: "人次")])
    }

    static func projection(_ accepted: [AcceptedVersion] = []) -> StatisticsProjection {
        var projection = StatisticsProjection()
        projection.publish(published)
        for report in accepted { projection.accept(report) }
        return projection
    }
}

extension StatisticsProjection {
    func rollup(_ grouping: Grouping, _ visibility: Visibility = .everything) -> Rollup {
        Rollup(scope(of: Sample.key, visibility: visibility)!, grouping: grouping)
    }

    /// Everything that readers see: both roll-ups' hashes and who has reported.
    var fingerprint: [[UInt8]] {
        Grouping.allCases.map { rollup($0).hash(sha256).bytes }
    }

    var completeness: Completeness {
        Completeness(scope(of: Sample.key, visibility: .everything)!)
    }
}

extension Rollup {
    func group(_ code: String) -> Group { groups.first { $0.code == code }! }

    func sum(_ field: String, of code: String = "") -> Sum {
        group(code).sums[fields.firstIndex { $0.code == field }!]
    }

    func decimal(_ field: String, of code: String = "") -> String {
        Decimal(billionths: sum(field, of: code).billionths)!.description
    }
}

let sha256: JournalHashFunction = { bytes in JournalHash { SHA256.hash(bytes, into: $0) } }

/// Every order of `items`, by Heap's algorithm.
func permutations<Item>(_ items: [Item]) -> [[Item]] {
    var items = items
    var result: [[Item]] = []
    func permute(_ count: Int) {
        guard count > 1 else {
            result.append(items)
            return
        }
        for index in 0..<count {
            permute(count - 1)
            if index < count - 1 { items.swapAt(count.isMultiple(of: 2) ? index : 0, count - 1) }
        }
    }
    permute(items.count)
    return result
}
