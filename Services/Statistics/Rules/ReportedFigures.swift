public import Reporting

/// What a unit's report says on one numeric field.
public enum Figure: Sendable, Hashable {
    /// In units of 10^-9, exactly: a column of a table may add up to more than one figure can hold.
    case value(billionths: Int128)
    case notApplicable
    case missing
}

/// The figures of one report, by field code; columns of tables by "TABLE.FIELD". Made from the report alone, because the
/// report may arrive before the campaign that defines its form.
///
/// A column's figure is the sum over the report's rows that have a value; it is not applicable when no row has one and
/// some row says so.
public struct ReportedFigures: Sendable, Hashable {
    private var byField: [String: Figure] = [:]

    public init() {}

    public init(of report: Report) {
        for cell in report.cells {
            guard byField[cell.field] == nil, let figure = Self.figure(cell) else { continue }
            byField[cell.field] = figure
        }
        for row in report.rows {
            for cell in row.cells {
                guard let figure = Self.figure(cell) else { continue }
                let column = Self.column(cell.field, of: row.table)
                byField[column] = Self.sum(byField[column], figure)
            }
        }
    }

    public subscript(field: String) -> Figure { byField[field] ?? .missing }

    /// How a column of a table is named among the fields.
    public static func column(_ field: String, of table: String) -> String { "\(table).\(field)" }

    private static func figure(_ cell: Cell) -> Figure? {
        switch cell.state {
        case .missing: nil
        case .notApplicable: .notApplicable
        case .value(let value): value.number.map { .value(billionths: $0.billionths) }
        }
    }

    private static func sum(_ earlier: Figure?, _ figure: Figure) -> Figure {
        switch (earlier, figure) {
        case (.value(let left), .value(let right)): .value(billionths: left + right)
        case (.value(let left), .notApplicable), (.value(let left), .missing): .value(billionths: left)
        case (nil, _), (.missing, _), (.notApplicable, .value): figure
        case (.notApplicable, .notApplicable), (.notApplicable, .missing): .notApplicable
        }
    }
}

extension Decimal {
    /// The decimal of so many units of 10^-9, with as few digits after the point as it needs but at least `decimals` of
    /// them where they fit. `nil` when it does not fit 64 bits.
    public init?(billionths: Int128, decimals: UInt8 = 0) {
        var unscaled = billionths
        var scale = Self.maximumScale
        while scale > 0, unscaled % 10 == 0, scale > decimals || Int64(exactly: unscaled) == nil {
            unscaled /= 10
            scale -= 1
        }
        guard let fitting = Int64(exactly: unscaled) else { return nil }
        self.init(unscaled: fitting, scale: scale)
    }
}
