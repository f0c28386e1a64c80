public import Reporting

/// The units from which a form is expected, what they have reported, and how they stand to each other.
public struct FormScope: Sendable {
    public let published: PublishedCampaign
    public let form: FormDefinition
    /// In the order of the campaign file. The hosts' forms list no one: there, who has reported, by code.
    public let units: [Organisation]
    /// Who has reported without being expected, by code. Such a report must not make what is expected look complete, or
    /// be counted beside a total that holds it already: it adds to nothing, and is shown.
    public let unlisted: [Organisation]
    public let reports: [String: UnitReport]
    let line: ReportingLine
    /// Where the line ends upward: what lies above is not the caller's to see. `nil`: nowhere.
    let topCode: String?
    /// Places in the campaign's list of organisations: siblings stand in this order.
    let ranks: [String: Int]

    init(
        _ published: PublishedCampaign, form: FormDefinition, registered: [String: Organisation],
        reports: [String: UnitReport], visibility: Visibility
    ) {
        self.published = published
        self.form = form
        self.reports = reports
        var line = ReportingLine(published.organisations)
        /// The organisation as the campaign knows it, else as it was registered, with those above it.
        func organisation(_ code: String) -> Organisation {
            var next: String? = code
            while let code = next, line[code] == nil, let organisation = registered[code] {
                line.insert(organisation)
                next = organisation.reportsTo
            }
            return line[code] ?? Self.unknown(code)
        }
        var units: [Organisation] = []
        var unlisted: [Organisation] = []
        let reporters = reports.keys.sorted()
        switch form.reporters {
        case .listed(let codes):
            var expected: Set<String> = []
            for code in codes where expected.insert(code).inserted { units.append(organisation(code)) }
            unlisted = reporters.filter { !expected.contains($0) }.map(organisation)
        case .hosts:
            units = reporters.map(organisation)
        }
        switch visibility {
        case .everything:
            topCode = nil
        case .line(let top):
            units = units.filter { line.isAtOrBelow($0.code, top) }
            unlisted = unlisted.filter { line.isAtOrBelow($0.code, top) }
            topCode = top
        }
        self.line = line
        self.units = units
        self.unlisted = unlisted
        ranks = Dictionary(
            published.organisations.enumerated().map { ($0.element.code, $0.offset) },
            uniquingKeysWith: { first, _ in first })
    }

    /// A unit that reports and that no entry described. It counts under the total, and nowhere else.
    private static func unknown(_ code: String) -> Organisation {
        Organisation(code: code, name: code, kind: .enterprise, divisionCode: "", reportsTo: nil)
    }

    /// From a unit up to the top that is to be seen: itself first.
    func path(from unit: Organisation) -> [Organisation] {
        guard unit.code != topCode else { return [unit] }
        var path = [unit]
        for superior in line.superiors(of: unit.code) {
            path.append(superior)
            if superior.code == topCode { break }
        }
        return path
    }

    func precedes(_ left: Organisation, _ right: Organisation) -> Bool {
        (ranks[left.code] ?? .max, left.code) < (ranks[right.code] ?? .max, right.code)
    }
}
