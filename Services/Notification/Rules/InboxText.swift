internal import Journal
public import Reporting

/// An inbox item in words, for the people who must act: Chinese, with the titles as printed. A campaign that is not
/// known (yet) is named by its code.
public struct InboxText: Sendable, Hashable {
    public var subject: String
    public var body: String

    /// Findings beyond this many are counted, not listed: the answer to the push had them all.
    public static let findingLimit = 50

    public init(_ item: InboxItem, campaign: Campaign?) {
        switch item.fact {
        case .campaignPublished: self = Self.announcement(item, campaign)
        case .reportReceived(let received): self = Self.acknowledgement(item, received, campaign)
        case .reportRejected(let rejected): self = Self.refusal(item, rejected, campaign)
        case .epochBegun(let change): self = Self.restoration(item, change)
        }
    }

    private init(subject: String, lines: [String]) {
        self.subject = subject
        body = lines.joined(separator: "\n")
    }

    private static func announcement(_ item: InboxItem, _ campaign: Campaign?) -> InboxText {
        let title = campaign?.title ?? item.campaign
        let numbers = campaign?.notices.map(\.documentNumber).filter { !$0.isEmpty } ?? []
        let forms = campaign?.forms.filter { $0.expectedReporters.contains(item.organisation) } ?? []
        var lines = ["\(title)\(numbers.isEmpty ? "" : "（\(numbers.joined(separator: "、"))）")已发布，请贵单位按时报送："]
        for (index, form) in forms.enumerated() {
            let annex = form.annex.isEmpty ? "" : "\(form.annex) "
            lines.append(
                "\(index + 1). \(annex)《\(form.title)》：\(day(form.dueDate))前（含当日）报送；\(day(form.lockDate))后不再受理。")
        }
        if let theme = campaign?.theme, !theme.isEmpty { lines.append("活动主题：\(theme)") }
        return InboxText(subject: "【活动发布】\(title)", lines: lines)
    }

    private static func acknowledgement(
        _ item: InboxItem, _ received: InboxFact.Received, _ campaign: Campaign?
    ) -> InboxText {
        let form = formTitle(item, campaign)
        var lines = [
            "贵单位报送的\(campaign?.title ?? item.campaign)《\(form)》第\(received.version)版已收到并登记。",
            "登记时间：\(time(item.occurredUnixMicroseconds))（北京时间）",
            "时效：\(timeliness(received))",
            "回执位置：\(hexadecimal(received.position.epoch.bytes)) / \(received.position.index)",
            "内容摘要（SHA-256）：\(hexadecimal(received.digest))",
        ]
        if !received.findings.isEmpty {
            lines.append("另有下列各项供核对：")
            lines += list(received.findings)
        }
        return InboxText(subject: "【已收到】《\(form)》第\(received.version)版", lines: lines)
    }

    private static func refusal(
        _ item: InboxItem, _ rejected: RejectedReport, _ campaign: Campaign?
    ) -> InboxText {
        let form = formTitle(item, campaign)
        var lines = [
            "贵单位报送的\(campaign?.title ?? item.campaign)《\(form)》未被受理，请改正后重新报送。",
            "报送时间：\(time(item.occurredUnixMicroseconds))（北京时间）",
            "原因：\(reason(rejected))",
        ]
        lines += list(rejected.findings)
        if !rejected.digest.isEmpty { lines.append("内容摘要（SHA-256）：\(hexadecimal(rejected.digest))") }
        return InboxText(subject: "【未受理】《\(form)》", lines: lines)
    }

    private static func restoration(_ item: InboxItem, _ change: InboxFact.EpochChange) -> InboxText {
        let state =
            change.stateUnixMicroseconds == 0 ? "初始" : "\(time(change.stateUnixMicroseconds))（北京时间）"
        var lines = [
            "报送系统的数据已恢复到\(state)的状态。",
            "请核对贵单位在\(time(item.occurredUnixMicroseconds))之前收到的回执（回执位置斜线后的数字为序号）：",
            "1. 序号小于\(change.earlierSize)的：报告仍在系统中，原回执继续有效；以同一报送编号再次报送，或查询该报告，可取得新的回执。",
            "2. 序号为\(change.earlierSize)及以上的：报告已丢失，请以同一报送编号重新报送。",
        ]
        if !change.reason.isEmpty { lines.append("原因：\(change.reason)") }
        return InboxText(subject: "【系统恢复】请核对此前的回执", lines: lines)
    }

    // MARK: Words

    private static func formTitle(_ item: InboxItem, _ campaign: Campaign?) -> String {
        campaign?.form(item.form)?.title ?? item.form
    }

    private static func timeliness(_ received: InboxFact.Received) -> String {
        let mark =
            switch received.timeliness {
            case .onTime: "按时"
            case .onTimeByExtension: "按时（经延期）"
            case .late: "逾期"
            }
        return received.correctedLate ? "\(mark)，逾期更正" : mark
    }

    /// What the refusal's code means for the unit; what findings say is not said again.
    private static func reason(_ rejected: RejectedReport) -> String {
        let meaning =
            switch rejected.code {
            case 3: "内容不符合填报要求"
            case 5: "活动、表或填报单位不存在"
            case 6: "报送编号已用于其他内容"
            case 7: "无权代该单位报送"
            case 9: "该表已停止受理，或表的版本不符"
            case 10: "已有更新的版本，请以当前版本为基础重新报送"
            default: "未能受理"
            }
        return rejected.findings.isEmpty && !rejected.message.isEmpty ? "\(meaning)（\(rejected.message)）" : meaning
    }

    private static func list(_ findings: [Finding]) -> [String] {
        var lines = findings.prefix(findingLimit).enumerated().map { index, finding in
            let severity =
                switch finding.severity {
                case .blocking: "强制性"
                case .verify: "核实性"
                case .notice: "提示性"
                }
            return "\(index + 1). 【\(severity)】\(finding.message)（\(finding.pointer)）"
        }
        if findings.count > findingLimit { lines.append("其余\(findings.count - findingLimit)项见报送时的答复。") }
        return lines
    }

    private static func day(_ date: CivilDate) -> String { "\(date.year)年\(date.month)月\(date.day)日" }

    private static func time(_ unixMicroseconds: Int64) -> String {
        ShanghaiTime(unixMicroseconds: unixMicroseconds)?.description ?? "不详"
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
