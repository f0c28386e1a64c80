import Reporting
import Testing

@Suite("A report's check, in steps")
struct ReportCheckStepsTests {
    private static func large(cells: Int, rows: Int) -> Report {
        var report = Sample.report
        for index in 0..<cells { report.cells.append(Cell("unknown_\(index % 40)", .integer(Int64(index)))) }
        for index in 0..<rows {
            report.rows.append(Row(table: "hosts", key: "K\(index % 100)", cells: [Cell("colour", .flag(true))]))
        }
        return report
    }

    @Test("gives the same as all at once, and tells of some dozens of cells and rows at a time")
    func steps() async {
        for (cells, rows) in [(0, 0), (1, 0), (31, 1), (32, 2), (33, 40), (500, 500)] {
            let report = Self.large(cells: cells, rows: rows)
            var told: [Int] = []
            let check = await Sample.checker.check(report, worked: { told.append($0) })
            #expect(check == Sample.checker.check(report))
            #expect(told.allSatisfy { $0 > 0 && $0 <= 64 })
            #expect(told.reduce(0, +) >= report.cells.count + report.rows.count)
        }
    }

    @Test("stops where it is told to")
    func stops() async {
        struct GivenUp: Error {}
        var steps = 0
        await #expect(throws: GivenUp.self) {
            _ = try await Sample.checker.check(Self.large(cells: 500, rows: 500)) { _ throws(GivenUp) in
                steps += 1
                if steps == 3 { throw GivenUp() }
            }
        }
        #expect(steps == 3)
    }

    @Test("too many cells are one finding, made from their number alone")
    func oversize() async {
        #expect(FormChecker.oversize(cells: FormChecker.maximumCells) == nil)
        let report = Self.large(cells: FormChecker.maximumCells, rows: 0)
        var told = 0
        let check = await Sample.checker.check(report, worked: { told += $0 })
        #expect(told == 0)
        #expect(check.findings.map(\.rule) == ["size"])
        #expect(check.isMalformed && !check.isAcceptable)
    }

    @Test("a report is malformed when a field or a row is there twice, and for nothing else that is wrong")
    func malformed() {
        var report = Sample.report
        #expect(!Sample.checker.check(report).isMalformed)
        report.cells[0].unit = "?"
        report.cells.append(Cell("nothing", .integer(1)))
        #expect(!Sample.checker.check(report).isMalformed)
        report.cells.append(report.cells[1])
        #expect(Sample.checker.check(report).isMalformed)
        report = Sample.report
        report.rows.append(report.rows[0])
        #expect(Sample.checker.check(report).isMalformed)
    }

    @Test("findings have a bound, which the last one tells")
    func findings() {
        var report = Sample.report
        report.rows = (0..<9_000).map { Row(table: "none", key: "\($0)", cells: []) }
        report.cells += (0..<9_000).map { Cell("none\($0)", .integer(1)) }
        let check = Sample.checker.check(report)
        #expect(check.findings.count == FormChecker.maximumFindings + 1)
        #expect(check.findings.last?.rule == "size")
    }
}
