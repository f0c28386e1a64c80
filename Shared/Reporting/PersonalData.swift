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

extension FormChecker {
    /// Takes the personal values out of a report and leaves what `commitment` makes of each in its place. `worked` is told
    /// after every value, since each costs a digest.
    public func withoutPersonalValues<Failure>(
        _ report: Report, commitment: (PersonalValue) -> String, worked: (Int) async throws(Failure) -> Void
    ) async throws(Failure) -> (report: Report, values: [PersonalValue]) {
        guard hasPersonalFields else { return (report, []) }
        var report = report
        var values: [PersonalValue] = []
        func replace(_ cell: inout Cell, of set: FieldSet, pointer: @autoclosure () -> String) -> Bool {
            guard let index = set.places[cell.field], set.definitions[index].isPersonal else { return false }
            let text: String? =
                switch cell.value {
                case .text(let text): cell.state == .missing ? nil : text
                // A wrong kind, which the check refuses; it is content all the same.
                case .integer(let value): String(value)
                case .decimal(let value): value.description
                case .flag(let value): String(value)
                case .date(let value): value.description
                case .notApplicable, nil: nil
                }
            guard text != nil || !cell.explanation.isEmpty else { return false }
            let value = PersonalValue(pointer: pointer(), text: text ?? "", explanation: cell.explanation)
            values.append(value)
            cell = Cell(cell.field, .text(commitment(value)), unit: cell.unit)
            return true
        }
        for index in report.cells.indices {
            let field = report.cells[index].field
            if replace(&report.cells[index], of: fields, pointer: Finding.pointer("cells", field)) {
                try await worked(1)
            }
        }
        for rowIndex in report.rows.indices {
            let row = report.rows[rowIndex]
            guard let table = tables[row.table] else { continue }
            for index in row.cells.indices {
                let isReplaced = replace(
                    &report.rows[rowIndex].cells[index], of: table.fields,
                    pointer: Finding.pointer("rows", row.table, row.key, row.cells[index].field))
                if isReplaced { try await worked(1) }
            }
        }
        return (report, values)
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
