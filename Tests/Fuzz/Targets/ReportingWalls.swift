internal import ConsoleFiles
internal import MessageRuntime
internal import Messages
internal import RPC
internal import Reporting
internal import ReportingMessages

enum FormWall {
    static func run(_ bytes: UnsafeRawBufferPointer) {
        guard let message = try? RegistryV1.FormDefinition.decode(bytes),
            let form = try? FormDefinition(message)
        else { return }
        _ = form.problems()
        // The domain value says what the message said.
        precondition((try? FormDefinition(RegistryV1.FormDefinition(form))) == form)
    }
}

/// A report as a push brings it, for a form with every kind of field, personal ones and a table.
enum ReportWall {
    private static let checker = FormChecker(
        FormDefinition(
            code: "f", version: 1, title: "表",
            fields: [
                FieldDefinition(code: "n", label: "数", kind: .integer, unit: "个", isRequired: true, minimum: .zero),
                FieldDefinition(code: "m", label: "数", kind: .decimal, unit: "个", decimals: 2),
                FieldDefinition(code: "t", label: "文", kind: .text, textLimitScalars: 3, isPersonal: true),
                FieldDefinition(code: "b", label: "否", kind: .flag),
                FieldDefinition(code: "d", label: "日", kind: .date),
            ],
            tables: [
                TableDefinition(
                    code: "r", label: "行",
                    fields: [
                        FieldDefinition(code: "n", label: "数", kind: .integer, isRequired: true),
                        FieldDefinition(code: "t", label: "文", kind: .text, isPersonal: true),
                    ], maximumRows: 3)
            ],
            rules: [LinearRule(code: "x", left: [.init(field: "n")], comparison: .atMost, right: [.init(field: "m")])],
            reporters: .hosts, dueDate: CivilDate(parsing: "2019-10-10")!, lockDate: CivilDate(parsing: "2019-12-31")!))

    static func run(_ bytes: UnsafeRawBufferPointer) {
        guard let message = try? SubmissionV1.Report.decode(bytes) else { return }
        var malformed: [Finding] = []
        let report = Report(message, malformed: &malformed)
        let check = checker.check(report, malformed: malformed)
        precondition(
            check.findings.count <= malformed.count + FormChecker.maximumFindings + 1, "findings without a bound")
        precondition(malformed.isEmpty || !check.isAcceptable, "what cannot be read is accepted")
        precondition(!check.isMalformed || !check.isAcceptable, "what is no report is accepted")
        if let (lentCheck, lentBytes) = lent(bytes) {
            precondition(malformed.isEmpty && lentCheck == check, "looked at where it lies a report is another")
            precondition(
                (try? SubmissionV1.ReportAccepted.decode(lentBytes).report) == message,
                "what is journaled is another report than what came")
        }
        guard check.isAcceptable else { return }
        // In whatever order it was sent.
        var turned = report
        turned.cells.reverse()
        turned.rows.reverse()
        precondition(
            ReportDigest.canonicalBytes(of: turned) == ReportDigest.canonicalBytes(of: report),
            "a report has two digests")
    }

    /// What is found, and what is journaled, when a push with this report is looked at where it lies.
    private static func lent(_ report: UnsafeRawBufferPointer) -> (ReportCheck, [UInt8])? {
        var bytes: [UInt8] = [0x0A]
        var length = report.count
        while length >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: length) | 0x80)
            length >>= 7
        }
        bytes += [UInt8(length)] + report
        return try? ReceivedPush.decode(bytes).read { push throws(RPCError) in
            try push.report().map { (checker.check($0), Array(push.reportField(in: bytes[...]))) }
        }
    }
}

/// Messages with many pushes.
enum BatchWall {
    static func run(_ bytes: UnsafeRawBufferPointer) {
        let items = (try? ReceivedBatch.decode(bytes))?.items.map { try? $0.value() }
        if let batch = try? SubmissionV1.PushBatchRequest.decode(bytes) {
            precondition(items == batch.items, "looked at where they lie, a batch's items are others")
            precondition((try? ReceivedBatch.decode(bytes))?.atomicity == batch.atomicity, "a batch is another")
        }
        let item = (try? ReceivedStreamItem.decode(bytes))?.item
        if let request = try? SubmissionV1.PushStreamRequest.decode(bytes) {
            precondition(
                (try? item?.value()) == request.item ?? SubmissionV1.PushRequest(),
                "looked at where it lies, a stream's item is another")
        }
    }
}

enum ReceiptWall {
    static func run(_ bytes: UnsafeRawBufferPointer) {
        let bytes = Array(bytes)
        if let report = AcceptedReport(statement: bytes) {
            precondition(report.statement == bytes, "a statement has two encodings")
        }
        if let receipt = try? Receipt(encoded: bytes) {
            precondition((try? TypeV1.Receipt(receipt).encodedBytes()) == bytes, "a receipt has two encodings")
        }
    }
}

enum ReportFileWall {
    static func run(_ bytes: UnsafeRawBufferPointer) {
        guard let kind = bytes.first else { return }
        let content = Array(bytes.dropFirst())
        switch kind % 3 {
        case 0: _ = try? ReportDraft.drafts(csv: content, file: "fuzz.csv", defaults: DraftDefaults())
        case 1: _ = try? ReportDraft.drafts(json: content, file: "fuzz.json", defaults: DraftDefaults())
        default: _ = try? CampaignFile.read(content, name: "fuzz.yaml")
        }
    }
}
