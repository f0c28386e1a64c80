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

    public static func canonicalBytes(of report: Report) -> [UInt8] {
        var encoder = JournalEncoding(capacityBytes: 256 + 64 * report.cells.count + 256 * report.rows.count)
        encoder.append(tag: "quality report 1")
        encoder.append(report.campaign)
        encoder.append(report.form)
        encoder.append(report.formVersion)
        encoder.append(report.reportingUnit)
        append(report.cells, to: &encoder)
        encoder.append(UInt32(report.rows.count))
        let inOrder = sorted(report.rows) { left, right in
            precedes(left.table, right.table) || (left.table == right.table && precedes(left.key, right.key))
        }
        for row in inOrder {
            encoder.append(row.table)
            encoder.append(row.key)
            append(row.cells, to: &encoder)
        }
        return encoder.bytes
    }

    private static func append(_ cells: [Cell], to encoder: inout JournalEncoding) {
        let told = cells.filter { $0.state != .missing || !$0.explanation.isEmpty }
        encoder.append(UInt32(told.count))
        for cell in sorted(told, by: { precedes($0.field, $1.field) }) {
            encoder.append(cell.field)
            append(cell.state, to: &encoder)
            encoder.append(cell.unit)
            encoder.append(cell.explanation)
        }
    }

    private static func append(_ state: ValueState, to encoder: inout JournalEncoding) {
        switch state {
        case .missing:
            encoder.append(UInt8(0))
        case .value(.integer(let value)):
            encoder.append(UInt8(1))
            encoder.append(value)
        case .value(.decimal(let value)):
            let short = value.normalised
            encoder.append(UInt8(2))
            encoder.append(short.unscaled)
            encoder.append(short.scale)
        case .value(.text(let value)):
            encoder.append(UInt8(3))
            encoder.append(value)
        case .value(.flag(let value)):
            encoder.append(UInt8(4))
            encoder.append(UInt8(value ? 1 : 0))
        case .value(.date(let value)):
            encoder.append(UInt8(5))
            encoder.append(value.year)
            encoder.append(value.month)
            encoder.append(value.day)
        case .notApplicable, .value(.notApplicable):
            encoder.append(UInt8(6))
        }
    }

    /// Clients mostly send forms in order, so a look comes before a sort.
    private static func sorted<Element>(_ elements: [Element], by precedes: (Element, Element) -> Bool) -> [Element] {
        let isInOrder = elements.indices.dropFirst().allSatisfy { !precedes(elements[$0], elements[$0 - 1]) }
        return isInOrder ? elements : elements.sorted(by: precedes)
    }

    /// Byte order, not that of any language. Native strings are compared where they lie: a form's worth of comparisons
    /// through `UTF8View`'s own iterator was a sixteenth of what a push costs.
    private static func precedes(_ left: String, _ right: String) -> Bool {
        let order = left.utf8.withContiguousStorageIfAvailable { left in
            right.utf8.withContiguousStorageIfAvailable { right in
                left.lexicographicallyPrecedes(right)
            }
        }
        return (order ?? nil) ?? left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
