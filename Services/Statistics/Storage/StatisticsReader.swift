public import Journal
internal import Messages
internal import RPC
public import Reporting
internal import ReportingMessages
public import StatisticsRules
public import Storage
internal import Synchronization

/// How far an answer's data reach in the journals they were made from; `nil`: nothing of that journal was followed yet.
public struct StatisticsWatermark: Sendable, Hashable {
    public var registry: LogCursor?
    public var submission: LogCursor?

    public init(registry: LogCursor?, submission: LogCursor?) {
        self.registry = registry
        self.submission = submission
    }
}

/// One form as it was at one moment. Keeps what was made of it, since readers ask the same again.
public final class FormSnapshot: Sendable {
    private struct RollupKey: Hashable {
        var grouping: Grouping
        var visibility: Visibility
    }

    /// Roll-ups kept of one form; beyond them all are made again.
    private static let keptLimit = 64

    public let published: PublishedCampaign
    public let registered: [String: Organisation]
    fileprivate let projection: StatisticsProjection
    private let key: StatisticsProjection.FormKey
    private let kept = Mutex<[RollupKey: (rollup: Rollup, hash: JournalHash)]>([:])

    init(
        _ published: PublishedCampaign, _ projection: StatisticsProjection, key: StatisticsProjection.FormKey
    ) {
        self.published = published
        self.projection = projection
        self.key = key
        registered = projection.registered
    }

    /// `nil` when the campaign has no such form.
    public func rollup(_ grouping: Grouping, _ visibility: Visibility) -> (rollup: Rollup, hash: JournalHash)? {
        let rollupKey = RollupKey(grouping: grouping, visibility: visibility)
        if let kept = kept.withLock({ $0[rollupKey] }) { return kept }
        guard let scope = projection.scope(of: key, visibility: visibility) else { return nil }
        let rollup = Rollup(scope, grouping: grouping)
        let made = (rollup: rollup, hash: rollup.hash(journalSHA256))
        kept.withLock { kept in
            if kept.count >= Self.keptLimit { kept = [:] }
            kept[rollupKey] = made
        }
        return made
    }

    /// `nil` when the campaign has no such form.
    public func completeness(_ visibility: Visibility) -> Completeness? {
        projection.scope(of: key, visibility: visibility).map { Completeness($0) }
    }
}

/// Reads forms from the store: consistently, with the watermark of that very moment.
public final class StatisticsReader: Sendable {
    private struct Kept {
        var registry: LogCursor?
        /// Changes are counted anew when submission's journal is another one.
        var submission: JournalEpoch?
        var changes: Int64
        var snapshot: FormSnapshot
    }

    /// Forms kept in memory; beyond them all are read again.
    private static let keptLimit = 256

    private let store: Store
    private let kept = Mutex<[StatisticsProjection.FormKey: Kept]>([:])
    /// Organisations registered, as of a place in the registry's journal.
    private let registered = Mutex<(registry: LogCursor?, byCode: [String: Organisation])>((nil, [:]))

    public init(_ store: Store) {
        self.store = store
    }

    /// The form, with how far the data reach; no snapshot for a campaign that is not known (yet).
    public func form(
        _ key: StatisticsProjection.FormKey
    ) async throws -> (snapshot: FormSnapshot?, watermark: StatisticsWatermark) {
        let known = kept.withLock { $0[key] }
        let knownRegistered = registered.withLock { $0 }
        let (read, watermark) = try await store.read { transaction -> (Kept?, StatisticsWatermark) in
            let watermark = StatisticsWatermark(
                registry: try transaction.followedLog(StatisticsIntake.registry)?.cursor,
                submission: try transaction.followedLog(StatisticsIntake.submission)?.cursor)
            let changes = try transaction.row(FormRow.self, key)?.changes ?? 0
            if let known, known.registry == watermark.registry, known.submission == watermark.submission?.epoch,
                known.changes == changes
            {
                return (known, watermark)
            }
            let registered =
                knownRegistered.registry == watermark.registry
                ? knownRegistered.byCode : try transaction.registeredOrganisations()
            self.registered.withLock { $0 = (watermark.registry, registered) }
            // Changes that go back were forgotten in between: nothing of it holds then.
            let isContinued = known?.submission == watermark.submission?.epoch && known?.changes ?? 0 < changes
            let snapshot = try transaction.snapshot(
                key, registered,
                campaignOf: known?.registry?.epoch == watermark.registry?.epoch ? known?.snapshot : nil,
                reportsOf: isContinued ? known?.snapshot : nil)
            let read = snapshot.map {
                Kept(
                    registry: watermark.registry, submission: watermark.submission?.epoch, changes: changes,
                    snapshot: $0)
            }
            return (read, watermark)
        }
        kept.withLock { kept in
            if kept.count >= Self.keptLimit { kept = [:] }
            kept[key] = read
        }
        return (read?.snapshot, watermark)
    }
}

extension ReadTransaction {
    fileprivate func registeredOrganisations() throws -> [String: Organisation] {
        var organisations: [String: Organisation] = [:]
        try forEach("SELECT code, body FROM statistics_organisation") { row in
            let message = try RegistryV1.OrganisationRegistered.decode(try row.bytes(1))
            organisations[try row.text(0)] = try Organisation(message.organisation ?? .init())
        }
        return organisations
    }

    /// Reads the form, but for what an earlier snapshot has already: a campaign is published once, and one version of a unit's
    /// report has one set of figures.
    fileprivate func snapshot(
        _ key: StatisticsProjection.FormKey, _ registered: [String: Organisation],
        campaignOf earlierCampaign: FormSnapshot?, reportsOf earlier: FormSnapshot?
    ) throws -> FormSnapshot? {
        guard let published = try earlierCampaign?.published ?? publishedCampaign(key.campaign) else { return nil }
        var projection = StatisticsProjection()
        projection.publish(published)
        projection.restore(registered: registered)
        let known = earlier?.projection.reports(on: key) ?? [:]
        try forEach(
            """
            SELECT r.unit, r.version, r.first_sealed_unix_us, r.timeliness, r.corrected_late, b.body
            FROM statistics_report r LEFT JOIN statistics_report_body b ON b.first_index = r.first_index
            WHERE r.campaign = ? AND r.form = ?
            """, [.text(key.campaign), .text(key.form)]
        ) { row in
            let (unit, version) = (try row.text(0), try row.number(1, as: UInt64.self))
            let figures = known[unit].flatMap { $0.version == version ? $0.figures : nil }
            guard let timeliness = Timeliness(rawValue: try row.number(3)) else { throw Self.unreadable }
            projection.restore(
                UnitReport(
                    version: version, firstSealedUnixMicroseconds: try row.integer(2), timeliness: timeliness,
                    correctedLate: try row.flag(4), figures: try figures ?? Self.figures(try row.bytes(5))),
                of: unit, for: key)
        }
        return FormSnapshot(published, projection, key: key)
    }

    private func publishedCampaign(_ code: String) throws -> PublishedCampaign? {
        guard let row = try row(CampaignRow.self, code) else { return nil }
        return try PublishedCampaign(try RegistryV1.CampaignPublished.decode(row.body))
    }

    /// Of an encoded quality.submission.v1.ReportAccepted.
    private static func figures(_ body: [UInt8]) throws -> ReportedFigures {
        // Not the fault of whoever asks.
        guard let report = try? SubmissionV1.ReportAccepted.decode(body).report, let report = try? Report(report) else {
            throw unreadable
        }
        return ReportedFigures(of: report)
    }

    private static var unreadable: StorageError {
        StorageError(.malformedData, "a stored report cannot be read: build statistics again")
    }
}
