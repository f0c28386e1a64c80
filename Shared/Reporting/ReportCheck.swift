/// Everything that a form has to say about one report.
public struct ReportCheck: Sendable, Hashable {
    /// All findings: those of single fields in the report's order, then what is missing, then the form's rules.
    public var findings: [Finding]
    /// False when a finding blocks: a 强制性 one, or a 核实性 one without a written explanation.
    public var isAcceptable: Bool

    public init(findings: [Finding], isAcceptable: Bool) {
        self.findings = findings
        self.isAcceptable = isAcceptable
    }

    /// True when the report is no report at all: too large, or with a field or row twice. It has no content that could be
    /// digested, so nothing is spent on that.
    public var isMalformed: Bool {
        findings.contains { finding in
            switch BuiltInRule(rawValue: finding.rule) {
            case .size, .duplicateField, .duplicateRow: true
            case .unknownField, .unknownTable, .rowKey, .rowCount, .kind, .unit, .range, .decimals, .textLength,
                .required,
                .blankReport, .explanationLength, nil:
                false
            }
        }
    }
}

/// A form made ready for checking reports: build it once, use it for every report of the form. A class, so that handing
/// it from push to push costs one reference, not one for each of its parts.
public final class FormChecker: Sendable {
    /// More cells than this, over all rows, are refused with one finding.
    public static let maximumCells = 20_000
    /// More findings than this are not told: nobody reads them, and a small message could ask for any number, such as
    /// ten thousand empty rows of a table with a hundred required fields.
    public static let maximumFindings = 10_000
    public static let maximumExplanationScalars = 2000
    public static let maximumRowKeyScalars = 64

    public let form: FormDefinition
    /// True when a field of the form or of a table holds personal data.
    public let hasPersonalFields: Bool
    let fields: FieldSet
    let tables: [String: TableSet]
    let rules: [PlacedRule]

    /// A class, so that a look at a field costs one reference, not one for each of its texts.
    final class Field: Sendable {
        let definition: FieldDefinition

        init(_ definition: FieldDefinition) {
            self.definition = definition
        }
    }

    /// Fields that stand beside each other. A class for the same reason.
    final class FieldSet: Sendable {
        let fields: [Field]
        let places: [String: Int]
        /// Places of the fields that must have a value or say that they do not apply.
        let required: [Int]
        /// The places in the byte order of the fields' codes, as digests have them.
        private let byteOrder: [Int]

        init(_ definitions: [FieldDefinition]) {
            fields = definitions.map { Field($0) }
            places = Dictionary(definitions.indices.map { (definitions[$0].code, $0) }, uniquingKeysWith: { $1 })
            required = definitions.indices.filter { definitions[$0].isRequired }
            byteOrder = definitions.indices.sorted {
                definitions[$0].code.utf8.lexicographicallyPrecedes(definitions[$1].code.utf8)
            }
        }

        /// The place of a field. Cells mostly come in the form's order, so the one that would be next is looked at first.
        func place(of field: BorrowedText, expecting next: Int) -> Int? {
            if next < fields.count, field.hasBytes(of: fields[next].definition.code) { return next }
            return places[field.text]
        }

        /// The places of these cells in the byte order of their fields. `nil` when that is to be found by comparing them: one
        /// is twice there, or not spelt as here, byte for byte.
        func byteOrder(of cells: ArraySlice<BorrowedCell>) -> [Int]? {
            var indices = [Int?](repeating: nil, count: fields.count)
            var next = 0
            for index in cells.indices {
                let field = cells[index].field
                let isNext = next < fields.count && field.hasBytes(of: fields[next].definition.code)
                guard let place = isNext ? next : places[field.text], indices[place] == nil,
                    isNext || field.hasBytes(of: fields[place].definition.code)
                else { return nil }
                indices[place] = index
                next = place + 1
            }
            var places: [Int] = []
            places.reserveCapacity(cells.count)
            for place in byteOrder {
                if let index = indices[place] { places.append(index) }
            }
            return places
        }
    }

    struct TableSet: Sendable {
        let definition: TableDefinition
        let fields: FieldSet
    }

    /// `form` has been found valid (``FormDefinition/problems(at:)``).
    public init(_ form: FormDefinition) {
        self.form = form
        hasPersonalFields = form.hasPersonalFields
        let fields = FieldSet(form.fields)
        self.fields = fields
        rules = form.rules.compactMap { PlacedRule($0, fields) }
        tables = Dictionary(
            form.tables.map { ($0.code, TableSet(definition: $0, fields: FieldSet($0.fields))) },
            uniquingKeysWith: { $1 })
    }

    /// Checks a report that names this form. Messages quote figures, but no text and nothing personal: findings are
    /// journaled. `malformed` are findings from reading the report: they come first, and cells that they name are not
    /// called missing as well.
    public func check(_ report: Report, malformed: [Finding] = []) -> ReportCheck {
        let loan = ReportLoan(report)
        return withExtendedLifetime(loan) { check(loan.report, malformed: malformed) }
    }

    /// The same for a report that is looked at where it lies.
    package func check(_ report: BorrowedReport, malformed: [Finding] = []) -> ReportCheck {
        var run = ReportCheckRun(self, report, malformed: malformed)
        while run.step() != nil {}
        return run.result
    }

    /// The same for a caller that does other things in between: `worked` is told how many cells and rows were checked,
    /// some dozens at a time.
    public func check<Failure>(
        _ report: Report, malformed: [Finding] = [], worked: (Int) async throws(Failure) -> Void
    ) async throws(Failure) -> ReportCheck {
        let loan = ReportLoan(report)
        defer { withExtendedLifetime(loan) {} }
        var run = ReportCheckRun(self, loan.report, malformed: malformed)
        while let units = run.step() { try await worked(units) }
        return run.result
    }

    /// The finding that alone answers a report of more cells and rows than any may have; `nil` for others. To be asked
    /// with the numbers of the message, before anything of it is translated.
    public static func oversize(cells: Int) -> Finding? {
        guard cells > maximumCells else { return nil }
        return Finding(
            pointer: "", rule: BuiltInRule.size.rawValue, severity: .blocking,
            message: "报表共有\(cells)个单元格，超过上限\(maximumCells)个")
    }
}

/// One report's way through the checks.
struct CheckPass {
    /// Where the cells at hand stand.
    enum Place {
        case form
        case row(BorrowedRow)

        func pointer(_ field: String) -> String {
            switch self {
            case .form: Finding.pointer("cells", field)
            case .row(let row): Finding.pointer("rows", row.table.text, row.key.text, field)
            }
        }
    }

    /// Cells that stand beside each other: those of the form, or of one row.
    struct CellSet {
        let set: FormChecker.FieldSet
        /// By the fields' places, for the rules.
        fileprivate(set) var figures: [Decimal?]
        fileprivate var isTold: [Bool]
        fileprivate var isSeen: [Bool]
        /// Where the next cell's field is looked for first.
        fileprivate var next = 0

        init(_ set: FormChecker.FieldSet) {
            self.set = set
            figures = [Decimal?](repeating: nil, count: set.fields.count)
            isTold = [Bool](repeating: false, count: set.fields.count)
            isSeen = isTold
        }
    }

    /// The rows of all tables, as far as they were checked.
    struct RowSet {
        /// By table: the keys seen.
        fileprivate var keys: [String: Set<String>] = [:]
        fileprivate var counts: [String: Int] = [:]
    }

    let checker: FormChecker
    private(set) var findings: [Finding] = []
    private(set) var isBlocked = false

    init(checker: FormChecker) {
        self.checker = checker
    }

    mutating func add(
        _ rule: BuiltInRule, _ pointer: @autoclosure () -> String, _ message: @autoclosure () -> String
    ) {
        isBlocked = true
        guard hasRoom() else { return }
        findings.append(
            Finding(pointer: pointer(), rule: rule.rawValue, severity: .blocking, message: message()))
    }

    /// For a finding that ends the check.
    mutating func add(_ finding: Finding) {
        isBlocked = true
        findings.append(finding)
    }

    /// Whether one more finding is told; the last place says that more were found.
    private mutating func hasRoom() -> Bool {
        if findings.count < FormChecker.maximumFindings { return true }
        if findings.count == FormChecker.maximumFindings {
            findings.append(
                Finding(
                    pointer: "", rule: BuiltInRule.size.rawValue, severity: .blocking,
                    message: "问题超过\(FormChecker.maximumFindings)处，其余未列出，改正后请再次报送"))
        }
        return false
    }

    /// Checks one cell beside those that came before it.
    mutating func check(_ cell: BorrowedCell, in cells: inout CellSet, at place: Place) {
        guard let index = cells.set.place(of: cell.field, expecting: cells.next) else {
            add(.unknownField, place.pointer(cell.field.text), "本表没有“\(cell.field.text)”这一项")
            return
        }
        cells.next = index + 1
        let field = cells.set.fields[index]
        guard !cells.isSeen[index] else {
            add(.duplicateField, place.pointer(field.definition.code), "“\(field.definition.label)”重复填写")
            return
        }
        cells.isSeen[index] = true
        cells.isTold[index] = !cell.isMissing
        if check(cell, field, at: place) { cells.figures[index] = cell.value?.number }
    }

    /// When all cells of a set have come.
    mutating func checkRequired(of cells: CellSet, at place: Place) {
        for index in cells.set.required where !cells.isTold[index] {
            let field = cells.set.fields[index].definition
            add(.required, place.pointer(field.code), "“\(field.label)”为必填项；确无内容的，请注明“不适用”")
        }
    }

    /// True when the cell is right, so that rules may use its figure.
    private mutating func check(_ cell: BorrowedCell, _ field: FormChecker.Field, at place: Place) -> Bool {
        let before = findings.count
        if cell.explanation.isLonger(thanScalars: FormChecker.maximumExplanationScalars) {
            add(
                .explanationLength, place.pointer(field.definition.code),
                "“\(field.definition.label)”的说明超过\(FormChecker.maximumExplanationScalars)字")
        }
        switch cell.value {
        case .integer(let value):
            checkKind(field, .integer, at: place)
            checkFigure(Decimal(value), cell, field, at: place)
        case .decimal(let value):
            checkKind(field, .decimal, at: place)
            checkFigure(value, cell, field, at: place)
        case .text(let text):
            checkKind(field, .text, at: place)
            checkNoOtherUnit(cell, field, at: place)
            if field.definition.kind == .text, text.isLonger(thanScalars: field.definition.effectiveTextLimitScalars) {
                add(
                    .textLength, place.pointer(field.definition.code),
                    "“\(field.definition.label)”超过\(field.definition.effectiveTextLimitScalars)字")
            }
        case .flag:
            checkKind(field, .flag, at: place)
            checkNoOtherUnit(cell, field, at: place)
        case .date:
            checkKind(field, .date, at: place)
            checkNoOtherUnit(cell, field, at: place)
        case .notApplicable, nil:
            checkNoOtherUnit(cell, field, at: place)
        }
        return findings.count == before
    }

    private mutating func checkKind(_ field: FormChecker.Field, _ kind: FieldDefinition.Kind, at place: Place) {
        if field.definition.kind != kind {
            add(
                .kind, place.pointer(field.definition.code),
                "“\(field.definition.label)”应填\(field.definition.kind.chineseName)，不能填\(kind.chineseName)")
        }
    }

    private mutating func checkFigure(
        _ value: Decimal, _ cell: BorrowedCell, _ field: FormChecker.Field, at place: Place
    ) {
        guard field.definition.kind.isNumeric else { return }
        if !cell.unit.equals(field.definition.unit) {
            add(
                .unit, place.pointer(field.definition.code),
                field.definition.unit.isEmpty
                    ? "“\(field.definition.label)”没有计量单位，不能填“\(cell.unit.text)”"
                    : "“\(field.definition.label)”的计量单位应为“\(field.definition.unit)”，"
                        + (cell.unit.isEmpty ? "报表没有注明" : "不能填“\(cell.unit.text)”"))
        }
        if field.definition.kind == .decimal, value.neededScale > field.definition.decimals {
            add(
                .decimals, place.pointer(field.definition.code),
                field.definition.decimals == 0
                    ? "“\(field.definition.label)”应为整数"
                    : "“\(field.definition.label)”最多保留\(field.definition.decimals)位小数")
        }
        // Made only for a finding: most figures have none.
        var quoted: String { field.definition.isPersonal ? "" : "，填报值为\(value)" }
        if let minimum = field.definition.minimum, value < minimum {
            add(.range, place.pointer(field.definition.code), "“\(field.definition.label)”不能小于\(minimum)\(quoted)")
        }
        if let maximum = field.definition.maximum, value > maximum {
            add(.range, place.pointer(field.definition.code), "“\(field.definition.label)”不能大于\(maximum)\(quoted)")
        }
    }

    /// Cells without a figure may repeat the field's unit or leave it out.
    private mutating func checkNoOtherUnit(_ cell: BorrowedCell, _ field: FormChecker.Field, at place: Place) {
        if !cell.unit.isEmpty, !cell.unit.equals(field.definition.unit) {
            add(.unit, place.pointer(field.definition.code), "“\(field.definition.label)”的计量单位不能填“\(cell.unit.text)”")
        }
    }

    /// Checks one row beside those that came before it; gives back how many fields its table has.
    mutating func check(_ row: BorrowedRow, of report: BorrowedReport, in rows: inout RowSet) -> Int {
        let tableCode = row.table.text
        guard let table = checker.tables[tableCode] else {
            add(.unknownTable, Finding.pointer("rows", tableCode), "本表没有“\(tableCode)”这张子表")
            return 0
        }
        rows.counts[tableCode, default: 0] += 1
        let key = row.key.text
        let label = table.definition.label
        if row.key.isBlank || row.key.isLonger(thanScalars: FormChecker.maximumRowKeyScalars) {
            add(
                .rowKey, Finding.pointer("rows", tableCode, key),
                "“\(label)”每一行都要有行标识，且不超过\(FormChecker.maximumRowKeyScalars)字")
        }
        if !rows.keys[tableCode, default: []].insert(key).inserted {
            add(.duplicateRow, Finding.pointer("rows", tableCode, key), "“\(label)”中行标识“\(key)”重复")
        }
        var cells = CellSet(table.fields)
        let place = Place.row(row)
        for index in row.cells.places { check(report.cells[index], in: &cells, at: place) }
        checkRequired(of: cells, at: place)
        return table.fields.fields.count
    }

    /// When all rows have come.
    mutating func checkRowCounts(_ rows: RowSet) {
        for table in checker.form.tables {
            let count = rows.counts[table.code] ?? 0
            if count < Int(table.minimumRows) {
                add(
                    .rowCount, Finding.pointer("rows", table.code),
                    "“\(table.label)”至少填\(table.minimumRows)行，现有\(count)行")
            } else if count > Int(table.effectiveMaximumRows) {
                add(
                    .rowCount, Finding.pointer("rows", table.code),
                    "“\(table.label)”最多填\(table.effectiveMaximumRows)行，现有\(count)行")
            }
        }
    }

    mutating func applyRules(to report: BorrowedReport, figures: [Decimal?]) {
        for placed in checker.rules {
            guard case .violated(let left, let right) = placed.outcome(figures) else { continue }
            let rule = placed.rule
            let said = rule.message.isEmpty ? "不符合本表的逻辑关系" : rule.message
            var message = "\(said)（左边合计\(left)，右边合计\(right)）"
            switch rule.severity {
            case .blocking:
                isBlocked = true
            case .verify:
                let named = Set((rule.left + rule.right).map(\.field))
                let isExplained = report.cells[report.ownCells.places].contains {
                    named.contains($0.field.text) && !$0.explanation.isBlank
                }
                if !isExplained {
                    isBlocked = true
                    message += "；请核实，确实无误的，请在有关项目填写说明"
                }
            case .notice:
                break
            }
            guard hasRoom() else { return }
            findings.append(
                Finding(
                    pointer: Finding.pointer("cells", rule.left.first?.field ?? ""), rule: rule.code,
                    severity: rule.severity, message: message))
        }
    }
}
