import Testing

@testable import Reporting

@Suite("A report is checked against its form")
struct ReportCheckTests {
    private func rules(_ report: Report) -> [String] {
        Sample.checker.check(report).findings.map { "\($0.pointer) \($0.rule)" }
    }

    @Test("a right report has no finding")
    func right() {
        #expect(Sample.checker.check(Sample.report) == ReportCheck(findings: [], isAcceptable: true))
    }

    @Test("all errors come in one answer, each with its place, rule and a Chinese message")
    func everything() {
        var report = Sample.report(
            with: Cell("visitors_total", .integer(-1), unit: "人"),
            Cell("fakes_value", .decimal(Decimal(parsing: "1.234")!), unit: "元"),
            Cell("theme", .text(String(repeating: "质", count: 21))), Cell("opened_on", .text("明天")),
            Cell("unknown/field", .integer(1)))
        report.cells.append(Cell("plan_made", .flag(false)))
        report.rows.append(Row(table: "hosts", key: "H1", cells: [Cell("invited", .integer(5))]))
        report.rows.append(Row(table: "hosts", key: "", cells: [Cell("name", .text("丙"))]))
        report.rows.append(Row(table: "guests", key: "G1", cells: []))
        let check = Sample.checker.check(report)
        #expect(!check.isAcceptable)
        #expect(
            check.findings.map { "\($0.pointer) \($0.rule)" } == [
                "/cells/visitors_total unit", "/cells/visitors_total range", "/cells/fakes_value unit",
                "/cells/fakes_value decimals", "/cells/theme text_length", "/cells/opened_on kind",
                "/cells/unknown~1field unknown_field", "/cells/plan_made duplicate_field",
                "/rows/hosts/H1 duplicate_row", "/rows/hosts/H1/invited unit", "/rows/hosts/H1/name required",
                "/rows/hosts/ row_key", "/rows/guests unknown_table", "/rows/hosts row_count",
            ])
        #expect(check.findings.allSatisfy { $0.message.unicodeScalars.contains { $0.value > 0x4E00 } })
    }

    @Test("missing, zero and not applicable are three things")
    func states() {
        let missing = Sample.report(without: "visitors_total")
        #expect(missing.state(of: "visitors_total") == .missing)
        #expect(rules(missing) == ["/cells/visitors_total required"])

        let unset = Sample.report(with: Cell("visitors_total", nil, unit: "人次"))
        #expect(unset.state(of: "visitors_total") == .missing)
        #expect(rules(unset) == ["/cells/visitors_total required"])

        let notApplicable = Sample.report(with: Cell("visitors_total", .notApplicable))
        #expect(notApplicable.state(of: "visitors_total") == .notApplicable)
        #expect(rules(notApplicable) == [])

        let zero = Sample.report(with: Cell("visitors_total", .integer(0), unit: "人次"))
        #expect(zero.state(of: "visitors_total") == .value(.integer(0)))
        #expect(
            rules(zero) == [
                "/cells/visitors_total visitors_sum", "/cells/visitors_staff staff_share",
                "/cells/visitors_total few_visitors",
            ])
    }

    @Test("a report of blanks is refused, also when it has rows and white space")
    func blank() {
        var report = Sample.report
        report.cells = [Cell("theme", .text(" \u{3000}\n")), Cell("visitors_total", nil)]
        report.rows = [Row(table: "hosts", key: "H1", cells: [Cell("name", .text(""))])]
        #expect(rules(report).contains(" blank_report"))
        report.cells = [Cell("visitors_total", .notApplicable)]
        report.rows = []
        #expect(rules(report) == [])
    }

    @Test("万元 is not 元, and a figure without its unit is refused", arguments: ["元", "", "萬元", "万元 "])
    func units(unit: String) {
        let report = Sample.report(with: Cell("fakes_value", .decimal(Decimal(36)), unit: unit))
        #expect(rules(report) == ["/cells/fakes_value unit"])
    }

    @Test("zeros after the point that mean nothing are no decimals too many")
    func trailingZeros() {
        let report = Sample.report(with: Cell("fakes_value", .decimal(Decimal(parsing: "1.5000")!), unit: "万元"))
        #expect(rules(report) == [])
    }

    @Test("a rule over a missing figure says nothing")
    func unevaluable() {
        #expect(rules(Sample.report(without: "visitors_staff")) == [])
        #expect(rules(Sample.report(with: Cell("visitors_staff", .notApplicable))) == [])
    }

    @Test("a broken total blocks and quotes both sums")
    func brokenTotal() throws {
        let check = Sample.checker.check(Sample.report(with: Cell("visitors_total", .integer(101), unit: "人次")))
        let finding = try #require(check.findings.first)
        #expect(!check.isAcceptable)
        #expect(finding.rule == "visitors_sum")
        #expect(finding.severity == .blocking)
        #expect(finding.message == "参观总数应等于公众与企业员工之和（左边合计101，右边合计100）")
    }

    @Test("核实性: refused without an explanation, accepted with one, found both times")
    func verify() {
        let total = Cell("visitors_total", .integer(90), unit: "人次")
        let audience = Cell("visitors_public", .integer(40), unit: "人次")
        let refused = Sample.checker.check(
            Sample.report(with: total, audience, Cell("visitors_staff", .integer(50), unit: "人次")))
        #expect(!refused.isAcceptable)
        #expect(refused.findings.map(\.severity) == [.verify])
        let accepted = Sample.checker.check(
            Sample.report(
                with: total, audience, Cell("visitors_staff", .integer(50), unit: "人次", explanation: "三家企业组织全员参观")))
        #expect(accepted.isAcceptable)
        #expect(accepted.findings.map(\.severity) == [.verify])
        let blankExplanation = Sample.checker.check(
            Sample.report(
                with: total, audience, Cell("visitors_staff", .integer(50), unit: "人次", explanation: "  ")))
        #expect(!blankExplanation.isAcceptable)
    }

    @Test("messages never quote what is personal")
    func personal() {
        let long = String(repeating: "9", count: 2001)
        let check = Sample.checker.check(Sample.report(with: Cell("phone", .text(long)), Cell("theme", .text("ok"))))
        #expect(check.findings.map(\.rule) == ["text_length"])
        #expect(!check.findings.contains { $0.message.contains("999") })
    }

    @Test("a report of far too many cells is refused with one finding")
    func size() {
        var report = Sample.report
        report.cells += Array(repeating: Cell("x", nil), count: FormChecker.maximumCells)
        #expect(rules(report) == [" size"])
    }
}

@Suite("Linear rules")
struct LinearRuleTests {
    private let total = LinearRule(
        code: "total", left: [.init(field: "a")], comparison: .equal,
        right: [.init(field: "b"), .init(field: "c"), .init(field: "d")])

    private func outcome(
        _ rule: LinearRule, _ figures: [String: String], precision: String? = nil
    ) throws -> RuleOutcome {
        let codes = figures.keys.sorted()
        let fields = codes.map {
            FieldDefinition(
                code: $0, label: $0, kind: .decimal, precision: precision.flatMap { Decimal(parsing: $0) })
        }
        let placed = try #require(PlacedRule(rule, FormChecker.FieldSet(fields)))
        return placed.outcome(codes.map { figures[$0].flatMap { Decimal(parsing: $0) } })
    }

    @Test("without a figure a rule says nothing, nor does it of a field that is not there")
    func unevaluable() throws {
        #expect(try outcome(total, ["a": "1", "b": "1", "c": "", "d": "1"]) == .unevaluable)
        #expect(PlacedRule(total, FormChecker.FieldSet([])) == nil)
    }

    @Test("rounded parts of a rounded total fail only beyond what rounding explains")
    func precision() throws {
        let thirds = ["a": "1.00", "b": "0.33", "c": "0.33", "d": "0.33"]
        #expect(try outcome(total, thirds) != .satisfied)
        #expect(try outcome(total, thirds, precision: "0.01") == .satisfied)
        // Four figures within 0.005 each: 0.02 in all, that far and no farther.
        let near = ["a": "1.01", "b": "0.33", "c": "0.33", "d": "0.33"]
        #expect(try outcome(total, near, precision: "0.01") == .satisfied)
        let far = ["a": "1.02", "b": "0.33", "c": "0.33", "d": "0.33"]
        #expect(try outcome(total, far, precision: "0.01") != .satisfied)
    }

    @Test("a field on both sides is one value")
    func sameField() throws {
        let rule = LinearRule(
            code: "r", left: [.init(field: "a"), .init(field: "b")], comparison: .atMost,
            right: [.init(field: "a")])
        #expect(try outcome(rule, ["a": "10", "b": "1"], precision: "1") != .satisfied)
        #expect(try outcome(rule, ["a": "10", "b": "0.5"], precision: "1") == .satisfied)
    }

    @Test("the largest figures and factors do not overflow")
    func extremes() throws {
        let terms = (0..<LinearRule.maximumTerms).map {
            LinearRule.Term(field: "f\($0)", factor: LinearRule.maximumFactor)
        }
        let rule = LinearRule(
            code: "r", left: terms, comparison: .equal,
            right: terms.map { .init(field: $0.field, factor: -$0.factor) })
        let fields = terms.map { FieldDefinition(code: $0.field, label: "", kind: .integer, precision: Decimal(.max)) }
        let placed = try #require(PlacedRule(rule, FormChecker.FieldSet(fields)))
        let outcome = placed.outcome(Array(repeating: Decimal(.min), count: fields.count))
        guard case .violated(let left, let right) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(left.description == "-1844674407370955161600000000")
        #expect(right.description == "1844674407370955161600000000")
    }
}
