public import Following
public import Logging
internal import Messages
internal import NotificationRules
internal import NotificationStorage
public import RPC
public import Storage

/// Fills the inboxes: follows the journals of registry and submission through the gateway.
public final class NotificationFollowing: Sendable {
    public let registry: JournalFollower
    public let submission: JournalFollower
    public var followers: [JournalFollower] { [registry, submission] }

    public init(
        _ store: Store, gateway: any ClientTransport, logger: Logger, environment: JournalFollower.Environment = .live
    ) {
        registry = JournalFollower(
            source: InboxSource.registry.journal, store: store, logger: logger, environment: environment,
            open: JournalFollower.opening(RegistryV1.RegistryServiceClient(gateway)),
            apply: { try NotificationIntake(registry: $0.entries) },
            forgetting: NotificationIntake.registryEffects)
        submission = JournalFollower(
            source: InboxSource.submission.journal, store: store, logger: logger, environment: environment,
            open: JournalFollower.opening(SubmissionV1.SubmissionServiceClient(gateway)),
            apply: { try NotificationIntake(submission: $0.entries, epoch: $0.epoch) },
            forgetting: NotificationIntake.submissionEffects, keeping: { try ReceiptHolders(before: $0) })
    }
}
