import Reporting
import StatisticsRules
import Testing

@Suite("What is summed, and over whom") struct RollupTests {
    @Test("groups by line: the total, then who reports to whom, parents first and in the campaign's order")
    func lineGroups() {
        let rollup = Sample.projection().rollup(.reportingLine)
        #expect(
            rollup.groups.map(\.code) == [
                "", "henan", "zhengzhou", "kaifeng", "kaifeng-qixian", "kaifeng-tongxu", "gongyi", "jiaoyu",
            ])
        #expect(rollup.groups.map(\.depth) == [0, 1, 2, 2, 3, 3, 2, 2])
        #expect(rollup.groups.map(\.parentCode) == ["", "", "henan", "henan", "kaifeng", "kaifeng", "henan", "henan"])
        #expect(rollup.groups.filter(\.standsBeside).map(\.code) == ["jiaoyu"])
    }

    @Test("groups by place: divisions in divisions, the units as leaves where they lie")
    func placeGroups() {
        let rollup = Sample.projection().rollup(.place)
        #expect(
            rollup.groups.map(\.code) == [
                "", "410000", "jiaoyu", "410100", "zhengzhou", "410181", "gongyi", "410200", "410221",
                "kaifeng-qixian", "410222", "kaifeng-tongxu",
            ])
        #expect(rollup.group("410181").name == "巩义市")
    }

    @Test("a directly governed county counts with the province by line and with its city by place")
    func directlyGoverned() {
        let projection = Sample.projection([
            Sample.accepted("zhengzhou", [Sample.visitors(100)]), Sample.accepted("gongyi", [Sample.visitors(7)]),
        ])
        let line = projection.rollup(.reportingLine)
        #expect(line.decimal("visitors", of: "zhengzhou") == "100")
        #expect(line.decimal("visitors", of: "henan") == "107")
        let place = projection.rollup(.place)
        #expect(place.decimal("visitors", of: "410100") == "107")
        #expect(place.decimal("visitors") == "107")
    }

    @Test("only numeric fields are summed, columns of tables too, personal figures never")
    func fields() {
        let rollup = Sample.projection().rollup(.reportingLine)
        #expect(rollup.fields.map(\.code) == ["visitors", "value", "hosts.invited"])
    }

    @Test("missing, zero, not applicable and not yet reported are four states (case 5)")
    func fourStates() {
        let projection = Sample.projection([
            Sample.accepted("zhengzhou", [Sample.visitors(0)]),
            Sample.accepted("gongyi", [Cell("visitors", .notApplicable)]),
            Sample.accepted("kaifeng-qixian", [Cell("visitors", nil), Sample.value("1.5")]),
        ])
        let sum = projection.rollup(.reportingLine).sum("visitors", of: "henan")
        #expect(sum.billionths == 0)
        #expect(sum.withValue == 1)
        #expect(sum.notApplicable == 1)
        #expect(sum.missing == 1)
        #expect(sum.notReported == 1)
        #expect(sum.expected == 4)
        let group = projection.rollup(.reportingLine).group("henan")
        #expect(group.expected == 4)
        #expect(group.reported == 3)
    }

    @Test("decimals are added exactly (case 6)")
    func exactDecimals() {
        let projection = Sample.projection([
            Sample.accepted("zhengzhou", [Sample.value("0.10")]), Sample.accepted("gongyi", [Sample.value("0.2")]),
            Sample.accepted("kaifeng-tongxu", [Sample.value("-0.30")]),
        ])
        #expect(projection.rollup(.place).sum("value").billionths == 0)
        #expect(projection.rollup(.place).decimal("value", of: "410100") == "0.3")
    }

    @Test("a sum shows the digits its field declares, and more only if it needs them")
    func digits() {
        #expect(Decimal(billionths: 36_500_000_000, decimals: 2)?.description == "36.50")
        #expect(Decimal(billionths: 1_234_000_000, decimals: 2)?.description == "1.234")
        #expect(Decimal(billionths: 5_000_000_000)?.description == "5")
        #expect(Decimal(billionths: -1, decimals: 0)?.description == "-0.000000001")
        let great = Int128(Int64.max) * 1_000_000_000
        #expect(Decimal(billionths: great, decimals: 2)?.description == String(Int64.max))
        #expect(Decimal(billionths: great + 1_000_000_000) == nil)
        #expect(Decimal(billionths: great - 1) == nil)
    }

    @Test("sums beyond 64 bits stay exact and come back when the figures do")
    func greatSums() {
        var projection = Sample.projection([
            Sample.accepted("zhengzhou", [Sample.visitors(.max)]), Sample.accepted("gongyi", [Sample.visitors(.max)]),
        ])
        #expect(projection.rollup(.place).sum("visitors").billionths == Int128(Int64.max) * 2_000_000_000)
        projection.accept(Sample.accepted("gongyi", version: 2, [Sample.visitors(-.max)]))
        #expect(projection.rollup(.place).sum("visitors").billionths == 0)
    }

    @Test("a city's total beside its counties' reports is compared and never added (case 7)")
    func controlTotal() {
        let projection = Sample.projection([
            Sample.accepted("kaifeng", [Sample.visitors(50), Cell("value", .notApplicable)]),
            Sample.accepted("kaifeng-qixian", [Sample.visitors(20)]),
            Sample.accepted("kaifeng-tongxu", [Sample.visitors(29)]),
        ])
        let line = projection.rollup(.reportingLine)
        #expect(line.decimal("visitors", of: "kaifeng") == "49")
        #expect(line.decimal("visitors") == "49")
        #expect(line.group("kaifeng").expected == 2)
        #expect(
            line.group("kaifeng").controlTotals == [
                .init(field: "visitors", reportedBillionths: 50_000_000_000, sumBillionths: 49_000_000_000)
            ])
        #expect(projection.rollup(.place).decimal("visitors", of: "410200") == "49")
        #expect(projection.completeness.units.first { $0.organisation.code == "kaifeng" }?.report != nil)
    }

    @Test("a unit that is not expected adds to nothing; above expected ones it gives a control total (case 7)")
    func unlisted() {
        var published = Sample.published
        published.campaign.forms[0].reporters = .listed(Sample.units.filter { $0 != "kaifeng" && $0 != "zhengzhou" })
        var projection = StatisticsProjection()
        projection.publish(published)
        projection.accept(Sample.accepted("kaifeng", [Sample.visitors(50)]))
        projection.accept(Sample.accepted("kaifeng-qixian", [Sample.visitors(20)]))
        projection.accept(Sample.accepted("zhengzhou", [Sample.visitors(7)]))
        let line = projection.rollup(.reportingLine)
        #expect(line.decimal("visitors") == "20")
        #expect(line.group("kaifeng").controlTotals.map(\.reportedBillionths) == [50_000_000_000])
        #expect(!line.groups.contains { $0.code == "zhengzhou" })
        #expect(projection.completeness.unlisted.map(\.organisation.name) == ["开封市市场监督管理局", "郑州市市场监督管理局"])
        #expect(projection.completeness.expected == 4)
    }

    @Test("a department stands beside the cities and not in their sum (case 7)")
    func department() {
        let projection = Sample.projection([
            Sample.accepted("zhengzhou", [Sample.visitors(1)]), Sample.accepted("jiaoyu", [Sample.visitors(1000)]),
        ])
        for grouping in Grouping.allCases {
            let rollup = projection.rollup(grouping)
            #expect(rollup.decimal("visitors") == "1")
            #expect(rollup.decimal("visitors", of: "jiaoyu") == "1000")
            #expect(rollup.group("jiaoyu").standsBeside)
            #expect(rollup.group("").expected == 4)
        }
    }

    @Test("where all are associations nothing stands beside")
    func associationsOnly() {
        var published = Sample.published
        published.organisations = [
            Sample.organisation("machinery", "中国机械工业质量管理协会", "", nil, .association),
            Sample.organisation("tools", "机床工具工业协会", "", "machinery", .association),
            Sample.organisation("factory", "某某机床厂", "210100", "tools", .enterprise),
        ]
        published.campaign.forms[0].reporters = .listed(["tools", "factory"])
        var projection = StatisticsProjection()
        projection.publish(published)
        projection.accept(Sample.accepted("factory", [Sample.visitors(3)]))
        let rollup = projection.rollup(.reportingLine)
        #expect(rollup.groups.map(\.code) == ["", "machinery", "tools", "factory"])
        #expect(rollup.groups.allSatisfy { !$0.standsBeside })
        #expect(rollup.decimal("visitors") == "3")
        // No division of the campaign describes 210100: the group bears its code.
        #expect(projection.rollup(.place).groups.map(\.code) == ["", "210100", "factory"])
    }

    @Test("a row that a new version leaves out is gone from the totals (case 9)")
    func removedRow() {
        var projection = Sample.projection([
            Sample.accepted(
                "zhengzhou",
                rows: [Sample.host("H1", invited: .integer(30)), Sample.host("H2", invited: .integer(12))])
        ])
        #expect(projection.rollup(.place).decimal("hosts.invited") == "42")
        projection.accept(Sample.accepted("zhengzhou", version: 2, rows: [Sample.host("H2", invited: .integer(12))]))
        #expect(projection.rollup(.place).decimal("hosts.invited") == "12")
    }

    @Test("a column has a value when some row has one, and is not applicable when rows only say so")
    func columns() {
        func figure(_ values: [CellValue?]) -> Figure {
            let rows = values.enumerated().map { Sample.host("H\($0.offset)", invited: $0.element) }
            return Sample.accepted("zhengzhou", rows: rows).figures["hosts.invited"]
        }
        #expect(figure([]) == .missing)
        #expect(figure([nil, nil]) == .missing)
        for values in permutations([CellValue.notApplicable, .integer(2), nil, .integer(3)]) {
            #expect(figure(values) == .value(billionths: 5_000_000_000))
        }
        #expect(figure([nil, .notApplicable]) == .notApplicable)
    }

    @Test("what happens to an organisation later changes neither who is expected nor where it counts (case 8)")
    func frozenExpectation() {
        let reports = Sample.units.map { Sample.accepted($0, [Sample.visitors(10)]) }
        var projection = Sample.projection(reports)
        let before = projection.fingerprint
        projection.register(Sample.organisation("gongyi", "巩义区市场监督管理局", "410200", "kaifeng"))
        projection.register(Sample.organisation("new-county", "新县", "410222", "kaifeng"))
        projection.accept(Sample.accepted("new-county", [Sample.visitors(99)]))
        var renamed = Sample.published
        renamed.campaign.forms[0].reporters = .listed(["new-county"])
        projection.publish(renamed)
        #expect(projection.fingerprint == before)
        for group in projection.rollup(.reportingLine).groups { #expect(group.reported <= group.expected) }
        #expect(projection.completeness.unlisted.map(\.organisation.code) == ["new-county"])
        #expect(projection.completeness.reported == projection.completeness.expected)
    }

    @Test("a form for hosts expects those who have reported")
    func hosts() {
        var published = Sample.published
        published.campaign.forms[0].reporters = .hosts
        var projection = StatisticsProjection()
        projection.publish(published)
        projection.register(Sample.organisation("factory", "郑州某厂", "410181", "zhengzhou", .enterprise))
        projection.accept(Sample.accepted("factory", [Sample.visitors(5)]))
        projection.accept(Sample.accepted("stranger", [Sample.visitors(2)]))
        let line = projection.rollup(.reportingLine)
        #expect(line.groups.map(\.code) == ["", "henan", "zhengzhou", "factory", "stranger"])
        #expect(line.decimal("visitors", of: "zhengzhou") == "5")
        #expect(line.decimal("visitors") == "7")
        #expect(projection.rollup(.place).decimal("visitors", of: "410100") == "5")
        #expect(projection.completeness.units.map(\.organisation.code) == ["factory", "stranger"])
    }

    @Test("who may see a line sees that line and its total")
    func visibility() {
        let projection = Sample.projection(Sample.units.map { Sample.accepted($0, [Sample.visitors(1)]) })
        let line = projection.rollup(.reportingLine, .line(of: "kaifeng"))
        #expect(line.groups.map(\.code) == ["", "kaifeng", "kaifeng-qixian", "kaifeng-tongxu"])
        #expect(line.decimal("visitors") == "2")
        let place = projection.rollup(.place, .line(of: "zhengzhou"))
        #expect(place.groups.map(\.code) == ["", "410000", "410100", "zhengzhou"])
        let own = projection.rollup(.reportingLine, .line(of: "jiaoyu"))
        #expect(own.groups.map(\.code) == ["", "jiaoyu"])
        #expect(projection.rollup(.reportingLine, .line(of: "nobody")).groups.map(\.expected) == [0])
    }
}
