import Cryptography
import Following
import Journal
import Logging
import Messages
import RPC
import Reporting
import ReportingMessages
import Serving
import StatisticsRules
import StatisticsServer
import StatisticsStorage
import Storage
import TestStores
import Wire

/// What the journals of the two services tell in these tests.
extension JournalSource {
    func publish(_ published: PublishedCampaign) async throws {
        try await append(
            "campaign.published",
            RegistryV1.CampaignPublished(
                campaign: .init(published.campaign), organisations: published.organisations.map { .init($0) },
                divisions: published.divisions.map { .init($0) }))
    }

    func register(_ organisation: Organisation) async throws {
        try await append(
            "organisation.registered", RegistryV1.OrganisationRegistered(organisation: .init(organisation)))
    }

    func accept(_ unit: String, version: UInt64 = 1, _ cells: [Cell], rows: [Reporting.Row] = []) async throws {
        let report = Report(
            campaign: Sample.campaignCode, form: Sample.formCode, formVersion: 1, reportingUnit: unit, cells: cells,
            rows: rows)
        let accepted = AcceptedReport(
            campaign: report.campaign, form: report.form, formVersion: 1, reportingUnit: unit, reportVersion: version,
            digest: .zero, timeliness: .onTime, correctedLate: false)
        let body = try SubmissionV1.ReportAccepted(
            report: .init(report), version: version, timeliness: .onTime
        ).encodedBytes()
        try await store.deciding {
            $0.append(kind: AcceptedReport.journalKind, statement: accepted.statement, body: body)
        }
    }
}

/// Statistics as the main wires it, in this process: two sources, one replica, any caller.
struct StatisticsProcess {
    let store: Store
    let following: StatisticsFollowing
    let clock = ManualClock()
    let log = LogLines()
    let handler: StatisticsHandler
    private let router: Router

    init(
        in directory: TemporaryDirectory, following sources: JournalSource..., name: String = "statistics",
        places: WaitingPlaces = WaitingPlaces()
    ) throws {
        store = try Store(
            opening: StoreOptions(
                .file(directory.file("\(name).db")), service: "statistics", migrations: StatisticsSchema.migrations,
                wallClock: { 0 }))
        var gateway = Router()
        for source in sources { source.register(on: &gateway) }
        following = StatisticsFollowing(
            store,
            gateway: InProcessTransport(
                gateway, caller: CallerIdentity(uri: "spiffe://quality.test/service/statistics")!),
            logger: Logger(label: "statistics") { _ in SwiftLogNoOpLogHandler() },
            // Connects again at once: no test waits for a clock.
            environment: .init(
                sleep: { _ in
                    try Task.checkCancellation()
                    await Task.yield()
                }, random: { 0.5 }))
        var router = Router()
        handler = StatisticsHandler(
            StatisticsReader(store), following: following, places: places,
            // Of sources that are there.
            catchingUp: CatchingUp(
                sources.map { [following] in $0.isRegistry ? following.registry : following.submission },
                places: places, clock: clock), clock: clock, logger: log.logger)
        handler.serve(on: &router)
        self.router = router
    }

    func client(_ caller: String = "service/console") -> StatisticsV1.StatisticsServiceClient {
        .init(
            InProcessTransport(router, caller: CallerIdentity(uri: "spiffe://quality.test/\(caller)")!, clock: clock))
    }

    /// Follows while `body` runs.
    func whileFollowing<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await following.registry.run() }
            group.addTask { try await following.submission.run() }
            let value = try await body()
            group.cancelAll()
            try await group.waitForAll()
            return value
        }
    }

    /// Follows until everything is there that the sources hold now.
    func catchUp(_ sources: JournalSource...) async throws {
        try await whileFollowing {
            for source in sources {
                let follower = source.isRegistry ? following.registry : following.submission
                try await follower.waitUntil(source.store.journalHead)
                try await follower.waitUntilCaughtUp()
            }
        }
    }

    /// Everything that readers see of the sample's form.
    func answers() async throws -> [[UInt8]] {
        let key = (Sample.campaignCode, Sample.formCode)
        var line = try await client().getRollup(.init(campaign: key.0, form: key.1, grouping: .reportingLine))
        var place = try await client().getRollup(.init(campaign: key.0, form: key.1, grouping: .place))
        var completeness = try await client().getCompleteness(.init(campaign: key.0, form: key.1))
        // How far the journals were followed is not part of what they tell.
        line.watermark = nil
        place.watermark = nil
        completeness.watermark = nil
        return [try line.encodedBytes(), try place.encodedBytes(), try completeness.encodedBytes()]
    }
}
