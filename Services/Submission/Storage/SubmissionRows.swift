internal import Cryptography
internal import Journal
internal import Reporting
public import Storage
public import SubmissionRules

// Submission's tables, a type a table: what a row is, in the order of its columns.

/// A report: its version in force.
struct ReportRow: StoredRow, Equatable {
    static let table = Table(
        "report", key: [.text("campaign"), .text("form"), .text("reporting_unit")],
        values: [
            .integer("version"), .bytes("trail"), .bytes("digest"), .integer("first_sealed_unix_us"),
            .integer("sealed_unix_us"), .integer("timeliness"), .integer("corrected_late"),
        ])

    let key: ReportName
    /// Leads to all versions; ends with the one in force.
    var trail: VersionTrail
    var digest: JournalHash
    /// Of the first version.
    var firstSealedUnixMicroseconds: Int64
    var sealedUnixMicroseconds: Int64
    /// Of the first version, for ever.
    var timeliness: Timeliness
    var correctedLate: Bool

    var version: UInt64 { trail.version }

    /// What a first version or a further one makes of it, at this place of the log.
    init(
        _ accepted: AcceptedReport, at index: UInt64, after earlier: VersionTrail?,
        firstSealedUnixMicroseconds: Int64, sealedUnixMicroseconds: Int64
    ) {
        key = accepted.name
        trail = earlier?.followed(by: index) ?? VersionTrail(firstAt: index)
        digest = accepted.digest
        self.firstSealedUnixMicroseconds = firstSealedUnixMicroseconds
        self.sealedUnixMicroseconds = sealedUnixMicroseconds
        timeliness = accepted.timeliness
        correctedLate = accepted.correctedLate
    }

    init(key: ReportName, values columns: inout ColumnReader) throws(StorageError) {
        self.key = key
        trail = try VersionTrail(version: columns.number(), column: columns.bytes())
        digest = try columns.hash()
        firstSealedUnixMicroseconds = try columns.integer()
        sealedUnixMicroseconds = try columns.integer()
        timeliness = try Timeliness(column: columns.integer())
        correctedLate = try columns.flag()
    }

    /// From the same columns of an answer, which begin at `first`.
    init(_ key: ReportName, _ row: borrowing Storage.Row, from first: Int) throws {
        self.key = key
        trail = try VersionTrail(version: row.number(first), column: row.bytes(first + 1))
        digest = try row.hash(first + 2)
        firstSealedUnixMicroseconds = try row.integer(first + 3)
        sealedUnixMicroseconds = try row.integer(first + 4)
        timeliness = try Timeliness(column: row.integer(first + 5))
        correctedLate = try row.flag(first + 6)
    }

    func writeValues(to columns: inout ColumnWriter) {
        columns.add(.number(version))
        columns.add(.bytes(trail.bytes))
        columns.add(.hash(digest))
        columns.add(.integer(firstSealedUnixMicroseconds))
        columns.add(.integer(sealedUnixMicroseconds))
        columns.add(.number(timeliness.rawValue))
        columns.add(.flag(correctedLate))
    }

    /// Holds it against the statement of its version's entry, and when that was sealed; `nil` where there is no entry. Throws
    /// `.journalBroken` where they say something else.
    func check(_ statement: [UInt8]?, sealedUnixMicroseconds sealed: Int64?) throws(StorageError) {
        guard let entry = statement.flatMap({ AcceptedReport(statement: $0) }), entry.name == key,
            entry.reportVersion == version, entry.digest == digest,
            entry.timeliness == timeliness, entry.correctedLate == correctedLate, sealed == sealedUnixMicroseconds
        else {
            throw StorageError(
                .journalBroken,
                "the row of \(key) is not what entry \(trail.index) of the log says of its version \(version)")
        }
    }

    /// As a decision needs it.
    var current: PushDecision.Current {
        PushDecision.Current(version: version, timeliness: timeliness, correctedLate: correctedLate)
    }
}

/// A reporting unit's name of a push.
struct PushKey: StoredKey {
    let unit: String
    let key: String

    init(unit: String, _ key: String) {
        self.unit = unit
        self.key = key
    }

    /// Of refusals that are one message in the unit's inbox: one character longer than any name of a push.
    init(unit: String, told identity: JournalHash) {
        self.init(unit: unit, "=\(identity)")
    }

    func write(to columns: inout ColumnWriter) {
        columns.add(.text(unit))
        columns.add(.text(key))
    }
}

/// An accepted push, which is a version of a report. Kept for ever: a retry may come at any time. What it was says the log;
/// rows are short, since keys come in no order, and the more of them a page has, the fewer pages a group commit changes.
struct AcceptedPushRow: StoredRow {
    static let table = Table(
        "accepted_push", key: [.text("reporting_unit"), .text("idempotency_key")],
        values: [.integer("log_index"), .bytes("earlier", optional: true), .bytes("personal", optional: true)])

    let key: PushKey
    /// In this store's log.
    let index: UInt64
    /// ``VersionTrail/bytes`` of the version before it; `nil` if it is the first.
    let earlier: [UInt8]?
    /// Its personal values, sealed.
    let personal: [UInt8]?

    init(_ key: PushKey, at index: UInt64, after earlier: VersionTrail?, personal: [UInt8]?) {
        self.key = key
        self.index = index
        self.earlier = earlier?.bytes
        self.personal = personal
    }

    init(key: PushKey, values columns: inout ColumnReader) throws(StorageError) {
        self.key = key
        index = try columns.number()
        earlier = try columns.optionalBytes()
        personal = try columns.optionalBytes()
    }

    func writeValues(to columns: inout ColumnWriter) {
        columns.add(.number(index))
        columns.add(.optional(earlier))
        columns.add(.optional(personal))
    }
}

/// The last refusal by key, and those that the unit was told of, so that a client that tries again and again fills no journal.
struct RefusedPushRow: StoredRow, Equatable {
    static let table = Table(
        "refused_push", key: [.text("reporting_unit"), .text("idempotency_key")],
        values: [.bytes("digest"), .integer("code")])

    let key: PushKey
    let digest: JournalHash
    let code: UInt8

    init(_ key: PushKey, digest: JournalHash, code: UInt8) {
        self.key = key
        self.digest = digest
        self.code = code
    }

    /// By its idempotency key, and by what the unit's inbox takes for the same.
    static func both(
        _ rejected: RejectedReport, _ code: UInt8, of name: ReportName, key: String
    ) -> (row: RefusedPushRow, told: RefusedPushRow) {
        let identity = rejected.identity(campaign: name.campaign, form: name.form, journalSHA256)
        let digest = JournalHash(rejected.digest) ?? .zero
        return (
            RefusedPushRow(PushKey(unit: name.unit, key), digest: digest, code: code),
            RefusedPushRow(PushKey(unit: name.unit, told: identity), digest: digest, code: code)
        )
    }

    init(key: PushKey, values columns: inout ColumnReader) throws(StorageError) {
        self.init(key, digest: try columns.hash(), code: try columns.number())
    }

    func writeValues(to columns: inout ColumnWriter) {
        columns.add(.hash(digest))
        columns.add(.number(code))
    }
}

/// What personal values of a unit are sealed with and committed to, under a key that is not in the store. Without its row
/// they are gone.
struct PersonalKeyRow: StoredRow {
    static let table = Table(
        "personal_key", key: [.text("reporting_unit")], values: [.bytes("wrapped_by"), .bytes("wrapped_key")])

    let key: String
    /// ``WrappingKey/identifier``.
    let wrappedBy: [UInt8]
    let wrappedKey: [UInt8]

    init(unit: String, wrappedBy: [UInt8], wrappedKey: [UInt8]) {
        key = unit
        self.wrappedBy = wrappedBy
        self.wrappedKey = wrappedKey
    }

    init(key: String, values columns: inout ColumnReader) throws(StorageError) {
        self.init(unit: key, wrappedBy: try columns.bytes(), wrappedKey: try columns.bytes())
    }

    func writeValues(to columns: inout ColumnWriter) {
        columns.add(.bytes(wrappedBy))
        columns.add(.bytes(wrappedKey))
    }
}

/// Which key personal keys are wrapped by, by its identifier. The one row of its table.
struct WrappingRow: StoredRow, Equatable {
    static let table = Table(
        "personal_wrapping", key: [.text("name")], values: [.bytes("wrapped_by"), .bytes("earlier", optional: true)])
    static let name = "personal_key"

    var key: String { Self.name }
    let wrappedBy: [UInt8]
    /// While it is changed: some rows are under this one still.
    let earlier: [UInt8]?

    init(wrappedBy: [UInt8], earlier: [UInt8]? = nil) {
        self.wrappedBy = wrappedBy
        self.earlier = earlier
    }

    init(key: String, values columns: inout ColumnReader) throws(StorageError) {
        self.init(wrappedBy: try columns.bytes(), earlier: try columns.optionalBytes())
    }

    func writeValues(to columns: inout ColumnWriter) {
        columns.add(.bytes(wrappedBy))
        columns.add(.optional(earlier))
    }
}

/// What the registry's journal said of a campaign.
typealias RegistryCampaignRow = BodyRow<RegistryCampaignBodies>

enum RegistryCampaignBodies: BodyTable {
    static let table = bodies(in: "registry_campaign")
}

/// What the registry's journal said of an organisation.
typealias RegistryOrganisationRow = BodyRow<RegistryOrganisationBodies>

enum RegistryOrganisationBodies: BodyTable {
    static let table = bodies(in: "registry_organisation")
}

// MARK: - Columns that several tables have

extension AcceptedReport {
    var name: ReportName { ReportName(campaign: campaign, form: form, unit: reportingUnit) }
}

extension ReportName: StoredKey {
    public func write(to columns: inout ColumnWriter) {
        columns.add(.text(campaign))
        columns.add(.text(form))
        columns.add(.text(unit))
    }
}

extension VersionTrail {
    /// As the tables have it.
    init(version: UInt64, column: [UInt8]) throws(StorageError) {
        guard let trail = VersionTrail(version: version, bytes: column) else {
            throw StorageError(.malformedData, "a report's trail does not lead to its version \(version)")
        }
        self = trail
    }
}

extension Timeliness {
    /// As the tables have it.
    init(column: Int64) throws(StorageError) {
        guard let value = UInt8(exactly: column).flatMap(Timeliness.init(rawValue:)) else {
            throw StorageError(.malformedData, "a report has a timeliness that this program does not know")
        }
        self = value
    }
}

/// Reporting units, as the store knows them.
public enum ReportingUnits {
    /// Those of which a report was ever accepted.
    public static func withReceipts(_ transaction: ReadTransaction) throws -> [String] {
        try transaction.all("SELECT DISTINCT reporting_unit FROM report ORDER BY reporting_unit", []) { try $0.text(0) }
    }
}
