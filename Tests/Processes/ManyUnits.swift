package import Messages

/// A campaign with many reporting units, one small report each, whose sums are known.
package struct ManyUnits: Sendable {
    package static let campaign = "many-units"
    package static let form = "figures"

    package let count: Int

    package init(count: Int) {
        self.count = count
    }

    package func code(_ index: Int) -> String { "unit-\(index)" }

    /// Of unit `index`: grows with it, so that a report that is lost or counted twice shows in the sum.
    package func visitors(_ index: Int) -> Int64 { Int64(index) * 7 + 1 }

    /// In hundredths of 万元.
    package func hundredths(_ index: Int) -> Int64 { Int64(index) * 3 + 5 }

    package var visitorsTotal: Int64 { (0..<count).reduce(0) { $0 + visitors($1) } }
    package var hundredthsTotal: Int64 { (0..<count).reduce(0) { $0 + hundredths($1) } }

    /// The campaign file.
    package var file: String {
        var text = """
            campaign:
              code: \(Self.campaign)
              title: 许多单位
              year: 2026
              issuer: top
              begins_on: 2026-01-01
              ends_on: 2026-12-31
            notices:
              - { document_number: 测〔2026〕1号, title: 通知, issuer: 顶 }
            organisations:
              - { code: top, name: 顶, kind: authority, division: "410000" }

            """
        for index in 0..<count {
            text +=
                "  - { code: \(code(index)), name: 单位\(index), kind: authority, division: \"410100\", reports_to: top }\n"
        }
        text += """
            forms:
              - code: \(Self.form)
                version: 1
                title: 表
                annex: 附件1
                due_date: 2099-12-31
                lock_date: 2099-12-31
                reporters: listed
                expected_reporters: [\((0..<count).map(code).joined(separator: ", "))]
                sections:
                  - title: 数
                    fields:
                      - { code: visitors, label: 人数, unit: 人次, kind: count, required: true }
                      - { code: value, label: 货值, unit: 万元, kind: decimal, decimals: 2, required: true }
                      - { code: remark, label: 备注, kind: text }

            """
        return text
    }

    package func key(_ index: Int) -> String { "many-units-\(index)" }

    /// The report of unit `index`.
    package func request(_ index: Int) -> SubmissionV1.PushRequest {
        SubmissionV1.PushRequest(
            report: SubmissionV1.Report(
                campaign: Self.campaign, form: Self.form, formVersion: 1, reportingUnit: code(index),
                cells: [
                    TypeV1.Cell(field: "visitors", kind: .integer(visitors(index)), unit: "人次"),
                    TypeV1.Cell(
                        field: "value", kind: .decimal(TypeV1.Decimal(unscaledValue: hundredths(index), scale: 2)),
                        unit: "万元"),
                ]),
            idempotencyKey: key(index))
    }

    /// The same reports as a sheet.
    package var sheet: String {
        var text = "campaign,form,form_version,reporting_unit,idempotency_key,visitors[人次],value[万元]\n"
        for index in 0..<count {
            let hundredths = hundredths(index)
            let fraction = hundredths % 100
            let value = "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
            text += "\(Self.campaign),\(Self.form),1,\(code(index)),\(key(index)),\(visitors(index)),\(value)\n"
        }
        return text
    }
}
