public import Reporting

/// The units from which a form is expected, what they have reported, and how they stand to each other.
public struct FormScope: Sendable {
    public let published: PublishedCampaign
    public let form: FormDefinition
    /// In the order of the campaign file. The hosts' forms list no one: there, who has reported, by code.
    public let units: [Organisation]
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
        var unique: Set<String> = []
        var units: [Organisation] = []
        switch form.reporters {
        case .listed(let codes):
            for code in codes where unique.insert(code).inserted {
                units.append(line[code] ?? Self.unknown(code))
            }
        case .hosts:
            for code in reports.keys.sorted() {
                let unit = line[code] ?? registered[code] ?? Self.unknown(code)
                if line[code] == nil { line.insert(unit) }
                units.append(unit)
            }
        }
        switch visibility {
        case .everything:
            topCode = nil
        case .line(let top):
            units = units.filter { line.isAtOrBelow($0.code, top) }
            topCode = top
        }
        self.line = line
        self.units = units
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
