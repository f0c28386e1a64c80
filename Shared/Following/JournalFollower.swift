public import Journal
public import Logging
public import Messages
public import RPC
public import Storage
public import Wire

/// Follows another service's journal: the client's side of Follow.
///
/// Each entry takes effect exactly once: its effect and the cursor are stored in one transaction of the follower's own
/// store, and the next connection goes on from that cursor. Entries are hashed into the log's tree, and compared with each
/// checkpoint; the log's key is the one that it had when its epoch was first followed.
public final class JournalFollower: Sendable {
    /// Opens the call: `client.follow` of the service that owns the journal, with ``callOptions``.
    public typealias Open =
        @Sendable (TypeV1.FollowRequest) async throws(RPCError) -> ResponseStream<TypeV1.FollowResponse>

    /// A call that lasts as long as both sides do. With a transport's usual timeout it would end again and again, and
    /// what happens meanwhile would be seen late.
    public static let callOptions = CallOptions(timeout: .seconds(1_000_000_000))

    /// Before the 20 % (``RPC/Backoff``): what is missed meanwhile is late in everybody's totals. There is one follower a
    /// process and journal, so that a service that comes back is met by few.
    static let longestPauseSeconds = 3.0

    /// What the follower knows of the world: handed in, so that a test needs no clock.
    public struct Environment: Sendable {
        /// Throws when the task is cancelled.
        public var sleep: @Sendable (Duration) async throws -> Void
        /// 0 to 1.
        public var random: @Sendable () -> Double
        public var now: @Sendable () -> MonotonicInstant

        public init(
            sleep: @escaping @Sendable (Duration) async throws -> Void, random: @escaping @Sendable () -> Double,
            now: @escaping @Sendable () -> MonotonicInstant = { Self.monotonicNow }
        ) {
            self.sleep = sleep
            self.random = random
            self.now = now
        }

        private static let start = ContinuousClock.now

        /// Since the first time that it was asked for.
        public static var monotonicNow: MonotonicInstant {
            MonotonicInstant(nanoseconds: 0).advanced(
                byMicroseconds: start.duration(to: ContinuousClock.now).wholeMicroseconds)
        }

        /// The real one.
        public static let live = Environment(
            sleep: { try await Task.sleep(for: $0) }, random: { Double.random(in: 0...1) })
    }

    /// Names the journal in the follower's store: "registry".
    public let source: String
    private let store: Store
    let open: Open
    private let apply: @Sendable (FollowedBatch) throws -> any Decision<Void>
    private let forgetting: [Forgetting]
    private let keeping: (@Sendable (ReadTransaction) throws -> any Decision<Void>)?
    private let environment: Environment
    private let logger: Logger
    private let watched: Watched<FollowerProgress>

    /// - Parameters:
    ///   - source: the service that has the journal, and its name in `store`.
    ///   - open: opens the call.
    ///   - apply: reads the entries, and gives back the decision that carries out what they say, in a group commit of
    ///     `store` that also stores the cursor. What either throws leaves nothing of the batch, which is tried again later.
    ///   - forgetting: all that entries of this journal ever effected; it is forgotten, with the cursor, when the journal is
    ///     another one.
    ///   - keeping: reads what is about to be forgotten, and gives back the decision that notes what is needed of it all the
    ///     same; made together with the forgetting.
    public init(
        source: String, store: Store, logger: Logger, environment: Environment = .live, open: @escaping Open,
        apply: @escaping @Sendable (FollowedBatch) throws -> any Decision<Void>,
        forgetting: [Forgetting], keeping: (@Sendable (ReadTransaction) throws -> any Decision<Void>)? = nil
    ) {
        self.source = source
        self.store = store
        self.logger = logger
        self.environment = environment
        self.open = open
        self.apply = apply
        self.forgetting = forgetting
        self.keeping = keeping
        watched = Watched(FollowerProgress(at: environment.now()))
    }

    public var progress: FollowerProgress { watched.value }

    /// Returns when the entry at `position` has taken effect. Throws `CancellationError` when the task is cancelled: the
    /// caller's deadline bounds the wait. A position of another epoch is waited for too, since a rebuild may be about to
    /// reach it.
    public func waitUntil(_ position: JournalPosition) async throws {
        _ = try await watched.wait { $0.cursor?.covers(position) ?? false }
    }

    /// Returns when every entry that `cursor` covers has taken effect. See ``waitUntil(_:)-(JournalPosition)``.
    public func waitUntil(_ cursor: LogCursor) async throws {
        _ = try await watched.wait { $0.cursor?.covers(cursor) ?? false }
    }

    /// Returns when what was made of the journal is true of a moment since the start: ``FollowerProgress/hasCaughtUp``.
    public func waitUntilCaughtUp() async throws {
        _ = try await watched.wait { $0.hasCaughtUp }
    }

    /// How long the follower has not been current, in seconds; 0 when it is.
    public var secondsBehind: Double { progress.secondsBehind(at: environment.now()) }

    /// Returns the progress as soon as it is no longer `known`.
    public func waitForChange(from known: FollowerProgress?) async throws -> FollowerProgress {
        try await watched.wait { $0 != known }
    }

    /// Follows until the task is cancelled, reconnecting as often as it takes. Throws only when the follower's own store
    /// fails for good.
    public func run() async throws {
        var backoff = Backoff(longestSeconds: Self.longestPauseSeconds)
        var outage = OutageNotices()
        do {
            while true {
                // Each time: another copy of this service may have gone further, or back to the beginning.
                try await lookUp()
                let ending = await followOnce(&backoff, &outage)
                try Task.checkCancellation()
                if let failure = store.failure { throw failure }
                let delay = backoff.next(random: environment.random())
                watched.update { $0.ended(ending, at: environment.now()) }
                if case .tell(let attempts) = outage.failed(ending, at: environment.now()) {
                    logger.warning(
                        "following a journal was interrupted",
                        metadata: [
                            "journal": "\(source)", "reason": "\(ending)", "attempts": "\(attempts)",
                            "retry_after_ms": "\(delay / .milliseconds(1))",
                        ])
                }
                try await environment.sleep(delay)
            }
        } catch is CancellationError {
            logger.debug("following a journal ended", metadata: ["journal": "\(source)"])
        }
    }

    private func lookUp() async throws {
        do {
            let stored = try await store.read { [source] in try $0.followedLog(source) }
            if stored != watched.value.log { watched.update { $0.log = stored } }
        } catch is StorageError {
            // What is known is tried: what is wrong with the store, the commit says.
        }
    }

    /// One call, from its start to its end; gives back why it ended.
    private func followOnce(_ backoff: inout Backoff, _ outage: inout OutageNotices) async -> String {
        do {
            let log = watched.value.log
            let responses = try await open(
                TypeV1.FollowRequest(cursor: log?.message, checkpoint: log?.checkpoint ?? ""))
            try await withThrowingTaskGroup(of: Void.self) { group in
                let known = watched.value.log
                let gathered = GatheredEntries()
                // However this ends, the other side must not go on sending, and the task that reads ends.
                defer { responses.cancel() }
                group.addTask { [source] in await Self.read(responses, of: source, known: known, into: gathered) }
                try await carryOut(gathered, from: known, &backoff, &outage)
            }
            return "the journal's service ended the stream"
        } catch let error as RPCError where error.code == .aborted {
            return await startOver(because: error.message)
        } catch let error as IncomingLog.HistoryChanged {
            return await startOver(because: error.message)
        } catch let error as LogFollower.Break {
            // The other side sent something broken: connecting again shows whether its journal is another one now.
            return "what came does not continue the journal: \(error)"
        } catch {
            return "\(error)"
        }
    }

    /// What a batch effects, and the cursor behind it. Where another copy of this service, which follows into the same store,
    /// has gone further, it effects nothing. Gives back where the store stands.
    private struct GoingOn: Decision {
        let source: String
        let known: FollowedLog?
        let after: FollowedLog
        let effect: (any Decision<Void>)?

        init(source: String, from known: FollowedLog?, to after: FollowedLog, effect: (any Decision<Void>)?) {
            self.source = source
            self.known = known
            self.after = after
            self.effect = effect
        }

        var mustReachDisk: Bool { false }

        func load(_ rows: WorkingSet) {
            rows.wantFollowedLog(source)
            effect?.load(rows)
        }

        func decide(_ rows: WorkingSet) throws -> FollowedLog {
            let stored = rows.followedLog(source)
            if stored == known {
                try effect?.decide(rows)
                rows.setFollowedLog(after, source)
                return after
            }
            guard let stored, stored.epoch == after.epoch, stored.key == after.key,
                known.map({ stored.frontier.size > $0.frontier.size }) ?? true,
                stored.frontier.size != after.frontier.size || stored.frontier == after.frontier
            else {
                throw StorageError(.mismatch, "the journal \(source) is followed into this store another way")
            }
            return stored
        }
    }

    private struct StartingOver: Decision {
        let source: String
        /// Of the journal that is no more.
        let epoch: JournalEpoch
        let forgetting: [Forgetting]
        let kept: (any Decision<Void>)?

        init(source: String, epoch: JournalEpoch, forgetting: [Forgetting], kept: (any Decision<Void>)?) {
            self.source = source
            self.epoch = epoch
            self.forgetting = forgetting
            self.kept = kept
        }

        var isAlone: Bool { true }
        var mustReachDisk: Bool { false }

        func load(_ rows: WorkingSet) {
            rows.wantFollowedLog(source)
            kept?.load(rows)
        }

        func decide(_ rows: WorkingSet) throws {
            // Else another copy of this service has done it.
            guard rows.followedLog(source)?.epoch == epoch else { return }
            rows.forget(forgetting)
            rows.forgetFollowedLog(source)
            try kept?.decide(rows)
        }
    }

    /// Reads a call's responses until it ends.
    private static func read(
        _ responses: ResponseStream<TypeV1.FollowResponse>, of source: String, known: FollowedLog?,
        into gathered: GatheredEntries
    ) async {
        do {
            var incoming: IncomingLog?
            for try await response in responses {
                var log = try incoming ?? IncomingLog(response, of: source, known: known)
                let (entries, end) = try log.take(response)
                incoming = log
                try await gathered.add(entries, end)
            }
            gathered.finish(.success(()))
        } catch {
            gathered.finish(.failure(error))
        }
    }

    /// Has what a call brings take effect, as it comes.
    private func carryOut(
        _ gathered: GatheredEntries, from stored: FollowedLog?, _ backoff: inout Backoff, _ outage: inout OutageNotices
    ) async throws {
        var known = stored
        var isFirst = true
        while let (entries, end) = try await gathered.next() {
            let after = try end.verified()
            if !entries.isEmpty || known == nil { try await goOn(from: known, to: after, entries) }
            known = after
            watched.update { $0.tookEffect(after, isAtEnd: end.isAtEnd, at: environment.now()) }
            backoff.reset()
            // That it follows again is a line of its own, below.
            _ = outage.succeeded(at: environment.now())
            if isFirst { logger.info("following a journal", metadata: ["journal": "\(source)"]) }
            isFirst = false
        }
    }

    /// Has entries take effect that no copy of this service has seen to yet.
    private func goOn(from known: FollowedLog?, to after: FollowedLog, _ entries: [JournalEntry]) async throws {
        var (known, entries) = (known, entries)
        while true {
            let effect = entries.isEmpty ? nil : try apply(FollowedBatch(epoch: after.epoch, entries: entries))
            let standing = try await store.commit(
                GoingOn(source: source, from: known, to: after, effect: effect)
            ).value
            guard standing.frontier.size < after.frontier.size else { return }
            entries.removeAll { $0.index < standing.frontier.size }
            known = standing
        }
    }

    /// Forgets everything of a journal that is another one now, so that the next call begins at its start.
    private func startOver(because reason: String) async -> String {
        guard let log = watched.value.log else { return reason }
        logger.error(
            "the journal is another one now: everything that came from it is built again",
            metadata: ["journal": "\(source)", "reason": "\(reason)"])
        do {
            var kept: (any Decision<Void>)?
            if let keeping { kept = try await store.read(keeping) }
            try await store.commit(
                StartingOver(source: source, epoch: log.epoch, forgetting: forgetting, kept: kept))
            watched.update { $0.startedOver(at: environment.now()) }
            return "rebuilding: \(reason)"
        } catch {
            return "the rebuild failed: \(error)"
        }
    }
}
