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
    static func receipt(key: SigningKey, leafIndex: Int = 2, leafCount: Int = 5) throws -> Receipt {
        let epoch = JournalEpoch(repeatElement(3, count: 16))!
        let header = JournalEntryHeader(
            position: JournalPosition(epoch: epoch, partition: 1, sequence: 7),
            previousHash: JournalHash(repeatElement(4, count: 32))!, sealedUnixMicroseconds: 1_567_267_200_000_000,
            kind: AcceptedReport.journalKind, statement: report.statement,
            bodyHash: JournalHash(repeatElement(5, count: 32))!)
        let entries = (0..<leafCount).map {
            $0 == leafIndex ? header.hash(Sample.sha256) : JournalHash(repeatElement(UInt8(100 + $0), count: 32))!
        }
        let tree = JournalTree(entries: entries, Sample.sha256)
        var seal = JournalSeal(
            epoch: epoch, number: 11, unixMicroseconds: header.sealedUnixMicroseconds, leafCount: UInt64(leafCount),
            root: tree.root, keyID: key.verifyingKey.id)
        seal.signature = try key.signature(for: seal.statement)
        return try #require(
            Receipt(
                JournalProof(
                    header: header, leafIndex: UInt64(leafIndex), path: tree.path(to: leafIndex), seal: seal)))
    }

    static func fault(_ receipt: Receipt, _ key: VerifyingKey) -> Receipt.Fault? {
        receipt.fault(publicKey: key.rawRepresentation, Sample.sha256) { signature, statement, raw in
            (try? VerifyingKey(rawRepresentation: raw))?.isValid(signature: signature, for: statement) ?? false
        }
    }

    @Test("a right receipt holds, against its own key only")
    func right() throws {
        let key = try SigningKey.generate()
        let receipt = try Self.receipt(key: key)
        #expect(Self.fault(receipt, key.verifyingKey) == nil)
        #expect(Self.fault(receipt, try SigningKey.generate().verifyingKey) == .otherKey)
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
                report: report, position: receipt.proof.header.position,
                previousHash: receipt.proof.header.previousHash, bodyHash: receipt.proof.header.bodyHash,
                leafIndex: receipt.proof.leafIndex, path: receipt.proof.path, seal: receipt.proof.seal)
            #expect(Self.fault(altered, key.verifyingKey) == .proof(.brokenPath))
        }
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
