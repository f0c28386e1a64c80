import Cryptography
import Following
import Glibc
import Logging
import Messages
import NotificationRules
import NotificationServer
import NotificationStorage
import RPC
import Reporting
import ReportingMessages
import Storage
import Wire

/// A directory of its own, removed with its files at the end.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/quality-notification-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { buffer in
            mkdtemp(buffer.baseAddress!)
            return String(cString: buffer.baseAddress!)
        }
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    deinit {
        if let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                }
                unlink(file(name))
            }
            closedir(directory)
        }
        rmdir(path)
    }
}

/// Stands for the service that owns a journal: a real store, and Follow.
final class JournalSource: Sendable {
    let store: Store
    private let follow: MethodDescriptor

    init(_ name: String, in directory: TemporaryDirectory, partitionCount: Int, epoch: UInt8, follow: MethodDescriptor)
        throws
    {
        self.follow = follow
        store = try Store(
            opening: StoreOptions(
                path: directory.file("\(name)-\(epoch).db"), service: name, partitionCount: partitionCount,
                migrations: [], wallClock: { 1_567_300_000_000_000 },
                makeEpoch: { JournalEpoch(Array(repeating: epoch, count: 16))! }))
    }

    static func registry(in directory: TemporaryDirectory, epoch: UInt8 = 1) throws -> JournalSource {
        try JournalSource(
            "registry", in: directory, partitionCount: 1, epoch: epoch,
            follow: RegistryV1.RegistryService.Methods.follow)
    }

    static func submission(in directory: TemporaryDirectory, epoch: UInt8 = 2) throws -> JournalSource {
        try JournalSource(
            "submission", in: directory, partitionCount: 4, epoch: epoch,
            follow: SubmissionV1.SubmissionService.Methods.follow)
    }

    func register(on router: inout Router) {
        let publisher = JournalPublisher(store)
        router.register(
            ServerStreamingHandler<TypeV1.FollowRequest, TypeV1.FollowResponse>(follow) {
                (request, responses, _) throws(RPCError) in
                try await publisher.follow(request, responses: responses)
            })
    }

    func append(_ kind: String, _ body: some RPC.Message, partition: UInt32 = 0) async throws {
        let body = try body.encodedBytes()
        try await store.write { try $0.append(partition: partition, kind: kind, body: body) }
    }

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
        try await store.write {
            try $0.append(
                partition: JournalPartition.of(unit, count: 4), kind: AcceptedReport.journalKind,
                statement: accepted.statement, body: body)
        }
    }

    func reject(_ unit: String, digest: UInt8 = 1, findings: [Finding] = [Sample.finding]) async throws {
        try await append(
            "report.rejected",
            SubmissionV1.ReportRejected(
                campaign: Sample.campaign.code, form: "summary", reportingUnit: unit,
                digest: Array(repeating: digest, count: 32), code: 3, message: "the report: wrong",
                findings: findings.map { .init($0) }),
            partition: JournalPartition.of(unit, count: 4))
    }
}

/// Notification as the main wires it, in this process: two sources, any caller.
struct NotificationProcess {
    let store: Store
    let following: NotificationFollowing
    private let router: Router

    init(
        in directory: TemporaryDirectory, following sources: JournalSource..., name: String = "notification",
        wallClock: @escaping @Sendable () -> Int64 = { 1_567_400_000_000_000 }
    ) throws {
        store = try Store(
            opening: StoreOptions(
                path: directory.file("\(name).db"), service: "notification", partitionCount: 1,
                migrations: NotificationSchema.migrations, wallClock: wallClock))
        var gateway = Router()
        for source in sources { source.register(on: &gateway) }
        let logger = Logger(label: "notification") { _ in SwiftLogNoOpLogHandler() }
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
        NotificationHandler(InboxStore(store), logger: logger).register(on: &router)
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
                let follower = source.store.partitionCount == 1 ? following.registry : following.submission
                try await follower.waitUntil(source.store.journalHeads)
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    func inbox(_ organisation: String, unreadOnly: Bool = false) async throws -> [NotificationV1.InboxMessage] {
        try await client().listInbox(.init(organisation: organisation, unreadOnly: unreadOnly)).messages
    }
}
