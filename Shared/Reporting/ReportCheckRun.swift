/// A report's check, in steps.
///
///     cells ──▶ rows ──▶ rules ──▶ done
///       └──────(oversize)───────────▲
///
/// Each step does at most ``stepUnits`` cells, or one row. After `done` a step does nothing.
struct ReportCheckRun {
    static let stepUnits = 32

    private enum Place {
        case cells(from: Int)
        case rows(from: Int)
        case rules
        case done
    }

    private let checker: FormChecker
    private let report: BorrowedReport
    private let malformed: [Finding]
    private var place = Place.cells(from: 0)
    private var pass: CheckPass
    private var formCells: CheckPass.CellSet
    private var rows = CheckPass.RowSet()

    init(_ checker: FormChecker, _ report: BorrowedReport, malformed: [Finding]) {
        self.checker = checker
        self.report = report
        self.malformed = malformed
        pass = CheckPass(checker: checker)
        formCells = CheckPass.CellSet(checker.fields)
        if let finding = FormChecker.oversize(cells: report.cells.count + report.rows.count) {
            pass.add(finding)
            place = .done
        }
    }

    /// Does the next piece; gives back how many cells and rows that was, `nil` when nothing was left to do.
    mutating func step() -> Int? {
        switch place {
        case .cells(let start):
            let own = report.ownCells.places.upperBound
            let end = min(start + Self.stepUnits, own)
            for cell in report.cells[start..<end] { pass.check(cell, in: &formCells, at: .form) }
            if end < own {
                place = .cells(from: end)
            } else {
                pass.checkRequired(of: formCells, at: .form)
                place = .rows(from: 0)
            }
            return end - start + 1
        case .rows(let index):
            guard index < report.rows.count else {
                pass.checkRowCounts(rows)
                place = .rules
                return 1
            }
            let row = report.rows[index]
            let fieldCount = pass.check(row, of: report, in: &rows)
            place = .rows(from: index + 1)
            return 1 + row.cells.places.count + fieldCount / Self.stepUnits
        case .rules:
            if report.cells.allSatisfy(\.isMissing) {
                pass.add(.blankReport, "", "报表没有填写任何内容；确无内容的，请逐项注明“不适用”")
            }
            pass.applyRules(to: report, figures: formCells.figures)
            place = .done
            return Self.stepUnits
        case .done:
            return nil
        }
    }

    /// Valid when ``step()`` has given back `nil`.
    var result: ReportCheck {
        guard !malformed.isEmpty else { return ReportCheck(findings: pass.findings, isAcceptable: !pass.isBlocked) }
        let named = Set(malformed.map(\.pointer))
        return ReportCheck(
            findings: malformed + pass.findings.filter { !named.contains($0.pointer) && !$0.pointer.isEmpty },
            isAcceptable: false)
    }
}
