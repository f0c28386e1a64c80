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
        let loan = ReportLoan(report)
        return withExtendedLifetime(loan) { withCanonicalBytes(of: loan.report, nil) { sha256($0) } }
    }

    /// The same for a report that is looked at where it lies. `checker`: of its form, which knows how most reports of it are
    /// put in order.
    package static func digest(
        of report: BorrowedReport, _ checker: FormChecker, _ sha256: JournalHashFunction
    ) -> JournalHash {
        withCanonicalBytes(of: report, checker) { sha256($0) }
    }

    public static func canonicalBytes(of report: Report) -> [UInt8] {
        let loan = ReportLoan(report)
        return withExtendedLifetime(loan) { withCanonicalBytes(of: loan.report, nil) { Array($0) } }
    }

    private static func withCanonicalBytes<Value>(
        of report: BorrowedReport, _ checker: FormChecker?, _ body: (UnsafeRawBufferPointer) -> Value
    ) -> Value {
        withUnsafeTemporaryAllocation(byteCount: ReportEncoding.mostBytes(of: report), alignment: 1) { room in
            var encoder = ReportEncoding(room)
            append(report, checker, to: &encoder)
            return body(encoder.bytes)
        }
    }

    private static func append(_ report: BorrowedReport, _ checker: FormChecker?, to encoder: inout ReportEncoding) {
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

/// Writes the bytes that a digest covers, as ``Journal/JournalEncoding`` does, from texts where they lie. Into memory that has
/// room for all of them, so that nothing grows.
private struct ReportEncoding {
    private let room: UnsafeMutableRawBufferPointer
    private var count = 0

    init(_ room: UnsafeMutableRawBufferPointer) {
        self.room = room
    }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: room[..<count]) }

    /// What a report takes at most.
    static func mostBytes(of report: BorrowedReport) -> Int {
        // Of a cell beside its texts: four lengths, a tag, and a decimal's nine bytes; of a row two lengths and a number.
        let head = 64 + report.campaign.bytes.count + report.form.bytes.count + report.reportingUnit.bytes.count
        let cells = report.cells.reduce(0) { $0 + 32 + $1.textBytes }
        return report.rows.reduce(head + cells) { $0 + 16 + $1.table.bytes.count + $1.key.bytes.count }
    }

    mutating func append(tag: StaticString) {
        append(UnsafeRawBufferPointer(start: tag.utf8Start, count: tag.utf8CodeUnitCount))
        append(UInt8(0))
    }

    mutating func append(_ integer: some FixedWidthInteger) {
        withUnsafeBytes(of: integer.bigEndian) { append($0) }
    }

    mutating func append(_ text: BorrowedText) {
        append(UInt32(text.bytes.count))
        append(UnsafeRawBufferPointer(text.bytes))
    }

    private mutating func append(_ bytes: UnsafeRawBufferPointer) {
        // No input leads here: there is room for all of a report.
        precondition(bytes.count <= room.count - count)
        UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: bytes)
        count += bytes.count
    }
}

extension BorrowedCell {
    fileprivate var textBytes: Int {
        let value = if case .text(let text) = value { text.bytes.count } else { 0 }
        return field.bytes.count + unit.bytes.count + explanation.bytes.count + value
    }
}
