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
    public let proof: JournalProof

    /// `nil` when the proof is not one of an accepted report.
    public init?(_ proof: JournalProof) {
        guard proof.header.kind == AcceptedReport.journalKind,
            let report = AcceptedReport(statement: proof.header.statement)
        else { return nil }
        self.report = report
        self.proof = proof
    }

    /// Puts a receipt together from what its message carries.
    public init(
        report: AcceptedReport, position: JournalPosition, previousHash: JournalHash, bodyHash: JournalHash,
        leafIndex: UInt64, path: [JournalHash], seal: JournalSeal
    ) {
        self.report = report
        proof = JournalProof(
            header: JournalEntryHeader(
                position: position, previousHash: previousHash, sealedUnixMicroseconds: seal.unixMicroseconds,
                kind: AcceptedReport.journalKind, statement: report.statement, bodyHash: bodyHash),
            leafIndex: leafIndex, path: path, seal: seal)
    }

    public var sealedUnixMicroseconds: Int64 { proof.seal.unixMicroseconds }

    /// What is wrong with a receipt.
    public enum Fault: Sendable, Hashable {
        /// It names another key than the one it is checked against.
        case otherKey
        case proof(JournalProof.Fault)
    }

    /// Checks the receipt against the service's raw Ed25519 public key (32 bytes); `nil` when it holds.
    /// `isValidSignature` is handed the signature, the bytes it covers and that key.
    public func fault(
        publicKey: [UInt8], _ sha256: JournalHashFunction,
        isValidSignature: (_ signature: [UInt8], _ statement: [UInt8], _ publicKey: [UInt8]) -> Bool
    ) -> Fault? {
        let keyID = publicKey.withUnsafeBytes { sha256($0) }.bytes.prefix(8)
        guard proof.seal.keyID.elementsEqual(keyID) else { return .otherKey }
        return proof.fault(sha256, isValidSignature: { isValidSignature($0, $1, publicKey) }).map(Fault.proof)
    }
}
