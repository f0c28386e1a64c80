public import Journal
internal import Reporting

/// How a roll-up groups its units.
public enum Grouping: UInt8, Sendable, Hashable, CaseIterable {
    /// By who reports to whom.
    case reportingLine = 1
    /// By where the units lie.
    case place = 2
}

/// The sums of a form's numeric fields over groups of units, as they are at one moment.
public struct Rollup: Sendable, Hashable {
    /// A numeric field of the form, or a column of a table in it ("TABLE.FIELD").
    public struct Field: Sendable, Hashable {
        public var code: String
        public var label: String
        public var unit: String
        public var decimals: UInt8
    }

    /// One field's sum over a group, with what it covers: a sum skips what is no value, and says so.
    public struct Sum: Sendable, Hashable {
        /// In units of 10^-9, exactly.
        public var billionths: Int128 = 0
        public var withValue: UInt32 = 0
        public var notApplicable: UInt32 = 0
        public var missing: UInt32 = 0
        public var notReported: UInt32 = 0

        public var expected: UInt32 { withValue + notApplicable + missing + notReported }

        mutating func add(_ other: Sum) {
            billionths += other.billionths
            withValue += other.withValue
            notApplicable += other.notApplicable
            missing += other.missing
            notReported += other.notReported
        }

        mutating func add(_ figure: Figure) {
            switch figure {
            case .value(let value):
                billionths += value
                withValue += 1
            case .notApplicable: notApplicable += 1
            case .missing: missing += 1
            }
        }
    }

    /// A figure given by an organisation to which others report: compared with theirs, never added to them.
    public struct ControlTotal: Sendable, Hashable {
        public var field: String
        public var reportedBillionths: Int128
        public var sumBillionths: Int128

        public init(field: String, reportedBillionths: Int128, sumBillionths: Int128) {
            self.field = field
            self.reportedBillionths = reportedBillionths
            self.sumBillionths = sumBillionths
        }
    }

    public struct Group: Sendable, Hashable {
        /// An organisation's or a division's code; empty for the total.
        public var code: String
        public var name: String
        public var parentCode: String
        /// True for departments and associations: not in their parent's sums.
        public var standsBeside: Bool
        public var depth: UInt32
        /// One a field, in the order of ``Rollup/fields``.
        public var sums: [Sum]
        public var expected: UInt32 = 0
        public var reported: UInt32 = 0
        public var late: UInt32 = 0
        public var controlTotals: [ControlTotal] = []
    }

    public let campaign: String
    public let form: String
    public let grouping: Grouping
    public let fields: [Field]
    /// Parents before their children; the first is the total. A group that has children equals the sum of those that
    /// do not stand beside.
    public let groups: [Group]

    public init(_ scope: FormScope, grouping: Grouping) {
        campaign = scope.published.campaign.code
        form = scope.form.code
        self.grouping = grouping
        let fields = Self.fields(of: scope.form)
        self.fields = fields
        let tree =
            switch grouping {
            case .reportingLine: RollupTree.byLine(scope)
            case .place: RollupTree.byPlace(scope)
            }
        var groups = tree.nodes.map { node in
            var group = Group(
                code: node.code, name: node.name, parentCode: node.parent.map { tree.nodes[$0].code } ?? "",
                standsBeside: node.standsBeside, depth: node.depth,
                sums: Array(repeating: Sum(), count: fields.count))
            if let unit = node.unit { group.count(scope.reports[unit], fields: fields) }
            return group
        }
        // Children stand behind their parents: from the last to the first, each is complete when it is added.
        for index in tree.nodes.indices.reversed() {
            let node = tree.nodes[index]
            if let parent = node.parent, !node.standsBeside { groups[parent].add(groups[index]) }
            if let unit = node.controlUnit, let report = scope.reports[unit] {
                groups[index].compare(with: report.figures, fields: fields)
            }
        }
        self.groups = groups
    }

    /// The numeric fields of a form, in its order, then the numeric columns of its tables. Personal figures are never
    /// summed: outside their unit nobody sees them.
    private static func fields(of form: FormDefinition) -> [Field] {
        func numeric(_ fields: [FieldDefinition], _ code: (String) -> String) -> [Field] {
            fields.filter { $0.kind.isNumeric && !$0.isPersonal }.map {
                Field(code: code($0.code), label: $0.label, unit: $0.unit, decimals: $0.decimals)
            }
        }
        return numeric(form.fields) { $0 }
            + form.tables.flatMap { table in numeric(table.fields) { ReportedFigures.column($0, of: table.code) } }
    }
}

extension Rollup.Group {
    fileprivate mutating func count(_ report: UnitReport?, fields: [Rollup.Field]) {
        expected = 1
        guard let report else {
            for index in sums.indices { sums[index].notReported = 1 }
            return
        }
        reported = 1
        late = report.timeliness == .late ? 1 : 0
        for (index, field) in fields.enumerated() { sums[index].add(report.figures[field.code]) }
    }

    fileprivate mutating func add(_ child: Rollup.Group) {
        expected += child.expected
        reported += child.reported
        late += child.late
        for index in sums.indices { sums[index].add(child.sums[index]) }
    }

    fileprivate mutating func compare(with figures: ReportedFigures, fields: [Rollup.Field]) {
        for (index, field) in fields.enumerated() {
            guard case .value(let reported) = figures[field.code] else { continue }
            controlTotals.append(
                .init(field: field.code, reportedBillionths: reported, sumBillionths: sums[index].billionths))
        }
    }
}

// MARK: Hash

extension Rollup {
    /// One encoding for one roll-up: what two replicas, or the same one before and after a rebuild, must agree on.
    public var canonicalBytes: [UInt8] {
        var encoding = JournalEncoding(capacityBytes: 64 * (1 + groups.count * (1 + fields.count)))
        encoding.append(tag: "quality rollup 1")
        encoding.append(campaign)
        encoding.append(form)
        encoding.append(grouping.rawValue)
        encoding.append(UInt32(fields.count))
        for field in fields { encoding.append(field.code) }
        encoding.append(UInt32(groups.count))
        for group in groups {
            encoding.append(group.code)
            encoding.append(group.parentCode)
            encoding.append(UInt8(group.standsBeside ? 1 : 0))
            for count in [group.expected, group.reported, group.late] { encoding.append(count) }
            for sum in group.sums {
                encoding.append(sum.billionths)
                for count in [sum.withValue, sum.notApplicable, sum.missing, sum.notReported] { encoding.append(count) }
            }
            encoding.append(UInt32(group.controlTotals.count))
            for total in group.controlTotals {
                encoding.append(total.field)
                encoding.append(total.reportedBillionths)
                encoding.append(total.sumBillionths)
            }
        }
        return encoding.bytes
    }

    /// SHA-256 of ``canonicalBytes``: the same reports give the same hash, in whatever order they came.
    public func hash(_ sha256: JournalHashFunction) -> JournalHash {
        canonicalBytes.withUnsafeBytes { sha256($0) }
    }
}
