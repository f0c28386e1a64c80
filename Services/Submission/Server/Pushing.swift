internal import Messages
internal import RPC
internal import Reporting
internal import ReportingMessages
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

    /// A push on its way to the writer.
    enum Stage: Sendable {
        case ready(LedgerPush)
        /// Refused by its findings: to be journaled.
        case blocked(PreparedPush, Refusal)
        /// Refused, and not known to concern anybody's report.
        case notAdmitted(Refusal)
    }

    /// Who pushes.
    struct Pusher: Sendable {
        let caller: SubmissionCaller
        let uri: String

        init(_ identity: CallerIdentity) {
            caller = SubmissionCaller(identity)
            uri = identity.uri
        }
    }

    /// What became of a push, once it is durable.
    enum Result: Sendable {
        case accepted(SubmissionV1.PushResponse)
        case refused(Refusal)
    }

    func stage(_ request: SubmissionV1.PushRequest, by pusher: Pusher) async throws(RPCError) -> Stage {
        guard let message = request.report else {
            return .notAdmitted(
                Refusal(.invalid, thing: "the push", place: "report", remedy: "a push carries a report"))
        }
        var malformed: [Finding] = []
        let report = Report(message, malformed: &malformed)
        let catalogue = try await knowledge.catalogue(knowing: ReportName(report))
        let admitted: AdmittedPush
        do {
            admitted = try AdmittedPush(
                PushItem(
                    report: report, malformed: malformed, baseVersion: request.baseVersion,
                    idempotencyKey: request.idempotencyKey), by: pusher.caller, catalogue)
        } catch {
            return .notAdmitted(error)
        }
        let key = admitted.needsSalt ? try await vault.key(of: admitted.name.unit) : nil
        let push = admitted.prepared(salt: key?.salt ?? [], journalSHA256)
        if let refusal = push.refusal { return .blocked(push, refusal) }
        let personal = try key.flatMap { key throws(RPCError) in try PersonalVault.seal(push, key) }
        return .ready(try LedgerPush(push, pushedBy: pusher.uri, personal: personal))
    }

    /// Carries out staged pushes in one group commit, each by itself, in their order.
    func carryOut(_ stages: [Stage], by pusher: Pusher) async throws(RPCError) -> [Result] {
        do {
            let committed = try await store.commit { transaction in
                try stages.map { stage -> PushOutcomeOrRefusal in
                    switch stage {
                    case .ready(let push):
                        let outcome = try transaction.take(push)
                        guard case .refused(let reason) = outcome else { return .outcome(outcome) }
                        let refusal = Refusal(reason, push.push.name)
                        try transaction.record(
                            refusal, code: refusal.code.rawValue, of: push.push, pushedBy: pusher.uri)
                        return .refusal(refusal)
                    case .blocked(let push, let refusal):
                        try transaction.record(
                            refusal, code: refusal.code.rawValue, of: push, pushedBy: pusher.uri)
                        return .refusal(refusal)
                    case .notAdmitted(let refusal):
                        return .refusal(refusal)
                    }
                }
            }
            var results: [Result] = []
            results.reserveCapacity(stages.count)
            for (stage, outcome) in zip(stages, committed.value) {
                switch (outcome, stage) {
                case (.refusal(let refusal), _): results.append(.refused(refusal))
                case (.outcome(let outcome), .ready(let push)):
                    results.append(.accepted(try await response(outcome, push.push, in: committed)))
                case (.outcome, _):
                    throw RPCError(.internal, "a refused push has an outcome")
                }
            }
            return results
        } catch {
            throw RPCError(storing: error)
        }
    }

    /// Carries out staged pushes in one group commit: all of them, or none when one is refused.
    func carryOutWhole(_ stages: [Stage], by pusher: Pusher) async throws(RPCError) -> [Result] {
        let blocked = stages.map(\.refusal)
        if blocked.contains(where: { $0 != nil }) {
            return try await refuseWhole(stages, blocked, by: pusher)
        }
        do {
            let committed = try await store.commit { transaction in
                var refusals = [Refusal?](repeating: nil, count: stages.count)
                let outcomes = try stages.indices.map { index -> PushOutcome? in
                    guard case .ready(let push) = stages[index] else { return nil }
                    let outcome = try transaction.take(push)
                    if case .refused(let reason) = outcome { refusals[index] = Refusal(reason, push.push.name) }
                    return outcome
                }
                // Thrown, so that the accepted ones leave nothing behind.
                if refusals.contains(where: { $0 != nil }) { throw WholeRefused(refusals: refusals) }
                return outcomes
            }
            var results: [Result] = []
            for (stage, outcome) in zip(stages, committed.value) {
                guard case .ready(let push) = stage, let outcome else { continue }
                results.append(.accepted(try await response(outcome, push.push, in: committed)))
            }
            return results
        } catch let refused as WholeRefused {
            return try await refuseWhole(stages, refused.refusals, by: pusher)
        } catch {
            throw RPCError(storing: error)
        }
    }

    private struct WholeRefused: Error {
        let refusals: [Refusal?]
    }

    private enum PushOutcomeOrRefusal: Sendable {
        case outcome(PushOutcome)
        case refusal(Refusal)
    }

    /// Journals the refusals that are an item's own; the others are only told.
    private func refuseWhole(
        _ stages: [Stage], _ own: [Refusal?], by pusher: Pusher
    ) async throws(RPCError) -> [Result] {
        let recorded = zip(stages, own).compactMap { stage, refusal in
            refusal.flatMap { refusal in stage.push.map { ($0, refusal) } }
        }
        if !recorded.isEmpty {
            do {
                try await store.write { transaction in
                    for (push, refusal) in recorded {
                        try transaction.record(
                            refusal, code: refusal.code.rawValue, of: push, pushedBy: pusher.uri)
                    }
                }
            } catch {
                throw RPCError(storing: error)
            }
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
        case .refused: throw RPCError(.internal, "a refused push has no receipt")
        }
        // A first push that came at once with its copy is in this very group commit, which readers may not see yet.
        var proof = committed.proof(at: position)
        if proof == nil { proof = try await store.proof(at: position) }
        guard let receipt = proof.flatMap(Receipt.init) else {
            throw RPCError(.dataLoss, "the receipt of \(push.name) cannot be rebuilt")
        }
        return SubmissionV1.PushResponse(
            receipt: TypeV1.Receipt(receipt), repeatedPush: isRepeated,
            findings: push.findings.map { TypeV1.Finding($0) })
    }
}

extension Pushing.Stage {
    /// Set for pushes that are refused already.
    fileprivate var refusal: Refusal? {
        switch self {
        case .ready: nil
        case .blocked(_, let refusal), .notAdmitted(let refusal): refusal
        }
    }

    /// The push, when it is known to concern a report.
    fileprivate var push: PreparedPush? {
        switch self {
        case .ready(let ledger): ledger.push
        case .blocked(let push, _): push
        case .notAdmitted: nil
        }
    }
}
