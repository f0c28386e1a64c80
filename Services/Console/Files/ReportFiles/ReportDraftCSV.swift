package import MessageJSON

extension ReportDraft {
    /// Reads a sheet. Lines that follow each other with the same campaign, form and reporting unit are one report.
    package static func drafts(
        csv bytes: [UInt8], file: String, defaults: DraftDefaults
    ) throws(TextError) -> [ReportDraft] {
        let records = try CSVReader.records(bytes)
        guard let header = records.first else {
            throw TextError(line: 1, message: "the file is empty; its first line must name the columns")
        }
        let columns = try SheetColumn.columns(header)
        var drafts: [ReportDraft] = []
        for record in records.dropFirst() {
            guard record.values.count == columns.count else {
                throw TextError(
                    line: record.line,
                    message: "\(record.values.count) values, but the first line names \(columns.count) columns")
            }
            let line = try SheetLine(record, columns: columns, file: file, defaults: defaults)
            if let last = drafts.indices.last, line.continues(drafts[last]) {
                try line.add(to: &drafts[last])
            } else {
                drafts.append(line.report)
            }
        }
        return drafts
    }
}

/// What a column of a sheet holds.
private enum SheetColumn: Hashable {
    case property(String)
    case field(String, unit: String)
    case explanation(String)
    case rowKey(table: String)
    case rowField(table: String, field: String, unit: String)
    case rowExplanation(table: String, field: String)

    static let properties: Set<String> = [
        "campaign", "form", "form_version", "reporting_unit", "base_version", "idempotency_key",
    ]

    static func columns(_ header: CSVRecord) throws(TextError) -> [SheetColumn] {
        var columns: [SheetColumn] = []
        var names: Set<String> = []
        for title in header.values {
            guard let column = SheetColumn(title: title) else {
                throw TextError(
                    line: header.line,
                    message: "column \"\(title)\" is none of: code, code[unit], code!, table.key, table.code[unit]")
            }
            guard names.insert(column.name).inserted else {
                throw TextError(line: header.line, message: "column \"\(column.name)\" stands twice")
            }
            columns.append(column)
        }
        return columns
    }

    /// The title without its unit: what may stand only once.
    private var name: String {
        switch self {
        case .property(let name): name
        case .field(let field, _): field
        case .explanation(let field): "\(field)!"
        case .rowKey(let table): "\(table).key"
        case .rowField(let table, let field, _): "\(table).\(field)"
        case .rowExplanation(let table, let field): "\(table).\(field)!"
        }
    }

    private init?(title: String) {
        if Self.properties.contains(title) {
            self = .property(title)
            return
        }
        var code = Substring(title)
        var unit = ""
        let isExplanation = code.hasSuffix("!")
        if isExplanation {
            code.removeLast()
        } else if code.hasSuffix("]"), let bracket = code.firstIndex(of: "[") {
            unit = String(code[code.index(after: bracket)...].dropLast())
            code = code[..<bracket]
        }
        let parts = code.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let isPlain = parts.allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { Self.isCodeByte($0) }
        }
        guard isPlain else { return nil }
        switch (parts.count, isExplanation) {
        case (1, false): self = .field(parts[0], unit: unit)
        case (1, true): self = .explanation(parts[0])
        case (2, false) where parts[1] == "key": self = .rowKey(table: parts[0])
        case (2, false): self = .rowField(table: parts[0], field: parts[1], unit: unit)
        case (2, true): self = .rowExplanation(table: parts[0], field: parts[1])
        default: return nil
        }
    }

    private static func isCodeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
        default: false
        }
    }
}

/// One line of a sheet, taken apart.
private struct SheetLine {
    let report: ReportDraft
    /// The names of the properties that this line fills in.
    private let number: Int

    init(
        _ record: CSVRecord, columns: [SheetColumn], file: String, defaults: DraftDefaults
    ) throws(TextError) {
        number = record.line
        var properties: [String: String] = [:]
        var cells = CellCollector(line: record.line)
        var rowCells: [String: CellCollector] = [:]
        var rowKeys: [(table: String, key: String)] = []
        for (column, value) in zip(columns, record.values) where !value.isEmpty {
            switch column {
            case .property(let name): properties[name] = value
            case .field(let field, let unit): cells.add(field, unit: unit, value)
            case .explanation(let field): cells.explain(field, value)
            case .rowKey(let table): rowKeys.append((table, value))
            case .rowField(let table, let field, let unit):
                rowCells[table, default: CellCollector(line: record.line)].add(field, unit: unit, value)
            case .rowExplanation(let table, let field):
                rowCells[table, default: CellCollector(line: record.line)].explain(field, value)
            }
        }
        let keyed = Set(rowKeys.map(\.table))
        if let table = rowCells.keys.sorted().first(where: { !keyed.contains($0) }) {
            throw TextError(line: record.line, message: "a line of table \(table) has no \(table).key")
        }
        var rows: [DraftRow] = []
        for (table, key) in rowKeys {
            rows.append(DraftRow(table: table, key: key, cells: try rowCells[table]?.finish() ?? []))
        }
        report = ReportDraft(
            campaign: try Self.text("campaign", properties, else: defaults.campaign, record),
            form: try Self.text("form", properties, else: defaults.form, record),
            formVersion: try Self.integer("form_version", properties, else: defaults.formVersion ?? 1, record),
            reportingUnit: try Self.text("reporting_unit", properties, else: nil, record),
            baseVersion: try Self.integer("base_version", properties, else: 0, record),
            idempotencyKey: properties["idempotency_key"],
            cells: try cells.finish(), rows: rows, source: SourcePlace(file: file, line: record.line))
    }

    func continues(_ draft: ReportDraft) -> Bool {
        report.campaign == draft.campaign && report.form == draft.form && report.reportingUnit == draft.reportingUnit
    }

    func add(to draft: inout ReportDraft) throws(TextError) {
        guard report.formVersion == draft.formVersion, report.baseVersion == draft.baseVersion,
            report.idempotencyKey == nil || report.idempotencyKey == draft.idempotencyKey
        else {
            throw TextError(
                line: number,
                message:
                    "this line goes on with the report of line \(draft.source.line), but names another version or key")
        }
        if let cell = report.cells.first {
            throw TextError(
                line: number,
                message: "field \(cell.field) must stand on line \(draft.source.line), the first line of the report of "
                    + draft.reportingUnit)
        }
        draft.rows += report.rows
    }

    private static func text(
        _ name: String, _ properties: [String: String], else preset: String?, _ record: CSVRecord
    ) throws(TextError) -> String {
        guard let text = properties[name] ?? preset else {
            throw TextError(line: record.line, message: "no \(name): add the column \"\(name)\"")
        }
        return text
    }

    private static func integer<Integer: FixedWidthInteger>(
        _ name: String, _ properties: [String: String], else preset: Integer, _ record: CSVRecord
    ) throws(TextError) -> Integer {
        guard let text = properties[name] else { return preset }
        guard let integer = Integer(text) else {
            throw TextError(line: record.line, message: "\(name) is \"\(text)\": a whole number from 0 is due here")
        }
        return integer
    }
}

/// Brings a field's value and its explanation together, in whichever order the columns stand.
private struct CellCollector {
    let line: Int
    private var cells: [DraftCell] = []
    private var explanations: [String: String] = [:]

    init(line: Int) {
        self.line = line
    }

    mutating func add(_ field: String, unit: String, _ value: String) {
        let isNotApplicable = value == "n/a" || value == "不适用"
        cells.append(
            DraftCell(
                field: field, value: isNotApplicable ? .notApplicable : .text(value),
                unit: isNotApplicable ? "" : unit, line: line))
    }

    mutating func explain(_ field: String, _ explanation: String) {
        explanations[field] = explanation
    }

    func finish() throws(TextError) -> [DraftCell] {
        var unused = explanations
        let explained = cells.map { cell in
            var cell = cell
            cell.explanation = unused.removeValue(forKey: cell.field) ?? ""
            return cell
        }
        if let field = unused.keys.sorted().first {
            throw TextError(line: line, message: "field \(field) has an explanation but no value")
        }
        return explained
    }
}
