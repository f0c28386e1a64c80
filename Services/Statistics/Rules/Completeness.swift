public import Reporting

/// Who has reported a form and who has not.
public struct Completeness: Sendable, Hashable {
    public struct Unit: Sendable, Hashable {
        public var organisation: Organisation
        /// What is in force; `nil`: not yet reported.
        public var report: UnitReport?
    }

    /// In the order of the campaign file.
    public let units: [Unit]
    public let reported: Int
    /// Who has reported without being expected, by code: in no sum.
    public let unlisted: [Unit]

    public var expected: Int { units.count }

    public init(_ scope: FormScope) {
        let unit = { (organisation: Organisation) in
            Unit(organisation: organisation, report: scope.reports[organisation.code])
        }
        units = scope.units.map(unit)
        unlisted = scope.unlisted.map(unit)
        reported = units.count { $0.report != nil }
    }
}
