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

    public var expected: Int { units.count }

    public init(_ scope: FormScope) {
        units = scope.units.map { Unit(organisation: $0, report: scope.reports[$0.code]) }
        reported = units.count { $0.report != nil }
    }
}
