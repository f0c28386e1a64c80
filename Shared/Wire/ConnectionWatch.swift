/// The times of one established connection: a peer that never says HELLO, one that is not there any more, a connection
/// that nobody uses or that has grown old. It is asked about once a second, not at every frame.
public struct ConnectionWatch: Sendable {
    /// What the owner has to tell at each tick.
    public struct Observation: Sendable, Hashable {
        /// Any byte came from the peer since the last tick.
        public var hasHeard: Bool
        /// The peer's HELLO has come.
        public var isGreeted: Bool
        public var openCalls: Int
        /// The connection drains, for whatever reason.
        public var isDraining: Bool

        public init(hasHeard: Bool, isGreeted: Bool, openCalls: Int, isDraining: Bool) {
            self.hasHeard = hasHeard
            self.isGreeted = isGreeted
            self.openCalls = openCalls
            self.isDraining = isDraining
        }
    }

    public enum OnTick: Sendable, Hashable {
        case nothing
        /// Send a PING: the peer must be heard before the timeout.
        case ping
        /// The peer does not answer it: calls had better go elsewhere. Said once, until the peer is heard.
        case silent
        /// It is heard again.
        case heard
        /// Take no more calls, for this reason.
        case drain(DrainCause, String)
        /// This connection drains by itself, and its calls have had their time.
        case endCalls
        case fail(ConnectionError)
    }

    /// A peer counts as silent only after so many ticks: an owner that was held up itself has not listened.
    private static let minimumTicksOfSilence = 2

    /// A PING behind which nothing was heard.
    private struct Question: Sendable {
        let askedAt: MonotonicInstant
        var ticks = 0
        /// ``OnTick/silent`` has been said.
        var isSaid = false
    }

    private let times: ConnectionTimes
    private let establishedAt: MonotonicInstant
    private let retiresAt: MonotonicInstant?
    private var heardAt: MonotonicInstant
    private var usedAt: MonotonicInstant
    private var question: Question?
    /// When this watch has said ``OnTick/drain(_:)``.
    private var drainedAt: MonotonicInstant?

    /// `ageJitter` is a random number from -1 to 1.
    public init(_ times: ConnectionTimes, establishedAt now: MonotonicInstant, ageJitter: Double) {
        self.times = times
        establishedAt = now
        heardAt = now
        usedAt = now
        let age = Double(times.maximumAgeSeconds) * (1 + ageJitter * Double(times.ageJitterPercent) / 100)
        retiresAt = times.maximumAgeSeconds == 0 ? nil : now.advanced(byMicroseconds: UInt64(max(age, 0) * 1_000_000))
    }

    public mutating func tick(at now: MonotonicInstant, _ observed: Observation) -> OnTick {
        if observed.openCalls > 0 { usedAt = now }
        question?.ticks += 1
        if observed.hasHeard {
            let wasSilent = question?.isSaid ?? false
            heardAt = now
            question = nil
            if wasSilent { return .heard }
        }
        guard observed.isGreeted else {
            return now.seconds(since: establishedAt) >= times.helloTimeoutSeconds
                ? .fail(
                    ConnectionError(
                        .timeout, "no HELLO came within \(times.helloTimeoutSeconds) s", cause: "hello_timeout"))
                : .nothing
        }
        let alive = keepAlive(at: now, hasCalls: observed.openCalls > 0)
        guard case .nothing = alive else { return alive }
        return retire(at: now, observed)
    }

    private mutating func keepAlive(at now: MonotonicInstant, hasCalls: Bool) -> OnTick {
        if let question { return unanswered(question, at: now) }
        let patience = hasCalls ? times.secondsToQuestion : times.keepaliveIdleSeconds
        guard patience > 0, now.seconds(since: heardAt) >= patience else { return .nothing }
        question = Question(askedAt: now)
        return .ping
    }

    private mutating func unanswered(_ question: Question, at now: MonotonicInstant) -> OnTick {
        guard question.ticks >= Self.minimumTicksOfSilence else { return .nothing }
        let seconds = now.seconds(since: question.askedAt)
        if seconds >= times.keepaliveTimeoutSeconds {
            return .fail(
                ConnectionError(
                    .timeout, "nothing was heard for \(now.seconds(since: heardAt)) s", cause: "keepalive_timeout"))
        }
        guard times.silenceSeconds > 0, seconds >= times.silenceSeconds, !question.isSaid else { return .nothing }
        self.question?.isSaid = true
        return .silent
    }

    private mutating func retire(at now: MonotonicInstant, _ observed: Observation) -> OnTick {
        if let drainedAt {
            guard times.drainGraceSeconds > 0, now.seconds(since: drainedAt) >= times.drainGraceSeconds else {
                return .nothing
            }
            return .endCalls
        }
        guard !observed.isDraining else { return .nothing }
        if let retiresAt, now >= retiresAt {
            drainedAt = now
            return .drain(.age, "this connection is \(now.seconds(since: establishedAt)) s old; open another")
        }
        if times.idleTimeoutSeconds > 0, now.seconds(since: usedAt) >= times.idleTimeoutSeconds {
            drainedAt = now
            return .drain(.idle, "no call was open for \(times.idleTimeoutSeconds) s")
        }
        return .nothing
    }
}

/// Finds a peer that takes nothing of what waits for its socket.
public struct StallWatch: Sendable, Hashable {
    private let timeoutSeconds: UInt32
    private var taken: UInt64 = 0
    private var since: MonotonicInstant?

    /// Something waited at the last tick.
    public var isWaiting: Bool { since != nil }

    public init(timeoutSeconds: UInt32) {
        self.timeoutSeconds = timeoutSeconds
    }

    /// `writtenBytes` were handed to the socket since the connection began, of which `pendingBytes` wait. Answers with
    /// the seconds for which none has moved, once they are too many.
    public mutating func tick(at now: MonotonicInstant, writtenBytes: UInt64, pendingBytes: Int) -> UInt32? {
        let before = taken
        // Encryption adds a little to what waits, so the difference may fall when nothing moves; it grows when it does.
        taken = writtenBytes - min(writtenBytes, UInt64(max(pendingBytes, 0)))
        guard pendingBytes > 0, timeoutSeconds > 0 else {
            since = nil
            return nil
        }
        guard let since, taken <= before else {
            since = now
            return nil
        }
        let seconds = now.seconds(since: since)
        return seconds >= timeoutSeconds ? seconds : nil
    }
}

extension MonotonicInstant {
    /// Whole seconds from `earlier` to this instant; 0 when `earlier` is not earlier.
    public func seconds(since earlier: Self) -> UInt32 {
        UInt32(clamping: microseconds(since: earlier) / 1_000_000)
    }
}
