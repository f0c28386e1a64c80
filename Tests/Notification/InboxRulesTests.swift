import Journal
import NotificationRules
import Reporting
import Testing

@Suite("What is told, to whom") struct InboxRulesTests {
    @Test("a published campaign is told once to each expected reporter, and lists its own forms only")
    func announcement() {
        let items = InboxItem.announcing(Sample.campaign, index: 7, sealedUnixMicroseconds: Sample.instant)
        #expect(items.map(\.organisation) == ["zhengzhou", "kaifeng"])
        #expect(items.allSatisfy { $0.form.isEmpty && $0.occurredUnixMicroseconds == Sample.instant })
        let zhengzhou = InboxText(items[0], campaign: Sample.campaign)
        #expect(zhengzhou.subject == "【活动发布】河南省2019年“质量开放日”活动")
        #expect(
            zhengzhou.body == """
                河南省2019年“质量开放日”活动（豫市监办〔2019〕26号）已发布，请贵单位按时报送：
                1. 附件2 《活动安排表》：2019年9月1日前（含当日）报送；2019年12月31日后不再受理。
                活动主题：质量开放日
                """)
        let kaifeng = InboxText(items[1], campaign: Sample.campaign).body
        #expect(kaifeng.contains("2. 附件3 《活动总结表》：2019年10月10日前（含当日）报送"))
    }

    @Test("an accepted report is told to its unit, with version, timeliness and the receipt's position")
    func acknowledgement() {
        let text = InboxText(Sample.received("kaifeng", index: 42), campaign: Sample.campaign)
        #expect(text.subject == "【已收到】《活动总结表》第1版")
        #expect(
            text.body == """
                贵单位报送的河南省2019年“质量开放日”活动《活动总结表》第1版已收到并登记。
                登记时间：2019-09-01 23:59:59.999（北京时间）
                时效：按时
                回执位置：\(String(repeating: "ab", count: 16)) / 42
                内容摘要（SHA-256）：\(String(repeating: "01", count: 32))
                """)
    }

    @Test("timeliness is said as it was decided", arguments: Timeliness.allCases)
    func timeliness(mark: Timeliness) {
        let item = InboxItem.acknowledging(
            Sample.accepted("kaifeng", version: 2, mark, correctedLate: mark == .onTime), findings: [Sample.notice],
            position: JournalPosition(epoch: Sample.epoch, index: 1),
            sealedUnixMicroseconds: Sample.instant)
        let body = InboxText(item, campaign: nil).body
        let expected =
            switch mark {
            case .onTime: "时效：按时，逾期更正"
            case .onTimeByExtension: "时效：按时（经延期）"
            case .late: "时效：逾期"
            }
        #expect(body.contains(expected))
        #expect(body.contains("1. 【提示性】人数偏多（/cells/visitors）"))
        // The campaign is not known yet: its code stands for it.
        #expect(body.contains("henan-2019-open-day《summary》第2版"))
    }

    @Test("a refused report is told to its unit with every reason")
    func refusal() {
        let text = InboxText(Sample.rejected("kaifeng"), campaign: Sample.campaign)
        #expect(text.subject == "【未受理】《活动总结表》")
        #expect(text.body.contains("原因：内容不符合填报要求\n1. 【强制性】总数应等于公众与企业人员之和（/cells/visitors_total）"))
        let locked = Sample.rejected(
            "kaifeng", code: 9, message: "form summary: locked: ask for an extension", findings: [])
        #expect(
            InboxText(locked, campaign: nil).body
                .contains("原因：该表已停止受理，或表的版本不符（form summary: locked: ask for an extension）"))
        let many = Sample.rejected("kaifeng", findings: Array(repeating: Sample.finding, count: 53))
        #expect(InboxText(many, campaign: nil).body.contains("其余3项见报送时的答复。"))
    }

    @Test("the same rejection twice is one message; another digest or finding is another")
    func identityOfRejections() {
        let first = Sample.rejected("kaifeng", index: 1).identity(sha256)
        #expect(Sample.rejected("kaifeng", index: 9, at: Sample.instant + 5).identity(sha256) == first)
        let others = [
            Sample.rejected("zhengzhou"), Sample.rejected("kaifeng", digest: 2), Sample.rejected("kaifeng", code: 9),
            Sample.rejected("kaifeng", findings: [Sample.finding, Sample.notice]),
            Sample.rejected("kaifeng", findings: [Sample.notice]), Sample.rejected("kaifeng", message: "another"),
        ]
        #expect(!others.map { $0.identity(sha256) }.contains(first))
    }

    @Test("a message is the same in a journal made anew")
    func identityAcrossEpochs() {
        let item = Sample.received("kaifeng")
        let again = InboxItem.acknowledging(
            Sample.accepted("kaifeng"), findings: [],
            position: JournalPosition(epoch: JournalEpoch(Array(repeating: 1, count: 16))!, index: 1),
            sealedUnixMicroseconds: Sample.instant + 1_000_000)
        #expect(item.identity(sha256) == again.identity(sha256))
        #expect(item.identity(sha256) != Sample.received("kaifeng", index: 2).identity(sha256))
    }

    private static let change = InboxFact.EpochChange(
        earlierEpoch: JournalEpoch(Array(repeating: 1, count: 16))!, earlierSize: 40,
        stateUnixMicroseconds: Sample.instant, reason: "机房火灾")

    @Test("units are told which receipts of an earlier epoch hold, and what is to be pushed again")
    func epochBegun() {
        let items = InboxItem.telling(
            ["kaifeng", "zhengzhou"], of: Self.change, index: 40, sealedUnixMicroseconds: Sample.instant)
        #expect(items.map(\.organisation) == ["kaifeng", "zhengzhou"])
        let text = InboxText(items[0], campaign: nil)
        #expect(text.subject == "【系统恢复】请核对此前的回执")
        #expect(text.body.contains("序号小于40的：报告仍在系统中"))
        #expect(text.body.contains("序号为40及以上的：报告已丢失"))
        #expect(text.body.contains("原因：机房火灾"))
    }

    @Test("ids grow with time, differ within an instant, and fit a store's integer")
    func ids() {
        func id(_ source: InboxSource, _ index: UInt64, _ instant: Int64) -> UInt64 {
            InboxItem.id(of: source, index: index, occurredUnixMicroseconds: instant)
        }
        let now = Sample.instant
        #expect(id(.submission, 1, now) < id(.registry, 0, now + 1000))
        #expect(id(.submission, 1 << 30, now) < id(.registry, 0, now + 1000))
        #expect(
            Set((1...5000).map { id(.submission, $0, now) } + (1...5000).map { id(.registry, $0, now) }).count == 10_000
        )
        #expect(id(.submission, .max, 4_398_046_511_103_999) <= UInt64(Int64.max))
        #expect(id(.registry, 1, -1) == 1)
    }

    @Test("facts survive their bytes; other bytes are refused")
    func factBytes() {
        let facts: [InboxFact] = [
            .campaignPublished, Sample.received("kaifeng", findings: [Sample.notice, Sample.finding]).fact,
            Sample.rejected("kaifeng").fact, .epochBegun(Self.change),
        ]
        for fact in facts {
            let bytes = fact.bytes
            #expect(InboxFact(bytes: bytes) == fact)
            for length in bytes.indices { #expect(InboxFact(bytes: Array(bytes[..<length])) == nil) }
            #expect(InboxFact(bytes: bytes + [0]) == nil)
        }
    }
}
