import Cryptography
import Journal
import NotificationRules
import Reporting

/// A campaign with two forms, the second for one unit only, and what may happen to its reports.
enum Sample {
    static let epoch = JournalEpoch(Array(repeating: UInt8(0xab), count: 16))!
    /// 2019-09-01 23:59:59.999 in Asia/Shanghai.
    static let instant: Int64 = 1_567_353_599_999_000

    static let campaign = Campaign(
        code: "henan-2019-open-day", title: "河南省2019年“质量开放日”活动", year: 2019, issuer: "henan", theme: "质量开放日",
        beginsOn: date(2019, 9, 1), endsOn: date(2019, 9, 30),
        notices: [
            Notice(documentNumber: "豫市监办〔2019〕26号", title: "关于开展活动的通知", issuer: "河南省市场监督管理局", issuedOn: nil)
        ],
        forms: [
            form("arrangement", "活动安排表", "附件2", ["zhengzhou", "kaifeng"], due: date(2019, 9, 1)),
            form("summary", "活动总结表", "附件3", ["kaifeng"], due: date(2019, 10, 10)),
        ])

    static let organisations = [
        Organisation(code: "henan", name: "省局", kind: .authority, divisionCode: "410000", reportsTo: nil),
        Organisation(code: "zhengzhou", name: "郑州局", kind: .authority, divisionCode: "410100", reportsTo: "henan"),
        Organisation(code: "kaifeng", name: "开封局", kind: .authority, divisionCode: "410200", reportsTo: "henan"),
    ]

    static func form(
        _ code: String, _ title: String, _ annex: String, _ reporters: [String], due: CivilDate
    ) -> FormDefinition {
        FormDefinition(
            code: code, version: 1, title: title, annex: annex,
            fields: [FieldDefinition(code: "visitors", label: "参观人数", kind: .integer, unit: "人次")],
            reporters: .listed(reporters), dueDate: due, lockDate: date(2019, 12, 31))
    }

    static func date(_ year: Int, _ month: Int, _ day: Int) -> CivilDate {
        CivilDate(year: year, month: month, day: day)!
    }

    static func accepted(
        _ unit: String, version: UInt64 = 1, digest: UInt8 = 1, _ timeliness: Timeliness = .onTime,
        correctedLate: Bool = false
    ) -> AcceptedReport {
        AcceptedReport(
            campaign: campaign.code, form: "summary", formVersion: 1, reportingUnit: unit, reportVersion: version,
            digest: JournalHash(Array(repeating: digest, count: 32))!, timeliness: timeliness,
            correctedLate: correctedLate)
    }

    static let finding = Finding(
        pointer: "/cells/visitors_total", rule: "visitors_total", severity: .blocking, message: "总数应等于公众与企业人员之和")
    static let notice = Finding(pointer: "/cells/visitors", rule: "many", severity: .notice, message: "人数偏多")

    static func received(
        _ unit: String, index: UInt64 = 1, digest: UInt8 = 1, at instant: Int64 = instant, findings: [Finding] = []
    ) -> InboxItem {
        .acknowledging(
            accepted(unit, digest: digest), findings: findings,
            position: JournalPosition(epoch: epoch, index: index), sealedUnixMicroseconds: instant)
    }

    static func rejected(
        _ unit: String, index: UInt64 = 1, digest: UInt8 = 1, code: UInt32 = 3,
        message: String = "the report: wrong",
        findings: [Finding] = [finding], at instant: Int64 = instant
    ) -> InboxItem {
        .refusing(
            unit: unit, campaign: campaign.code, form: "summary",
            .init(digest: Array(repeating: digest, count: 32), code: code, message: message, findings: findings),
            index: index, sealedUnixMicroseconds: instant)
    }
}

let sha256: JournalHashFunction = { bytes in JournalHash { SHA256.hash(bytes, into: $0) } }
