import Cryptography
import Journal
import Reporting
import Testing

@Suite("A receipt verifies offline")
struct ReceiptTests {
    static let report = AcceptedReport(
        campaign: "henan-2019-open-day", form: "open-day-summary", formVersion: 1, reportingUnit: "henan-zhengzhou",
        reportVersion: 2, digest: JournalHash(repeatElement(9, count: 32))!, timeliness: .onTime, correctedLate: true)

    /// A receipt in a group commit of so many entries.
    static func receipt(key: SigningKey, index: Int = 2, of count: Int = 5) throws -> Receipt {
        let epoch = JournalEpoch(repeatElement(3, count: 16))!
        let entry = LogEntry(
            kind: AcceptedReport.journalKind, sealedUnixMicroseconds: 1_567_267_200_000_000,
            statement: report.statement, bodyHash: JournalHash(repeatElement(5, count: 32))!)
        let leaves = (0..<count).map {
            $0 == index
                ? entry.leafHash(Sample.sha256) : JournalHash(repeatElement(UInt8(100 + $0), count: 32))!
        }
        let tree = GroupTree(before: CompactRange(), leaves: leaves, Sample.sha256)
        let origin = try #require(
            LogOrigin.of(trustDomain: "quality.example", service: "submission", epoch: epoch))
        let signer = NoteSigner(
            key: try NoteKey(name: origin, publicKey: key.verifyingKey.rawRepresentation, Sample.sha256)
        ) { try key.signature(for: $0) }
        let checkpoint = try Checkpoint(origin: origin, size: tree.size, root: tree.root).signed(by: [signer])
        let proof = try #require(tree.inclusionProof(of: UInt64(index)))
        return try #require(
            Receipt(
                LogProof(entry: entry, index: UInt64(index), path: proof.path, checkpoint: checkpoint), epoch: epoch))
    }

    static func fault(_ receipt: Receipt, _ key: VerifyingKey) -> Receipt.Fault? {
        receipt.fault(publicKey: key.rawRepresentation, Sample.sha256) { key, signature, text in
            (try? VerifyingKey(rawRepresentation: key.publicKey))?.isValid(signature: signature, for: text) ?? false
        }
    }

    @Test("a right receipt holds, against its own key only")
    func right() throws {
        let key = try SigningKey.generate()
        let receipt = try Self.receipt(key: key)
        #expect(Self.fault(receipt, key.verifyingKey) == nil)
        #expect(Self.fault(receipt, try SigningKey.generate().verifyingKey) == .proof(.checkpoint(.note(.noKnownKey))))
    }

    @Test("every altered fact breaks it")
    func alteredFacts() throws {
        let key = try SigningKey.generate()
        let receipt = try Self.receipt(key: key)
        let alterations: [(inout AcceptedReport) -> Void] = [
            { $0.campaign = "x" }, { $0.form = "x" }, { $0.formVersion = 2 }, { $0.reportingUnit = "henan-kaifeng" },
            { $0.reportVersion = 3 }, { $0.digest = .zero }, { $0.timeliness = .late }, { $0.correctedLate = false },
        ]
        for alter in alterations {
            var report = receipt.report
            alter(&report)
            let altered = Receipt(
                report: report, position: receipt.position, sealedUnixMicroseconds: receipt.sealedUnixMicroseconds,
                bodyHash: receipt.bodyHash, path: receipt.proof.path, checkpoint: receipt.proof.checkpoint)
            #expect(Self.fault(altered, key.verifyingKey) == .proof(.inclusion(.otherRoot)))
        }
        let elsewhere = Receipt(
            report: receipt.report,
            position: JournalPosition(epoch: JournalEpoch(repeatElement(4, count: 16))!, index: 2),
            sealedUnixMicroseconds: receipt.sealedUnixMicroseconds, bodyHash: receipt.bodyHash,
            path: receipt.proof.path, checkpoint: receipt.proof.checkpoint)
        #expect(Self.fault(elsewhere, key.verifyingKey) == .otherLog(receipt.proof.checkpoint.checkpoint.origin))
    }

    @Test("a flipped bit anywhere in a statement is read as another statement or not at all")
    func flippedStatement() {
        let bytes = Self.report.statement
        #expect(AcceptedReport(statement: bytes) == Self.report)
        for index in bytes.indices {
            for bit in 0..<8 {
                var flipped = bytes
                flipped[index] ^= 1 << bit
                let report = AcceptedReport(statement: flipped)
                #expect(report != Self.report)
                if let report { #expect(report.statement == flipped) }
            }
        }
        #expect(AcceptedReport(statement: bytes + [0]) == nil)
    }
}
