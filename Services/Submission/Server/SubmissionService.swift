public import Cryptography
internal import Following
internal import Journal
public import Logging
public import Messages
public import RPC
internal import Reporting
internal import ReportingMessages
internal import Serving
public import Storage
internal import SubmissionRules
internal import SubmissionStorage
internal import Wire

/// Submission's RPC surface: reports in, receipts out.
public struct SubmissionService: SubmissionV1.SubmissionServiceHandler {
    public static let batchItems = 1000
    /// So many verdicts with receipts fit the 4 MiB that a peer accepts as one message, fewer where codes are long: they have
    /// 1,000 bytes each in a log of a million entries, and 32 more each time the log is twice as long.
    public static let streamItems = 2500
    /// What a verdict says of its item's key at most: no valid one is longer.
    private static let keyBytes = 64
    /// What a verdict takes at most, without its findings: a refusal's sentence as one and in its parts, and a key.
    package static let verdictBytes = 2_700
    /// What all verdicts on a stream may take.
    static let verdictsBytes = (4 << 20) - (16 << 10)
    /// What the findings in one answer to a batch may take, all together, and in one to a stream.
    static let findingsBytes = 1 << 20
    static let streamFindingsBytes = 1 << 19
    /// What the findings of all refused items of a batch or a stream may take in memory, and in the journal: a small
    /// message can ask for very many.
    static let stagedFindingsBytes = 4 << 20
    /// Items of a stream that are worked on together.
    package static let streamChunkItems = 256
    /// The bytes after which they are: what a stream keeps does not grow with the number of its items.
    static let streamChunkBytes = 256 << 10

    let store: Store
    let vault: PersonalVault
    let clock: any MonotonicClock
    let faults: ServiceFaults
    /// The place of the one large WHOLE batch that may stand before the thread that commits, for which callers take turns:
    /// its items share a commit, which for a thousand of them takes tenths of a second. Others' pushes wait for one such,
    /// and not for all that one caller has sent.
    package let wholeBatches = CostlyPlaces(limit: 1, share: 1)
    private let shares = CommitShares()
    private let registry: RegistryFollowing
    private let refusals: RefusalJournal
    let publisher: JournalPublisher
    private let receiptKey: VerifyingKey

    /// - Parameters:
    ///   - wrappingKey: the one that the store's keys of personal data are wrapped by.
    ///   - refusals: bounds what of them is journaled.
    ///   - clock: for the turns of long work.
    public init(
        store: Store, registry: RegistryFollowing, receiptKey: VerifyingKey, wrappingKey: WrappingKey,
        refusals: RefusalJournal, clock: any MonotonicClock, logger: Logger
    ) {
        self.store = store
        self.registry = registry
        self.receiptKey = receiptKey
        self.clock = clock
        faults = ServiceFaults("submission", logger)
        vault = PersonalVault(store, wrappingKey, faults)
        self.refusals = refusals
        publisher = JournalPublisher(store) { [faults] in faults.status(of: $0, doing: "the journal") }
    }

    /// As of now: for what has just come.
    var knowledge: RegistryKnowledge { registry.knowledge }

    private func pushing(_ knowledge: RegistryKnowledge, judgesEach: Bool) -> Pushing {
        Pushing(
            store: store, knowledge: knowledge, vault: vault, refusals: refusals, faults: faults,
            wholeBatches: wholeBatches, shares: shares, clock: clock, judgesEach: judgesEach)
    }

    /// For a single push that has just come.
    private var pushing: Pushing { pushing(knowledge, judgesEach: false) }

    /// Serves every method, those with large answers off the event loops.
    public func serve(on router: inout Router) {
        register(on: &router)
        let methods = SubmissionV1.SubmissionService.Methods.self
        router.replace(
            UnaryHandler<ReceivedPush, WrittenResponse>(methods.push) { received, context throws(RPCError) in
                let (pushing, pusher) = (pushing, Pushing.Pusher(context))
                var turns = WorkTurns(context.call, clock: clock)
                let (_, stage) = try await pushing.stage(received, by: pusher, &turns)
                return try await push(stage, pushing, by: pusher, &turns)
            })
        router.replace(
            UnaryHandler<ReceivedBatch, WrittenVerdicts<SubmissionV1.PushBatchResponse>>(methods.pushBatch) {
                batch, context throws(RPCError) in
                try await pushBatch(batch.items, batch.atomicity, context)
            })
        router.replace(
            ClientStreamingHandler<ReceivedStreamItem, WrittenVerdicts<SubmissionV1.PushStreamResponse>>(
                methods.pushStream
            ) { requests, context throws(RPCError) in
                try await pushStream(requests, context) { $0.item }
            })
        router.continueOffLoop([methods.getReport, methods.listReports, methods.follow, methods.getHashTiles])
        router.takePlaces([methods.getCheckpoint, methods.getConsistencyProof, methods.getInclusionProof])
    }

    public func push(
        _ request: SubmissionV1.PushRequest, context: ServerContext
    ) async throws(RPCError) -> SubmissionV1.PushResponse {
        let (pushing, pusher) = (pushing, Pushing.Pusher(context))
        var turns = WorkTurns(context.call, clock: clock)
        let stage = try await pushing.stage(request, by: pusher, &turns)
        return try await push(stage, pushing, by: pusher, &turns).value()
    }

    private func push(
        _ stage: Pushing.Stage, _ pushing: Pushing, by pusher: Pushing.Pusher, _ turns: inout WorkTurns
    ) async throws(RPCError) -> WrittenResponse {
        if case .failure(let refusal) = stage { throw RPCError(refusal) }
        switch try await pushing.carryOut([stage], by: pusher, &turns).first {
        case .success(let response):
            if !response.isRepeated { faults.wrote() }
            return response
        case .failure(let refusal): throw RPCError(refusal)
        case nil: throw RPCError(.internal, "a push has no result")
        }
    }

    public func pushBatch(
        _ request: SubmissionV1.PushBatchRequest, context: ServerContext
    ) async throws(RPCError) -> SubmissionV1.PushBatchResponse {
        let items = try request.items.map { item throws(RPCError) in try ReceivedPush(item) }
        return try await pushBatch(items, request.atomicity, context).value()
    }

    private func pushBatch(
        _ items: [ReceivedPush], _ atomicity: SubmissionV1.Atomicity, _ context: ServerContext
    ) async throws(RPCError) -> WrittenVerdicts<SubmissionV1.PushBatchResponse> {
        try judgeRole(context)
        guard items.count <= Self.batchItems else {
            throw RPCError(
                Refusal(
                    .invalid, thing: "a batch of \(items.count) items", place: "items",
                    remedy: "at most \(Self.batchItems) at once; send the rest in another batch, or use PushStream"))
        }
        let isWhole: Bool
        switch atomicity {
        case .each: isWhole = false
        case .whole: isWhole = true
        case .unspecified, .unrecognized:
            throw RPCError(
                Refusal(
                    .invalid, thing: "the batch", place: "atomicity",
                    remedy: "say ATOMICITY_EACH or ATOMICITY_WHOLE"))
        }
        let pushing = pushing(knowledge, judgesEach: !isWhole)
        let pusher = Pushing.Pusher(context)
        var turns = WorkTurns(context.call, clock: clock)
        var room = Self.stagedFindingsBytes
        let (keys, stages) = try await stage(items, pushing, by: pusher, &room, &turns)
        let results =
            isWhole
            ? try await pushing.carryOutWhole(stages, by: pusher, &turns)
            : try await carryOutEach(stages, pushing, by: pusher, &turns)
        // Its findings and receipts may be large.
        try await context.call.takePlace()
        var verdicts = Verdicts<SubmissionV1.PushBatchResponse>(roomBytes: Self.findingsBytes)
        try add(results, keys, to: &verdicts)
        return verdicts.written
    }

    private func carryOutEach(
        _ stages: [Pushing.Stage], _ pushing: Pushing, by pusher: Pushing.Pusher, _ turns: inout WorkTurns
    ) async throws(RPCError) -> [Pushing.Answer] {
        do throws(RPCError) {
            return try await pushing.carryOut(stages, by: pusher, &turns)
        } catch {
            throw error.telling(carriedOut: 0, begun: stages.count)
        }
    }

    public func pushStream(
        _ requests: RequestStream<SubmissionV1.PushStreamRequest>, context: ServerContext
    ) async throws(RPCError) -> SubmissionV1.PushStreamResponse {
        try await pushStream(requests, context) { request throws(RPCError) in
            try ReceivedPush(request.item ?? SubmissionV1.PushRequest())
        }.value()
    }

    private func pushStream<Request>(
        _ requests: RequestStream<Request>, _ context: ServerContext,
        _ item: @Sendable (Request) throws(RPCError) -> ReceivedPush
    ) async throws(RPCError) -> WrittenVerdicts<SubmissionV1.PushStreamResponse> {
        try judgeRole(context)
        let pusher = Pushing.Pusher(context)
        var turns = WorkTurns(context.call, clock: clock)
        var room = Self.stagedFindingsBytes
        var verdicts = Verdicts<SubmissionV1.PushStreamResponse>(roomBytes: Self.streamFindingsBytes)
        var knowledge = StreamedKnowledge()
        var chunk: [ReceivedPush] = []
        var chunkBytes = 0
        // Those whose carrying out was begun.
        var begun = 0
        do throws(RPCError) {
            for try await request in requests {
                guard verdicts.written.count + chunk.count < Self.streamItems else {
                    throw RPCError(
                        Refusal(
                            .invalid, thing: "the stream", place: "item \(Self.streamItems)",
                            remedy: "at most \(Self.streamItems) items a stream; send them again in shorter streams"))
                }
                chunk.append(try item(request))
                chunkBytes += chunk.last?.bytes.count ?? 0
                if chunk.count == Self.streamChunkItems || chunkBytes >= Self.streamChunkBytes {
                    try await carryOut(chunk, by: pusher, to: &verdicts, &begun, &knowledge, &room, &turns)
                    chunk.removeAll(keepingCapacity: true)
                    chunkBytes = 0
                }
            }
            try await carryOut(chunk, by: pusher, to: &verdicts, &begun, &knowledge, &room, &turns)
            try await context.call.takePlace()
        } catch {
            throw error.telling(carriedOut: verdicts.written.count, begun: begun)
        }
        return verdicts.written
    }

    /// Items that came meanwhile.
    private func carryOut(
        _ items: [ReceivedPush], by pusher: Pushing.Pusher,
        to verdicts: inout Verdicts<SubmissionV1.PushStreamResponse>, _ begun: inout Int,
        _ knowledge: inout StreamedKnowledge, _ room: inout Int, _ turns: inout WorkTurns
    ) async throws(RPCError) {
        guard !items.isEmpty else { return }
        let bytes = verdicts.written.byteCount + items.count * Self.verdictBytes
        guard bytes <= Self.verdictsBytes else {
            throw RPCError(
                Refusal(
                    .invalid, thing: "the stream", place: "item \(verdicts.written.count)",
                    remedy: "verdicts on more would not fit one answer, since codes are long; "
                        + "send them again in shorter streams"))
        }
        turns.waits()
        let pushing = pushing(knowledge.next(registry, at: clock.now), judgesEach: true)
        let staged = try await stage(items, pushing, by: pusher, &room, &turns)
        begun = verdicts.written.count + items.count
        let results = try await pushing.carryOut(staged.stages, by: pusher, &turns)
        try add(results, staged.keys, to: &verdicts)
    }

    /// All of them, before anything of them is carried out. `room`: bytes for their findings.
    private func stage(
        _ items: [ReceivedPush], _ pushing: Pushing, by pusher: Pushing.Pusher, _ room: inout Int,
        _ turns: inout WorkTurns
    ) async throws(RPCError) -> (keys: [String], stages: [Pushing.Stage]) {
        var (keys, stages): ([String], [Pushing.Stage]) = ([], [])
        keys.reserveCapacity(items.count)
        stages.reserveCapacity(items.count)
        for item in items {
            let (key, stage) = try await pushing.stage(item, by: pusher, &turns)
            keys.append(key)
            stages.append(stage.limited(toFindings: &room))
        }
        return (keys, stages)
    }

    public func getReceiptKey(
        _ request: SubmissionV1.GetReceiptKeyRequest, context: ServerContext
    ) async throws(RPCError) -> SubmissionV1.GetReceiptKeyResponse {
        SubmissionV1.GetReceiptKeyResponse(
            publicKey: receiptKey.rawRepresentation, keyID: receiptKey.id, verifierKey: store.logKey?.text ?? "")
    }

    public func follow(
        _ request: TypeV1.FollowRequest, responses: ResponseWriter<TypeV1.FollowResponse>, context: ServerContext
    ) async throws(RPCError) {
        do {
            try SubmissionAccess.follow(by: Caller(context.caller))
        } catch {
            throw RPCError(error)
        }
        try await publisher.follow(request, responses: responses)
    }

    /// Whether the caller pushes anything at all, before anything of its batch is looked at.
    private func judgeRole(_ context: ServerContext) throws(RPCError) {
        do throws(Refusal) {
            try SubmissionAccess.push(by: Caller(context.caller))
        } catch {
            throw RPCError(error)
        }
    }

    /// What was said so far of the items of a batch or a stream, and what room there still is for findings.
    private struct Verdicts<Answer: Message> {
        var written = WrittenVerdicts<Answer>()
        var roomBytes: Int
    }

    private func add<Answer>(
        _ results: [Pushing.Answer], _ keys: [String], to verdicts: inout Verdicts<Answer>
    ) throws(RPCError) {
        for (result, key) in zip(results, keys.lazy.map { $0.shortened(toBytes: Self.keyBytes) }) {
            switch result {
            case .success(var response):
                if !response.isRepeated { faults.wrote() }
                if response.findingsByteCount > max(verdicts.roomBytes, 0) {
                    try response.replaceFindings(by: .untold(response.findingsCount))
                }
                verdicts.roomBytes -= response.findingsByteCount
                try verdicts.written.append(response, idempotencyKey: key)
            case .failure(let refusal):
                let detail = refusal.detail(limitBytes: max(verdicts.roomBytes, 0))
                verdicts.roomBytes -= detail.approximateBytes
                let told = SubmissionV1.Refusal(
                    code: UInt32(refusal.code.rawValue), message: refusal.message, detail: detail)
                try verdicts.written.append(told, idempotencyKey: key)
            }
        }
    }
}
