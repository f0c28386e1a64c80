public import Journal
internal import Messages
internal import RPC
internal import Reporting
internal import ReportingMessages
public import Storage
internal import SubmissionRules

/// How submission's rows follow from its log.
///
/// Reports and accepted pushes are too many to be held in memory: each entry is held against its rows as they are, which the
/// rules make of it and of the version before it. What an entry's rows should be is known from the rows of the version
/// before, which were held against their own entry; so one walk along the log checks all of them. A row more than there are
/// entries is found by counting. Refusals, which are few, are made again as a whole.
public struct PushProjection: LogProjection {
    private var refused = ExpectedRows(of: [RefusedPushRow.table])
    private var acceptedCount = 0
    private var reportCount = 0

    public init() {}

    public mutating func check(
        _ entries: [JournalEntry], in view: ReadTransaction, _ faults: inout StoreFaults
    ) throws {
        for entry in entries {
            switch entry.kind {
            case AcceptedReport.journalKind:
                do {
                    try checkAccepted(entry, view, &faults)
                } catch let error as StorageError where error.code == .malformedData {
                    faults.add("the rows of entry \(entry.index): \(error.message)")
                }
            case "report.rejected": try take(rejected: entry, &faults)
            default: break
            }
        }
    }

    // MARK: Accepted

    private mutating func checkAccepted(
        _ entry: JournalEntry, _ view: ReadTransaction, _ faults: inout StoreFaults
    ) throws {
        guard let accepted = AcceptedReport(statement: entry.statement),
            let body = try? SubmissionV1.ReportAccepted.decode(entry.body)
        else { return faults.add("entry \(entry.index) is no accepted report") }
        acceptedCount += 1
        if accepted.reportVersion == 1 { reportCount += 1 }
        let key = PushKey(unit: accepted.reportingUnit, body.idempotencyKey)
        guard let push = try view.row(AcceptedPushRow.self, key) else {
            return faults.add("\(key.words): is missing; entry \(entry.index) was accepted under it")
        }
        let trail = try view.trail(before: accepted, push)
        let expected = AcceptedPushRow(key, at: entry.index, after: trail, personal: push.personal)
        guard push.index == expected.index, push.earlier == expected.earlier else {
            return faults.add(
                "\(key.words): leads to entry \(push.index) and \(push.earlier?.count ?? 0) bytes of earlier versions; it "
                    + "should lead to entry \(entry.index) and version \(accepted.reportVersion - 1)")
        }
        try checkReport(accepted, after: trail, entry, view, &faults)
    }

    private func checkReport(
        _ accepted: AcceptedReport, after trail: VersionTrail?, _ entry: JournalEntry, _ view: ReadTransaction,
        _ faults: inout StoreFaults
    ) throws {
        let name = accepted.name
        guard let report = try view.row(ReportRow.self, name) else {
            return faults.add(
                "\(name): is missing; entry \(entry.index) is its version \(accepted.reportVersion)")
        }
        guard report.version <= accepted.reportVersion else { return }
        var first = entry.sealedUnixMicroseconds
        if let trail, let place = try view.place(ofVersion: 1, from: trail, unit: name.unit) {
            first = try view.journalStatement(at: place)?.sealedUnixMicroseconds ?? first
        }
        let expected = ReportRow(
            accepted, at: entry.index, after: trail, firstSealedUnixMicroseconds: first,
            sealedUnixMicroseconds: entry.sealedUnixMicroseconds)
        guard report != expected else { return }
        for difference in report.differences(from: expected) { faults.add("\(name): \(difference)") }
    }

    // MARK: Refused

    private mutating func take(rejected entry: JournalEntry, _ faults: inout StoreFaults) throws {
        guard let body = try? SubmissionV1.ReportRejected.decode(entry.body), let code = UInt8(exactly: body.code)
        else {
            return faults.add("entry \(entry.index) is no refused report")
        }
        let rejected = RejectedReport(
            digest: body.digest, code: body.code, message: body.message,
            findings: body.findings.compactMap { Finding($0) })
        let (row, told) = RefusedPushRow.both(
            rejected, code, of: ReportName(campaign: body.campaign, form: body.form, unit: body.reportingUnit),
            key: body.idempotencyKey)
        refused.put(row)
        refused.put(told)
    }

    // MARK: What no entry brought about

    public func checkWhole(in view: ReadTransaction, _ faults: inout StoreFaults) throws {
        try refused.check(in: view, &faults)
        let pushes = try view.first("SELECT COUNT(*) FROM accepted_push") { try $0.number(0, as: Int.self) } ?? 0
        if pushes > acceptedCount { try nameExtraPushes(view, &faults) }
        let reports = try view.first("SELECT COUNT(*) FROM report") { try $0.number(0, as: Int.self) } ?? 0
        if reports > reportCount { try nameExtraReports(view, &faults) }
    }

    private func nameExtraPushes(_ view: ReadTransaction, _ faults: inout StoreFaults) throws {
        let rows = try view.all("SELECT reporting_unit, idempotency_key, log_index FROM accepted_push") {
            (PushKey(unit: try $0.text(0), try $0.text(1)), try $0.number(2, as: UInt64.self))
        }
        for (key, index) in rows where try view.pushKey(at: index) != key {
            faults.add("\(key.words): no entry of the log brings it about; it names entry \(index)")
        }
    }

    private func nameExtraReports(_ view: ReadTransaction, _ faults: inout StoreFaults) throws {
        let rows = try view.all("SELECT campaign, form, reporting_unit, version, trail FROM report") {
            (
                ReportName(campaign: try $0.text(0), form: try $0.text(1), unit: try $0.text(2)),
                try VersionTrail(version: try $0.number(3), column: try $0.bytes(4))
            )
        }
        for (name, trail) in rows where try view.accepted(at: trail.index)?.name != name {
            faults.add("\(name): no entry of the log brings it about; it names entry \(trail.index)")
        }
    }
}

extension PushKey {
    fileprivate var words: String { "accepted_push (\(unit), \(key))" }
}

extension ReportRow {
    /// What of it is not what it should be.
    fileprivate func differences(from expected: ReportRow) -> [String] {
        func difference<Value: Equatable>(_ what: String, _ value: (ReportRow) -> Value) -> String? {
            value(self) == value(expected) ? nil : "\(what) is \(value(self)) and should be \(value(expected))"
        }
        return [
            difference("version") { $0.version }, difference("trail") { $0.trail.bytes },
            difference("digest") { $0.digest },
            difference("first_sealed_unix_us") { $0.firstSealedUnixMicroseconds },
            difference("sealed_unix_us") { $0.sealedUnixMicroseconds }, difference("timeliness") { $0.timeliness },
            difference("corrected_late") { $0.correctedLate },
        ].compactMap { $0 }
    }
}

extension ReadTransaction {
    /// What was accepted at a place of the log; `nil` where nothing was.
    fileprivate func accepted(at index: UInt64) throws -> AcceptedReport? {
        try journalStatement(at: index).flatMap { AcceptedReport(statement: $0.statement) }
    }

    /// Under which key that was.
    fileprivate func pushKey(at index: UInt64) throws -> PushKey? {
        guard let entry = try journalEntry(at: index), let accepted = AcceptedReport(statement: entry.statement) else {
            return nil
        }
        let key = try? SubmissionV1.ReportAccepted.decode(entry.body).idempotencyKey
        return key.map { PushKey(unit: accepted.reportingUnit, $0) }
    }

    /// The trail of the version before this one, made again from the row of that one; `nil` for a first version, and where
    /// what the row has does not lead there.
    fileprivate func trail(before accepted: AcceptedReport, _ push: AcceptedPushRow) throws -> VersionTrail? {
        guard accepted.reportVersion > 1, let bytes = push.earlier,
            let stored = VersionTrail(version: accepted.reportVersion - 1, bytes: bytes),
            let before = try self.accepted(at: stored.index), before.name == accepted.name,
            before.reportVersion == stored.version
        else { return nil }
        guard stored.version > 1 else { return VersionTrail(firstAt: stored.index) }
        guard let key = try pushKey(at: stored.index), let earlier = try row(AcceptedPushRow.self, key)?.earlier else {
            return nil
        }
        return try VersionTrail(version: stored.version - 1, column: earlier).followed(by: stored.index)
    }
}
