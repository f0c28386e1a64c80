internal import Following
internal import Journal
internal import Messages
internal import RPC
internal import Reporting
internal import ReportingMessages
internal import Serving
internal import StatisticsRules
internal import StatisticsStorage
internal import Wire

// MARK: Watermarks

extension StatisticsWatermark {
    var message: StatisticsV1.Watermark {
        StatisticsV1.Watermark(
            registry: registry?.message, submission: submission?.message)
    }

    /// INVALID_ARGUMENT when it is none that an answer of statistics had.
    init(_ message: StatisticsV1.Watermark) throws(RPCError) {
        self.init(
            registry: try Self.cursor(message.registry, "registry"),
            submission: try Self.cursor(message.submission, "submission"))
    }

    private static func cursor(_ message: TypeV1.Cursor?, _ journal: String) throws(RPCError) -> LogCursor? {
        guard let message else { return nil }
        do throws(RPCError) {
            return try LogCursor(message)
        } catch {
            throw .refusal(
                .invalidArgument, "the cursor is none", at: "at_least, \(journal)",
                remedy: "hand back the watermark of an answer as it was")
        }
    }
}

// MARK: Roll-ups

extension Rollup {
    var messages: [StatisticsV1.RollupGroup] {
        groups.map { group in
            StatisticsV1.RollupGroup(
                code: group.code, name: group.name, parentCode: group.parentCode, beside: group.standsBeside,
                depth: group.depth, sums: zip(fields, group.sums).map { $0.message($1) }, expected: group.expected,
                reported: group.reported, late: group.late,
                controlTotals: group.controlTotals.map { total in
                    let decimals = fields.first { $0.code == total.field }?.decimals ?? 0
                    return StatisticsV1.ControlTotal(
                        field: total.field, reported: .init(billionths: total.reportedBillionths, decimals: decimals),
                        sum: .init(billionths: total.sumBillionths, decimals: decimals))
                })
        }
    }
}

extension Rollup.Field {
    fileprivate func message(_ sum: Rollup.Sum) -> StatisticsV1.FieldSum {
        StatisticsV1.FieldSum(
            field: code, label: label, unit: unit, sum: .init(billionths: sum.billionths, decimals: decimals),
            withValue: sum.withValue, expected: sum.expected, notApplicable: sum.notApplicable, missing: sum.missing,
            notReported: sum.notReported)
    }
}

extension TypeV1.Decimal {
    /// `nil` when it does not fit 64 bits.
    fileprivate init?(billionths: Int128, decimals: UInt8) {
        guard let decimal = Decimal(billionths: billionths, decimals: decimals) else { return nil }
        self.init(decimal)
    }
}

// MARK: Completeness

extension Completeness {
    func message(_ watermark: StatisticsWatermark) -> StatisticsV1.GetCompletenessResponse {
        StatisticsV1.GetCompletenessResponse(
            units: units.map(\.message), expected: UInt32(expected), reported: UInt32(reported),
            watermark: watermark.message, unlisted: unlisted.map(\.message))
    }
}

extension Completeness.Unit {
    fileprivate var message: StatisticsV1.UnitStatus {
        StatisticsV1.UnitStatus(
            reportingUnit: organisation.code, name: organisation.name, divisionCode: organisation.divisionCode,
            reportsTo: organisation.reportsTo ?? "", reported: report != nil, version: report?.version ?? 0,
            firstSealedUnixUs: report?.firstSealedUnixMicroseconds ?? 0,
            timeliness: report.map { TypeV1.Timeliness($0.timeliness) } ?? .unspecified,
            correctedLate: report?.correctedLate ?? false)
    }
}
