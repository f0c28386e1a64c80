internal import Reporting
public import StatisticsRules
public import Storage

// The tables of statistics, a type a table: what a row is, in the order of its columns.

/// A campaign: quality.registry.v1.CampaignPublished, as the journal has it.
struct CampaignRow: BodyRow {
    static let table = bodies(in: "statistics_campaign")

    let key: String
    let body: [UInt8]

    init(_ code: String, body: [UInt8]) {
        key = code
        self.body = body
    }
}

/// An organisation: quality.registry.v1.OrganisationRegistered, as the journal has it.
struct OrganisationRow: BodyRow {
    static let table = bodies(in: "statistics_organisation")

    let key: String
    let body: [UInt8]

    init(_ code: String, body: [UInt8]) {
        key = code
        self.body = body
    }
}

/// What is in force of one unit's reports on one form.
struct ReportRow: StoredRow {
    struct Key: StoredKey {
        let campaign: String
        let form: String
        let unit: String

        init(_ accepted: AcceptedVersion) {
            campaign = accepted.campaign
            form = accepted.form
            unit = accepted.unit
        }

        func write(to columns: inout ColumnWriter) {
            columns.add(.text(campaign))
            columns.add(.text(form))
            columns.add(.text(unit))
        }
    }

    static let table = Table(
        "statistics_report", key: [.text("campaign"), .text("form"), .text("unit")],
        values: [
            .integer("version"), .integer("first_sealed_unix_us"), .integer("timeliness"), .integer("corrected_late"),
            // ReportedFigures.bytes.
            .bytes("figures"),
        ])

    let key: Key
    var report: UnitReport

    init(_ key: Key, _ report: UnitReport) {
        self.key = key
        self.report = report
    }

    init(key: Key, values columns: inout ColumnReader) throws(StorageError) {
        self.key = key
        let version: UInt64 = try columns.number()
        let firstSealed = try columns.integer()
        guard let timeliness = Timeliness(rawValue: try columns.number()) else { throw Self.unreadable }
        let correctedLate = try columns.flag()
        guard let figures = ReportedFigures(bytes: try columns.bytes()) else { throw Self.unreadable }
        report = UnitReport(
            version: version, firstSealedUnixMicroseconds: firstSealed, timeliness: timeliness,
            correctedLate: correctedLate, figures: figures)
    }

    func writeValues(to columns: inout ColumnWriter) {
        columns.add(.number(report.version))
        columns.add(.integer(report.firstSealedUnixMicroseconds))
        columns.add(.number(report.timeliness.rawValue))
        columns.add(.flag(report.correctedLate))
        columns.add(.bytes(report.figures.bytes))
    }

    private static var unreadable: StorageError {
        StorageError(.malformedData, "a stored report cannot be read: build the statistics again")
    }
}

/// How often a form's reports changed: what was read of them before still holds while it stands.
struct FormRow: StoredRow {
    static let table = Table(
        "statistics_form", key: [.text("campaign"), .text("form")], values: [.integer("changes")])

    let key: StatisticsProjection.FormKey
    var changes: Int64

    init(_ key: StatisticsProjection.FormKey, changes: Int64) {
        self.key = key
        self.changes = changes
    }

    init(key: StatisticsProjection.FormKey, values columns: inout ColumnReader) throws(StorageError) {
        self.init(key, changes: try columns.integer())
    }

    func writeValues(to columns: inout ColumnWriter) { columns.add(.integer(changes)) }
}

extension StatisticsProjection.FormKey: StoredKey {
    public func write(to columns: inout ColumnWriter) {
        columns.add(.text(campaign))
        columns.add(.text(form))
    }
}
