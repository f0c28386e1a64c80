public import Journal

/// The canonical digest of a report: equal content gives equal bytes, in whatever order cells and rows were sent.
///
/// Encoding: integers big-endian, texts behind their length in UTF-8 bytes (u32). "quality report 1\0"; campaign, form
/// (texts); form version (u32); reporting unit (text); the number of cells (u32) and the cells; the number of rows (u32)
/// and the rows. Cells stand in the byte order of their field codes, rows in that of table and key; a row is table, key
/// (texts), number of cells (u32), cells. A cell is its field (text), a tag (u8), a payload, its unit and its
/// explanation (texts):
///
/// | tag | value | payload |
/// |---|---|---|
/// | 0 | missing, with an explanation | none |
/// | 1 | integer | i64 |
/// | 2 | decimal, without trailing zeros | unscaled i64, scale u8 |
/// | 3 | text | text |
/// | 4 | flag | u8, 0 or 1 |
/// | 5 | date | year i32, month u8, day u8 |
/// | 6 | not applicable | none |
///
/// A missing cell without an explanation is left out: absent, unset and blank are the same content.
public enum ReportDigest {
    /// SHA-256 of ``canonicalBytes(of:)``. Personal cells are to be replaced by commitments before.
    public static func digest(of report: Report, _ sha256: JournalHashFunction) -> JournalHash {
        canonicalBytes(of: report).withUnsafeBytes { sha256($0) }
    }

    /// The same for a report that is looked at where it lies. `checker`: of its form, which knows how most reports of it are
    /// put in order.
    package static func digest(
        of report: BorrowedReport, _ checker: FormChecker, _ sha256: JournalHashFunction
    ) -> JournalHash {
        canonicalBytes(of: report, checker).withUnsafeBytes { sha256($0) }
    }

    public static func canonicalBytes(of report: Report) -> [UInt8] {
        let loan = ReportLoan(report)
        return withExtendedLifetime(loan) { canonicalBytes(of: loan.report) }
    }

    private static func canonicalBytes(of report: BorrowedReport, _ checker: FormChecker? = nil) -> [UInt8] {
        var encoder = ReportEncoding(capacityBytes: 256 + 96 * report.cells.count + 64 * report.rows.count)
        encoder.append(tag: "quality report 1")
        encoder.append(report.campaign)
        encoder.append(report.form)
        encoder.append(report.formVersion)
        encoder.append(report.reportingUnit)
        append(report.ownCells, of: report, checker?.fields, to: &encoder)
        encoder.append(UInt32(report.rows.count))
        for row in sorted(report.rows) {
            encoder.append(row.table)
            encoder.append(row.key)
            append(row.cells, of: report, checker?.tables[row.table.text]?.fields, to: &encoder)
        }
        return encoder.bytes
    }

    private static func append(
        _ cells: BorrowedCells, of report: BorrowedReport, _ fields: @autoclosure () -> FormChecker.FieldSet?,
        to encoder: inout ReportEncoding
    ) {
        encoder.append(UInt32(cells.told))
        let sent = report.cells[cells.places]
        if cells.isInOrder {
            for cell in sent { append(told: cell, to: &encoder) }
        } else if let places = fields()?.byteOrder(of: sent) {
            // Clients mostly send forms in the form's order.
            for place in places { append(told: sent[place], to: &encoder) }
        } else {
            for cell in sent.sorted(by: { $0.field.precedes($1.field) }) { append(told: cell, to: &encoder) }
        }
    }

    private static func append(told cell: BorrowedCell, to encoder: inout ReportEncoding) {
        guard cell.isTold else { return }
        encoder.append(cell.field)
        append(cell, to: &encoder)
        encoder.append(cell.unit)
        encoder.append(cell.explanation)
    }

    private static func append(_ cell: BorrowedCell, to encoder: inout ReportEncoding) {
        guard !cell.isMissing, let value = cell.value else {
            encoder.append(UInt8(0))
            return
        }
        switch value {
        case .integer(let value):
            encoder.append(UInt8(1))
            encoder.append(value)
        case .decimal(let value):
            let short = value.normalised
            encoder.append(UInt8(2))
            encoder.append(short.unscaled)
            encoder.append(short.scale)
        case .text(let value):
            encoder.append(UInt8(3))
            encoder.append(value)
        case .flag(let value):
            encoder.append(UInt8(4))
            encoder.append(UInt8(value ? 1 : 0))
        case .date(let value):
            encoder.append(UInt8(5))
            encoder.append(value.year)
            encoder.append(value.month)
            encoder.append(value.day)
        case .notApplicable:
            encoder.append(UInt8(6))
        }
    }

    private static func sorted(_ rows: [BorrowedRow]) -> [BorrowedRow] {
        func precedes(_ left: BorrowedRow, _ right: BorrowedRow) -> Bool {
            left.table.precedes(right.table)
                || (!right.table.precedes(left.table) && left.key.precedes(right.key))
        }
        // As above: a look comes before a sort.
        let isInOrder = rows.indices.dropFirst().allSatisfy { !precedes(rows[$0], rows[$0 - 1]) }
        return isInOrder ? rows : rows.sorted(by: precedes)
    }
}

/// Writes the bytes that a digest covers, as ``Journal/JournalEncoding`` does, from texts where they lie.
private struct ReportEncoding {
    private(set) var bytes: [UInt8] = []

    init(capacityBytes: Int) {
        bytes.reserveCapacity(capacityBytes)
    }

    mutating func append(tag: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: tag.utf8Start, count: tag.utf8CodeUnitCount))
        bytes.append(0)
    }

    mutating func append(_ integer: some FixedWidthInteger) {
        withUnsafeBytes(of: integer.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ text: BorrowedText) {
        append(UInt32(text.bytes.count))
        bytes.append(contentsOf: text.bytes)
    }
}
