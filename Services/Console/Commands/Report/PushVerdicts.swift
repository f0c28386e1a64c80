internal import ConsoleFiles
internal import MessageJSON
internal import Messages
internal import RPC
internal import Wire

/// What became of each report that was sent.
struct PushVerdicts {
    private let entries: [(item: PushItem, verdict: SubmissionV1.Verdict)]

    init(items: [PushItem], verdicts: [SubmissionV1.Verdict]) {
        entries = Array(zip(items, verdicts))
    }

    var accepted: Int { entries.count - refused }
    var refused: Int {
        entries.count {
            if case .accepted = $0.verdict.outcome { false } else { true }
        }
    }

    /// Writes every receipt to its own file, named for what it is the receipt of.
    func keepReceipts(in directory: String) throws(CommandFailure) {
        for entry in entries {
            guard case .accepted(let response) = entry.verdict.outcome, let receipt = response.receipt else { continue }
            let path = "\(directory)/\(receipt.fileName)"
            try ConsoleEnvironment.write(Array((receipt.json.written() + "\n").utf8), to: path)
        }
    }

    /// That something could not be written here, for a person who must know what was done all the same.
    func unwritten(_ failure: CommandFailure) -> CommandFailure {
        CommandFailure(
            .output,
            "\(failure.message); \(accepted) of \(entries.count) reports are accepted all the same: make room and run "
                + "the same command again, nothing counts twice and their receipts come again")
    }

    func written(as format: OutputFormat) -> String {
        switch format {
        case .json: return JSONValue.array(entries.map { Self.json($0.item, $0.verdict) }).written()
        case .csv: return table.writtenAsCSV
        case .table:
            let details = entries.flatMap { Self.details($0.item, $0.verdict) }
            let total = "\(entries.count) reports: \(accepted) accepted, \(refused) refused"
            return ([table.written] + (details.isEmpty ? [] : [""] + details) + ["", total]).joined(separator: "\n")
        }
    }

    private var table: TextTable {
        var table = TextTable([
            .init("from"), .init("unit"), .init("form"), .init("verdict"), .init("version", .right),
            .init("timeliness"), .init("sealed (Asia/Shanghai)"), .init("journal"),
        ])
        for (item, verdict) in entries {
            let start = [item.source.description, item.report.reportingUnit, item.report.form]
            switch verdict.outcome {
            case .accepted(let response):
                let receipt = response.receipt ?? TypeV1.Receipt()
                table.append(
                    start + [
                        response.repeatedPush ? "accepted before" : "accepted", String(receipt.reportVersion),
                        receipt.timeliness.words + (receipt.correctedLate ? ", corrected late" : ""),
                        shanghaiTime(receipt.sealedUnixUs), receipt.position?.words ?? "-",
                    ])
            case .refused(let refusal):
                table.append(start + ["refused: \(refusal.codeName)", "-", "-", "-", "-"])
            case nil:
                table.append(start + ["refused: no verdict", "-", "-", "-", "-"])
            }
        }
        return table
    }

    /// The findings under a report, and what was refused besides.
    private static func details(_ item: PushItem, _ verdict: SubmissionV1.Verdict) -> [String] {
        let title = "\(item.source): \(item.report.reportingUnit)"
        switch verdict.outcome {
        case .accepted(let response):
            return response.findings.isEmpty
                ? [] : ["\(title): accepted, with remarks"] + response.findings.map(\.words)
        case .refused(let refusal):
            return ["\(title): \(refusal.codeName): \(refusal.message)"]
                + (refusal.detail?.findings ?? []).map(\.words)
        case nil:
            return ["\(title): the service gave no verdict"]
        }
    }

    private static func json(_ item: PushItem, _ verdict: SubmissionV1.Verdict) -> JSONValue {
        let source = JSONValue.text(item.source.description)
        let unit = JSONValue.text(item.report.reportingUnit)
        let key = JSONValue.text(item.request.idempotencyKey)
        switch verdict.outcome {
        case .accepted(let response):
            return .object([
                "from": source, "reporting_unit": unit, "idempotency_key": key, "verdict": .text("accepted"),
                "repeated": .flag(response.repeatedPush), "receipt": response.receipt?.json ?? .null,
                "findings": .array(response.findings.map(\.json)),
            ])
        case .refused(let refusal):
            return .object([
                "from": source, "reporting_unit": unit, "idempotency_key": key, "verdict": .text("refused"),
                "code": .text(refusal.codeName), "message": .text(refusal.message),
                "findings": .array((refusal.detail?.findings ?? []).map(\.json)),
            ])
        case nil:
            return .object([
                "from": source, "reporting_unit": unit, "idempotency_key": key, "verdict": .text("none"),
            ])
        }
    }
}

extension SubmissionV1.Refusal {
    fileprivate var codeName: String {
        UInt8(exactly: code).flatMap(StatusCode.init(rawValue:))?.name ?? "code \(code)"
    }
}

extension TypeV1.Finding {
    fileprivate var json: JSONValue {
        .object([
            "pointer": .text(pointer), "rule": .text(rule), "severity": .text(severity.words),
            "message": .text(message),
        ])
    }
}

extension TypeV1.JournalPosition {
    /// A short name of the place, within one epoch.
    var words: String { String(index) }
}
