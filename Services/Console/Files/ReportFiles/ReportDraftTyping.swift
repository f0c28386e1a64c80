package import MessageJSON
package import Reporting

extension ReportDraft {
    /// The report, its cells typed as the form's definition has them.
    ///
    /// A value that does not suit its field (a text where a number belongs, an unknown field) is sent as it stands: the
    /// service answers with every finding at once. Only what no report can carry is an error here. Without a definition
    /// (the form is unknown) values keep the kind they have in the file.
    package func report(form definition: FormDefinition?) throws(TextError) -> Report {
        var report = Report(
            campaign: campaign, form: form, formVersion: formVersion, reportingUnit: reportingUnit, cells: [])
        for cell in cells { report.cells.append(try cell.typed(by: definition?.field(cell.field))) }
        for row in rows {
            let table = definition?.table(row.table)
            var typed = Row(table: row.table, key: row.key, cells: [])
            for cell in row.cells { typed.cells.append(try cell.typed(by: table?.field(cell.field))) }
            report.rows.append(typed)
        }
        return report
    }
}

extension DraftCell {
    fileprivate func typed(by definition: FieldDefinition?) throws(TextError) -> Cell {
        Cell(field, try value(for: definition), unit: unit, explanation: explanation)
    }

    private func value(for definition: FieldDefinition?) throws(TextError) -> CellValue? {
        switch value {
        case .missing: return nil
        case .notApplicable: return .notApplicable
        case .flag(let flag): return .flag(flag)
        case .number(let digits): return try number(digits, kind: definition?.kind)
        case .text(let text):
            switch definition?.kind {
            case .integer, .decimal:
                return looksLikeNumber(text) ? try number(text, kind: definition?.kind) : .text(text)
            case .date: return CivilDate(parsing: text).map(CellValue.date) ?? .text(text)
            case .flag: return Self.flags[text].map(CellValue.flag) ?? .text(text)
            case .text, nil: return .text(text)
            }
        }
    }

    private func number(_ digits: String, kind: FieldDefinition.Kind?) throws(TextError) -> CellValue {
        guard let decimal = Decimal(parsing: digits) else {
            throw TextError(
                line: line,
                message: "field \(field): \(digits) is no figure that a report can carry; write at most 18 digits, of "
                    + "which at most \(Decimal.maximumScale) after the point, without an exponent")
        }
        return decimal.scale == 0 && kind != .decimal ? .integer(decimal.unscaled) : .decimal(decimal)
    }

    /// Digits with at most a sign and a point: what `Decimal` then refuses is too long, not another kind of value.
    private func looksLikeNumber(_ text: String) -> Bool {
        let unsigned = text.first == "-" || text.first == "+" ? text.dropFirst() : text[...]
        let parts = unsigned.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return (1...2).contains(parts.count)
            && parts.allSatisfy { part in
                !part.isEmpty && part.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            }
    }

    private static let flags = ["是": true, "否": false, "true": true, "false": false]
}
