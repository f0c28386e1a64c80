public import Journal
internal import Messages
public import RPC
public import Reporting
internal import ReportingMessages
public import Storage
public import SubmissionRules

/// A push ready for the writer: what the writer's thread would otherwise have to encode and seal is done.
public struct LedgerPush: Sendable {
    public let push: PreparedPush
    /// The encoded `ReportAccepted` without what only the writer knows.
    let body: [UInt8]
    /// Personal values, sealed under the unit's key.
    let personal: [UInt8]?

    /// - Parameters:
    ///   - pushedBy: the caller's identity.
    ///   - personal: the sealed ``PreparedPush/personalValues``; `nil` if there are none.
    public init(_ push: PreparedPush, pushedBy: String, personal: [UInt8]?) throws(RPCError) {
        self.push = push
        self.personal = personal
        body = try SubmissionV1.ReportAccepted(
            report: SubmissionV1.Report(push.report), findings: push.findings.map { TypeV1.Finding($0) },
            idempotencyKey: push.key.text, pushedBy: pushedBy
        ).encodedBytes()
    }

    /// The whole body. Encoded messages that follow each other are one message with the fields of both (protobuf's
    /// encoding guide, "Last One Wins"), so the large part is encoded before the writer's turn.
    func body(for accepted: AcceptedReport) throws(RPCError) -> [UInt8] {
        let rest = SubmissionV1.ReportAccepted(
            version: accepted.reportVersion, digest: accepted.digest.bytes,
            timeliness: TypeV1.Timeliness(accepted.timeliness), correctedLate: accepted.correctedLate)
        return try body + rest.encodedBytes()
    }
}

/// What became of a push.
public enum PushOutcome: Sendable {
    /// Taken in, at this place of the journal.
    case accepted(JournalPosition)
    /// Taken in before, at this place of the journal.
    case repeated(JournalPosition)
    case refused(PushRefusal)
}

extension WriteTransaction {
    /// Decides on a push that nothing in it blocks, and carries that out: journal entry, version, key.
    public func take(_ ledger: LedgerPush) throws -> PushOutcome {
        let push = ledger.push
        let earlier = try acceptedPush(unit: push.name.unit, key: push.key)
        let current = earlier == nil ? try currentVersion(of: push.name) : nil
        let decision = push.decision(
            earlier: earlier?.push, current: current, sealedAtUnixMicroseconds: sealedUnixMicroseconds)
        switch decision {
        case .accept(let version, let timeliness, let correctedLate):
            let accepted = push.accepted(version: version, timeliness: timeliness, correctedLate: correctedLate)
            return .accepted(try store(ledger, accepted))
        case .repeated:
            guard let position = earlier?.position else {
                throw StorageError(.malformedData, "a repeated push has no first one")
            }
            return .repeated(position)
        case .refuse(let refusal):
            return .refused(refusal)
        }
    }

    private func acceptedPush(
        unit: String, key: IdempotencyKey
    ) throws -> (push: PushDecision.Earlier, position: JournalPosition)? {
        try first(
            """
            SELECT digest, version, journal_partition, sequence FROM accepted_push
            WHERE reporting_unit = ? AND idempotency_key = ?
            """, [.text(unit), .text(key.text)]
        ) { row in
            (
                PushDecision.Earlier(digest: try row.hash(0), version: try row.number(1)),
                JournalPosition(epoch: epoch, partition: try row.number(2), sequence: try row.number(3))
            )
        }
    }

    private func currentVersion(of name: ReportName) throws -> PushDecision.Current? {
        try first(
            """
            SELECT version, timeliness, corrected_late FROM report
            WHERE campaign = ? AND form = ? AND reporting_unit = ?
            """, [.text(name.campaign), .text(name.form), .text(name.unit)]
        ) { row in
            PushDecision.Current(
                version: try row.number(0), timeliness: try row.timeliness(1), correctedLate: try row.flag(2))
        }
    }

    private func store(_ ledger: LedgerPush, _ accepted: AcceptedReport) throws -> JournalPosition {
        let name = ledger.push.name
        let partition = JournalPartition.of(name.unit, count: partitionCount)
        let position = try append(
            partition: partition, kind: AcceptedReport.journalKind, statement: accepted.statement,
            body: try ledger.body(for: accepted)
        ).position
        try execute(
            """
            INSERT INTO report (campaign, form, reporting_unit, version, digest, first_sealed_unix_us, sealed_unix_us,
                timeliness, corrected_late) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (campaign, form, reporting_unit) DO UPDATE
            SET version = excluded.version, digest = excluded.digest, sealed_unix_us = excluded.sealed_unix_us,
                corrected_late = excluded.corrected_late
            """,
            [
                .text(name.campaign), .text(name.form), .text(name.unit), .number(accepted.reportVersion),
                .hash(accepted.digest), .integer(sealedUnixMicroseconds), .integer(sealedUnixMicroseconds),
                .number(accepted.timeliness.rawValue), .flag(accepted.correctedLate),
            ])
        try execute(
            """
            INSERT INTO report_version (campaign, form, reporting_unit, version, journal_partition, sequence, personal)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(name.campaign), .text(name.form), .text(name.unit), .number(accepted.reportVersion),
                .number(position.partition), .number(position.sequence), .optional(ledger.personal),
            ])
        try execute(
            """
            INSERT INTO accepted_push (reporting_unit, idempotency_key, digest, version, journal_partition, sequence)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                .text(name.unit), .text(ledger.push.key.text), .hash(accepted.digest),
                .number(accepted.reportVersion), .number(position.partition), .number(position.sequence),
            ])
        return position
    }

    /// Journals a refusal, so that the unit is told: once for the same key, content and reason.
    ///
    /// - Parameters:
    ///   - code: the status code the caller gets.
    ///   - mayJournal: whether the unit has room for one more of so many bytes at this instant; asked only when the refusal
    ///     is not in the journal yet.
    public func record(
        _ refusal: Refusal, code: UInt8, of push: RefusedPush, pushedBy: String,
        mayJournal: (_ unit: String, _ bodyBytes: Int, _ unixMicroseconds: Int64) -> Bool
    ) throws {
        let digest = push.digest ?? .zero
        let key: [SQLValue] = [.text(push.name.unit), .text(push.key.text)]
        let isKnown = try first(
            "SELECT digest, code FROM refused_push WHERE reporting_unit = ? AND idempotency_key = ?", key
        ) { row in try row.hash(0) == digest && row.number(1, as: UInt8.self) == code }
        guard isKnown != true, mayJournal(push.name.unit, refusal.approximateBytes, sealedUnixMicroseconds) else {
            return
        }
        try execute(
            """
            INSERT INTO refused_push (reporting_unit, idempotency_key, digest, code) VALUES (?, ?, ?, ?)
            ON CONFLICT (reporting_unit, idempotency_key) DO UPDATE SET digest = excluded.digest, code = excluded.code
            """, key + [.hash(digest), .number(code)])
        let body = try SubmissionV1.ReportRejected(
            campaign: push.name.campaign, form: push.name.form, formVersion: push.formVersion,
            reportingUnit: push.name.unit, digest: push.digest?.bytes ?? [], code: UInt32(code),
            message: refusal.message, findings: refusal.findings.map { TypeV1.Finding($0) },
            idempotencyKey: push.key.text, pushedBy: pushedBy
        ).encodedBytes()
        try append(
            partition: JournalPartition.of(push.name.unit, count: partitionCount), kind: "report.rejected", body: body)
    }
}

extension Storage.Row {
    borrowing func timeliness(_ column: Int) throws(StorageError) -> Timeliness {
        guard let value = Timeliness(rawValue: try number(column)) else {
            throw StorageError(.malformedData, "column \(column) holds no timeliness")
        }
        return value
    }
}
