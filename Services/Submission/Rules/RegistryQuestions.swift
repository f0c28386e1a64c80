/// When the registry is asked, on behalf of all who wait for the answer. Pure; whoever holds it asks, and wakes them.
///
/// Submission follows the registry's journal, so there is one question only, which decides every name at once: how far is
/// your journal? Once submission has followed so far, it knows all that was published before the question was asked, and a
/// name that it does not know then is nobody's. One question at a time is under way, however many wait:
///
///     answered ──want──▶ wanted ──begin──▶ under way ──reached, failed──▶ answered, or wanted again
///                                           │                                 ▲
///                                           └─patience─▶ overdue ──reached, failed, heard
///
/// A question answers those whose moment is before its beginning. Who came while it was under way waits for the next one,
/// since it may have missed what was published meanwhile.
///
/// A question that has no answer when the patience is over is overdue: all who wait are told so, and so is at once who comes
/// then, and nobody waits for one such question after the other. It stays under way, and tells when the registry answers
/// again. It ends without an answer when the registry is heard of otherwise, and who comes then asks anew. A question that
/// failed was answered by somebody, at least: the next may be asked at once.
///
/// Invalid: beginning a question while one is under way; an answer when none is.
public struct RegistryQuestions: Sendable, Equatable {
    /// An instant, told by the questions that had begun then.
    public struct Moment: Sendable, Equatable {
        fileprivate let begun: UInt64
    }

    public enum Answer: Sendable, Equatable {
        /// Everything that had been published at the moment is known.
        case complete
        /// The registry could not be asked, and why.
        case failed(String)
        case notYet
    }

    private struct Failure: Equatable {
        let question: UInt64
        let reason: String
    }

    /// Questions are counted from 1.
    private var begun: UInt64 = 0
    private var ended: UInt64 = 0
    /// The latest question that somebody waits for.
    private var wanted: UInt64 = 0
    /// The latest questions that ended well, and not.
    private var reached: UInt64 = 0
    private var failure: Failure?
    /// Why the question under way is overdue, if it is.
    private var lateness: String?

    public init() {}

    public var now: Moment { Moment(begun: begun) }

    /// Whether a question is to begin.
    public var isWanted: Bool { wanted > begun && ended == begun }

    /// Whether a question that answers as of the moment is wanted already, under way or answered.
    public func knowsOfInterest(since moment: Moment) -> Bool { max(wanted, begun) > moment.begun }

    /// Somebody waits for an answer as of the moment.
    public mutating func want(since moment: Moment) {
        guard !knowsOfInterest(since: moment) else { return }
        wanted = moment.begun + 1
    }

    public mutating func begin() {
        assert(ended == begun, "one question at a time")
        begun += 1
    }

    /// Whether the question under way has lasted longer than anybody waits for one.
    public var isOverdue: Bool { lateness != nil }

    /// - Parameter reason: for a person, as the end of a sentence.
    public mutating func becomeOverdue(_ reason: String) {
        assert(ended < begun, "an answer to no question")
        lateness = reason
    }

    /// The registry was heard of otherwise: an overdue question is waited for no more, and is to be ended.
    public mutating func hear() {
        lateness = nil
    }

    /// The question was answered, and what it told of is known here.
    public mutating func reach() {
        assert(ended < begun, "an answer to no question")
        ended = begun
        lateness = nil
        reached = begun
    }

    /// - Parameter reason: for a person, as the end of a sentence.
    public mutating func fail(_ reason: String) {
        assert(ended < begun, "an answer to no question")
        ended = begun
        lateness = nil
        failure = Failure(question: begun, reason: reason)
    }

    public func answer(since moment: Moment) -> Answer {
        if reached > moment.begun { return .complete }
        if let failure, failure.question > moment.begun { return .failed(failure.reason) }
        if let lateness { return .failed(lateness) }
        return .notYet
    }
}
