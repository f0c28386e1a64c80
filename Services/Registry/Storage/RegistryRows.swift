internal import Journal
internal import Messages
internal import RPC
internal import Reporting
internal import Storage

// The registry's tables, a type a table: what a row is, in the order of its columns.

struct OrganisationRow: StoredRow {
    static let table = Table(
        "organisation", key: [.text("code")],
        values: [
            .text("name"), .text("kind"), .text("division_code", optional: true),
            // NULL at the top of a reporting line.
            .text("reports_to", optional: true),
        ], indices: [["reports_to", "code"]])

    let organisation: Organisation
    var key: String { organisation.code }

    init(_ organisation: Organisation) { self.organisation = organisation }

    init(key: String, values columns: inout ColumnReader) throws(StorageError) {
        let name = try columns.text()
        guard let kind = Organisation.Kind(column: try columns.text()) else {
            throw StorageError(.malformedData, "an organisation has a kind that this program does not know")
        }
        organisation = Organisation(
            code: key, name: name, kind: kind, divisionCode: try columns.optionalText() ?? "",
            reportsTo: try columns.optionalText())
    }

    func writeValues(to columns: inout ColumnWriter) {
        columns.add(.text(organisation.name))
        columns.add(.text(organisation.kind.column))
        columns.add(.unlessEmpty(organisation.divisionCode))
        columns.add(.optional(organisation.reportsTo))
    }
}

struct IdentityRow: StoredRow {
    struct Key: StoredKey {
        let organisation: String
        let uri: String

        func write(to columns: inout ColumnWriter) {
            columns.add(.text(organisation))
            columns.add(.text(uri))
        }
    }

    static let table = Table(
        "identity", key: [.text("organisation_code"), .text("uri")], values: [.text("role")])

    let key: Key
    let role: String

    init(_ identity: RegisteredIdentity) {
        key = Key(organisation: identity.organisationCode, uri: identity.uri)
        role = identity.role
    }

    init(key: Key, values columns: inout ColumnReader) throws(StorageError) {
        self.key = key
        role = try columns.text()
    }

    func writeValues(to columns: inout ColumnWriter) { columns.add(.text(role)) }
}

/// A campaign as it was published, and where the journal has it.
struct CampaignRow: StoredRow {
    static let table = Table(
        "campaign", key: [.text("code")],
        values: [
            .text("title", optional: true), .integer("campaign_year"), .text("issuer"), .text("theme", optional: true),
            .integer("published_unix_us"), .integer("log_index"),
            // quality.registry.v1.Campaign.
            .bytes("body"),
        ])

    let key: String
    let title: String
    let year: UInt32
    let issuer: String
    let theme: String
    let publishedUnixMicroseconds: Int64
    /// In this store's log.
    let index: UInt64
    let body: [UInt8]

    init(_ message: RegistryV1.Campaign, at index: UInt64, publishedUnixMicroseconds: Int64) throws {
        key = message.code
        title = message.title
        year = message.year
        issuer = message.issuer
        theme = message.theme
        self.publishedUnixMicroseconds = publishedUnixMicroseconds
        self.index = index
        body = try message.encodedBytes()
    }

    init(key: String, values columns: inout ColumnReader) throws(StorageError) {
        self.key = key
        title = try columns.optionalText() ?? ""
        year = try columns.number()
        issuer = try columns.text()
        theme = try columns.optionalText() ?? ""
        publishedUnixMicroseconds = try columns.integer()
        index = try columns.number()
        body = try columns.bytes()
    }

    func writeValues(to columns: inout ColumnWriter) {
        columns.add(.unlessEmpty(title))
        columns.add(.number(year))
        columns.add(.text(issuer))
        columns.add(.unlessEmpty(theme))
        columns.add(.integer(publishedUnixMicroseconds))
        columns.add(.number(index))
        columns.add(.bytes(body))
    }

    func published() throws -> PublishedCampaign {
        PublishedCampaign(
            campaign: try RegistryV1.Campaign.decode(body), publishedUnixMicroseconds: publishedUnixMicroseconds,
            index: index)
    }
}

/// That an organisation is expected to report a form: frozen when the campaign is published.
struct ExpectedReporterRow: StoredRow {
    struct Key: StoredKey {
        let campaign: String
        let form: String
        let organisation: String

        func write(to columns: inout ColumnWriter) {
            columns.add(.text(campaign))
            columns.add(.text(form))
            columns.add(.text(organisation))
        }
    }

    static let table = Table(
        "expected_reporter", key: [.text("campaign"), .text("form"), .text("organisation_code")], values: [])

    let key: Key

    init(campaign: String, form: String, organisation: String) {
        key = Key(campaign: campaign, form: form, organisation: organisation)
    }

    init(key: Key, values columns: inout ColumnReader) { self.key = key }

    /// Those of a campaign.
    static func all(of campaign: RegistryV1.Campaign) -> [ExpectedReporterRow] {
        campaign.forms.flatMap { form in
            form.expectedReporters.map {
                ExpectedReporterRow(campaign: campaign.code, form: form.code, organisation: $0)
            }
        }
    }

    func writeValues(to columns: inout ColumnWriter) {}
}

extension WorkingSet {
    /// Names these organisations, and everyone above them as they become known.
    func wantLine(around codes: some Sequence<String>) {
        for code in codes {
            var next: String? = code
            // A line that is longer, or a ring, is a fault that the rules find: it is not followed for ever.
            var depth = 0
            while let known = next, depth <= ReportingLine.maximumDepth {
                next = want(OrganisationRow.self, known)?.organisation.reportsTo
                depth += 1
            }
        }
    }

    /// These organisations, as far as they are registered, with everyone above them.
    func line(around codes: some Sequence<String>) -> ReportingLine {
        var line = ReportingLine()
        for code in codes {
            var next: String? = code
            var depth = 0
            while let known = next, depth <= ReportingLine.maximumDepth,
                let organisation = row(OrganisationRow.self, known)?.organisation
            {
                line.insert(organisation)
                next = organisation.reportsTo
                depth += 1
            }
        }
        return line
    }
}
