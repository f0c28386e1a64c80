public import Reporting

/// A report as submission's journal tells of its acceptance.
public struct AcceptedVersion: Sendable, Hashable {
    public var campaign: String
    public var form: String
    public var unit: String
    /// From 1.
    public var version: UInt64
    public var sealedUnixMicroseconds: Int64
    public var timeliness: Timeliness
    public var correctedLate: Bool
    public var figures: ReportedFigures

    public init(
        campaign: String, form: String, unit: String, version: UInt64, sealedUnixMicroseconds: Int64,
        timeliness: Timeliness, correctedLate: Bool, figures: ReportedFigures
    ) {
        self.campaign = campaign
        self.form = form
        self.unit = unit
        self.version = version
        self.sealedUnixMicroseconds = sealedUnixMicroseconds
        self.timeliness = timeliness
        self.correctedLate = correctedLate
        self.figures = figures
    }
}

/// What is in force of one unit's reports on one form.
public struct UnitReport: Sendable, Hashable {
    /// The greatest version seen: its figures count, and no other's.
    public var version: UInt64
    /// The instant of the first version's seal. It decided the timeliness.
    public var firstSealedUnixMicroseconds: Int64
    public var timeliness: Timeliness
    public var correctedLate: Bool
    public var figures: ReportedFigures

    public init(
        version: UInt64, firstSealedUnixMicroseconds: Int64, timeliness: Timeliness, correctedLate: Bool,
        figures: ReportedFigures
    ) {
        self.version = version
        self.firstSealedUnixMicroseconds = firstSealedUnixMicroseconds
        self.timeliness = timeliness
        self.correctedLate = correctedLate
        self.figures = figures
    }

    public init(_ accepted: AcceptedVersion) {
        self.init(
            version: accepted.version, firstSealedUnixMicroseconds: accepted.sealedUnixMicroseconds,
            timeliness: accepted.timeliness, correctedLate: accepted.correctedLate, figures: accepted.figures)
    }

    /// Takes another version in. In whatever order and however often versions come, the outcome is the same.
    public mutating func merge(_ accepted: AcceptedVersion) {
        let first = min(firstSealedUnixMicroseconds, accepted.sealedUnixMicroseconds)
        if accepted.version > version { self = UnitReport(accepted) }
        firstSealedUnixMicroseconds = first
    }
}
