internal import Messages
internal import RPC
internal import Reporting
internal import ReportingMessages
internal import Storage

extension ReadTransaction {
    func organisation(_ code: String) throws -> Organisation? {
        try row(OrganisationRow.self, code)?.organisation
    }

    /// These organisations, as far as they are registered, with everyone above them.
    func line(around codes: some Sequence<String>) throws -> ReportingLine {
        var line = ReportingLine()
        // Those that are not registered are looked for once, too.
        var sought: Set<String> = []
        for code in codes {
            var next: String? = code
            while let code = next, sought.insert(code).inserted, let organisation = try organisation(code) {
                line.insert(organisation)
                next = organisation.reportsTo
            }
        }
        return line
    }

    func campaign(_ code: String) throws -> PublishedCampaign? {
        try row(CampaignRow.self, code)?.published()
    }
}

extension Organisation {
    /// From columns code, name, kind, division_code, reports_to.
    init(row: borrowing Storage.Row) throws {
        guard let kind = Kind(column: try row.text(2)) else {
            throw StorageError(.malformedData, "an organisation has a kind that this program does not know")
        }
        self.init(
            code: try row.text(0), name: try row.text(1), kind: kind, divisionCode: try row.optionalText(3) ?? "",
            reportsTo: try row.optionalText(4))
    }
}

extension Organisation.Kind {
    /// As the table has it.
    var column: String {
        switch self {
        case .authority: "authority"
        case .department: "department"
        case .association: "association"
        case .enterprise: "enterprise"
        }
    }

    init?(column: String) {
        guard let kind = Self.allCases.first(where: { $0.column == column }) else { return nil }
        self = kind
    }
}
