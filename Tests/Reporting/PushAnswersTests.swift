import Cryptography
import Journal
import Messages
import RPC
import Reporting
import ReportingMessages
import Testing

@Suite("The answer to a push, written without its message")
struct PushAnswersTests {
    /// Receipts with every field, and with as few as there can be.
    private static func receipts() throws -> [Receipt] {
        let full = try ReceiptTests.receipt(key: SigningKey.generate())
        let bare = AcceptedReport(
            campaign: "", form: "", formVersion: 0, reportingUnit: "", reportVersion: 0, digest: .zero,
            timeliness: .onTimeByExtension, correctedLate: false)
        let large = AcceptedReport(
            campaign: String(repeating: "质量", count: 50), form: "表", formVersion: .max, reportingUnit: "unit",
            reportVersion: .max, digest: .zero, timeliness: .late, correctedLate: true)
        func receipt(_ report: AcceptedReport, index: UInt64, sealed: Int64, path: [JournalHash]) -> Receipt {
            Receipt(
                report: report, position: JournalPosition(epoch: full.epoch, index: index),
                sealedUnixMicroseconds: sealed, bodyHash: .zero, path: path, checkpoint: full.proof.checkpoint)
        }
        return [
            full, receipt(bare, index: 0, sealed: 0, path: []),
            receipt(large, index: .max, sealed: -1, path: [JournalHash](repeating: full.bodyHash, count: 64)),
        ]
    }

    private static let finding = Finding(pointer: "/cells/a", rule: "share", severity: .verify, message: "请核实")

    @Test("has the bytes of the message")
    func response() throws {
        for receipt in try Self.receipts() {
            for (isRepeated, findings) in [(false, []), (true, [Self.finding, Self.finding])] {
                let written = try WrittenResponse(receipt, isRepeated: isRepeated, findings: findings)
                let message = SubmissionV1.PushResponse(
                    receipt: TypeV1.Receipt(receipt), repeatedPush: isRepeated,
                    findings: findings.map { TypeV1.Finding($0) })
                #expect(try written.encodedBytes() == message.encodedBytes())
                #expect(try written.value() == message)
                #expect(try WrittenResponse.decode(message.encodedBytes()).isRepeated == isRepeated)
            }
        }
    }

    @Test("has one notice in the place of its findings, and nothing else changed, when there is no room for them")
    func withoutFindings() throws {
        let receipt = try Self.receipts()[0]
        var written = try WrittenResponse(receipt, isRepeated: true, findings: [Self.finding, Self.finding])
        #expect(written.findingsByteCount > 0)
        #expect(written.findingsCount == 2)
        let notice = Finding(pointer: "", rule: "more", severity: .notice, message: "未列出")
        try written.replaceFindings(by: notice)
        let expected = try WrittenResponse(receipt, isRepeated: true, findings: [notice])
        #expect(try written.encodedBytes() == expected.encodedBytes())
        #expect(written.findingsByteCount == expected.findingsByteCount)
    }

    @Test("verdicts have the bytes of their message")
    func verdicts() throws {
        let receipts = try Self.receipts()
        let refusal = SubmissionV1.Refusal(
            code: 3, message: "no", detail: TypeV1.ErrorDetail(findings: [TypeV1.Finding(Self.finding)]))
        var written = WrittenVerdicts<SubmissionV1.PushStreamResponse>()
        var message = SubmissionV1.PushStreamResponse()
        #expect(try written.encodedBytes().isEmpty)
        for index in 0..<200 {
            let key = String(repeating: "k", count: index % 65)
            let outcome: SubmissionV1.Verdict.Outcome
            if index % 4 < receipts.count {
                let response = try WrittenResponse(receipts[index % 4], isRepeated: false, findings: [])
                try written.append(response, idempotencyKey: key)
                outcome = .accepted(try response.value())
            } else {
                try written.append(refusal, idempotencyKey: key)
                outcome = .refused(refusal)
            }
            message.verdicts.append(
                SubmissionV1.Verdict(index: UInt32(index), idempotencyKey: key, outcome: outcome))
        }
        #expect(try written.encodedBytes() == message.encodedBytes())
        #expect(try written.value() == message)
        #expect(try WrittenVerdicts<SubmissionV1.PushStreamResponse>.decode(message.encodedBytes()).count == 200)
    }
}
