public import Journal

/// A personal cell's content, kept apart from the report: only encrypted, and never in a journal.
public struct PersonalValue: Sendable, Hashable {
    /// The cell, as findings point to it.
    public var pointer: String
    public var text: String
    public var explanation: String

    public init(pointer: String, text: String, explanation: String = "") {
        self.pointer = pointer
        self.text = text
        self.explanation = explanation
    }

    /// What stands in the journal in the value's place: "commitment:" and the hexadecimal SHA-256 of "quality personal
    /// value 1\0", the salt of the reporting unit (32 bytes), pointer, text and explanation (texts). The salt is the
    /// same for all reports of a unit, so that the same push has the same digest again; destroying it makes every
    /// commitment unreadable for ever.
    public func commitment(salt: [UInt8], _ sha256: JournalHashFunction) -> String {
        let textBytes = pointer.utf8.count + text.utf8.count + explanation.utf8.count
        var encoding = JournalEncoding(capacityBytes: 96 + textBytes)
        encoding.append(tag: "quality personal value 1")
        encoding.append(salt)
        encoding.append(pointer)
        encoding.append(text)
        encoding.append(explanation)
        return "commitment:\(encoding.bytes.withUnsafeBytes { sha256($0) })"
    }

    /// The bytes that are sealed: the number of values (u32), then pointer, text and explanation of each (texts).
    public static func encode(_ values: [PersonalValue]) -> [UInt8] {
        var encoding = JournalEncoding(capacityBytes: 64 + 128 * values.count)
        encoding.append(UInt32(values.count))
        for value in values {
            encoding.append(value.pointer)
            encoding.append(value.text)
            encoding.append(value.explanation)
        }
        return encoding.bytes
    }

    /// Reads back what ``encode(_:)`` wrote; `nil` for anything else.
    public static func decode(_ bytes: [UInt8]) -> [PersonalValue]? {
        var reader = CanonicalReader(bytes)
        guard let count = reader.integer(UInt32.self) else { return nil }
        var values: [PersonalValue] = []
        for _ in 0..<count {
            guard let pointer = reader.text(), let text = reader.text(), let explanation = reader.text() else {
                return nil
            }
            values.append(PersonalValue(pointer: pointer, text: text, explanation: explanation))
        }
        return reader.isAtEnd ? values : nil
    }
}

/// A personal cell that says something: where it stands in its report, and what it says.
package struct PersonalCell {
    /// The row's place among the report's rows; `nil` for a cell of the form itself.
    package let row: Int?
    /// The cell's place among the form's own, or the row's.
    package let cell: Int
    package let value: PersonalValue
}

extension FormChecker {
    /// Takes the personal values out of a report and leaves what `commitment` makes of each in its place. `worked` is told
    /// after every value, since each costs a digest.
    public func withoutPersonalValues<Failure>(
        _ report: Report, commitment: (PersonalValue) -> String, worked: (Int) async throws(Failure) -> Void
    ) async throws(Failure) -> (report: Report, values: [PersonalValue]) {
        guard hasPersonalFields else { return (report, []) }
        let loan = ReportLoan(report)
        let found = withExtendedLifetime(loan) { personalCells(of: loan.report) }
        var report = report
        func replace(_ cell: inout Cell, _ commitment: String) {
            cell = Cell(cell.field, .text(commitment), unit: cell.unit)
        }
        for cell in found {
            let text = commitment(cell.value)
            if let row = cell.row {
                replace(&report.rows[row].cells[cell.cell], text)
            } else {
                replace(&report.cells[cell.cell], text)
            }
            try await worked(1)
        }
        return (report, found.map(\.value))
    }

    /// Lends `body` a report with commitments in the place of its personal values, and what was there.
    package func withCommitments<Result, Failure>(
        in report: BorrowedReport, salt: [UInt8], _ sha256: JournalHashFunction,
        _ body: (BorrowedReport, [PersonalCell]) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let found = personalCells(of: report)
        guard !found.isEmpty else { return try body(report, []) }
        var texts: [UInt8] = []
        let ends = found.map { cell in
            texts += cell.value.commitment(salt: salt, sha256).utf8
            return texts.count
        }
        let result = texts.withUnsafeBufferPointer { texts in
            var report = report
            var start = 0
            for (cell, end) in zip(found, ends) {
                report.replace(cell, with: BorrowedText(UnsafeBufferPointer(rebasing: texts[start..<end])))
                start = end
            }
            return Swift.Result { () throws(Failure) -> Result in try body(report, found) }
        }
        return try result.get()
    }

    private func personalCells(of report: BorrowedReport) -> [PersonalCell] {
        guard hasPersonalFields else { return [] }
        var found: [PersonalCell] = []
        func look(at cells: Range<Int>, _ set: FieldSet, row: Int?, pointer: (String) -> String) {
            var next = 0
            for index in cells {
                let cell = report.cells[index]
                guard let place = set.place(of: cell.field, expecting: next) else { continue }
                next = place + 1
                guard set.fields[place].definition.isPersonal, !cell.saysNothing else { continue }
                let value = PersonalValue(
                    pointer: pointer(set.fields[place].definition.code), text: cell.personalText,
                    explanation: cell.explanation.text)
                found.append(PersonalCell(row: row, cell: index - cells.lowerBound, value: value))
            }
        }
        look(at: report.ownCells.places, fields, row: nil) { Finding.pointer("cells", $0) }
        for (index, row) in report.rows.enumerated() {
            guard let table = tables[row.table.text] else { continue }
            look(at: row.cells.places, table.fields, row: index) {
                Finding.pointer("rows", row.table.text, row.key.text, $0)
            }
        }
        return found
    }
}

extension BorrowedCell {
    /// True when neither a value nor an explanation is to be kept apart.
    fileprivate var saysNothing: Bool {
        if case .notApplicable = value { return explanation.isEmpty }
        return isMissing && explanation.isEmpty
    }

    /// The value as text.
    fileprivate var personalText: String {
        switch value {
        case .text(let text): isMissing ? "" : text.text
        // A wrong kind, which the check refuses; it is content all the same.
        case .integer(let value): String(value)
        case .decimal(let value): value.description
        case .flag(let value): String(value)
        case .date(let value): value.description
        case .notApplicable, nil: ""
        }
    }
}

extension Report {
    /// Puts personal values back in the place of their commitments, for those who may see them. Cells without a value
    /// among `values` stay as they are.
    public func restoring(_ values: [PersonalValue]) -> Report {
        guard !values.isEmpty else { return self }
        let byPointer = Dictionary(values.map { ($0.pointer, $0) }, uniquingKeysWith: { first, _ in first })
        var report = self
        func restore(_ cell: inout Cell, _ pointer: String) {
            guard let value = byPointer[pointer] else { return }
            cell.value = value.text.isEmpty ? nil : .text(value.text)
            cell.explanation = value.explanation
        }
        for index in report.cells.indices {
            restore(&report.cells[index], Finding.pointer("cells", report.cells[index].field))
        }
        for rowIndex in report.rows.indices {
            let (table, key) = (report.rows[rowIndex].table, report.rows[rowIndex].key)
            for index in report.rows[rowIndex].cells.indices {
                let field = report.rows[rowIndex].cells[index].field
                restore(&report.rows[rowIndex].cells[index], Finding.pointer("rows", table, key, field))
            }
        }
        return report
    }
}
