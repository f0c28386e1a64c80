import Journal
import Reporting
import StatisticsRules
import TestRandom
import Testing

@Suite("Whatever the order") struct ProjectionPropertyTests {
    static let history = [
        Sample.accepted("zhengzhou", version: 1, [Sample.visitors(10), Sample.value("0.1")], at: 1),
        Sample.accepted("zhengzhou", version: 2, [Sample.visitors(12)], at: 5, correctedLate: true),
        Sample.accepted("zhengzhou", version: 3, [Cell("visitors", .notApplicable)], at: 9, correctedLate: true),
        Sample.accepted("kaifeng", version: 1, [Sample.visitors(40)], at: 2),
        Sample.accepted("kaifeng-qixian", version: 1, [Sample.visitors(41), Sample.value("0.2")], at: 3, .late),
        Sample.accepted("jiaoyu", version: 1, [Sample.visitors(1000)], at: 4),
    ]

    @Test("every order of the same reports gives the same roll-ups and the same completeness")
    func everyOrder() {
        let expected = Sample.projection(Self.history)
        let (hashes, completeness) = (expected.fingerprint, expected.completeness)
        for order in permutations(Self.history) {
            var projection = StatisticsProjection()
            // The campaign may come before, between or after: the journals are two.
            for (index, report) in order.enumerated() {
                if report == Self.history[0] { projection.publish(Sample.published) }
                projection.accept(report)
                if index == 3 { projection.accept(order[1]) }
            }
            #expect(projection.fingerprint == hashes)
            #expect(projection.completeness == completeness)
        }
    }

    @Test("other reports give another hash")
    func otherHash() {
        let hashes = Sample.projection(Self.history).fingerprint
        for index in Self.history.indices where index != 1 && index != 0 {
            var history = Self.history
            history.remove(at: index)
            #expect(Sample.projection(history).rollup(.reportingLine).hash(sha256).bytes != hashes[0])
        }
    }

    @Test("random histories, doubled and shuffled, agree; parents are the sums of their children at every step")
    func randomHistories() {
        var random = SplitMix(seed: 2019)
        for _ in 0..<40 {
            let history = Self.randomHistory(using: &random)
            var projection = StatisticsProjection()
            projection.publish(Sample.published)
            for report in history {
                projection.accept(report)
                for grouping in Grouping.allCases { Self.expectParentsAreSums(projection.rollup(grouping)) }
            }
            let doubled = Sample.projection((history + history.prefix(9)).shuffled(using: &random))
            #expect(doubled.fingerprint == projection.fingerprint)
            #expect(doubled.completeness == projection.completeness)
        }
    }

    @Test("a correction after the due instant is in force, and the first mark stays (case 4)")
    func correctedLate() {
        let unit = Sample.projection(Self.history).completeness.units[0]
        #expect(unit.organisation.code == "zhengzhou")
        #expect(unit.report?.version == 3)
        #expect(unit.report?.timeliness == .onTime)
        #expect(unit.report?.correctedLate == true)
        #expect(unit.report?.firstSealedUnixMicroseconds == 1)
    }

    @Test("completeness lists the expected reporters in the campaign's order")
    func completeness() {
        let completeness = Sample.projection(Self.history).completeness
        #expect(completeness.units.map(\.organisation.code) == Sample.units)
        #expect(
            completeness.units.filter { $0.report == nil }.map(\.organisation.code) == ["kaifeng-tongxu", "gongyi"])
        #expect(completeness.reported == 4)
        #expect(completeness.expected == 6)
        #expect(Sample.projection(Self.history).rollup(.reportingLine).group("").late == 1)
    }

    /// A group that has children equals the sum of those that do not stand beside.
    private static func expectParentsAreSums(_ rollup: Rollup) {
        for parent in rollup.groups {
            let children = rollup.groups.filter {
                $0.parentCode == parent.code && $0.depth == parent.depth + 1 && !$0.standsBeside
            }
            guard !children.isEmpty else { continue }
            #expect(parent.expected == children.map(\.expected).reduce(0, +))
            #expect(parent.reported == children.map(\.reported).reduce(0, +))
            #expect(parent.late == children.map(\.late).reduce(0, +))
            for (index, sum) in parent.sums.enumerated() {
                let parts = children.map { $0.sums[index] }
                #expect(sum.billionths == parts.map(\.billionths).reduce(0, +))
                #expect(sum.withValue == parts.map(\.withValue).reduce(0, +))
                #expect(sum.notApplicable == parts.map(\.notApplicable).reduce(0, +))
                #expect(sum.missing == parts.map(\.missing).reduce(0, +))
                #expect(sum.notReported == parts.map(\.notReported).reduce(0, +))
            }
        }
    }

    private static func randomHistory(using random: inout SplitMix) -> [AcceptedVersion] {
        var versions: [String: UInt64] = [:]
        return (0..<20).map { instant in
            let unit = Sample.units.randomElement(using: &random)!
            versions[unit, default: 0] += 1
            let cells: [Cell] = [
                [Sample.visitors(.random(in: -5...1_000_000, using: &random))],
                [Cell("visitors", .notApplicable)], [],
            ].randomElement(using: &random)!
            let rows = (0..<Int.random(in: 0...3, using: &random)).map {
                Sample.host("H\($0)", invited: .integer(.random(in: 0...500, using: &random)))
            }
            return Sample.accepted(
                unit, version: versions[unit]!, cells, rows: rows, at: Int64(instant),
                unit == "gongyi" ? .late : .onTime)
        }
    }
}
