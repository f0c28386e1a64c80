public import Following
internal import Journal
public import Logging
internal import Messages
public import RPC
internal import Reporting
internal import StatisticsStorage
public import Storage
internal import Wire

/// Keeps statistics' projection up to date: follows the journals of registry and submission through the gateway.
public final class StatisticsFollowing: Sendable {
    public let registry: JournalFollower
    public let submission: JournalFollower
    public var followers: [JournalFollower] { [registry, submission] }

    public init(
        _ store: Store, gateway: any ClientTransport, logger: Logger, environment: JournalFollower.Environment = .live
    ) {
        registry = JournalFollower(
            source: StatisticsIntake.registry, store: store, logger: logger, environment: environment,
            open: JournalFollower.opening(RegistryV1.RegistryServiceClient(gateway)),
            apply: { try StatisticsIntake(registry: $0.entries) },
            forgetting: StatisticsIntake.registryEffects)
        submission = JournalFollower(
            source: StatisticsIntake.submission, store: store, logger: logger, environment: environment,
            open: JournalFollower.opening(SubmissionV1.SubmissionServiceClient(gateway)),
            apply: { try StatisticsIntake(submission: $0.entries) },
            forgetting: StatisticsIntake.submissionEffects)
    }

    /// Whether the projection holds `watermark` now.
    func holds(_ watermark: StatisticsWatermark) -> Bool {
        (watermark.registry.map { registry.progress.cursor?.covers($0) ?? false } ?? true)
            && (watermark.submission.map { submission.progress.cursor?.covers($0) ?? false } ?? true)
    }

    /// Waits until the projection holds `watermark`, at most until `limit`. False when it does not by then.
    func reach(_ watermark: StatisticsWatermark, until limit: MonotonicInstant, clock: any MonotonicClock) async -> Bool
    {
        await PatientWait.isDone(until: limit, clock: clock) { [registry, submission] in
            if let cursor = watermark.registry { try await registry.waitUntil(cursor) }
            if let cursor = watermark.submission { try await submission.waitUntil(cursor) }
        }
    }

    /// Waits until the registry's journal is followed further than at `known`, or otherwise, at most until `limit`. False
    /// when nothing has changed by then.
    func registryMoves(
        from known: FollowerProgress, until limit: MonotonicInstant, clock: any MonotonicClock
    ) async -> Bool {
        await PatientWait.isDone(until: limit, clock: clock) { [registry] in
            _ = try await registry.waitForChange(from: known)
        }
    }
}
