public import Journal

/// What a receipt acknowledges: these facts, and no others, are signed.
public struct AcceptedReport: Sendable, Hashable {
    /// The kind of the journal entries whose statement is ``statement``.
    public static let journalKind = "report.accepted"

    public var campaign: String
    public var form: String
    public var formVersion: UInt32
    /// The reporting unit's organisation code.
    public var reportingUnit: String
    /// From 1.
    public var reportVersion: UInt64
    /// The canonical digest of the report's content (``ReportDigest``).
    public var digest: JournalHash
    /// Of the first version, for ever.
    public var timeliness: Timeliness
    /// A first report that was on time and was corrected after the due instant.
    public var correctedLate: Bool

    public init(
        campaign: String, form: String, formVersion: UInt32, reportingUnit: String, reportVersion: UInt64,
        digest: JournalHash, timeliness: Timeliness, correctedLate: Bool
    ) {
        self.campaign = campaign
        self.form = form
        self.formVersion = formVersion
        self.reportingUnit = reportingUnit
        self.reportVersion = reportVersion
        self.digest = digest
        self.timeliness = timeliness
        self.correctedLate = correctedLate
    }

    /// The statement of the journal entry: "quality report accepted 1\0", campaign, form (texts), form version (u32),
    /// reporting unit (text), report version (u64), digest (32 bytes), timeliness (u8: 1 on time, 2 on time by
    /// extension, 3 late), corrected late (u8: 0 or 1).
    public var statement: [UInt8] {
        let textBytes = campaign.utf8.count + form.utf8.count + reportingUnit.utf8.count
        var encoding = JournalEncoding(capacityBytes: 96 + textBytes)
        encoding.append(tag: "quality report accepted 1")
        encoding.append(campaign)
        encoding.append(form)
        encoding.append(formVersion)
        encoding.append(reportingUnit)
        encoding.append(reportVersion)
        encoding.append(fixed: digest)
        encoding.append(timeliness.rawValue)
        encoding.append(UInt8(correctedLate ? 1 : 0))
        return encoding.bytes
    }

    /// Reads a statement back; `nil` unless it is exactly what ``statement`` writes.
    public init?(statement: [UInt8]) {
        var reader = CanonicalReader(statement)
        guard reader.skip(tag: "quality report accepted 1"), let campaign = reader.text(), let form = reader.text(),
            let formVersion = reader.integer(UInt32.self), let unit = reader.text(),
            let reportVersion = reader.integer(UInt64.self),
            let digest = reader.bytes(JournalHash.byteCount).flatMap({ JournalHash($0) }),
            let timeliness = reader.integer(UInt8.self).flatMap(Timeliness.init(rawValue:)),
            let correctedLate = reader.integer(UInt8.self), correctedLate <= 1, reader.isAtEnd
        else { return nil }
        self.init(
            campaign: campaign, form: form, formVersion: formVersion, reportingUnit: unit,
            reportVersion: reportVersion, digest: digest, timeliness: timeliness, correctedLate: correctedLate == 1)
    }
}

/// The proof that a report was durably accepted (回执). It verifies offline, against the service's public key.
public struct Receipt: Sendable, Hashable {
    public let report: AcceptedReport
    public let epoch: JournalEpoch
    /// Its entry is the one whose statement is the report's.
    public let proof: LogProof
    private let entry: LogEntry

    /// `nil` when the proof is not one of an accepted report.
    public init?(_ proof: LogProof, epoch: JournalEpoch) {
        guard let entry = proof.entry, entry.kind == AcceptedReport.journalKind,
            let report = AcceptedReport(statement: entry.statement)
        else { return nil }
        self.report = report
        self.epoch = epoch
        self.proof = proof
        self.entry = entry
    }

    /// Puts a receipt together from what its message carries.
    public init(
        report: AcceptedReport, position: JournalPosition, sealedUnixMicroseconds: Int64, bodyHash: JournalHash,
        path: [JournalHash], checkpoint: SignedCheckpoint
    ) {
        self.report = report
        epoch = position.epoch
        entry = LogEntry(
            kind: AcceptedReport.journalKind, sealedUnixMicroseconds: sealedUnixMicroseconds,
            statement: report.statement, bodyHash: bodyHash)
        proof = LogProof(entry: entry, index: position.index, path: path, checkpoint: checkpoint)
    }

    public var position: JournalPosition { JournalPosition(epoch: epoch, index: proof.index) }

    public var sealedUnixMicroseconds: Int64 { entry.sealedUnixMicroseconds }

    /// SHA-256 of the log entry's body.
    public var bodyHash: JournalHash { entry.bodyHash }

    /// What is wrong with a receipt.
    public enum Fault: Sendable, Hashable {
        /// Its checkpoint is of the log of another epoch, or of none of ours.
        case otherLog(String)
        case proof(LogProof.Fault)
    }

    /// Checks the receipt against the service's key; `nil` when it holds. The log that it is of is named by the receipt itself,
    /// and must be one of the receipt's epoch.
    ///
    /// - Parameters:
    ///   - publicKey: raw Ed25519, 32 bytes.
    ///   - isValid: whether a signature is one of a text by that key.
    public func fault(
        publicKey: [UInt8], _ sha256: JournalHashFunction, isValid: NoteSignatureCheck
    ) -> Fault? {
        let origin = proof.checkpoint.checkpoint.origin
        guard LogOrigin.epoch(of: origin) == epoch, let key = try? NoteKey(name: origin, publicKey: publicKey, sha256)
        else { return .otherLog(origin) }
        return proof.fault(origin: origin, keys: [key], sha256, isValid: isValid).map(Fault.proof)
    }
}
