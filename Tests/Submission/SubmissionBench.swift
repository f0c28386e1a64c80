import Cryptography
import Following
import Glibc
import Journal
import Logging
import Messages
import RPC
import Reporting
import ReportingMessages
import Serving
import Storage
import SubmissionRules
import SubmissionServer
import SubmissionStorage
import Synchronization
import TestStores
import TestSupport
import Testing
import Wire

/// A registry of which only the journal is real: who asks how far it is calls Follow to its end, submission itself follows
/// without one.
final class RegistryDouble: Sendable {
    let store: Store
    private let isReachable = Mutex(true)
    private let isHeldBack = Watched(false)
    private let isSilent = Watched(false)
    private let count = Mutex(0)

    init(_ directory: TemporaryDirectory) throws {
        store = try Store(
            opening: StoreOptions(testing: "registry", at: directory.file("registry.db")))
    }

    /// From now on every question is answered UNAVAILABLE.
    func disappear() { isReachable.withLock { $0 = false } }
    func reappear() { isReachable.withLock { $0 = true } }

    /// From now on no question gets any answer, as of a process that is stopped.
    func fallSilent() { isSilent.update { $0 = true } }
    func speak() { isSilent.update { $0 = false } }

    /// From now on who begins to follow gets nothing, but who asks how far the journal is hears it.
    func holdBack() { isHeldBack.update { $0 = true } }
    func letGo() { isHeldBack.update { $0 = false } }

    /// How often somebody asked how far the journal is.
    var questions: Int { count.withLock { $0 } }

    func publish(_ campaign: Campaign, _ organisations: [Organisation]) async throws {
        let body = try RegistryV1.CampaignPublished(
            campaign: RegistryV1.Campaign(campaign),
            organisations: organisations.map { RegistryV1.Organisation($0) }
        ).encodedBytes()
        try await store.deciding { $0.append(kind: "campaign.published", body: body) }
    }

    var router: Router {
        var router = Router()
        let publisher = JournalPublisher(store)
        router.register(
            ServerStreamingHandler<TypeV1.FollowRequest, TypeV1.FollowResponse>(
                RegistryV1.RegistryService.Methods.follow
            ) { [self] (request, responses, _) throws(RPCError) in
                if request.stopAtEnd {
                    count.withLock { $0 += 1 }
                    _ = try? await isSilent.wait { !$0 }
                    guard isReachable.withLock({ $0 }) else { throw RPCError(.unavailable, "no registry") }
                } else {
                    _ = try? await isHeldBack.wait { !$0 }
                }
                try await publisher.follow(request, responses: responses)
            })
        return router
    }
}

/// A wall clock that shows what the test says.
final class ClockInHand: Sendable {
    let now: Mutex<Int64>

    init(_ instant: Int64) {
        now = Mutex(instant)
    }
}

/// Submission on a real store in a directory of its own, with a clock in the test's hand and callers in this process.
final class SubmissionBench: Sendable {
    static let wrappingKey: WrappingKey = {
        guard let key = try? WrappingKey.generate() else { preconditionFailure("no random bytes") }
        return key
    }()
    static let key: SigningKey = {
        guard let key = try? SigningKey(rawRepresentation: Array(repeating: 7, count: SigningKey.rawBytes)) else {
            preconditionFailure("32 bytes are an Ed25519 key")
        }
        return key
    }()

    let directory: TemporaryDirectory
    var storePath: String { directory.file("submission.db") }
    let registry: RegistryDouble
    let store: Store
    let following: RegistryFollowing
    let service: SubmissionService
    /// What was logged.
    let lines = LogLines()
    let router: Router
    /// The service's, beside the one on its wall.
    let monotonicClock = ManualClock()
    private let clock: ClockInHand
    private let lapses = Watched(0)
    private let running: Task<Void, any Error>

    /// - Parameters:
    ///   - remains: what a bench that was closed and let go left behind, to be opened again.
    ///   - isHeldBack: nothing of the registry's journal arrives until the registry lets go.
    init(
        startingAt instant: Int64 = Sample.beforeDue,
        reopening remains: (directory: TemporaryDirectory, registry: RegistryDouble)? = nil,
        places: WaitingPlaces = WaitingPlaces(), isHeldBack: Bool = false
    ) async throws {
        directory = remains?.directory ?? TemporaryDirectory()
        registry = try remains?.registry ?? RegistryDouble(directory)
        if isHeldBack { registry.holdBack() }
        let clock = ClockInHand(instant)
        self.clock = clock
        store = try Store(
            opening: StoreOptions(
                testing: "submission", at: directory.file("submission.db"), migrations: SubmissionSchema.migrations,
                logKey: LogKey(trustDomain: "quality.example", key: Self.key), wallClock: { clock.now.withLock { $0 } })
        )
        try await store.establishWrapping(by: Self.wrappingKey)
        let transport = InProcessTransport(registry.router, caller: Sample.service("submission"))
        let logger = Logger(label: "test") { [lines] _ in lines }
        var environment = JournalFollower.Environment.live
        environment.sleep = { [lapses] duration in
            guard duration == Patience.limit else { return try await Task.sleep(for: duration) }
            let before = lapses.value
            _ = try await lapses.wait { $0 > before }
        }
        let following = try await RegistryFollowing(
            store: store, registry: RegistryV1.RegistryServiceClient(transport), logger: logger,
            longestQuestion: Patience.limit, environment: environment, places: places)
        self.following = following
        var router = Router()
        service = SubmissionService(
            store: store, registry: following, receiptKey: Self.key.verifyingKey, wrappingKey: Self.wrappingKey,
            refusals: RefusalJournal(logger: logger), clock: monotonicClock, logger: logger)
        service.serve(on: &router)
        self.router = router
        running = Task { try await following.run() }
    }

    /// A bench that knows the sample campaign.
    static func published(at instant: Int64 = Sample.beforeDue) async throws -> SubmissionBench {
        let bench = try await SubmissionBench(startingAt: instant)
        try await bench.registry.publish(Sample.campaign, Sample.organisations)
        return bench
    }

    /// One that knows the sample campaign, and can ask the registry nothing more.
    static func withoutRegistry(places: WaitingPlaces = WaitingPlaces()) async throws -> SubmissionBench {
        let bench = try await SubmissionBench(places: places)
        try await bench.registry.publish(Sample.campaign, Sample.organisations)
        try await Patience.until("the campaign is known") {
            bench.following.current.hasCampaign(Sample.campaign.code)
        }
        bench.registry.disappear()
        return bench
    }

    deinit {
        running.cancel()
    }

    /// Closes the store and gives back what remains; the store's lock goes with the bench itself.
    func close() async -> (directory: TemporaryDirectory, registry: RegistryDouble) {
        running.cancel()
        _ = await running.result
        store.close()
        return (directory, registry)
    }

    /// The patience with the question under way is over.
    func losePatience() { lapses.update { $0 += 1 } }

    func setClock(_ instant: Int64) { clock.now.withLock { $0 = instant } }

    func client(_ caller: CallerIdentity) -> SubmissionV1.SubmissionServiceClient {
        SubmissionV1.SubmissionServiceClient(InProcessTransport(router, caller: caller))
    }

    /// Pushes as the unit's own reporter.
    func push(
        _ report: Report, base: UInt64 = 0, key: String = "key-00000001"
    ) async throws(RPCError) -> SubmissionV1.PushResponse {
        try await client(Sample.reporter(report.reportingUnit)).push(
            SubmissionV1.PushRequest(
                report: SubmissionV1.Report(report), baseVersion: base, idempotencyKey: key))
    }

    /// The code and detail with which a push is refused.
    func refusal(
        _ report: Report, base: UInt64 = 0, key: String = "key-00000001"
    ) async -> (code: StatusCode, message: String, detail: TypeV1.ErrorDetail?)? {
        do {
            _ = try await push(report, base: base, key: key)
            return nil
        } catch {
            return (error.code, error.message, try? TypeV1.ErrorDetail.decode(error.details))
        }
    }

    /// All entries of submission's journal.
    func journal() async throws -> [JournalEntry] {
        try await store.logPiece(after: LogCursor(epoch: store.epoch, size: 0), limitBytes: .max).entries
    }

    /// The reports in force, in order.
    func reports() async throws -> [SubmissionV1.ReportSummary] {
        try await client(Sample.service("statistics")).listReports(
            SubmissionV1.ListReportsRequest(campaign: Sample.campaign.code, pageSize: 1000)
        ).reports
    }
}

/// Checks a receipt offline, from its encoded bytes.
func fault(of receipt: TypeV1.Receipt?) throws -> Reporting.Receipt.Fault? {
    let message = try #require(receipt)
    let receipt = try Receipt(encoded: try message.encodedBytes())
    return receipt.fault(publicKey: SubmissionBench.key.verifyingKey.rawRepresentation, journalSHA256) {
        NoteKey.signatureCheck($0, $1, $2)
    }
}

/// The status codes of verdicts: 0 for what was accepted.
func codes(_ verdicts: [SubmissionV1.Verdict]) -> [UInt32] {
    verdicts.map { verdict in
        switch verdict.outcome {
        case .accepted: 0
        case .refused(let refusal): refusal.code
        case nil: .max
        }
    }
}
