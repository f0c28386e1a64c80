import RPC
import Reporting

/// A campaign of Henan with two forms, who reports in it, and a report that is right.
enum Sample {
    static let dueDate = CivilDate(parsing: "2019-10-10").unsafelyUnwrapped
    static let lockDate = CivilDate(parsing: "2019-12-31").unsafelyUnwrapped
    static let due = dueDate.endUnixMicroseconds
    static let lock = lockDate.endUnixMicroseconds
    static let beforeDue = due - 86_400_000_000

    static let form = FormDefinition(
        code: "summary", version: 1, title: "总结表", annex: "附件3",
        fields: [
            FieldDefinition(
                code: "visitors", label: "参观总数", kind: .integer, unit: "人次", isRequired: true, minimum: .zero),
            FieldDefinition(code: "public", label: "公众", kind: .integer, unit: "人次", minimum: .zero),
            FieldDefinition(code: "staff", label: "企业员工", kind: .integer, unit: "人次", minimum: .zero),
            FieldDefinition(code: "value", label: "货值", kind: .decimal, unit: "万元", decimals: 2),
            FieldDefinition(code: "phone", label: "联系电话", kind: .text, isPersonal: true),
        ],
        tables: [
            TableDefinition(
                code: "hosts", label: "开放单位",
                fields: [
                    FieldDefinition(code: "name", label: "单位名称", kind: .text, isRequired: true),
                    FieldDefinition(code: "contact", label: "联系人", kind: .text, isPersonal: true),
                ])
        ],
        rules: [
            LinearRule(
                code: "sum", left: [.init(field: "visitors")], comparison: .equal,
                right: [.init(field: "public"), .init(field: "staff")], message: "总数应等于分项之和"),
            LinearRule(
                code: "share", left: [.init(field: "staff", factor: 2)], comparison: .atMost,
                right: [.init(field: "visitors")], severity: .verify, message: "企业员工超过半数"),
        ],
        reporters: .listed(["henan-zhengzhou", "henan-kaifeng"]), dueDate: dueDate, lockDate: lockDate)

    /// Without personal fields.
    static let plainForm = FormDefinition(
        code: "count", version: 1, title: "统计表", annex: "附件4",
        fields: [FieldDefinition(code: "events", label: "活动", kind: .integer, unit: "次", minimum: .zero)],
        reporters: .listed(["henan-zhengzhou", "henan-kaifeng"]), dueDate: dueDate, lockDate: lockDate)

    static let campaign = Campaign(
        code: "henan-2019", title: "质量开放日", year: 2019, issuer: "henan", beginsOn: dueDate, endsOn: lockDate,
        forms: [form, plainForm])

    static let organisations = [
        organisation("henan", nil), organisation("henan-zhengzhou", "henan"), organisation("henan-kaifeng", "henan"),
        organisation("zhengzhou-erqi", "henan-zhengzhou"), organisation("fujian", nil),
    ]

    static func organisation(_ code: String, _ superior: String?) -> Organisation {
        Organisation(code: code, name: code, kind: .authority, divisionCode: "410000", reportsTo: superior)
    }

    static func report(_ unit: String = "henan-zhengzhou", visitors: Int64 = 100, staff: Int64 = 40) -> Report {
        Report(
            campaign: "henan-2019", form: "summary", formVersion: 1, reportingUnit: unit,
            cells: [
                Cell("visitors", .integer(visitors), unit: "人次"),
                Cell("public", .integer(visitors - staff), unit: "人次"),
                Cell("staff", .integer(staff), unit: "人次"),
                Cell("phone", .text("13800000000")),
            ],
            rows: [
                Row(table: "hosts", key: "H1", cells: [Cell("name", .text("甲公司")), Cell("contact", .text("张三丰"))]),
                Row(table: "hosts", key: "H2", cells: [Cell("name", .text("乙公司"))]),
            ])
    }

    static func count(_ unit: String = "henan-zhengzhou", events: Int64) -> Report {
        Report(
            campaign: "henan-2019", form: "count", formVersion: 1, reportingUnit: unit,
            cells: [Cell("events", .integer(events), unit: "次")])
    }

    static func reporter(_ unit: String) -> CallerIdentity { member(unit, "reporter") }

    static func member(_ unit: String, _ role: String) -> CallerIdentity {
        CallerIdentity(uri: "spiffe://quality.test/org/\(unit)/\(role)").unsafelyUnwrapped
    }

    static func service(_ name: String) -> CallerIdentity {
        CallerIdentity(uri: "spiffe://quality.test/service/\(name)").unsafelyUnwrapped
    }
}
