internal import Cryptography
internal import Journal
internal import NotificationRules
internal import Storage

// The tables of notification, a type a table: what a row is, in the order of its columns.

/// A campaign: quality.registry.v1.CampaignPublished, as the journal has it.
typealias CampaignRow = BodyRow<CampaignBodies>

enum CampaignBodies: BodyTable {
    static let table = bodies(in: "notification_campaign")
}

/// Who an organisation reports to.
struct OrganisationRow: StoredRow {
    static let table = Table(
        "notification_organisation", key: [.text("code")], values: [.text("reports_to", optional: true)])

    let key: String
    let reportsTo: String?

    init(_ code: String, reportsTo: String?) {
        key = code
        self.reportsTo = reportsTo
    }

    init(key: String, values columns: inout ColumnReader) throws(StorageError) {
        self.init(key, reportsTo: try columns.optionalText())
    }

    func writeValues(to columns: inout ColumnWriter) { columns.add(.optional(reportsTo)) }
}

/// A message in an inbox.
struct MessageRow: StoredRow {
    struct Key: StoredKey {
        let organisation: String
        let id: UInt64

        func write(to columns: inout ColumnWriter) {
            columns.add(.text(organisation))
            columns.add(.number(id))
        }
    }

    static let table = Table(
        "inbox_message", key: [.text("organisation"), .integer("id")],
        values: [
            .bytes("identity"), .integer("source"), .text("campaign", optional: true), .text("form", optional: true),
            .integer("occurred_unix_us"), .bytes("fact"),
        ], order: .ofArrival)

    let key: Key
    let identity: JournalHash
    let source: UInt8
    private let campaign: String
    private let form: String
    private let occurredUnixMicroseconds: Int64
    /// Encoded, since a row is copied some times on its way.
    private let fact: [UInt8]

    init(_ item: InboxItem) {
        key = Key(organisation: item.organisation, id: item.id)
        identity = item.identity(journalSHA256)
        source = item.source.rawValue
        campaign = item.campaign
        form = item.form
        occurredUnixMicroseconds = item.occurredUnixMicroseconds
        fact = item.fact.bytes
    }

    init(key: Key, values columns: inout ColumnReader) throws(StorageError) {
        self.key = key
        identity = try columns.hash()
        source = try columns.number()
        campaign = try columns.optionalText() ?? ""
        form = try columns.optionalText() ?? ""
        occurredUnixMicroseconds = try columns.integer()
        fact = try columns.bytes()
    }

    func writeValues(to columns: inout ColumnWriter) {
        columns.add(.hash(identity))
        columns.add(.number(source))
        columns.add(.unlessEmpty(campaign))
        columns.add(.unlessEmpty(form))
        columns.add(.integer(occurredUnixMicroseconds))
        columns.add(.bytes(fact))
    }

    /// Read back.
    var item: InboxItem {
        get throws(StorageError) {
            guard let source = InboxSource(rawValue: source), let fact = InboxFact(bytes: fact) else {
                throw StorageError(.malformedData, "a stored message cannot be read: build the inboxes again")
            }
            return InboxItem(
                organisation: key.organisation, id: key.id, source: source, campaign: campaign, form: form,
                occurredUnixMicroseconds: occurredUnixMicroseconds, fact: fact)
        }
    }
}

/// What makes a message of an inbox the same, whichever entries told of it.
struct MessageIdentity: StoredKey {
    let organisation: String
    let identity: JournalHash

    func write(to columns: inout ColumnWriter) {
        columns.add(.text(organisation))
        columns.add(.hash(identity))
    }
}

/// That a message lies in an inbox already: of those that may come again.
struct KnownMessageRow: StoredRow {
    static let table = Table(
        "inbox_known", key: [.text("organisation"), .bytes("identity")], values: [.integer("source")])

    let key: MessageIdentity
    let source: UInt8

    init(_ message: MessageRow) {
        key = MessageIdentity(organisation: message.key.organisation, identity: message.identity)
        source = message.source
    }

    init(key: MessageIdentity, values columns: inout ColumnReader) throws(StorageError) {
        self.key = key
        source = try columns.number()
    }

    func writeValues(to columns: inout ColumnWriter) { columns.add(.number(source)) }
}

/// That a message was read, and perhaps acknowledged.
struct MarkRow: StoredRow {
    static let table = Table(
        "inbox_mark", key: [.text("organisation"), .bytes("identity")],
        values: [.integer("read_unix_us"), .integer("acknowledged_unix_us", optional: true)])

    let key: MessageIdentity
    let readUnixMicroseconds: Int64
    var acknowledgedUnixMicroseconds: Int64?

    init(_ key: MessageIdentity, readUnixMicroseconds: Int64) {
        self.key = key
        self.readUnixMicroseconds = readUnixMicroseconds
    }

    init(key: MessageIdentity, values columns: inout ColumnReader) throws(StorageError) {
        self.key = key
        readUnixMicroseconds = try columns.integer()
        acknowledgedUnixMicroseconds = try columns.optionalInteger()
    }

    func writeValues(to columns: inout ColumnWriter) {
        columns.add(.integer(readUnixMicroseconds))
        columns.add(.optional(acknowledgedUnixMicroseconds))
    }
}
