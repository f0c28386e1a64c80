// Generated from Proto/quality/statistics/v1/statistics.proto by Proto/generate. Do not edit.
// swift-format-ignore-file

public import MessageRuntime

/// Messages and services of `quality.statistics.v1`.
public enum StatisticsV1 {}

extension StatisticsV1 {
    public enum Grouping: RawRepresentable, Hashable, Sendable {
        case unspecified
        /// By who reports to whom. Departments and associations stand beside the places.
        case reportingLine
        /// By where the reporting units lie.
        case place
        /// A number that this version does not know. Made by `init(rawValue:)`; never hold a known number in it.
        case unrecognized(Int32)

        public init(rawValue: Int32) {
            switch rawValue {
            case 0: self = .unspecified
            case 1: self = .reportingLine
            case 2: self = .place
            default: self = .unrecognized(rawValue)
            }
        }

        public var rawValue: Int32 {
            switch self {
            case .unspecified: 0
            case .reportingLine: 1
            case .place: 2
            case .unrecognized(let number): number
            }
        }
    }

    /// How far an answer's data reach in the journals it was made from.
    public struct Watermark: GeneratedMessage, Hashable, Sendable {
        public var registry: TypeV1.Cursor?
        public var submission: TypeV1.Cursor?

        public init(
            registry: TypeV1.Cursor? = nil,
            submission: TypeV1.Cursor? = nil
        ) {
            self.registry = registry
            self.submission = submission
        }
    }

    /// The sum of one numeric field over a group. Values that are missing, not applicable or not yet reported are skipped.
    public struct FieldSum: GeneratedMessage, Hashable, Sendable {
        /// A field of the form, or "TABLE.FIELD" for a column of a table in it: the sum over a unit's rows is the unit's value.
        public var field: String
        public var label: String
        public var unit: String
        /// Exact. Unset when it does not fit 64 bits.
        public var sum: TypeV1.Decimal?
        /// Coverage, n of m: units with a value, and units whose values belong into the sum. The three states below and
        /// with_value add up to it.
        public var withValue: UInt32
        public var expected: UInt32
        public var notApplicable: UInt32
        public var missing: UInt32
        public var notReported: UInt32

        public init(
            field: String = "",
            label: String = "",
            unit: String = "",
            sum: TypeV1.Decimal? = nil,
            withValue: UInt32 = 0,
            expected: UInt32 = 0,
            notApplicable: UInt32 = 0,
            missing: UInt32 = 0,
            notReported: UInt32 = 0
        ) {
            self.field = field
            self.label = label
            self.unit = unit
            self.sum = sum
            self.withValue = withValue
            self.expected = expected
            self.notApplicable = notApplicable
            self.missing = missing
            self.notReported = notReported
        }
    }

    /// A figure that an organisation gave as its own although others report to it: a total to compare with theirs, never
    /// added to them.
    public struct ControlTotal: GeneratedMessage, Hashable, Sendable {
        public var field: String
        public var reported: TypeV1.Decimal?
        /// What those below add up to; unset when it does not fit 64 bits.
        public var sum: TypeV1.Decimal?

        public init(
            field: String = "",
            reported: TypeV1.Decimal? = nil,
            sum: TypeV1.Decimal? = nil
        ) {
            self.field = field
            self.reported = reported
            self.sum = sum
        }
    }

    public struct RollupGroup: GeneratedMessage, Hashable, Sendable {
        /// An organisation code or a division code; empty for the total. By place, the reporting units themselves are the
        /// leaves.
        public var code: String
        public var name: String
        /// The group this one adds up into; empty at the top.
        public var parentCode: String
        /// Departments and associations: shown beside the places, never in their sum. A group that has children equals the
        /// sum of those that do not stand beside.
        public var beside: Bool
        /// 0 for the total.
        public var depth: UInt32
        /// The numeric fields in the form's order.
        public var sums: [StatisticsV1.FieldSum]
        /// Units whose values belong into the sums, how many of them have reported, and how many of those late.
        public var expected: UInt32
        public var reported: UInt32
        public var late: UInt32
        /// By reporting line only; where the organisation reports although others report to it.
        public var controlTotals: [StatisticsV1.ControlTotal]

        public init(
            code: String = "",
            name: String = "",
            parentCode: String = "",
            beside: Bool = false,
            depth: UInt32 = 0,
            sums: [StatisticsV1.FieldSum] = [],
            expected: UInt32 = 0,
            reported: UInt32 = 0,
            late: UInt32 = 0,
            controlTotals: [StatisticsV1.ControlTotal] = []
        ) {
            self.code = code
            self.name = name
            self.parentCode = parentCode
            self.beside = beside
            self.depth = depth
            self.sums = sums
            self.expected = expected
            self.reported = reported
            self.late = late
            self.controlTotals = controlTotals
        }
    }

    public struct GetRollupRequest: GeneratedMessage, Hashable, Sendable {
        public var campaign: String
        public var form: String
        public var grouping: StatisticsV1.Grouping
        /// The answer holds at least this; a replica that lags waits within the deadline.
        public var atLeast: StatisticsV1.Watermark?

        public init(
            campaign: String = "",
            form: String = "",
            grouping: StatisticsV1.Grouping = .unspecified,
            atLeast: StatisticsV1.Watermark? = nil
        ) {
            self.campaign = campaign
            self.form = form
            self.grouping = grouping
            self.atLeast = atLeast
        }
    }

    public struct GetRollupResponse: GeneratedMessage, Hashable, Sendable {
        /// Parents before their children.
        public var groups: [StatisticsV1.RollupGroup]
        public var watermark: StatisticsV1.Watermark?
        /// SHA-256 of the canonical encoding of all groups: the same reports give the same hash, in whatever order they came.
        public var rollupHash: [UInt8]

        public init(
            groups: [StatisticsV1.RollupGroup] = [],
            watermark: StatisticsV1.Watermark? = nil,
            rollupHash: [UInt8] = []
        ) {
            self.groups = groups
            self.watermark = watermark
            self.rollupHash = rollupHash
        }
    }

    public struct UnitStatus: GeneratedMessage, Hashable, Sendable {
        public var reportingUnit: String
        public var name: String
        public var divisionCode: String
        public var reportsTo: String
        public var reported: Bool
        public var version: UInt64
        public var firstSealedUnixUs: Int64
        public var timeliness: TypeV1.Timeliness
        public var correctedLate: Bool

        public init(
            reportingUnit: String = "",
            name: String = "",
            divisionCode: String = "",
            reportsTo: String = "",
            reported: Bool = false,
            version: UInt64 = 0,
            firstSealedUnixUs: Int64 = 0,
            timeliness: TypeV1.Timeliness = .unspecified,
            correctedLate: Bool = false
        ) {
            self.reportingUnit = reportingUnit
            self.name = name
            self.divisionCode = divisionCode
            self.reportsTo = reportsTo
            self.reported = reported
            self.version = version
            self.firstSealedUnixUs = firstSealedUnixUs
            self.timeliness = timeliness
            self.correctedLate = correctedLate
        }
    }

    public struct GetCompletenessRequest: GeneratedMessage, Hashable, Sendable {
        public var campaign: String
        public var form: String
        public var atLeast: StatisticsV1.Watermark?

        public init(
            campaign: String = "",
            form: String = "",
            atLeast: StatisticsV1.Watermark? = nil
        ) {
            self.campaign = campaign
            self.form = form
            self.atLeast = atLeast
        }
    }

    public struct GetCompletenessResponse: GeneratedMessage, Hashable, Sendable {
        /// The expected reporters in the order of the campaign file.
        public var units: [StatisticsV1.UnitStatus]
        public var expected: UInt32
        public var reported: UInt32
        public var watermark: StatisticsV1.Watermark?
        /// Units that reported without being expected: what they sent is in no sum. One to which expected units report gives
        /// control totals.
        public var unlisted: [StatisticsV1.UnitStatus]

        public init(
            units: [StatisticsV1.UnitStatus] = [],
            expected: UInt32 = 0,
            reported: UInt32 = 0,
            watermark: StatisticsV1.Watermark? = nil,
            unlisted: [StatisticsV1.UnitStatus] = []
        ) {
            self.units = units
            self.expected = expected
            self.reported = reported
            self.watermark = watermark
            self.unlisted = unlisted
        }
    }
}
