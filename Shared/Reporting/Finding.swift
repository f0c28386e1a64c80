/// What a check found in a report.
public struct Finding: Sendable, Hashable {
    /// Where, in the style of a JSON pointer: "/cells/leaflets" or "/rows/hosts/H3/opening_time"; "" for the whole.
    /// Codes and keys are escaped as RFC 6901 says ("~" as "~0", "/" as "~1").
    public var pointer: String
    /// A rule of the form, or a built-in check: see ``BuiltInRule``.
    public var rule: String
    public var severity: Severity
    /// For a person, in Chinese: what is wrong and what to do.
    public var message: String

    public init(pointer: String, rule: String, severity: Severity, message: String) {
        self.pointer = pointer
        self.rule = rule
        self.severity = severity
        self.message = message
    }

    /// Makes a pointer of segments: `["cells", "a/b"]` is "/cells/a~1b".
    public static func pointer(_ segments: String...) -> String {
        var pointer = ""
        for segment in segments {
            pointer += "/"
            for scalar in segment.unicodeScalars {
                switch scalar {
                case "~": pointer += "~0"
                case "/": pointer += "~1"
                default: pointer.unicodeScalars.append(scalar)
                }
            }
        }
        return pointer
    }
}

/// The checks that every form has, by the id that findings carry. No rule of a form may have such a code.
public enum BuiltInRule: String, Sendable, Hashable, CaseIterable {
    /// A field that the form, or the table, does not have.
    case unknownField = "unknown_field"
    case unknownTable = "unknown_table"
    /// A field twice in one report or row.
    case duplicateField = "duplicate_field"
    /// Two rows of a table with one key.
    case duplicateRow = "duplicate_row"
    /// A row without a key, or with one longer than 64 Unicode scalars.
    case rowKey = "row_key"
    /// Fewer or more rows than the table allows.
    case rowCount = "row_count"
    /// A text where a number belongs, and the like.
    case kind = "kind"
    /// Another unit than the field's, or none: 元 is not 万元.
    case unit = "unit"
    case range = "range"
    case decimals = "decimals"
    case textLength = "text_length"
    case required = "required"
    /// Not one field is filled in.
    case blankReport = "blank_report"
    /// An explanation longer than 2000 Unicode scalars.
    case explanationLength = "explanation_length"
    /// More cells or rows than any report may have.
    case size = "size"
}

/// An error in a form definition, a campaign or an organisation: the place and, in Chinese, what is wrong.
public struct DefinitionProblem: Sendable, Hashable, CustomStringConvertible {
    /// e.g. "/forms/open-day-summary/rules/visitors_total".
    public var pointer: String
    public var message: String

    public init(pointer: String, message: String) {
        self.pointer = pointer
        self.message = message
    }

    public var description: String { "\(pointer): \(message)" }
}
