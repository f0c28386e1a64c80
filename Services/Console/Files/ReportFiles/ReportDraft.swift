/// A report as a file says it, before the form's definition has given its cells their kinds.
/// The layouts are described in compose/samples/README.md.
package struct ReportDraft: Sendable, Equatable {
    package var campaign: String
    package var form: String
    package var formVersion: UInt32
    package var reportingUnit: String
    /// The version this one replaces; 0 for a first report.
    package var baseVersion: UInt64 = 0
    /// `nil`: made from the content.
    package var idempotencyKey: String?
    var cells: [DraftCell] = []
    var rows: [DraftRow] = []
    package var source: SourcePlace
}

/// One field as the file says it. A missing value without an explanation has no cell.
struct DraftCell: Sendable, Equatable {
    enum Value: Sendable, Equatable {
        /// Nothing but an explanation.
        case missing
        case notApplicable
        case flag(Bool)
        /// The number's own text.
        case number(String)
        /// In quotes, or from a sheet: the form's definition says whether it is a number, a flag, a date or a text.
        case text(String)
    }

    var field: String
    var value: Value
    var unit = ""
    var explanation = ""
    var line: Int
}

/// One line of a table inside a form.
struct DraftRow: Sendable, Equatable {
    var table: String
    var key: String
    var cells: [DraftCell]
}

/// Where something stands, as a person and an editor can go to it.
package struct SourcePlace: Sendable, Hashable, CustomStringConvertible {
    package var file: String
    /// From 1.
    package var line: Int

    package init(file: String, line: Int) {
        self.file = file
        self.line = line
    }

    package var description: String { "\(file):\(line)" }
}

/// What the command line says in place of columns that a sheet does not have.
package struct DraftDefaults: Sendable, Equatable {
    var campaign: String?
    var form: String?
    var formVersion: UInt32?

    package init(campaign: String? = nil, form: String? = nil, formVersion: UInt32? = nil) {
        self.campaign = campaign
        self.form = form
        self.formVersion = formVersion
    }
}
