public import Messages
public import Reporting

extension SubmissionV1.Report {
    public init(_ value: Report) {
        self.init(
            campaign: value.campaign, form: value.form, formVersion: value.formVersion,
            reportingUnit: value.reportingUnit, cells: value.cells.map { TypeV1.Cell($0) },
            rows: value.rows.map { row in
                TypeV1.Row(table: row.table, key: row.key, cells: row.cells.map { TypeV1.Cell($0) })
            })
    }

    /// How many cells and rows it has, without looking at any: what ``FormChecker/oversize(cells:)`` judges.
    public var cellsAndRows: Int { rows.reduce(cells.count) { $0 + 1 + $1.cells.count } }
}

extension TypeV1.Cell {
    public init(_ value: Cell) {
        let kind: Kind? =
            switch value.value {
            case .integer(let value): .integer(value)
            case .decimal(let value): .decimal(TypeV1.Decimal(value))
            case .text(let value): .text(value)
            case .flag(let value): .flag(value)
            case .date(let value): .date(TypeV1.Date(value))
            case .notApplicable: .notApplicable(true)
            case nil: nil
            }
        self.init(field: value.field, kind: kind, unit: value.unit, explanation: value.explanation)
    }
}

extension Report {
    /// Reads a report. A cell that holds what is no value (a date that does not exist, more than nine digits after the
    /// point) is read as missing and reported in `malformed`, so that the form's check can go on and all findings come
    /// in one answer.
    public init(_ message: SubmissionV1.Report, malformed: inout [Finding]) {
        self.init(
            campaign: message.campaign, form: message.form, formVersion: message.formVersion,
            reportingUnit: message.reportingUnit,
            cells: Self.cells(message.cells[...], &malformed) { Finding.pointer("cells", $0) },
            rows: message.rows.map { Self.row($0, &malformed) })
    }

    /// The same for a caller that does other things in between: `worked` is told of some dozens of cells and rows at a time.
    public static func reading<Failure>(
        _ message: SubmissionV1.Report, malformed: inout [Finding], worked: (Int) async throws(Failure) -> Void
    ) async throws(Failure) -> Report {
        var cells: [Cell] = []
        cells.reserveCapacity(message.cells.count)
        var start = 0
        while start < message.cells.count {
            let end = min(start + 64, message.cells.count)
            cells += Self.cells(message.cells[start..<end], &malformed) { Finding.pointer("cells", $0) }
            try await worked(end - start)
            start = end
        }
        var rows: [Row] = []
        rows.reserveCapacity(message.rows.count)
        for row in message.rows {
            rows.append(Self.row(row, &malformed))
            try await worked(1 + row.cells.count)
        }
        return Report(
            campaign: message.campaign, form: message.form, formVersion: message.formVersion,
            reportingUnit: message.reportingUnit, cells: cells, rows: rows)
    }

    /// Reads a report that was accepted before. Throws when it was not one.
    public init(_ message: SubmissionV1.Report) throws(TranslationError) {
        var malformed: [Finding] = []
        self.init(message, malformed: &malformed)
        guard malformed.isEmpty else {
            throw TranslationError(malformed.map { DefinitionProblem(pointer: $0.pointer, message: $0.message) })
        }
    }

    private static func row(_ message: TypeV1.Row, _ malformed: inout [Finding]) -> Row {
        Row(
            table: message.table, key: message.key,
            cells: cells(message.cells[...], &malformed) { Finding.pointer("rows", message.table, message.key, $0) })
    }

    private static func cells(
        _ messages: ArraySlice<TypeV1.Cell>, _ malformed: inout [Finding], pointer: (_ field: String) -> String
    ) -> [Cell] {
        messages.map { message in
            var rule = BuiltInRule.kind
            let value: CellValue?
            switch message.kind {
            case .integer(let integer): value = .integer(integer)
            case .decimal(let decimal):
                rule = .decimals
                value = Decimal(decimal).map(CellValue.decimal)
            case .text(let text): value = .text(text)
            case .flag(let flag): value = .flag(flag)
            case .date(let date): value = CivilDate(date).map(CellValue.date)
            case .notApplicable(let isSo): value = isSo ? .notApplicable : nil
            case nil: value = nil
            }
            if value == nil, message.kind != nil {
                malformed.append(
                    Finding(
                        pointer: pointer(message.field), rule: rule.rawValue, severity: .blocking,
                        message: problem(of: message)))
            }
            return Cell(message.field, value, unit: message.unit, explanation: message.explanation)
        }
    }

    private static func problem(of cell: TypeV1.Cell) -> String {
        switch cell.kind {
        case .decimal(let decimal):
            "“\(cell.field)”有\(decimal.scale)位小数，最多\(Decimal.maximumScale)位"
        case .date(let date):
            "“\(cell.field)”的日期\(date.year)-\(date.month)-\(date.day)不存在，或不在2000年至2100年之间"
        case .notApplicable: "“\(cell.field)”注明“不适用”时应为真"
        case .integer, .text, .flag, nil: "“\(cell.field)”无法识别"
        }
    }
}
