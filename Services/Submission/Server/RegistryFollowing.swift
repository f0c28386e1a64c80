public import Following
internal import Journal
public import Logging
public import Messages
internal import RPC
public import Serving
public import Storage
public import SubmissionRules
internal import SubmissionStorage
internal import Synchronization
internal import Wire

/// Follows the registry's journal for this process: its projection, held ready in memory. It is read whole at the start, and
/// when another copy of submission has stored some of it; else what comes is added.
///
/// ``run()`` follows, and asks the registry how far its journal is while somebody waits for a name that is not known here:
/// one question at a time for all of them, and so many a second, since the registry answers submission only so often, and
/// strangers may name what there is not for as long as they like (``SubmissionRules/RegistryQuestions``).
public final class RegistryFollowing: Sendable {
    /// After each question. Who has to wait for the next one waits no longer than that and its answer.
    static let pauseAfterQuestion = Duration.milliseconds(20)

    /// Before the projection is read again, when that failed.
    static let pauseAfterFailure = Duration.milliseconds(500)

    /// What a caller is asked to wait that was told that the registry cannot be asked.
    static let pushbackMilliseconds: Int32 = 1_000

    private struct State: Sendable {
        var catalogue: Catalogue
        /// What of the journal the catalogue holds; `nil` before the journal was reached for the first time.
        var cursor: LogCursor?
        var questions = RegistryQuestions()
    }

    private let store: Store
    private let logger: Logger
    private let longestQuestion: Duration
    private let pause: @Sendable (Duration) async throws -> Void
    private let state: Watched<State>
    private let hearing: Hearing
    private let places: WaitingPlaces
    public let follower: JournalFollower

    /// - Parameters:
    ///   - registry: reached through the gateway.
    ///   - longestQuestion: how long anybody waits for one question, until what it tells of has been followed.
    ///   - environment: the follower's, and for the time of questions.
    ///   - places: for calls that wait for the answer.
    public init(
        store: Store, registry: RegistryV1.RegistryServiceClient, logger: Logger,
        longestQuestion: Duration = .seconds(5), environment: JournalFollower.Environment = .live,
        places: WaitingPlaces = WaitingPlaces()
    ) async throws {
        self.store = store
        self.logger = logger
        self.longestQuestion = longestQuestion
        self.places = places
        pause = environment.sleep
        state = Watched(try await Self.read(store, logger))
        let hearing = Hearing()
        self.hearing = hearing
        follower = JournalFollower(
            source: Self.source, store: store, logger: logger, environment: environment,
            open: JournalFollower.opening(registry), apply: { try hearing.hear($0) },
            forgetting: TakingRegistry.effects)
    }

    private static let source = "registry"

    /// What the follower is about to store.
    private final class Hearing: Sendable {
        private let entries = Mutex(HeardEntries<TakingRegistry>())

        func hear(_ batch: FollowedBatch) throws -> TakingRegistry {
            let news = try TakingRegistry(batch.entries)
            if let first = batch.entries.first?.index {
                entries.withLock {
                    $0.heard(news, epoch: batch.epoch, from: first, to: first + UInt64(batch.entries.count))
                }
            }
            return news
        }

        func news(from place: LogCursor?, to stored: LogCursor) -> [TakingRegistry]? {
            entries.withLock { $0.news(from: place, to: stored) }
        }
    }

    /// What is known, as of now.
    public var knowledge: RegistryKnowledge { RegistryKnowledge(self, state.value.questions.now) }

    /// The catalogue as far as the journal has been followed.
    public var current: Catalogue { state.value.catalogue }

    /// Follows the registry's journal until the task is cancelled.
    public func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.follower.run() }
            group.addTask { try await self.keepCatalogue() }
            group.addTask { await self.keepAsking() }
            // Any ends only with the task, or with the store.
            try await group.next()
            group.cancelAll()
        }
    }

    /// Adds what was stored whenever the follower has come further, and where not all of it was heard here, reads the
    /// projection again.
    private func keepCatalogue() async throws {
        var seen: FollowerProgress?
        while true {
            let progress: FollowerProgress
            do {
                progress = try await follower.waitForChange(from: seen)
            } catch is CancellationError {
                return
            }
            if progress.cursor != seen?.cursor, !addNews(to: progress.cursor) {
                let read: State
                do {
                    read = try await Self.read(store, logger)
                } catch let error as StorageError where store.failure == nil {
                    logger.warning("the registry's projection could not be read", metadata: ["reason": "\(error)"])
                    try await pause(Self.pauseAfterFailure)
                    continue
                }
                state.update { state in
                    state.catalogue = read.catalogue
                    state.cursor = read.cursor
                }
            }
            if state.value.questions.isOverdue, progress.isHearing { state.update { $0.questions.hear() } }
            seen = progress
        }
    }

    /// `false` when the projection must be read.
    private func addNews(to stored: LogCursor?) -> Bool {
        guard let stored, let news = hearing.news(from: state.value.cursor, to: stored) else { return false }
        if news.isEmpty { return true }
        let readings = news.map(\.reading)
        for reading in readings { Self.tell(reading.problems, logger) }
        state.update { state in
            for reading in readings { state.catalogue.insert(reading) }
            state.cursor = stored
        }
        return true
    }

    private static func read(_ store: Store, _ logger: Logger) async throws -> State {
        let (reading, cursor) = try await store.read {
            (try $0.registryReading(), try $0.followedLog(source)?.cursor)
        }
        tell(reading.problems, logger)
        var catalogue = Catalogue()
        catalogue.insert(reading)
        return State(catalogue: catalogue, cursor: cursor)
    }

    private static func tell(_ problems: [String], _ logger: Logger) {
        for problem in problems {
            logger.error("the registry published what this program cannot read", metadata: ["what": "\(problem)"])
        }
    }

    // MARK: - Asking

    /// Asks as often as somebody waits for it, until the task is cancelled.
    private func keepAsking() async {
        do {
            while true {
                _ = try await state.wait { $0.questions.isWanted }
                state.update { $0.questions.begin() }
                let failure = await reasonOfFailure()
                state.update { state in
                    if let failure { state.questions.fail(failure) } else { state.questions.reach() }
                }
                try await pause(Self.pauseAfterQuestion)
            }
        } catch {
            // Cancelled: nobody is served any more.
        }
    }

    /// How a question goes on.
    private enum Course {
        /// What it tells of has been followed.
        case reached
        case overdue
        /// The registry was heard of meanwhile, and may have lost the question.
        case heardOtherwise
    }

    /// Asks, and follows as far as the answer says; `nil` when that is done. A question that nobody answers stays under way,
    /// so that the answer is heard when it comes.
    private func reasonOfFailure() async -> String? {
        let lateness = "its journal has not reached submission in \(longestQuestion)"
        do {
            return try await withThrowingTaskGroup(of: Course.self) { group in
                defer { group.cancelAll() }
                group.addTask { [follower, state] in
                    let head = try await follower.head()
                    _ = try await state.wait { $0.cursor?.covers(head) ?? false }
                    return .reached
                }
                group.addTask { [pause, longestQuestion] in
                    try await pause(longestQuestion)
                    return .overdue
                }
                while let course = try await group.next() {
                    switch course {
                    case .reached: return nil
                    case .overdue:
                        state.update { $0.questions.becomeOverdue(lateness) }
                        group.addTask { [state] in
                            _ = try await state.wait { !$0.questions.isOverdue }
                            return .heardOtherwise
                        }
                    case .heardOtherwise: return lateness
                    }
                }
                return nil
            }
        } catch {
            return RPCError(wrapping: error).message
        }
    }

    /// Whether a question as of the moment failed, and none since was answered.
    func isLost(since moment: RegistryQuestions.Moment) -> Bool {
        if case .failed = state.value.questions.answer(since: moment) { true } else { false }
    }

    /// The catalogue once it holds what is looked for, or everything that the registry had at the moment. Throws
    /// UNAVAILABLE when the registry cannot be asked, or, not started, when there is no place to wait in.
    func catalogue(
        since moment: RegistryQuestions.Moment, for name: String, _ context: ServerContext,
        until isKnown: @escaping @Sendable (Catalogue) -> Bool
    ) async throws(RPCError) -> Catalogue {
        let state = state.value
        if isKnown(state.catalogue) { return state.catalogue }
        switch state.questions.answer(since: moment) {
        case .complete: return state.catalogue
        case .failed(let reason): throw Self.unasked(name, reason)
        case .notYet: break
        }
        return try await places.waiting(context, for: "the registry's journal", at: name) { () throws(RPCError) in
            try await self.wait(since: moment, for: name, until: isKnown)
        }
    }

    /// Every question ends or is overdue, and the task is cancelled at the call's deadline: either ends the wait.
    private func wait(
        since moment: RegistryQuestions.Moment, for name: String,
        until isKnown: @escaping @Sendable (Catalogue) -> Bool
    ) async throws(RPCError) -> Catalogue {
        do {
            // Each update looks at all who wait: only the first of many is one.
            if !state.value.questions.knowsOfInterest(since: moment) {
                state.update { $0.questions.want(since: moment) }
            }
            let state = try await state.wait {
                isKnown($0.catalogue) || $0.questions.answer(since: moment) != .notYet
            }
            if !isKnown(state.catalogue), case .failed(let reason) = state.questions.answer(since: moment) {
                throw Self.unasked(name, reason)
            }
            return state.catalogue
        } catch {
            throw RPCError(wrapping: error)
        }
    }

    private static func unasked(_ name: String, _ reason: String) -> RPCError {
        var error = RPCError.refusal(
            .unavailable, "the registry cannot be asked (\(reason))", at: name,
            remedy: "what is not known here may be published all the same: send it again later")
        error.retryPushbackMilliseconds = pushbackMilliseconds
        return error
    }
}

extension Catalogue {
    fileprivate mutating func insert(_ reading: RegistryReading) {
        for organisation in reading.organisations { insert(organisation) }
        for campaign in reading.campaigns { insert(campaign) }
    }
}
