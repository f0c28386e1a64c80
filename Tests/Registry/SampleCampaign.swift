import Reporting

/// A small province: an office, two cities, a department, and a campaign with one form.
enum SampleCampaign {
    static let organisations = [
        Organisation(code: "fujian", name: "省办", kind: .authority, divisionCode: "350000", reportsTo: nil),
        Organisation(
            code: "fujian-fuzhou", name: "福州市局", kind: .authority, divisionCode: "350100", reportsTo: "fujian"),
        Organisation(
            code: "fujian-pingtan", name: "平潭局", kind: .authority, divisionCode: "350128", reportsTo: "fujian"),
        Organisation(
            code: "fujian-jiaoyu", name: "教育厅", kind: .department, divisionCode: "350000", reportsTo: "fujian"),
    ]

    static func date(_ month: Int, _ day: Int, year: Int = 2018) -> CivilDate {
        CivilDate(year: year, month: month, day: day)!
    }

    static let form = FormDefinition(
        code: "statistics", version: 1, title: "统计表", annex: "附件4",
        fields: [
            FieldDefinition(code: "total", label: "总数", kind: .integer, unit: "个", minimum: .zero),
            FieldDefinition(code: "part", label: "部分", kind: .integer, unit: "个"),
            FieldDefinition(code: "value", label: "货值", kind: .decimal, unit: "万元", decimals: 4),
        ],
        rules: [
            LinearRule(
                code: "total", left: [.init(field: "total")], comparison: .atLeast, right: [.init(field: "part")],
                message: "请核对")
        ],
        reporters: .listed(["fujian-fuzhou", "fujian-pingtan", "fujian-jiaoyu"]), dueDate: date(10, 12),
        lockDate: date(12, 31))

    static let campaign = Campaign(
        code: "fujian-2018", title: "质量月", year: 2018, issuer: "fujian", theme: "建设质量强省",
        slogans: ["质量提升 人人有责"], beginsOn: date(9, 1), endsOn: date(9, 30),
        notices: [
            Notice(
                documentNumber: "闽质强省办〔2018〕10号", title: "转发通知", issuer: "省办", issuedOn: date(8, 29),
                forwards: "国市监质〔2018〕131号")
        ], forms: [form])
}
