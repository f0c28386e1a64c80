internal import Journal
internal import Messages
internal import RPC
internal import Reporting
internal import ReportingMessages
internal import Serving
internal import Storage
internal import SubmissionRules
internal import SubmissionStorage
internal import Wire

/// Takes pushes in. Reading, checking, digesting and encoding are done on the caller's task, many at once; the writer's
/// thread only looks up, decides and inserts.
struct Pushing: Sendable {
    let store: Store
    let knowledge: RegistryKnowledge
    let vault: PersonalVault
    let refusals: RefusalJournal
    let faults: ServiceFaults
    /// See ``SubmissionService/wholeBatches``.
    let wholeBatches: CostlyPlaces

    /// What a receipt costs to make, in units of ``Serving/WorkTurns``.
    private static let unitsPerReceipt = 4
    /// Of a batch or a stream so many share a commit: about a millisecond of the one thread that writes. Others' pushes wait
    /// for that long: beside batches their p99 was 30 ms with 32, and is about 10 with 8 (README.md, "Figures").
    private static let pushesACommit = 8

    typealias Stage = LedgerItem

    /// Who pushes.
    struct Pusher: Sendable {
        let context: ServerContext
        let caller: Caller

        init(_ context: ServerContext) {
            self.context = context
            caller = Caller(context.caller)
        }

        var uri: String { context.caller.uri }

        /// The place among costly calls is left, since a disk may take its time, and others must be answered meanwhile.
        /// Whoever makes a large answer afterwards takes one again.
        func waitsForTheDisk(_ turns: inout WorkTurns) {
            context.call.leavePlace()
            turns.waits()
        }
    }

    /// What became of a push, once it is durable.
    enum Result: Sendable {
        case accepted(SubmissionV1.PushResponse)
        case refused(Refusal)
    }

    /// Judges, reads, checks and digests a push, in this order, so that what is refused costs no more than what was looked
    /// at.
    func stage(
        _ request: SubmissionV1.PushRequest, by pusher: Pusher, _ turns: inout WorkTurns
    ) async throws(RPCError) -> Stage {
        do throws(Refusal) {
            try SubmissionAccess.push(by: pusher.caller)
        } catch {
            return .notAdmitted(error)
        }
        guard let message = request.report else {
            return .notAdmitted(
                Refusal(.invalid, thing: "the push", place: "report", remedy: "a push carries a report"))
        }
        let head = PushHead(
            name: ReportName(campaign: message.campaign, form: message.form, unit: message.reportingUnit),
            formVersion: message.formVersion, baseVersion: request.baseVersion,
            idempotencyKey: request.idempotencyKey,
            cells: message.cellsAndRows)
        let catalogue = try await knowledge.catalogue(knowingUnit: head.name.unit, for: pusher.context)
        let permit: UnitPermit
        do throws(Refusal) {
            permit = try SubmissionAccess.push(for: head.name.unit, by: pusher.caller, catalogue.line)
        } catch {
            return .notAdmitted(error)
        }
        return try await stage(message, head, permit, by: pusher, &turns)
    }

    private func stage(
        _ message: SubmissionV1.Report, _ head: PushHead, _ permit: UnitPermit, by pusher: Pusher,
        _ turns: inout WorkTurns
    ) async throws(RPCError) -> Stage {
        let catalogue = try await knowledge.catalogue(knowingCampaign: head.name.campaign, for: pusher.context)
        let admitted: AdmittedPush
        do throws(Refusal) {
            admitted = try AdmittedPush(head, permit, catalogue)
        } catch {
            return .notAdmitted(error)
        }
        if let refusal = admitted.oversize { return .blocked(admitted.refused, refusal) }
        var malformed: [Finding] = []
        let report = try await Report.reading(message, malformed: &malformed) { units throws(RPCError) in
            try await turns.worked(units)
        }
        let checked = try await admitted.checked(report, malformed: malformed) { units throws(RPCError) in
            try await turns.worked(units)
        }
        if let refusal = checked.malformedRefusal { return .blocked(admitted.refused, refusal) }
        // No key is made, and nothing digested, before the form has found a report.
        let key = checked.needsSalt ? try await key(of: head.name.unit, pusher) : nil
        let push = try await checked.prepared(salt: key?.salt ?? [], journalSHA256) { units throws(RPCError) in
            try await turns.worked(units)
        }
        if let refusal = push.refusal { return .blocked(push.refused, refusal) }
        let personal = try key.flatMap { key throws(RPCError) in try PersonalVault.seal(push, key) }
        let staged = try LedgerPush(push, pushedBy: pusher.uri, personal: personal)
        try await turns.worked(1 + head.cells / 8)
        return .ready(staged)
    }

    /// Made at the first push of a unit's, which waits for the disk.
    private func key(of unit: String, _ pusher: Pusher) async throws(RPCError) -> PersonalKey {
        if let key = vault.knownKey(of: unit) { return key }
        return try await pusher.context.call.withoutPlace { () throws(RPCError) in try await vault.key(of: unit) }
    }

    private func notes(_ pusher: Pusher) -> RefusalNotes {
        RefusalNotes(pushedBy: pusher.uri, code: { $0.code.rawValue }) { [refusals] unit, bytes, instant in
            refusals.mayJournal(unit: unit, bodyBytes: bytes, atUnixMicroseconds: instant)
        }
    }

    /// Carries out staged pushes, each by itself, in their order. Many take several commits one after the other, so that
    /// other callers' pushes find theirs in between: when a later one fails, what the earlier ones took in stays.
    func carryOut(
        _ stages: [Stage], by pusher: Pusher, _ turns: inout WorkTurns
    ) async throws(RPCError) -> [Result] {
        var results: [Result] = []
        results.reserveCapacity(stages.count)
        for first in stride(from: 0, to: stages.count, by: Self.pushesACommit) {
            let part = stages[first..<min(first + Self.pushesACommit, stages.count)]
            try await carryOut(together: part, by: pusher, &results, &turns)
        }
        return results
    }

    private func carryOut(
        together stages: ArraySlice<Stage>, by pusher: Pusher, _ results: inout [Result], _ turns: inout WorkTurns
    ) async throws(RPCError) {
        do {
            pusher.waitsForTheDisk(&turns)
            let committed = try await store.commit(TakingEach(stages, notes(pusher)))
            try await recordRefusals(
                zip(stages, committed.value).compactMap { stage, result in
                    guard case .ready(let push) = stage, case .failure(let refusal) = result else { return nil }
                    return (push.push.refused, refusal)
                }, by: pusher)
            for (stage, result) in zip(stages, committed.value) {
                switch (result, stage) {
                case (.failure(let refusal), _): results.append(.refused(refusal))
                case (.success(let outcome), .ready(let push)):
                    results.append(.accepted(try await response(outcome, push.push, in: committed)))
                    try await turns.worked(Self.unitsPerReceipt)
                case (.success, _):
                    throw RPCError(.internal, "a refused push has an outcome")
                }
            }
        } catch {
            throw faults.status(of: error, doing: "push")
        }
    }

    /// Carries out staged pushes in one group commit: all of them, or none when one is refused.
    func carryOutWhole(
        _ stages: [Stage], by pusher: Pusher, _ turns: inout WorkTurns
    ) async throws(RPCError) -> [Result] {
        let blocked = stages.map(\.refusal)
        if blocked.contains(where: { $0 != nil }) {
            return try await refuseWhole(stages, blocked, by: pusher, &turns)
        }
        do {
            pusher.waitsForTheDisk(&turns)
            let pushes = stages.compactMap(\.ready)
            let committed = try await commitWhole(TakingAll(pushes), by: pusher)
            var results: [Result] = []
            for (push, outcome) in zip(pushes, committed.value) {
                results.append(.accepted(try await response(outcome, push.push, in: committed)))
                try await turns.worked(Self.unitsPerReceipt)
            }
            return results
        } catch let refused as TakingAll.Refused {
            return try await refuseWhole(stages, refused.refusals, by: pusher, &turns)
        } catch {
            throw faults.status(of: error, doing: "push")
        }
    }

    private func commitWhole(_ batch: TakingAll, by pusher: Pusher) async throws -> Committed<[PushOutcome]> {
        guard batch.count > Self.pushesACommit else { return try await store.commit(batch) }
        return try await wholeBatches.holding(pusher.context.caller) { try await store.commit(batch) }
    }

    private func recordRefusals(_ refusals: [(RefusedPush, Refusal)], by pusher: Pusher) async throws {
        for first in stride(from: 0, to: refusals.count, by: Self.pushesACommit) {
            let part = refusals[first..<min(first + Self.pushesACommit, refusals.count)]
            try await store.commit(RecordingRefusals(part, notes(pusher)))
        }
    }

    /// Journals the refusals that are an item's own; the others are only told.
    private func refuseWhole(
        _ stages: [Stage], _ own: [Refusal?], by pusher: Pusher, _ turns: inout WorkTurns
    ) async throws(RPCError) -> [Result] {
        let recorded = zip(stages, own).compactMap { stage, refusal in
            refusal.flatMap { refusal in stage.push.map { ($0, refusal) } }
        }
        do {
            pusher.waitsForTheDisk(&turns)
            try await recordRefusals(recorded, by: pusher)
        } catch {
            throw faults.status(of: error, doing: "push")
        }
        return own.enumerated().map { index, refusal in .refused(refusal ?? .wholeBatch(index: index)) }
    }

    private func response<Value>(
        _ outcome: PushOutcome, _ push: PreparedPush, in committed: Committed<Value>
    ) async throws -> SubmissionV1.PushResponse {
        let position: JournalPosition
        let isRepeated: Bool
        switch outcome {
        case .accepted(let place): (position, isRepeated) = (place, false)
        case .repeated(let place): (position, isRepeated) = (place, true)
        }
        // A first push that came at once with its copy is in this very group commit, which readers may not see yet.
        var proof = committed.proof(at: position)
        if proof == nil { proof = try await store.proof(at: position) }
        guard let receipt = proof.flatMap({ Receipt($0, epoch: store.epoch) }) else {
            throw RPCError(.dataLoss, "the receipt of \(push.name) cannot be rebuilt")
        }
        return SubmissionV1.PushResponse(
            receipt: TypeV1.Receipt(receipt), repeatedPush: isRepeated,
            findings: push.findings.map { TypeV1.Finding($0) })
    }
}

extension Pushing.Stage {
    /// With as many findings as there is still room for, which they take.
    func limited(toFindings roomBytes: inout Int) -> Pushing.Stage {
        guard case .blocked(let push, let refusal) = self else { return self }
        let limited = refusal.limited(toBytes: roomBytes)
        roomBytes = max(0, roomBytes - limited.approximateBytes)
        return .blocked(push, limited)
    }

    fileprivate var ready: LedgerPush? {
        if case .ready(let push) = self { push } else { nil }
    }

    /// Set for pushes that are refused already.
    fileprivate var refusal: Refusal? {
        switch self {
        case .ready: nil
        case .blocked(_, let refusal), .notAdmitted(let refusal): refusal
        }
    }

    /// The push, when it is known to concern a report.
    fileprivate var push: RefusedPush? {
        switch self {
        case .ready(let ledger): ledger.push.refused
        case .blocked(let push, _): push
        case .notAdmitted: nil
        }
    }
}
