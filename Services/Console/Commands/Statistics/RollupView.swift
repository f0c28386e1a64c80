internal import MessageJSON
internal import Messages
internal import RPC
internal import Wire

/// A roll-up as a person reads it: the groups under each other with their figures beside them, or, when a form has more
/// figures than a screen has columns, the groups' completeness and then the totals, a line a figure.
struct RollupView {
    /// With more figures than this the table is turned round.
    static let columnLimit = 8

    private let response: StatisticsV1.GetRollupResponse
    private let columns: [StatisticsV1.FieldSum]

    /// `fields`: the figures wanted, by code; empty for all. An unknown one is INVALID_ARGUMENT that names those there are.
    init(_ response: StatisticsV1.GetRollupResponse, fields: [String]) throws(RPCError) {
        self.response = response
        let all = response.groups.first?.sums ?? []
        guard !fields.isEmpty else {
            columns = all
            return
        }
        var columns: [StatisticsV1.FieldSum] = []
        for code in fields {
            guard let column = all.first(where: { $0.field == code }) else {
                let known = all.map(\.field).joined(separator: ", ")
                throw RPCError(.invalidArgument, "--field \(code): no figure of this form; there are: \(known)")
            }
            columns.append(column)
        }
        self.columns = columns
    }

    func written(as format: OutputFormat) -> String {
        switch format {
        case .json: return json.written()
        case .csv: return sheet.writtenAsCSV
        case .table:
            var parts: [String] = []
            if columns.count <= Self.columnLimit {
                parts.append(groupTable(with: columns).written)
            } else {
                parts.append(groupTable(with: []).written)
                if let total = response.groups.first { parts.append(totalTable(of: total).written) }
            }
            let controls = controlLines
            if !controls.isEmpty { parts.append(controls.joined(separator: "\n")) }
            parts.append("\(coverageNote)\nroll-up \(Hexadecimal.written(response.rollupHash.prefix(8)))")
            return parts.joined(separator: "\n\n")
        }
    }

    private var coverageNote: String {
        "(n/m): so many units of so many have a value, where not all that reported have one.  "
            + "*: stands beside the places, in no sum."
    }

    /// A line a group, indented by its depth.
    private func groupTable(with columns: [StatisticsV1.FieldSum]) -> TextTable {
        let figures = columns.map { TextTable.Column($0.title, .right) }
        var table = TextTable([.init("unit"), .init("reported", .right), .init("late", .right)] + figures)
        for group in response.groups {
            let sums = columns.map { column in
                guard let sum = group.sums.first(where: { $0.field == column.field }) else { return "-" }
                let coversAll = sum.withValue == group.reported && sum.expected == group.expected
                return coversAll ? sum.words : "\(sum.words) (\(sum.coverage))"
            }
            let name = String(repeating: "  ", count: Int(min(group.depth, 16))) + group.title
            table.append([name, "\(group.reported)/\(group.expected)", String(group.late)] + sums)
        }
        return table
    }

    /// A line a figure of the whole.
    private func totalTable(of total: StatisticsV1.RollupGroup) -> TextTable {
        var table = TextTable([
            .init("field"), .init("figure"), .init("sum", .right), .init("unit"), .init("n/m", .right),
            .init("n/a", .right), .init("missing", .right),
        ])
        let wanted = Set(columns.map(\.field))
        for sum in total.sums where wanted.contains(sum.field) {
            table.append([
                sum.field, sum.label, sum.words, sum.unit, sum.coverage, String(sum.notApplicable),
                String(sum.missing),
            ])
        }
        return table
    }

    /// Totals that a superior gave beside those of the units below it: compared, never added.
    private var controlLines: [String] {
        response.groups.flatMap { group in
            group.controlTotals.map { control in
                "control total of \(group.title), \(control.field): reported \(control.reported?.words ?? "-"), "
                    + "added up \(control.sum?.words ?? "-")"
                    + (control.reported?.words == control.sum?.words ? "" : "  DIFFERS")
            }
        }
    }

    /// For a sheet: one line a group and figure.
    private var sheet: TextTable {
        var table = TextTable([
            .init("group"), .init("name"), .init("parent"), .init("beside"), .init("field"), .init("label"),
            .init("unit"), .init("sum"), .init("with_value"), .init("expected"), .init("not_applicable"),
            .init("missing"), .init("not_reported"),
        ])
        let wanted = Set(columns.map(\.field))
        for group in response.groups {
            for sum in group.sums where wanted.contains(sum.field) {
                table.append([
                    group.code, group.name, group.parentCode, group.beside ? "1" : "0", sum.field, sum.label, sum.unit,
                    sum.sum?.words ?? "", String(sum.withValue), String(sum.expected), String(sum.notApplicable),
                    String(sum.missing), String(sum.notReported),
                ])
            }
        }
        return table
    }

    private var json: JSONValue {
        let wanted = Set(columns.map(\.field))
        let groups = response.groups.map { group in
            JSONValue.object([
                "code": .text(group.code), "name": .text(group.name), "parent_code": .text(group.parentCode),
                "beside": .flag(group.beside), "depth": .number(group.depth), "expected": .number(group.expected),
                "reported": .number(group.reported), "late": .number(group.late),
                "sums": .array(group.sums.filter { wanted.contains($0.field) }.map(\.json)),
                "control_totals": .array(
                    group.controlTotals.map { control in
                        .object([
                            "field": .text(control.field), "reported": control.reported?.json ?? .null,
                            "sum": control.sum?.json ?? .null,
                        ])
                    }),
            ])
        }
        return .object([
            "groups": .array(groups), "rollup_hash": .text(Hexadecimal.written(response.rollupHash)),
            "watermark": response.watermark?.json ?? .null,
        ])
    }
}

extension StatisticsV1.RollupGroup {
    fileprivate var title: String {
        (name.isEmpty ? code.isEmpty ? "total" : code : name) + (beside ? " *" : "")
    }
}

extension StatisticsV1.FieldSum {
    fileprivate var title: String { unit.isEmpty ? label : "\(label)(\(unit))" }
    fileprivate var words: String { withValue == 0 ? "-" : sum?.words ?? "too large" }
    fileprivate var coverage: String { "\(withValue)/\(expected)" }

    fileprivate var json: JSONValue {
        .object([
            "field": .text(field), "label": .text(label), "unit": .text(unit), "sum": sum?.json ?? .null,
            "with_value": .number(withValue), "expected": .number(expected),
            "not_applicable": .number(notApplicable), "missing": .number(missing),
            "not_reported": .number(notReported),
        ])
    }
}

extension TypeV1.Decimal {
    fileprivate var json: JSONValue { JSONValue(.number(words)) }
}
