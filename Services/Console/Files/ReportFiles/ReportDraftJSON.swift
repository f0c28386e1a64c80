package import MessageJSON

extension ReportDraft {
    /// Reads one report, or an array of them. Every name in the file must be one that the layout knows.
    package static func drafts(
        json bytes: [UInt8], file: String, defaults: DraftDefaults
    ) throws(TextError) -> [ReportDraft] {
        let document = try JSONValue(parsing: bytes)
        guard case .array(let reports) = document.content else {
            return [try draft(document, file: file, defaults: defaults)]
        }
        var drafts: [ReportDraft] = []
        for report in reports { drafts.append(try draft(report, file: file, defaults: defaults)) }
        return drafts
    }

    private static func draft(
        _ report: JSONValue, file: String, defaults: DraftDefaults
    ) throws(TextError) -> ReportDraft {
        let object = try JSONObject(
            report, named: "a report",
            members: [
                "campaign", "form", "form_version", "reporting_unit", "base_version", "idempotency_key", "cells",
                "rows",
                "note",
            ])
        var draft = ReportDraft(
            campaign: try object.text("campaign", else: defaults.campaign),
            form: try object.text("form", else: defaults.form),
            formVersion: try object.integer("form_version", else: defaults.formVersion ?? 1),
            reportingUnit: try object.text("reporting_unit", else: nil),
            baseVersion: try object.integer("base_version", else: 0),
            source: SourcePlace(file: file, line: report.line))
        if object["idempotency_key"] != nil { draft.idempotencyKey = try object.text("idempotency_key", else: nil) }
        if let cells = object["cells"] { draft.cells = try self.cells(cells) }
        if let tables = object["rows"] {
            for table in try JSONObject.members(of: tables, named: "rows") {
                guard case .array(let rows) = table.value.content else {
                    throw TextError(line: table.value.line, message: "rows of \(table.name): an array is due here")
                }
                for row in rows { draft.rows.append(try self.row(row, table: table.name)) }
            }
        }
        return draft
    }

    private static func row(_ row: JSONValue, table: String) throws(TextError) -> DraftRow {
        let object = try JSONObject(row, named: "a line of table \(table)", members: ["key", "cells"])
        guard let cells = object["cells"] else {
            throw TextError(line: row.line, message: "a line of table \(table) has no \"cells\"")
        }
        return DraftRow(table: table, key: try object.text("key", else: nil), cells: try self.cells(cells))
    }

    private static func cells(_ cells: JSONValue) throws(TextError) -> [DraftCell] {
        var result: [DraftCell] = []
        for member in try JSONObject.members(of: cells, named: "cells") {
            if let cell = try cell(member.name, member.value) { result.append(cell) }
        }
        return result
    }

    private static func cell(_ field: String, _ value: JSONValue) throws(TextError) -> DraftCell? {
        guard case .object = value.content else {
            guard let plain = try plainValue(value, field: field) else { return nil }
            return DraftCell(field: field, value: plain, line: value.line)
        }
        let object = try JSONObject(
            value, named: "field \(field)", members: ["value", "unit", "explanation", "not_applicable"])
        var cell = DraftCell(field: field, value: .notApplicable, line: value.line)
        if object["unit"] != nil { cell.unit = try object.text("unit", else: nil) }
        if object["explanation"] != nil { cell.explanation = try object.text("explanation", else: nil) }
        switch (object["value"], object["not_applicable"]?.content) {
        case (nil, .flag(true)): return cell
        case (let value?, nil):
            cell.value = try plainValue(value, field: field) ?? .missing
            return cell.value == .missing && cell.explanation.isEmpty ? nil : cell
        default:
            throw TextError(
                line: value.line, message: "field \(field): either \"value\" or \"not_applicable\": true is due here")
        }
    }

    private static func plainValue(_ value: JSONValue, field: String) throws(TextError) -> DraftCell.Value? {
        switch value.content {
        case .null: return nil
        case .flag(let flag): return .flag(flag)
        case .number(let digits): return .number(digits)
        case .text(let text): return .text(text)
        case .array, .object:
            throw TextError(line: value.line, message: "field \(field): \(value.kindName) cannot be its value")
        }
    }
}

/// An object whose members are known by name.
private struct JSONObject {
    private let value: JSONValue
    private let name: String

    init(_ value: JSONValue, named name: String, members known: Set<String>) throws(TextError) {
        for member in try Self.members(of: value, named: name) where !known.contains(member.name) {
            throw TextError(
                line: member.value.line,
                message: "\(name) has no \"\(member.name)\"; it may have: \(known.sorted().joined(separator: ", "))")
        }
        self.value = value
        self.name = name
    }

    static func members(of value: JSONValue, named name: String) throws(TextError) -> [JSONValue.Member] {
        guard case .object(let members) = value.content else {
            throw TextError(line: value.line, message: "\(name): an object is due here, not \(value.kindName)")
        }
        return members
    }

    subscript(member: String) -> JSONValue? { value[member] }

    func text(_ member: String, else preset: String?) throws(TextError) -> String {
        switch (value[member]?.content, preset) {
        case (.text(let text), _): return text
        case (nil, let preset?): return preset
        case (nil, nil): throw TextError(line: value.line, message: "\(name) has no \"\(member)\"")
        default: throw TextError(line: value[member]!.line, message: "\"\(member)\": a text is due here")
        }
    }

    func integer<Integer: FixedWidthInteger>(
        _ member: String, else preset: Integer
    ) throws(TextError) -> Integer {
        guard let found = value[member] else { return preset }
        guard case .number(let digits) = found.content, let integer = Integer(digits) else {
            throw TextError(line: found.line, message: "\"\(member)\": a whole number from 0 is due here")
        }
        return integer
    }
}
