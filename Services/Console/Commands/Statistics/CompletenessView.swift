internal import MessageJSON
internal import Messages

/// Who has reported and who has not.
struct CompletenessView {
    private let response: StatisticsV1.GetCompletenessResponse

    init(_ response: StatisticsV1.GetCompletenessResponse) {
        self.response = response
    }

    func written(as format: OutputFormat) -> String {
        switch format {
        case .json: return json.written()
        case .csv: return table(response.units).writtenAsCSV
        case .table:
            let missing = response.units.filter { !$0.reported }.map(\.name)
            let summary =
                missing.isEmpty
                ? "all \(response.expected) have reported"
                : "\(response.reported) of \(response.expected) have reported; missing: \(missing.joined(separator: "、"))"
            return table(response.units).written + "\n\n" + summary
        }
    }

    private func table(_ units: [StatisticsV1.UnitStatus]) -> TextTable {
        var table = TextTable([
            .init("unit"), .init("name"), .init("state"), .init("version", .right), .init("timeliness"),
            .init("first sealed (Asia/Shanghai)"),
        ])
        for unit in units {
            table.append([
                unit.reportingUnit, unit.name, unit.reported ? "reported" : "MISSING",
                unit.reported ? String(unit.version) : "-",
                unit.reported ? unit.timeliness.words + (unit.correctedLate ? ", corrected late" : "") : "-",
                shanghaiTime(unit.firstSealedUnixUs),
            ])
        }
        return table
    }

    private var json: JSONValue {
        let units = response.units.map { unit in
            JSONValue.object([
                "reporting_unit": .text(unit.reportingUnit), "name": .text(unit.name),
                "division_code": .text(unit.divisionCode), "reports_to": .text(unit.reportsTo),
                "reported": .flag(unit.reported), "version": .number(unit.version),
                "first_sealed_unix_us": .number(unit.firstSealedUnixUs), "timeliness": .text(unit.timeliness.words),
                "corrected_late": .flag(unit.correctedLate),
            ])
        }
        return .object([
            "expected": .number(response.expected), "reported": .number(response.reported), "units": .array(units),
            "watermark": response.watermark?.json ?? .null,
        ])
    }
}
