public import Journal
internal import Messages
public import RPC
public import Reporting
internal import ReportingMessages
public import Storage
public import SubmissionRules

extension Push {
    /// Writes what the journal is to tell of a report that is encoded already: `field` is field 1 of a `ReportAccepted`, with
    /// its tag and length, mostly as it came. `pushedBy` is the caller's identity.
    public mutating func write(reportField field: ArraySlice<UInt8>, pushedBy: String) throws(RPCError) {
        body = try accepted(nil, pushedBy).withEncodedBytes { rest in
            // Encoded messages that follow each other are one message with the fields of both (protobuf's encoding guide,
            // "Last One Wins").
            var body: [UInt8] = []
            body.reserveCapacity(field.count + rest.count)
            body += field
            body += rest
            return body
        }
    }

    /// Writes what the journal is to tell of a report. `pushedBy` is the caller's identity.
    public mutating func write(_ report: Report, pushedBy: String) throws(RPCError) {
        body = try accepted(SubmissionV1.Report(report), pushedBy).encodedBytes()
    }

    private func accepted(_ report: SubmissionV1.Report?, _ pushedBy: String) -> SubmissionV1.ReportAccepted {
        SubmissionV1.ReportAccepted(
            report: report, findings: findings.map { TypeV1.Finding($0) }, idempotencyKey: key.text, pushedBy: pushedBy)
    }

    /// The whole body. What only the writer knows is appended, as above.
    fileprivate func body(for accepted: AcceptedReport) throws(RPCError) -> [UInt8] {
        try SubmissionV1.ReportAccepted(
            version: accepted.reportVersion, digest: accepted.digest.bytes,
            timeliness: TypeV1.Timeliness(accepted.timeliness), correctedLate: accepted.correctedLate
        ).withEncodedBytes { body + $0 }
    }

    /// About what it adds to the store.
    fileprivate var byteCount: Int { body.count + (personal?.count ?? 0) }
}

/// What became of a push.
public enum PushOutcome: Sendable, Hashable {
    /// Taken in, at this place of the journal.
    case accepted(JournalPosition)
    /// Taken in before, at this place of the journal.
    case repeated(JournalPosition)
}

/// What the journal tells of refusals: who pushed, and with which code it was answered; and whether it tells of them.
public struct RefusalNotes: Sendable {
    let pushedBy: String
    let code: @Sendable (Refusal) -> UInt8
    let mayJournal: @Sendable (_ unit: String, _ bodyBytes: Int, _ unixMicroseconds: Int64) -> Bool

    /// - Parameters:
    ///   - pushedBy: the caller's identity.
    ///   - code: the status code that the caller gets.
    ///   - mayJournal: whether a unit has room for one more of so many bytes at this instant; asked only when the refusal is
    ///     not in the journal yet.
    public init(
        pushedBy: String, code: @escaping @Sendable (Refusal) -> UInt8,
        mayJournal: @escaping @Sendable (_ unit: String, _ bodyBytes: Int, _ unixMicroseconds: Int64) -> Bool
    ) {
        self.pushedBy = pushedBy
        self.code = code
        self.mayJournal = mayJournal
    }
}

/// Pushes that share a commit, each decided by itself. What is refused already is journaled, so that its unit is told;
/// what was not admitted is not known to concern anybody's report.
public struct TakingEach: Decision {
    private enum Item {
        case ready(Push)
        case blocked(RefusedPush)
        case notAdmitted(Refusal)
    }

    private let items: [Item]
    private let notes: RefusalNotes

    public init(_ pushes: some Sequence<Result<Push, Refusal>>, _ notes: RefusalNotes) {
        items = pushes.map { push in
            switch push {
            case .success(let push):
                push.refusal.map { .blocked(RefusedPush(push, $0, notes)) } ?? .ready(push)
            case .failure(let refusal): .notAdmitted(refusal)
            }
        }
        self.notes = notes
    }

    public var byteCount: Int {
        items.reduce(0) { sum, item in
            if case .ready(let push) = item { sum + push.byteCount } else { sum }
        }
    }

    public func load(_ rows: WorkingSet) {
        for item in items {
            switch item {
            case .ready(let push): rows.want(push)
            case .blocked(let refused): rows.want(refused)
            case .notAdmitted: break
            }
        }
    }

    /// What became of each. What is refused only now is not journaled yet: ``RecordingRefusals`` does.
    public func decide(_ rows: WorkingSet) throws -> [Result<PushOutcome, Refusal>] {
        try items.map { item in
            switch item {
            case .ready(let push): return try rows.take(push).mapError { Refusal($0, push.name) }
            case .blocked(let refused):
                try rows.record(refused, notes)
                return .failure(refused.refusal)
            case .notAdmitted(let refusal): return .failure(refusal)
            }
        }
    }
}

/// Pushes of which all are taken in, or none.
public struct TakingAll: Decision {
    private let pushes: [Push]
    public var count: Int { pushes.count }

    /// Thrown when one or more are refused: which, by their places.
    public struct Refused: Error {
        public let refusals: [Refusal?]
    }

    public init(_ pushes: [Push]) {
        self.pushes = pushes
    }

    public var byteCount: Int { pushes.reduce(0) { $0 + $1.byteCount } }

    public func load(_ rows: WorkingSet) {
        for push in pushes { rows.want(push) }
    }

    public func decide(_ rows: WorkingSet) throws -> [PushOutcome] {
        let results = try pushes.map { try rows.take($0) }
        let outcomes = results.compactMap { try? $0.get() }
        guard outcomes.count == pushes.count else { throw Refused(refusals: refusals(results)) }
        return outcomes
    }

    /// Why the batch comes to nothing, by its items' places. What an item was refused for may be another item's doing.
    private func refusals(_ results: [Result<PushOutcome, PushRefusal>]) -> [Refusal?] {
        var versions: [ReportName: Refusal.EarlierItem] = [:]
        var keys: [PushKey: Refusal.EarlierItem] = [:]
        return zip(pushes, results).enumerated().map { index, item in
            let (push, result) = item
            let key = PushKey(unit: push.name.unit, push.key.text)
            switch result {
            case .success(.accepted):
                let earlier = Refusal.EarlierItem(
                    index: index, versionsMade: 1 + (versions[push.name]?.versionsMade ?? 0))
                (versions[push.name], keys[key]) = (earlier, earlier)
                return nil
            case .success(.repeated): return nil
            case .failure(let refusal):
                return Refusal(refusal, push.name, versionBy: versions[push.name], keyBy: keys[key])
            }
        }
    }
}

/// Refusals that are to be journaled, so that their units are told.
public struct RecordingRefusals: Decision {
    private let refused: [RefusedPush]
    private let notes: RefusalNotes

    public init(_ refusals: some Sequence<(Push, Refusal)>, _ notes: RefusalNotes) {
        refused = refusals.map { RefusedPush($0, $1, notes) }
        self.notes = notes
    }

    public func load(_ rows: WorkingSet) {
        for refused in refused { rows.want(refused) }
    }

    public func decide(_ rows: WorkingSet) throws {
        for refused in refused { try rows.record(refused, notes) }
    }
}

/// A push that is refused, ready to be journaled.
private struct RefusedPush {
    let push: Push
    let refusal: Refusal
    /// By its idempotency key, and by what the unit's inbox takes for the same.
    let (row, told): (RefusedPushRow, RefusedPushRow)

    init(_ push: Push, _ refusal: Refusal, _ notes: RefusalNotes) {
        self.push = push
        self.refusal = refusal
        let code = notes.code(refusal)
        let rejected = RejectedReport(
            digest: push.digest?.bytes ?? [], code: UInt32(code), message: refusal.message, findings: refusal.findings)
        (row, told) = RefusedPushRow.both(rejected, code, of: push.name, key: push.key.text)
    }
}

extension WorkingSet {
    /// Names what a push may read and change.
    fileprivate func want(_ push: Push) {
        let earlier = want(AcceptedPushRow.self, PushKey(unit: push.name.unit, push.key.text))
        if let earlier { wantEntry(at: earlier.index) }
        // A version goes on from the one before it, which is held against its entry.
        if let report = want(ReportRow.self, push.name) { wantEntry(at: report.trail.index) }
    }

    fileprivate func want(_ refused: RefusedPush) {
        want(RefusedPushRow.self, refused.row.key)
        want(RefusedPushRow.self, refused.told.key)
    }

    /// Decides on a push that nothing in it blocks, and carries that out: one entry of the journal, the report's row, and
    /// the key's.
    fileprivate func take(_ push: Push) throws -> Result<PushOutcome, PushRefusal> {
        let key = PushKey(unit: push.name.unit, push.key.text)
        let earlier = row(AcceptedPushRow.self, key)
        let report = row(ReportRow.self, push.name)
        try report.map(check)
        let decision = push.decision(
            earlier: try earlier.map { try accepted(at: $0.index, unit: push.name.unit) },
            current: report?.current, sealedAtUnixMicroseconds: sealedUnixMicroseconds)
        switch (decision, earlier) {
        case (.accept(let version, let timeliness, let correctedLate), _):
            let accepted = push.accepted(version: version, timeliness: timeliness, correctedLate: correctedLate)
            let position = append(
                kind: AcceptedReport.journalKind, statement: accepted.statement, body: try push.body(for: accepted))
            put(
                ReportRow(
                    accepted, at: position.index, after: report?.trail,
                    firstSealedUnixMicroseconds: report?.firstSealedUnixMicroseconds ?? sealedUnixMicroseconds,
                    sealedUnixMicroseconds: sealedUnixMicroseconds))
            put(
                AcceptedPushRow(key, at: position.index, after: report?.trail, personal: push.personal))
            return .success(.accepted(position))
        case (.repeated, let earlier?):
            return .success(.repeated(JournalPosition(epoch: epoch, index: earlier.index)))
        case (.repeated, nil):
            preconditionFailure("a push is repeated that was not there before")
        case (.refuse(let refusal), _):
            return .failure(refusal)
        }
    }

    /// Holds a report's row against the entry of its version.
    private func check(_ report: ReportRow) throws {
        let entry = entry(at: report.trail.index)
        try report.check(entry?.statement, sealedUnixMicroseconds: entry?.sealedUnixMicroseconds)
    }

    /// What was accepted there, under a unit's key.
    private func accepted(at index: UInt64, unit: String) throws -> PushDecision.Earlier {
        guard let entry = entry(at: index), let accepted = AcceptedReport(statement: entry.statement),
            accepted.reportingUnit == unit
        else {
            throw StorageError(.journalBroken, "entry \(index) of the log is not the report that a key names")
        }
        return PushDecision.Earlier(digest: accepted.digest, version: accepted.reportVersion)
    }

    /// Journals a refusal, so that the unit is told: once for the same key, content and code, and once, whatever the key, for
    /// what its inbox folds.
    fileprivate func record(_ refused: RefusedPush, _ notes: RefusalNotes) throws {
        let (push, refusal) = (refused.push, refused.refusal)
        guard row(RefusedPushRow.self, refused.row.key) != refused.row,
            row(RefusedPushRow.self, refused.told.key) == nil,
            notes.mayJournal(push.name.unit, refusal.approximateBytes, sealedUnixMicroseconds)
        else { return }
        put(refused.row)
        put(refused.told)
        let body = try SubmissionV1.ReportRejected(
            campaign: push.name.campaign, form: push.name.form, formVersion: push.formVersion,
            reportingUnit: push.name.unit, digest: push.digest?.bytes ?? [], code: UInt32(refused.row.code),
            message: refusal.message, findings: refusal.findings.map { TypeV1.Finding($0) },
            idempotencyKey: push.key.text, pushedBy: notes.pushedBy
        ).encodedBytes()
        append(kind: "report.rejected", body: body)
    }
}
