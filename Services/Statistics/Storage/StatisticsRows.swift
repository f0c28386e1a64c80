internal import Reporting
public import StatisticsRules
public import Storage

// The tables of statistics, a type a table: what a row is, in the order of its columns.

/// A campaign: quality.registry.v1.CampaignPublished, as the journal has it.
typealias CampaignRow = BodyRow<CampaignBodies>

enum CampaignBodies: BodyTable {
    static let table = bodies(in: "statistics_campaign")
}

/// An organisation: quality.registry.v1.OrganisationRegistered, as the journal has it.
typealias OrganisationRow = BodyRow<OrganisationBodies>

enum OrganisationBodies: BodyTable {
    static let table = bodies(in: "statistics_organisation")
}

/// What is in force of one unit's reports on one form.
struct ReportRow: StoredRow {
    struct Key: StoredKey {
        let campaign: String
        let form: String
        let unit: String

        init(_ accepted: AcceptedReport) {
            campaign = accepted.campaign
            form = accepted.form
            unit = accepted.reportingUnit
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
            .integer("first_index"),
        ])

    let key: Key
    /// The greatest version seen: its figures count, and no other's.
    let version: UInt64
    /// The instant of the first version's seal. It decided the timeliness.
    private(set) var firstSealedUnixMicroseconds: Int64
    let timeliness: Int64
    let correctedLate: Bool
    /// Of the first entry that told of it: what ``ReportBodyRow`` has lies there, whichever version it is of.
    private(set) var firstIndex: EntryIndex

    init(_ accepted: AcceptedReport, sealedUnixMicroseconds: Int64, index: UInt64) {
        key = Key(accepted)
        version = accepted.reportVersion
        firstSealedUnixMicroseconds = sealedUnixMicroseconds
        timeliness = Int64(accepted.timeliness.rawValue)
        correctedLate = accepted.correctedLate
        firstIndex = EntryIndex(index: index)
    }

    init(key: Key, values columns: inout ColumnReader) throws(StorageError) {
        self.key = key
        version = try columns.number()
        firstSealedUnixMicroseconds = try columns.integer()
        timeliness = try columns.integer()
        correctedLate = try columns.flag()
        firstIndex = EntryIndex(index: try columns.number())
    }

    /// ``UnitReport/merge(_:)`` on what the table has; `nil` when it changes nothing.
    func merging(_ other: ReportRow) -> ReportRow? {
        let first = min(firstSealedUnixMicroseconds, other.firstSealedUnixMicroseconds)
        var merged = other.version > version ? other : self
        (merged.firstSealedUnixMicroseconds, merged.firstIndex) = (first, firstIndex)
        return other.version > version || first != firstSealedUnixMicroseconds ? merged : nil
    }

    func writeValues(to columns: inout ColumnWriter) {
        columns.add(.number(version))
        columns.add(.integer(firstSealedUnixMicroseconds))
        columns.add(.integer(timeliness))
        columns.add(.flag(correctedLate))
        columns.add(.number(firstIndex.index))
    }
}

/// The place of an entry in submission's journal, as a key.
struct EntryIndex: StoredKey {
    let index: UInt64

    func write(to columns: inout ColumnWriter) { columns.add(.number(index)) }
}

/// What the version in force of a report says. Rows come in the order of their keys, and many in a page; in the table of
/// reports, which lies in the order of units, each had pages of its own.
struct ReportBodyRow: StoredRow {
    static let table = Table(
        "statistics_report_body", key: [.integer("first_index")],
        values: [
            // quality.submission.v1.ReportAccepted, as the journal has it.
            .bytes("body")
        ])

    /// ``ReportRow/firstIndex``.
    let key: EntryIndex
    let body: [UInt8]

    init(_ key: EntryIndex, body: [UInt8]) {
        self.key = key
        self.body = body
    }

    init(key: EntryIndex, values columns: inout ColumnReader) throws(StorageError) {
        self.init(key, body: try columns.bytes())
    }

    func writeValues(to columns: inout ColumnWriter) { columns.add(.bytes(body)) }
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
