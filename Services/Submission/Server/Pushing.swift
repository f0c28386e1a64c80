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
    let shares: CommitShares
    let clock: any MonotonicClock
    /// Whether a push for which the registry cannot be asked has that for its verdict, and leaves the others alone. Otherwise
    /// the call fails.
    let judgesEach: Bool

    /// What a receipt costs to make, in units of ``Serving/WorkTurns``.
    private static let unitsPerReceipt = 4
    /// A push of so many bytes, with so many cells and rows, is judged in one go where it lies: a fraction of a millisecond.
    /// A larger one becomes values, and gives others their turn.
    private static let bytesInOneGo = 16 << 10
    private static let cellsInOneGo = 256

    /// A push that is ready for the writer, refused ones among them, or why it was not admitted.
    typealias Stage = Swift.Result<Push, Refusal>

    /// What became of a push, once it is durable.
    typealias Answer = Swift.Result<WrittenResponse, Refusal>

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

    /// Judges, checks and digests a push as it came. What is in order is decoded once, and read where it lies.
    func stage(
        _ received: ReceivedPush, by pusher: Pusher, _ turns: inout WorkTurns
    ) async throws(RPCError) -> (key: String, Stage) {
        if received.bytes.count <= Self.bytesInOneGo {
            var (key, cells) = ("", 0)
            var unit: String?
            var judged: Judged?
            _ = try received.read { push throws(RPCError) in
                (key, cells) = (try push.idempotencyKey(), push.cellsAndRows)
                unit = try push.reportingUnit()
                judged = try judge(push, received.bytes, key: key, cells: cells, by: pusher)
            }
            if let judged {
                try await turns.worked(1 + cells / 8)
                guard case .success(var push) = judged.stage, push.refusal == nil else { return (key, judged.stage) }
                try push.write(reportField: judged.reportField, pushedBy: pusher.uri)
                return (key, .success(push))
            }
            // Before more is made of it.
            if let unit, case .failure(let refusal) = try await permit(for: unit, by: pusher) {
                return (key, .failure(refusal))
            }
        }
        let request = try received.value()
        let stage = try await stage(request, by: pusher, &turns)
        if let push = stage.ready {
            do throws(Refusal) {
                try push.checkSize(asItCame: received.bytes.count)
            } catch {
                return (request.idempotencyKey, .failure(error))
            }
        }
        return (request.idempotencyKey, stage)
    }

    /// A push, and what the journal is to tell of its report.
    private typealias Judged = (stage: Stage, reportField: ArraySlice<UInt8>)

    /// In the same order as below. `nil` for what waits for something, is large, or has what must become a value: a field that
    /// nobody knows, or what a finding names.
    private func judge(
        _ message: BorrowedPush, _ bytes: ArraySlice<UInt8>, key: String, cells: Int, by pusher: Pusher
    ) throws(RPCError) -> Judged? {
        do throws(Refusal) {
            try SubmissionAccess.push(by: pusher.caller)
        } catch {
            return (.failure(error), [])
        }
        let catalogue = knowledge.current
        let name = ReportName(
            campaign: try message.campaign(), form: try message.form(), unit: try message.reportingUnit())
        // Who may not may have become one who may.
        guard cells <= Self.cellsInOneGo, catalogue.hasOrganisation(name.unit), catalogue.hasCampaign(name.campaign),
            let permit = try? SubmissionAccess.push(for: name.unit, by: pusher.caller, catalogue.line)
        else { return nil }
        var push: Push
        do throws(Refusal) {
            push = try Push(
                name, formVersion: message.formVersion, baseVersion: message.baseVersion, idempotencyKey: key,
                cells: cells, permit, catalogue)
        } catch {
            return (.failure(error), [])
        }
        let personalKey = push.needsSalt ? vault.knownKey(of: name.unit) : nil
        guard (personalKey != nil) == push.needsSalt, let report = try message.report() else { return nil }
        push.check(report)
        guard !push.isMalformed else { return (.success(push), []) }
        let reportField = try push.checker.withCommitments(in: report, salt: personalKey?.salt ?? [], journalSHA256) {
            report, personal throws(RPCError) -> ArraySlice<UInt8> in
            push.digest(report, journalSHA256)
            guard push.refusal == nil else { return [] }
            guard let personalKey, !personal.isEmpty else { return message.reportField(in: bytes) }
            push.personal = try PersonalVault.seal(personal.map { $0.value }, of: name, personalKey)
            return message.reportField(report, replaced: personal)
        }
        return (.success(push), reportField)
    }

    /// Judges, reads, checks and digests a push, in this order, so that what is refused costs no more than what was looked
    /// at.
    func stage(
        _ request: SubmissionV1.PushRequest, by pusher: Pusher, _ turns: inout WorkTurns
    ) async throws(RPCError) -> Stage {
        do throws(Refusal) {
            try SubmissionAccess.push(by: pusher.caller)
        } catch {
            return .failure(error)
        }
        guard let message = request.report else {
            return .failure(
                Refusal(.invalid, thing: "the push", place: "report", remedy: "a push carries a report"))
        }
        let name = ReportName(campaign: message.campaign, form: message.form, unit: message.reportingUnit)
        let permit = try await permit(for: name.unit, by: pusher)
        if case .failure(let refusal) = permit { return .failure(refusal) }
        let catalogue = try await catalogue(for: name, by: pusher)
        let push: Push
        do throws(Refusal) {
            push = try Push(
                name, formVersion: message.formVersion, baseVersion: request.baseVersion,
                idempotencyKey: request.idempotencyKey, cells: message.cellsAndRows, permit.get(), catalogue.get())
        } catch {
            return .failure(error)
        }
        return .success(try await prepared(push, message, by: pusher, &turns))
    }

    private func permit(
        for unit: String, by pusher: Pusher
    ) async throws(RPCError) -> Swift.Result<UnitPermit, Refusal> {
        do throws(RPCError) {
            return try await knowledge.permit(for: unit, pusher.context) { line throws(Refusal) in
                try SubmissionAccess.push(for: unit, by: pusher.caller, line)
            }
        } catch {
            return .failure(try verdict(error))
        }
    }

    private func catalogue(
        for name: ReportName, by pusher: Pusher
    ) async throws(RPCError) -> Swift.Result<Catalogue, Refusal> {
        do throws(RPCError) {
            return .success(try await knowledge.catalogue(knowingCampaign: name.campaign, for: pusher.context))
        } catch {
            return .failure(try verdict(error))
        }
    }

    /// On a push for which the registry cannot be asked: nobody knows yet whether it is wrong, so nothing of it is kept.
    private func verdict(_ error: RPCError) throws(RPCError) -> Refusal {
        guard judgesEach, let refusal = Refusal(unavailable: error) else { throw error }
        return refusal
    }

    private func prepared(
        _ admitted: Push, _ message: SubmissionV1.Report, by pusher: Pusher, _ turns: inout WorkTurns
    ) async throws(RPCError) -> Push {
        var push = admitted
        guard push.refusal == nil else { return push }
        var malformed: [Finding] = []
        var report = try await Report.reading(message, malformed: &malformed) { units throws(RPCError) in
            try await turns.worked(units)
        }
        try await push.check(report, malformed: malformed) { units throws(RPCError) in
            try await turns.worked(units)
        }
        guard !push.isMalformed else { return push }
        // No key is made, and nothing digested, before the form has found a report.
        let key = push.needsSalt ? try await key(of: push.name.unit, pusher) : nil
        let personal = try await push.digest(&report, salt: key?.salt ?? [], journalSHA256) {
            units throws(RPCError) in try await turns.worked(units)
        }
        guard push.refusal == nil else { return push }
        push.personal = try key.flatMap { key throws(RPCError) in
            try PersonalVault.seal(personal, of: push.name, key)
        }
        try push.write(report, pushedBy: pusher.uri)
        try await turns.worked(1 + message.cellsAndRows / 8)
        return push
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
    ) async throws(RPCError) -> [Answer] {
        var results: [Answer] = []
        results.reserveCapacity(stages.count)
        var rest = stages[...]
        while !rest.isEmpty {
            let part = rest.prefix(shares.pushes(of: pusher.uri, total: stages.count, at: clock.now))
            try await carryOut(together: part, of: stages.count, by: pusher, &results, &turns)
            rest = rest.dropFirst(part.count)
        }
        return results
    }

    private func carryOut(
        together stages: ArraySlice<Stage>, of total: Int, by pusher: Pusher, _ results: inout [Answer],
        _ turns: inout WorkTurns
    ) async throws(RPCError) {
        do {
            pusher.waitsForTheDisk(&turns)
            let committed = try await store.commit(TakingEach(stages, notes(pusher)))
            try await recordRefusals(
                zip(stages, committed.value).compactMap { stage, result in
                    guard let push = stage.ready, case .failure(let refusal) = result else { return nil }
                    return (push, refusal)
                }, of: total, by: pusher)
            for (stage, result) in zip(stages, committed.value) {
                switch (result, stage) {
                case (.failure(let refusal), _):
                    PushVerdicts.count(refusal)
                    results.append(.failure(refusal))
                case (.success(let outcome), .success(let push)):
                    results.append(.success(try await response(outcome, push, in: committed)))
                    try await turns.worked(Self.unitsPerReceipt)
                case (.success, .failure):
                    throw RPCError(.internal, "a push that was not admitted has an outcome")
                }
            }
        } catch {
            var status = faults.status(of: error, doing: "push")
            // What earlier parts took in stays.
            if !results.isEmpty { status.isNotStarted = false }
            throw status
        }
    }

    /// Carries out staged pushes in one group commit: all of them, or none when one is refused.
    func carryOutWhole(
        _ stages: [Stage], by pusher: Pusher, _ turns: inout WorkTurns
    ) async throws(RPCError) -> [Answer] {
        let blocked = stages.map(\.refusal)
        if blocked.contains(where: { $0 != nil }) {
            return try await refuseWhole(stages, blocked, by: pusher, &turns)
        }
        do {
            pusher.waitsForTheDisk(&turns)
            let pushes = stages.compactMap(\.ready)
            let committed = try await commitWhole(TakingAll(pushes), by: pusher)
            var results: [Answer] = []
            for (push, outcome) in zip(pushes, committed.value) {
                results.append(.success(try await response(outcome, push, in: committed)))
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
        guard batch.count > CommitShares.besideOthers else { return try await store.commit(batch) }
        return try await wholeBatches.holding(pusher.context.caller) { try await store.commit(batch) }
    }

    private func recordRefusals(_ refusals: [(Push, Refusal)], of total: Int, by pusher: Pusher) async throws {
        var rest = refusals[...]
        while !rest.isEmpty {
            let part = rest.prefix(shares.pushes(of: pusher.uri, total: total, at: clock.now))
            try await store.commit(RecordingRefusals(part, notes(pusher)))
            rest = rest.dropFirst(part.count)
        }
    }

    /// Journals the refusals that are an item's own; the others are only told.
    private func refuseWhole(
        _ stages: [Stage], _ own: [Refusal?], by pusher: Pusher, _ turns: inout WorkTurns
    ) async throws(RPCError) -> [Answer] {
        let recorded = zip(stages, own).compactMap { stage, refusal in
            refusal.flatMap { refusal in (try? stage.get()).map { ($0, refusal) } }
        }
        do {
            pusher.waitsForTheDisk(&turns)
            try await recordRefusals(recorded, of: stages.count, by: pusher)
        } catch {
            throw faults.status(of: error, doing: "push")
        }
        return own.enumerated().map { index, refusal in
            let refusal = refusal ?? .wholeBatch(index: index)
            PushVerdicts.count(refusal)
            return .failure(refusal)
        }
    }

    private func response<Value>(
        _ outcome: PushOutcome, _ push: Push, in committed: Committed<Value>
    ) async throws -> WrittenResponse {
        let position: JournalPosition
        let isRepeated: Bool
        switch outcome {
        case .accepted(let place): (position, isRepeated) = (place, false)
        case .repeated(let place): (position, isRepeated) = (place, true)
        }
        PushVerdicts.count(isRepeated: isRepeated)
        // A first push that came at once with its copy is in this very group commit, which readers may not see yet.
        var proof = committed.proof(at: position)
        if proof == nil { proof = try await store.proof(at: position) }
        guard let receipt = proof.flatMap({ Receipt($0, epoch: store.epoch) }) else {
            throw RPCError(.dataLoss, "the receipt of \(push.name) cannot be rebuilt")
        }
        return try WrittenResponse(receipt, isRepeated: isRepeated, findings: push.findings)
    }
}

extension Pushing.Stage {
    /// With as many findings as there is still room for, which they take.
    func limited(toFindings roomBytes: inout Int) -> Pushing.Stage {
        guard case .success(var push) = self, push.refusal != nil else { return self }
        push.limitFindings(toBytes: &roomBytes)
        return .success(push)
    }

    /// The push, unless it is refused already.
    fileprivate var ready: Push? {
        if case .success(let push) = self, push.refusal == nil { push } else { nil }
    }

    /// Set for pushes that are refused already.
    fileprivate var refusal: Refusal? {
        switch self {
        case .success(let push): push.refusal
        case .failure(let refusal): refusal
        }
    }
}
