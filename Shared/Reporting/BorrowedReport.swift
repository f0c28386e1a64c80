#if canImport(Darwin)
    internal import Darwin
#else
    internal import Glibc
#endif

// A report that is looked at where it lies, in a message or in memory made for it: nothing here is copied or counted. Who
// lends one holds what it points to, for as long as a closure or an object says.

/// UTF-8, found to be that, in somebody else's memory.
package struct BorrowedText {
    package let bytes: UnsafeBufferPointer<UInt8>

    package init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    static var empty: BorrowedText { BorrowedText(UnsafeBufferPointer(start: nil, count: 0)) }

    package var isEmpty: Bool { bytes.isEmpty }

    /// A copy, to be kept.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Whether the bytes are those of a text.
    func hasBytes(of text: String) -> Bool {
        guard text.utf8.count == bytes.count, let start = bytes.baseAddress else {
            return text.isEmpty && bytes.isEmpty
        }
        return text.utf8.withContiguousStorageIfAvailable { memcmp($0.baseAddress!, start, bytes.count) == 0 }
            ?? text.utf8.elementsEqual(bytes)
    }

    /// Whether it is the same text, as `String` compares. Those that are mostly have the same bytes.
    func equals(_ text: String) -> Bool { hasBytes(of: text) || self.text == text }

    /// See ``Swift/StringProtocol/isBlank``. Mostly the first character says it.
    var isBlank: Bool {
        var iterator = bytes.makeIterator()
        var codec = UTF8()
        while case .scalarValue(let scalar) = codec.decode(&iterator) {
            if !scalar.properties.isWhitespace { return false }
        }
        return true
    }

    func isLonger(thanScalars limit: Int) -> Bool {
        // Every byte but those that go on with a character begins one.
        bytes.count > limit && bytes.count(where: { $0 & 0xC0 != 0x80 }) > limit
    }

    /// Byte order, not that of any language.
    func precedes(_ other: BorrowedText) -> Bool {
        guard let mine = bytes.baseAddress, let others = other.bytes.baseAddress else {
            return bytes.count < other.bytes.count
        }
        let difference = memcmp(mine, others, min(bytes.count, other.bytes.count))
        return difference < 0 || difference == 0 && bytes.count < other.bytes.count
    }
}

/// See ``CellValue``.
package enum BorrowedValue {
    case integer(Int64)
    case decimal(Decimal)
    case text(BorrowedText)
    case flag(Bool)
    case date(CivilDate)
    case notApplicable

    /// The figure of an integer or a decimal.
    var number: Decimal? {
        switch self {
        case .integer(let value): Decimal(value)
        case .decimal(let value): value
        case .text, .flag, .date, .notApplicable: nil
        }
    }
}

/// See ``Cell``.
package struct BorrowedCell {
    package let field: BorrowedText
    package let value: BorrowedValue?
    package let unit: BorrowedText
    package let explanation: BorrowedText
    /// True when there is no value, or a text of nothing but white space: ``ValueState/missing``.
    let isMissing: Bool
    /// True when it is content. A missing cell without an explanation is none.
    var isTold: Bool { !isMissing || !explanation.isEmpty }

    package init(field: BorrowedText, value: BorrowedValue?, unit: BorrowedText, explanation: BorrowedText) {
        self.field = field
        self.value = value
        self.unit = unit
        self.explanation = explanation
        isMissing =
            switch value {
            case nil: true
            case .text(let text): text.isBlank
            case .integer, .decimal, .flag, .date, .notApplicable: false
            }
    }
}

/// Cells of a report that stand beside each other, and what is noticed of them as they come.
struct BorrowedCells {
    /// Their places among all.
    private(set) var places: Range<Int>
    /// How many are content: have a value or an explanation.
    private(set) var told = 0
    /// True when their fields come in byte order, as digests have them.
    private(set) var isInOrder = true

    fileprivate init(from start: Int) {
        places = start..<start
    }

    /// One more has come to the end of all.
    fileprivate mutating func grow(in cells: [BorrowedCell]) {
        let cell = cells[places.upperBound]
        if cell.isTold { told += 1 }
        if !places.isEmpty, cell.field.precedes(cells[places.upperBound - 1].field) { isInOrder = false }
        places = places.lowerBound..<cells.count
    }
}

/// See ``Row``.
package struct BorrowedRow {
    let table: BorrowedText
    let key: BorrowedText
    fileprivate(set) var cells: BorrowedCells
}

/// See ``Report``.
package struct BorrowedReport {
    let campaign: BorrowedText
    let form: BorrowedText
    let formVersion: UInt32
    let reportingUnit: BorrowedText
    /// The form's own, then those of each row.
    private(set) var cells: [BorrowedCell] = []
    private(set) var ownCells = BorrowedCells(from: 0)
    private(set) var rows: [BorrowedRow] = []

    /// - Parameter capacity: how many cells and rows are to come.
    package init(
        campaign: BorrowedText, form: BorrowedText, formVersion: UInt32, reportingUnit: BorrowedText,
        capacity: (cells: Int, rows: Int)
    ) {
        self.campaign = campaign
        self.form = form
        self.formVersion = formVersion
        self.reportingUnit = reportingUnit
        cells.reserveCapacity(capacity.cells)
        rows.reserveCapacity(capacity.rows)
    }

    /// A cell of the form, or of the row that was added last.
    package mutating func add(_ cell: BorrowedCell) {
        cells.append(cell)
        if let last = rows.indices.last { rows[last].cells.grow(in: cells) } else { ownCells.grow(in: cells) }
    }

    package mutating func addRow(table: BorrowedText, key: BorrowedText) {
        rows.append(BorrowedRow(table: table, key: key, cells: BorrowedCells(from: cells.count)))
    }

    /// Puts a text in the place of a cell's value and explanation.
    mutating func replace(_ place: PersonalCell, with text: BorrowedText) {
        let index = self.place(of: place)
        let cell = cells[index]
        cells[index] = BorrowedCell(
            field: cell.field, value: .text(text), unit: cell.unit, explanation: .empty)
    }

    /// The cell as it is now.
    package subscript(place: PersonalCell) -> BorrowedCell { cells[self.place(of: place)] }

    private func place(of cell: PersonalCell) -> Int {
        (cell.row.map { rows[$0].cells.places.lowerBound } ?? 0) + cell.cell
    }
}

/// Lends a report that is a value: holds its texts one after the other.
final class ReportLoan {
    /// Good for as long as the loan.
    let report: BorrowedReport
    private let memory: UnsafeMutableBufferPointer<UInt8>

    init(_ value: Report) {
        var texts = Texts(memory: .allocate(capacity: Texts.byteCount(of: value)))
        var report = BorrowedReport(
            campaign: texts.lend(value.campaign), form: texts.lend(value.form), formVersion: value.formVersion,
            reportingUnit: texts.lend(value.reportingUnit),
            capacity: (value.rows.reduce(value.cells.count) { $0 + $1.cells.count }, value.rows.count))
        for cell in value.cells { report.add(texts.lend(cell)) }
        for row in value.rows {
            report.addRow(table: texts.lend(row.table), key: texts.lend(row.key))
            for cell in row.cells { report.add(texts.lend(cell)) }
        }
        memory = texts.memory
        self.report = report
    }

    deinit {
        memory.deallocate()
    }

    private struct Texts {
        let memory: UnsafeMutableBufferPointer<UInt8>
        private var end = 0

        init(memory: UnsafeMutableBufferPointer<UInt8>) {
            self.memory = memory
        }

        static func byteCount(of report: Report) -> Int {
            report.rows.reduce(
                byteCount(of: [report.campaign, report.form, report.reportingUnit]) + byteCount(of: report.cells)
            ) {
                $0 + byteCount(of: [$1.table, $1.key]) + byteCount(of: $1.cells)
            }
        }

        private static func byteCount(of texts: [String]) -> Int { texts.reduce(0) { $0 + $1.utf8.count } }

        private static func byteCount(of cells: [Cell]) -> Int {
            cells.reduce(0) { sum, cell in
                var bytes = sum + cell.field.utf8.count + cell.unit.utf8.count + cell.explanation.utf8.count
                if case .text(let text) = cell.value { bytes += text.utf8.count }
                return bytes
            }
        }

        mutating func lend(_ text: String) -> BorrowedText {
            let start = end
            end = memory[start...].update(fromContentsOf: text.utf8)
            return BorrowedText(UnsafeBufferPointer(rebasing: memory[start..<end]))
        }

        mutating func lend(_ cell: Cell) -> BorrowedCell {
            let value: BorrowedValue? =
                switch cell.value {
                case .integer(let value): .integer(value)
                case .decimal(let value): .decimal(value)
                case .text(let text): .text(lend(text))
                case .flag(let value): .flag(value)
                case .date(let value): .date(value)
                case .notApplicable: .notApplicable
                case nil: nil
                }
            return BorrowedCell(
                field: lend(cell.field), value: value, unit: lend(cell.unit), explanation: lend(cell.explanation))
        }
    }
}
