/// A report: campaign x form x reporting unit, as it was filled in. The order of cells and rows means nothing.
public struct Report: Sendable, Hashable {
    public var campaign: String
    public var form: String
    /// The form version the report was made with.
    public var formVersion: UInt32
    /// The reporting unit's organisation code.
    public var reportingUnit: String
    public var cells: [Cell]
    public var rows: [Row]

    public init(
        campaign: String, form: String, formVersion: UInt32, reportingUnit: String, cells: [Cell], rows: [Row] = []
    ) {
        self.campaign = campaign
        self.form = form
        self.formVersion = formVersion
        self.reportingUnit = reportingUnit
        self.cells = cells
        self.rows = rows
    }

    /// Of the three states a reported figure can be in, the one of this field: see ``ValueState``.
    public func state(of field: String) -> ValueState {
        for cell in cells where cell.field == field { return cell.state }
        return .missing
    }
}

/// One field as it was filled in.
public struct Cell: Sendable, Hashable {
    /// The field's code in the form definition.
    public var field: String
    /// `nil`: missing. Never read as zero.
    public var value: CellValue?
    /// The unit the figure was measured in, e.g. "万元"; empty for fields without one.
    public var unit: String
    /// Why a figure that a rule questions is right all the same; empty if nothing needs saying.
    public var explanation: String

    public init(_ field: String, _ value: CellValue?, unit: String = "", explanation: String = "") {
        self.field = field
        self.value = value
        self.unit = unit
        self.explanation = explanation
    }

    public var state: ValueState {
        switch value {
        case nil: .missing
        case .notApplicable: .notApplicable
        case .text(let text): text.isBlank ? .missing : .value(.text(text))
        case .some(let value): .value(value)
        }
    }
}

public enum CellValue: Sendable, Hashable {
    case integer(Int64)
    case decimal(Decimal)
    case text(String)
    case flag(Bool)
    case date(CivilDate)
    /// The unit has nothing to report on this field, and says so.
    case notApplicable

    /// The figure of an integer or a decimal.
    public var number: Decimal? {
        switch self {
        case .integer(let value): Decimal(value)
        case .decimal(let value): value
        case .text, .flag, .date, .notApplicable: nil
        }
    }
}

/// The states a figure can be in once its unit has reported; "not yet reported" is the state of having no report.
///
/// Zero is a value. Missing and not applicable are none: sums skip them and say how many of how many they cover.
public enum ValueState: Sendable, Hashable {
    /// The field is absent, has no kind, or holds a text of nothing but white space.
    case missing
    case notApplicable
    case value(CellValue)

    /// The value, if there is one.
    public var value: CellValue? {
        switch self {
        case .value(let value): value
        case .missing, .notApplicable: nil
        }
    }
}

/// One row of a table inside a form.
public struct Row: Sendable, Hashable {
    /// The table's code in the form definition.
    public var table: String
    /// Names the row inside its table: unique there, stable across versions of the report.
    public var key: String
    public var cells: [Cell]

    public init(table: String, key: String, cells: [Cell]) {
        self.table = table
        self.key = key
        self.cells = cells
    }

    /// True when every cell is missing.
    public var isBlank: Bool { cells.allSatisfy { $0.state == .missing } }
}
