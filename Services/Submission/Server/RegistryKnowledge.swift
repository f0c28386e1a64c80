public import Following
public import Logging
public import Messages
internal import RPC
internal import Reporting
public import Serving
public import Storage
public import SubmissionRules
internal import SubmissionStorage
internal import Wire

/// What this process knows of the registry: the projection of its journal, held ready in memory.
///
/// ``run()`` follows the journal. A push that names something unknown here asks the registry itself, and waits for the
/// journal to bring it when the registry has it.
public final class RegistryKnowledge: Sendable {
    private let store: Store
    private let registry: RegistryV1.RegistryServiceClient
    private let logger: Logger
    private let longestWait: Duration
    private let catalogue: Watched<Catalogue>
    private let places: WaitingPlaces
    public let follower: JournalFollower

    /// - Parameters:
    ///   - registry: reached through the gateway.
    ///   - longestWait: how long a call without a deadline waits for the journal to bring what the registry has.
    ///   - environment: the follower's.
    ///   - places: for pushes that wait for the journal.
    public init(
        store: Store, registry: RegistryV1.RegistryServiceClient, logger: Logger,
        longestWait: Duration = .seconds(10), environment: JournalFollower.Environment = .live,
        places: WaitingPlaces = WaitingPlaces()
    ) async throws {
        self.store = store
        self.registry = registry
        self.logger = logger
        self.longestWait = longestWait
        self.places = places
        catalogue = Watched(try await Self.read(store, logger))
        follower = JournalFollower(
            source: "registry", store: store, logger: logger, environment: environment,
            open: JournalFollower.opening(registry),
            apply: { transaction, batch in try transaction.applyRegistryEntries(batch.entries) },
            rebuild: { transaction in try transaction.removeRegistryProjection() })
    }

    public var current: Catalogue { catalogue.value }

    /// Follows the registry's journal until the task is cancelled.
    public func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.follower.run() }
            group.addTask { try await self.keepCatalogue() }
            // Either ends only with the task, or with the store.
            try await group.next()
            group.cancelAll()
        }
    }

    /// Reads the projection again whenever the follower has come further. Changes of the registry are rare and several
    /// that come at once are read once.
    private func keepCatalogue() async throws {
        var seen = FollowerProgress()
        while true {
            let progress: FollowerProgress
            do {
                progress = try await follower.waitForChange(from: seen)
            } catch is CancellationError {
                return
            }
            if progress.cursor != seen.cursor {
                let read = try await Self.read(store, logger)
                catalogue.update { $0 = read }
            }
            seen = progress
        }
    }

    private static func read(_ store: Store, _ logger: Logger) async throws -> Catalogue {
        let reading = try await store.read { try $0.catalogue() }
        for problem in reading.problems {
            logger.error("the registry published what this program cannot read", metadata: ["what": "\(problem)"])
        }
        return reading.catalogue
    }

    /// The catalogue once it knows a unit, as far as the registry has it. Throws UNAVAILABLE when it is not known here and
    /// the registry cannot be asked, or when the caller has too many calls waiting.
    func catalogue(knowingUnit unit: String, for context: ServerContext) async throws(RPCError) -> Catalogue {
        let catalogue = current
        guard !catalogue.hasOrganisation(unit), Organisation.isValidCode(unit) else { return catalogue }
        let isThere = try await has("unit '\(unit)'", context) { () throws(RPCError) in
            _ = try await self.registry.getOrganisation(RegistryV1.GetOrganisationRequest(code: unit))
        }
        guard isThere else { return catalogue }
        return try await wait(for: "unit '\(unit)'", context) { $0.hasOrganisation(unit) }
    }

    /// The same for a campaign.
    func catalogue(knowingCampaign campaign: String, for context: ServerContext) async throws(RPCError) -> Catalogue {
        let catalogue = current
        guard !catalogue.hasCampaign(campaign) else { return catalogue }
        let isThere = try await has("campaign '\(campaign)'", context) { () throws(RPCError) in
            _ = try await self.registry.getCampaign(RegistryV1.GetCampaignRequest(code: campaign))
        }
        guard isThere else { return catalogue }
        return try await wait(for: "campaign '\(campaign)'", context) { $0.hasCampaign(campaign) }
    }

    /// A call that asks needs this process for nothing meanwhile.
    private func has(
        _ name: String, _ context: ServerContext, _ ask: @Sendable () async throws(RPCError) -> Void
    ) async throws(RPCError) -> Bool {
        do {
            try await context.call.withoutPlace(ask)
            return true
        } catch {
            switch error.code {
            case .notFound, .invalidArgument: return false
            case .cancelled, .deadlineExceeded: throw error
            default:
                throw RPCError(
                    .unavailable,
                    "\(name) is not known here and the registry cannot be asked (\(error.message)): try again later")
            }
        }
    }

    /// The task is cancelled at the call's deadline, which ends the wait.
    private func wait(
        for name: String, _ context: ServerContext, until isKnown: @escaping @Sendable (Catalogue) -> Bool
    ) async throws(RPCError) -> Catalogue {
        // It may have come while the registry was asked.
        let catalogue = current
        if isKnown(catalogue) { return catalogue }
        return try await places.waiting(context, for: "the registry's journal", at: name) { () throws(RPCError) in
            try await wait(for: name, until: isKnown)
        }
    }

    private func wait(
        for name: String, until isKnown: @escaping @Sendable (Catalogue) -> Bool
    ) async throws(RPCError) -> Catalogue {
        do {
            return try await withThrowingTaskGroup(of: Catalogue?.self) { group in
                group.addTask { [catalogue] in try await catalogue.wait(until: isKnown) }
                group.addTask { [longestWait] in
                    try await Task.sleep(for: longestWait)
                    return nil
                }
                defer { group.cancelAll() }
                guard let known = try await group.next().flatMap({ $0 }) else {
                    throw RPCError(
                        .unavailable, "\(name) is published, but has not reached submission yet: try again later")
                }
                return known
            }
        } catch {
            throw RPCError(wrapping: error)
        }
    }
}
