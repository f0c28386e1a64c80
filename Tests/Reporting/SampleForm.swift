import Cryptography
import Journal
import Reporting

/// A small form with everything a form can have, and a report that fills it in rightly.
enum Sample {
    static let dueDate = CivilDate(parsing: "2019-10-10").unsafelyUnwrapped
    static let lockDate = CivilDate(parsing: "2019-12-31").unsafelyUnwrapped

    static let form = FormDefinition(
        code: "open-day-summary", version: 1, title: "总结表", annex: "附件3",
        fields: [
            FieldDefinition(
                code: "visitors_total", label: "参观总数", kind: .integer, unit: "人次", isRequired: true, minimum: .zero,
                maximum: Decimal(1_000_000)),
            FieldDefinition(code: "visitors_public", label: "公众", kind: .integer, unit: "人次", minimum: .zero),
            FieldDefinition(code: "visitors_staff", label: "企业员工", kind: .integer, unit: "人次", minimum: .zero),
            FieldDefinition(code: "fakes_value", label: "货值总额", kind: .decimal, unit: "万元", decimals: 2),
            FieldDefinition(code: "theme", label: "主题", kind: .text, textLimitScalars: 20),
            FieldDefinition(code: "opened_on", label: "开放时间", kind: .date),
            FieldDefinition(code: "plan_made", label: "是否制定方案", kind: .flag),
            FieldDefinition(code: "phone", label: "联系电话", kind: .text, isPersonal: true),
        ],
        tables: [
            TableDefinition(
                code: "hosts", label: "开放单位",
                fields: [
                    FieldDefinition(code: "name", label: "单位名称", kind: .text, isRequired: true),
                    FieldDefinition(code: "invited", label: "拟邀公众", kind: .integer, unit: "人次"),
                    FieldDefinition(code: "contact", label: "联系人", kind: .text, isPersonal: true),
                ], maximumRows: 3)
        ],
        rules: [
            LinearRule(
                code: "visitors_sum", left: [.init(field: "visitors_total")], comparison: .equal,
                right: [.init(field: "visitors_public"), .init(field: "visitors_staff")],
                message: "参观总数应等于公众与企业员工之和"),
            LinearRule(
                code: "staff_share", left: [.init(field: "visitors_staff", factor: 2)], comparison: .atMost,
                right: [.init(field: "visitors_total")], severity: .verify, message: "企业员工超过半数"),
            LinearRule(
                code: "few_visitors", left: [.init(field: "visitors_total")], comparison: .atLeast,
                right: [.init(field: "visitors_public", factor: 1)], severity: .notice, message: "参观总数少于公众"),
        ],
        reporters: .listed(["henan-zhengzhou", "henan-kaifeng"]), dueDate: dueDate, lockDate: lockDate)

    static let checker = FormChecker(form)

    static let report = Report(
        campaign: "henan-2019-open-day", form: "open-day-summary", formVersion: 1, reportingUnit: "henan-zhengzhou",
        cells: [
            Cell("visitors_total", .integer(100), unit: "人次"),
            Cell("visitors_public", .integer(60), unit: "人次"),
            Cell("visitors_staff", .integer(40), unit: "人次"),
            Cell("fakes_value", .decimal(Decimal(unscaled: 3650, scale: 2).unsafelyUnwrapped), unit: "万元"),
            Cell("theme", .text("质量第一")),
            Cell("opened_on", .date(CivilDate(parsing: "2019-09-19").unsafelyUnwrapped)),
            Cell("plan_made", .flag(true)),
            Cell("phone", .text("13800000000")),
        ],
        rows: [
            Row(table: "hosts", key: "H1", cells: [Cell("name", .text("甲公司")), Cell("contact", .text("张三"))]),
            Row(table: "hosts", key: "H2", cells: [Cell("name", .text("乙公司"))]),
        ])

    static let sha256: JournalHashFunction = { bytes in
        JournalHash(filledBy: { SHA256.hash(bytes, into: $0) })
    }

    /// The sample with some cells put in the place of those with the same field.
    static func report(with cells: Cell...) -> Report {
        var report = report
        for cell in cells {
            report.cells.removeAll { $0.field == cell.field }
            report.cells.append(cell)
        }
        return report
    }

    static func report(without fields: String...) -> Report {
        var report = report
        report.cells.removeAll { fields.contains($0.field) }
        return report
    }
}
