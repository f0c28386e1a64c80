internal import Journal
public import Messages
internal import RPC
public import Reporting

extension TypeV1.Receipt {
    public init(_ receipt: Receipt) {
        let report = receipt.report
        self.init(
            position: TypeV1.JournalPosition(receipt.position), sealedUnixUs: receipt.sealedUnixMicroseconds,
            campaign: report.campaign, form: report.form, formVersion: report.formVersion,
            reportingUnit: report.reportingUnit, reportVersion: report.reportVersion, digest: report.digest.bytes,
            bodyDigest: receipt.bodyHash.bytes, timeliness: TypeV1.Timeliness(report.timeliness),
            correctedLate: report.correctedLate, path: receipt.proof.path.map(\.bytes),
            checkpoint: receipt.proof.checkpoint.description)
    }
}

extension Receipt {
    /// Reads a receipt's message. Throws when a hash is not 32 bytes, the epoch not 16, or a value unknown.
    public init(_ message: TypeV1.Receipt) throws(TranslationError) {
        func hash(_ bytes: [UInt8], _ name: String) throws(TranslationError) -> JournalHash {
            guard let hash = JournalHash(bytes) else {
                throw TranslationError("/\(name)", "应为\(JournalHash.byteCount)字节，实为\(bytes.count)字节")
            }
            return hash
        }
        guard let position = message.position.flatMap({ JournalPosition($0) }) else {
            throw TranslationError("/position", "缺少日志位置，或纪元不是\(JournalEpoch.byteCount)字节")
        }
        guard let timeliness = Timeliness(message.timeliness) else {
            throw TranslationError("/timeliness", "时效标记\(message.timeliness.rawValue)无法识别")
        }
        var path: [JournalHash] = []
        for element in message.path { path.append(try hash(element, "path")) }
        let report = AcceptedReport(
            campaign: message.campaign, form: message.form, formVersion: message.formVersion,
            reportingUnit: message.reportingUnit, reportVersion: message.reportVersion,
            digest: try hash(message.digest, "digest"), timeliness: timeliness, correctedLate: message.correctedLate)
        let checkpoint: SignedCheckpoint
        do throws(SignedCheckpoint.Malformed) {
            checkpoint = try SignedCheckpoint(parsing: Array(message.checkpoint.utf8))
        } catch {
            throw TranslationError("/checkpoint", "不是检查点：\(error)")
        }
        self.init(
            report: report, position: position, sealedUnixMicroseconds: message.sealedUnixUs,
            bodyHash: try hash(message.bodyDigest, "body_digest"), path: path, checkpoint: checkpoint)
    }

    /// Reads an encoded receipt, the bytes of a `quality.type.v1.Receipt`, and refuses all but its one encoding.
    ///
    /// Protobuf reads many byte strings as the same message (numbers with needless bytes, unknown fields, any non-zero
    /// byte as true). A receipt is evidence: with only one encoding allowed, no bit of the file can be changed
    /// unnoticed.
    public init(encoded bytes: [UInt8]) throws(TranslationError) {
        let message: TypeV1.Receipt
        let again: [UInt8]
        do {
            message = try TypeV1.Receipt.decode(bytes)
            again = try message.encodedBytes()
        } catch {
            throw TranslationError("", "不是回执：\(error.message)")
        }
        guard again == bytes else { throw TranslationError("", "回执的编码不规范，可能被改动过") }
        try self.init(message)
    }
}
