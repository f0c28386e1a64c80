import Messages
import RPC
import Synchronization
import Wire

@testable import Console

/// What a command did: its exit code and what it wrote to both streams.
struct CommandResult {
    let exitCode: Int32
    let output: String
    let errors: String
}

/// A submission service that answers as it is told, and remembers what it was asked.
final class FakeSubmission: SubmissionV1.SubmissionServiceHandler {
    typealias Answer = @Sendable (SubmissionV1.PushRequest) -> SubmissionV1.Verdict.Outcome

    private let answer: Answer
    private let failsAfterItems: Int
    private let pushed = Mutex<[SubmissionV1.PushBatchRequest]>([])

    /// - Parameter failsAfterItems: from so many items on every batch is UNAVAILABLE.
    init(failsAfterItems: Int = .max, _ answer: @escaping Answer) {
        self.answer = answer
        self.failsAfterItems = failsAfterItems
    }

    var batches: [SubmissionV1.PushBatchRequest] { pushed.withLock { $0 } }
    var items: [SubmissionV1.PushRequest] { batches.flatMap(\.items) }

    func pushBatch(
        _ request: SubmissionV1.PushBatchRequest, context: ServerContext
    ) async throws(RPCError) -> SubmissionV1.PushBatchResponse {
        let before = pushed.withLock { pushed in
            defer { pushed.append(request) }
            return pushed.reduce(0) { $0 + $1.items.count }
        }
        guard before < failsAfterItems else { throw RPCError(.unavailable, "the power is out") }
        let verdicts = request.items.enumerated().map { index, item in
            SubmissionV1.Verdict(
                index: UInt32(index), idempotencyKey: item.idempotencyKey, outcome: answer(item))
        }
        return SubmissionV1.PushBatchResponse(verdicts: verdicts)
    }

    func push(
        _ request: SubmissionV1.PushRequest, context: ServerContext
    ) async throws(RPCError) -> SubmissionV1.PushResponse { throw Self.unused }

    func pushStream(
        _ requests: RequestStream<SubmissionV1.PushStreamRequest>, context: ServerContext
    ) async throws(RPCError) -> SubmissionV1.PushStreamResponse { throw Self.unused }

    func getReport(
        _ request: SubmissionV1.GetReportRequest, context: ServerContext
    ) async throws(RPCError) -> SubmissionV1.GetReportResponse { throw Self.unused }

    func listReports(
        _ request: SubmissionV1.ListReportsRequest, context: ServerContext
    ) async throws(RPCError) -> SubmissionV1.ListReportsResponse { throw Self.unused }

    func getReceiptKey(
        _ request: SubmissionV1.GetReceiptKeyRequest, context: ServerContext
    ) async throws(RPCError) -> SubmissionV1.GetReceiptKeyResponse { throw Self.unused }

    func follow(
        _ request: TypeV1.FollowRequest, responses: ResponseWriter<TypeV1.FollowResponse>, context: ServerContext
    ) async throws(RPCError) { throw Self.unused }

    func getCheckpoint(
        _ request: TypeV1.GetCheckpointRequest, context: ServerContext
    ) async throws(RPCError) -> TypeV1.GetCheckpointResponse { throw Self.unused }

    func getConsistencyProof(
        _ request: TypeV1.GetConsistencyProofRequest, context: ServerContext
    ) async throws(RPCError) -> TypeV1.GetConsistencyProofResponse { throw Self.unused }

    func getInclusionProof(
        _ request: TypeV1.GetInclusionProofRequest, context: ServerContext
    ) async throws(RPCError) -> TypeV1.GetInclusionProofResponse { throw Self.unused }

    func getHashTiles(
        _ request: TypeV1.GetHashTilesRequest, context: ServerContext
    ) async throws(RPCError) -> TypeV1.GetHashTilesResponse { throw Self.unused }

    private static let unused = RPCError(.unimplemented, "not of this test")

    /// Runs qmctl against this service; the registry knows no form.
    func run(
        _ arguments: String..., isTerminal: Bool = false,
        print: (@Sendable (String) throws(CommandFailure) -> Void)? = nil
    ) async -> CommandResult {
        var router = Router()
        register(on: &router)
        let transport = InProcessTransport(
            NotFoundRegistry.added(to: router), caller: CallerIdentity(uri: "spiffe://test/org/top/reporter")!)
        let streams = Streams()
        let environment = ConsoleEnvironment(
            connect: { _ in transport }, disconnect: {}, print: print ?? { streams.add(output: $0 + "\n") },
            report: { streams.add(errors: $0) }, isTerminal: isTerminal)
        let code = await ConsoleEnvironment.$current.withValue(environment) { await Console.run(arguments) }
        return CommandResult(exitCode: code, output: streams.output, errors: streams.errors)
    }
}

/// A registry where nothing is published: reports are sent as their files type them.
private enum NotFoundRegistry {
    static func added(to router: Router) -> Router {
        var router = router
        router.register(
            UnaryHandler<RegistryV1.GetFormRequest, RegistryV1.GetFormResponse>(
                RegistryV1.RegistryService.Methods.getForm
            ) { (_, _) throws(RPCError) in throw RPCError(.notFound, "no such form") })
        return router
    }
}

final class Streams: Sendable {
    private let text = Mutex((output: "", errors: ""))

    var output: String { text.withLock { $0.output } }
    var errors: String { text.withLock { $0.errors } }

    func add(output: String) { text.withLock { $0.output += output } }
    func add(errors: String) { text.withLock { $0.errors += errors } }
}
