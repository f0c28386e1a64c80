import Journal
import Reporting
import Testing

@Suite("The canonical digest of a report")
struct ReportDigestTests {
    private func digest(_ report: Report) -> JournalHash {
        ReportDigest.digest(of: report, Sample.sha256)
    }

    @Test("the order of cells and rows does not matter")
    func order() {
        var generator = SystemRandomNumberGenerator()
        let expected = digest(Sample.report)
        for _ in 0..<50 {
            var report = Sample.report
            report.cells.shuffle(using: &generator)
            report.rows.shuffle(using: &generator)
            for index in report.rows.indices { report.rows[index].cells.shuffle(using: &generator) }
            #expect(digest(report) == expected)
        }
    }

    @Test("absent, unset and blank are the same content; zero and not applicable are not")
    func states() {
        let absent = digest(Sample.report(without: "theme"))
        #expect(digest(Sample.report(with: Cell("theme", nil))) == absent)
        #expect(digest(Sample.report(with: Cell("theme", .text("  ")))) == absent)
        #expect(digest(Sample.report(with: Cell("theme", .notApplicable))) != absent)
        #expect(digest(Sample.report(with: Cell("theme", .integer(0)))) != absent)
        #expect(digest(Sample.report(with: Cell("theme", nil, explanation: "待补"))) != absent)
    }

    @Test("36.5 and 36.50 are the same figure, 36.51 is another")
    func decimals() {
        let fields = ["36.5", "36.50", "36.500000000"].map {
            digest(Sample.report(with: Cell("fakes_value", .decimal(Decimal(parsing: $0)!), unit: "万元")))
        }
        #expect(Set(fields).count == 1)
        #expect(
            digest(Sample.report(with: Cell("fakes_value", .decimal(Decimal(parsing: "36.51")!), unit: "万元")))
                != fields[0])
    }

    @Test("every part of the content changes the digest")
    func everyPart() {
        var variants: [Report] = [Sample.report]
        func vary(_ change: (inout Report) -> Void) {
            var report = Sample.report
            change(&report)
            variants.append(report)
        }
        vary { $0.campaign += "x" }
        vary { $0.form += "x" }
        vary { $0.formVersion += 1 }
        vary { $0.reportingUnit += "x" }
        vary { $0.cells[0].value = .integer(101) }
        vary { $0.cells[0].unit = "人" }
        vary { $0.cells[0].explanation = "x" }
        vary { $0.cells[0].field = "x" }
        vary { $0.cells.removeLast() }
        vary { $0.rows.removeLast() }
        vary { $0.rows[0].key = "H9" }
        vary { $0.rows[0].table = "guests" }
        vary { $0.rows[0].cells.removeLast() }
        vary { $0.cells[6].value = .flag(false) }
        vary { $0.cells[5].value = .date(CivilDate(parsing: "2019-09-20")!) }
        #expect(Set(variants.map(digest)).count == variants.count)
    }

    @Test("personal values leave the report, and come back")
    func personal() async {
        let salt = [UInt8](repeating: 7, count: 32)
        var worked = 0
        let (stripped, values) = await Sample.checker.withoutPersonalValues(
            Sample.report, commitment: { $0.commitment(salt: salt, Sample.sha256) }, worked: { worked += $0 })
        #expect(worked == 2)
        #expect(values.map(\.pointer) == ["/cells/phone", "/rows/hosts/H1/contact"])
        #expect(!"\(stripped)".contains("13800000000"))
        #expect(!"\(stripped)".contains("张三"))
        #expect(stripped.restoring(values) == Sample.report)
        #expect(PersonalValue.decode(PersonalValue.encode(values)) == values)
        #expect(PersonalValue.decode(PersonalValue.encode(values).dropLast()) == nil)
        let otherSalt = values[0].commitment(salt: [UInt8](repeating: 8, count: 32), Sample.sha256)
        #expect(otherSalt != values[0].commitment(salt: salt, Sample.sha256))
    }
}

extension PersonalValue {
    fileprivate static func decode(_ bytes: ArraySlice<UInt8>) -> [PersonalValue]? { decode(Array(bytes)) }
}
