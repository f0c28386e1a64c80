import Cryptography
import Following
import Journal
import Messages
import NotificationRules
import NotificationServer
import NotificationStorage
import RPC
import Reporting
import ReportingMessages
import Serving
import Storage
import TestStores
import Wire

/// What the journals of the two services tell in these tests.
extension JournalSource {
    func publish(_ campaign: Campaign, _ organisations: [Organisation]) async throws {
        try await append(
            "campaign.published",
            RegistryV1.CampaignPublished(
                campaign: .init(campaign), organisations: organisations.map { .init($0) }))
    }

    func accept(_ unit: String, version: UInt64 = 1, digest: UInt8 = 1, findings: [Finding] = []) async throws {
        let accepted = Sample.accepted(unit, version: version, digest: digest)
        let body = try SubmissionV1.ReportAccepted(
            report: .init(campaign: accepted.campaign, form: accepted.form, reportingUnit: unit), version: version,
            digest: accepted.digest.bytes, timeliness: .onTime, findings: findings.map { .init($0) }
        ).encodedBytes()
        try await store.deciding {
            $0.append(
                kind: AcceptedReport.journalKind,
                statement: accepted.statement, body: body)
        }
    }

    func reject(_ unit: String, digest: UInt8 = 1, findings: [Finding] = [Sample.finding]) async throws {
        try await append(
            "report.rejected",
            SubmissionV1.ReportRejected(
                campaign: Sample.campaign.code, form: "summary", reportingUnit: unit,
                digest: Array(repeating: digest, count: 32), code: 3, message: "the report: wrong",
                findings: findings.map { .init($0) }))
    }
}

/// Notification as the main wires it, in this process: two sources, any caller.
struct NotificationProcess {
    let store: Store
    let following: NotificationFollowing
    let log = LogLines()
    let clock = ManualClock()
    let handler: NotificationHandler
    private let router: Router

    init(
        in directory: TemporaryDirectory, following sources: JournalSource..., name: String = "notification",
        wallClock: @escaping @Sendable () -> Int64 = { 1_567_400_000_000_000 }
    ) throws {
        store = try Store(
            opening: StoreOptions(
                testing: "notification", at: directory.file("\(name).db"), migrations: NotificationSchema.migrations,
                logKey: nil, wallClock: wallClock))
        var gateway = Router()
        for source in sources { source.register(on: &gateway) }
        let logger = log.logger
        following = NotificationFollowing(
            store,
            gateway: InProcessTransport(
                gateway, caller: CallerIdentity(uri: "spiffe://quality.test/service/notification")!),
            logger: logger,
            // Connects again at once: no test waits for a clock.
            environment: .init(
                sleep: { _ in
                    try Task.checkCancellation()
                    await Task.yield()
                }, random: { 0.5 }))
        var router = Router()
        // Of sources that are there.
        let followers = sources.map { [following] in $0.isRegistry ? following.registry : following.submission }
        handler = NotificationHandler(
            InboxStore(store), catchingUp: CatchingUp(followers, places: WaitingPlaces(), clock: clock),
            logger: logger)
        handler.serve(on: &router)
        self.router = router
    }

    func client(_ caller: String = "service/console") -> NotificationV1.NotificationServiceClient {
        .init(InProcessTransport(router, caller: CallerIdentity(uri: "spiffe://quality.test/\(caller)")!))
    }

    /// Follows until everything is there that the sources hold now.
    func catchUp(_ sources: JournalSource...) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await following.registry.run() }
            group.addTask { try await following.submission.run() }
            for source in sources {
                let follower = source.isRegistry ? following.registry : following.submission
                try await follower.waitUntil(source.store.journalHead)
                try await follower.waitUntilCaughtUp()
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    func inbox(_ organisation: String, unreadOnly: Bool = false) async throws -> [NotificationV1.InboxMessage] {
        try await client().listInbox(.init(organisation: organisation, unreadOnly: unreadOnly)).messages
    }
}
