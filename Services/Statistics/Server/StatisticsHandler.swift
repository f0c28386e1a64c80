internal import Following
internal import Journal
public import Logging
public import Messages
public import RPC
internal import Reporting
public import Serving
internal import StatisticsRules
public import StatisticsStorage
internal import Storage
internal import Wire

/// Statistics' RPC surface (statistics.proto).
///
/// A replica may lag behind another. So that answers never go backwards, each carries its watermark; a request that
/// hands one back is answered from data that hold it, or UNAVAILABLE and not started, which another replica may serve. One
/// that hands none back is answered once both journals have been followed to their ends since the start: before that "0 of
/// 60 reported" might be true of no moment at all.
public struct StatisticsHandler: StatisticsV1.StatisticsServiceHandler {
    private let reader: StatisticsReader
    private let following: StatisticsFollowing
    private let places: WaitingPlaces
    private let clock: any MonotonicClock
    private let catchingUp: CatchingUp
    private let faults: ServiceFaults

    /// - Parameters:
    ///   - places: for requests that wait for their watermark.
    ///   - catchingUp: with those that keep what is summed.
    ///   - clock: the one that deadlines are kept on.
    public init(
        _ reader: StatisticsReader, following: StatisticsFollowing, places: WaitingPlaces,
        catchingUp: CatchingUp, clock: any MonotonicClock, logger: Logger
    ) {
        self.reader = reader
        self.following = following
        self.places = places
        self.clock = clock
        self.catchingUp = catchingUp
        faults = ServiceFaults("statistics", logger)
    }

    /// Serves every method. Sums over thousands of units, and their encoding, are not for the event loops.
    public func serve(on router: inout Router) {
        register(on: &router)
        router.continueOffLoop(StatisticsV1.StatisticsService.Methods.all)
    }

    public func getRollup(
        _ request: StatisticsV1.GetRollupRequest, context: ServerContext
    ) async throws(RPCError) -> StatisticsV1.GetRollupResponse {
        let question = Question(campaign: request.campaign, form: request.form, atLeast: request.atLeast)
        try judgeRole(context, question)
        let grouping: Grouping
        switch request.grouping {
        case .reportingLine, .unspecified: grouping = .reportingLine
        case .place: grouping = .place
        case .unrecognized(let number):
            throw .refusal(
                .invalidArgument, "grouping \(number) is unknown", at: question.place,
                remedy: "group by reporting line (1) or by place (2)")
        }
        return try await answer(question, context) { snapshot, visibility, watermark in
            snapshot.rollup(grouping, visibility).map {
                StatisticsV1.GetRollupResponse(
                    groups: $0.rollup.messages, watermark: watermark.message, rollupHash: $0.hash.bytes)
            }
        }
    }

    public func getCompleteness(
        _ request: StatisticsV1.GetCompletenessRequest, context: ServerContext
    ) async throws(RPCError) -> StatisticsV1.GetCompletenessResponse {
        let question = Question(campaign: request.campaign, form: request.form, atLeast: request.atLeast)
        try judgeRole(context, question)
        return try await answer(question, context) { snapshot, visibility, watermark in
            snapshot.completeness(visibility).map { $0.message(watermark) }
        }
    }

    private struct Question {
        var campaign: String
        var form: String
        var atLeast: StatisticsV1.Watermark?

        var place: String { "campaign '\(campaign)', form '\(form)'" }
    }

    /// Whether the caller reads anything at all: before its question is looked at, and before it waits.
    private func judgeRole(_ context: ServerContext, _ question: Question) throws(RPCError) {
        do throws(AccessDenial) {
            try StatisticsAccess.read(by: Caller(context.caller))
        } catch {
            throw .denied(error, context.caller, at: question.place)
        }
    }

    /// Waits for the watermark, reads the form, looks who asks, then makes the answer; `nil` from `make` is a form that
    /// the campaign does not have.
    private func answer<Answer>(
        _ question: Question, _ context: ServerContext,
        _ make: (FormSnapshot, Visibility, StatisticsWatermark) -> Answer?
    ) async throws(RPCError) -> Answer {
        let (found, watermark) = try await readWhenReached(question, context)
        guard let snapshot = found else {
            throw .refusal(
                .notFound, "no campaign '\(question.campaign)' is known to statistics", at: question.place,
                remedy: "check its code; one published a moment ago is known in a second")
        }
        let visibility: Visibility
        do throws(AccessDenial) {
            visibility = try StatisticsAccess.visibility(
                of: snapshot.published, hosts: snapshot.registered, to: Caller(context.caller))
        } catch {
            throw .denied(error, context.caller, at: question.place)
        }
        guard let answer = make(snapshot, visibility, watermark) else {
            let forms = snapshot.published.campaign.forms.map { "'\($0.code)'" }.joined(separator: ", ")
            throw .refusal(
                .notFound, "the campaign has no form '\(question.form)'", at: question.place,
                remedy: "its forms are \(forms)")
        }
        return answer
    }

    private func read(
        _ question: Question
    ) async throws(RPCError) -> (snapshot: FormSnapshot?, watermark: StatisticsWatermark) {
        do {
            return try await reader.form(.init(campaign: question.campaign, form: question.form))
        } catch {
            throw faults.status(of: error, doing: question.place)
        }
    }

    /// Reads the form when the projection holds what the question asks for. Who names accepted reports names a campaign
    /// that the registry published before: when it is not known here yet, it is about to be.
    private func readWhenReached(
        _ question: Question, _ context: ServerContext
    ) async throws(RPCError) -> (snapshot: FormSnapshot?, watermark: StatisticsWatermark) {
        guard let atLeast = question.atLeast else {
            try await catchingUp.wait(context, at: question.place)
            return try await read(question)
        }
        let watermark = try StatisticsWatermark(atLeast)
        if following.holds(watermark) {
            let found = try await read(question)
            if found.snapshot != nil || watermark.submission == nil { return found }
        }
        return try await places.waiting(context, for: "journals to be followed", at: question.place) {
            () throws(RPCError) in
            try await readWhenReached(question, watermark, context)
        }
    }

    private func readWhenReached(
        _ question: Question, _ watermark: StatisticsWatermark, _ context: ServerContext
    ) async throws(RPCError) -> (snapshot: FormSnapshot?, watermark: StatisticsWatermark) {
        let limit = PatientWait.limit(for: context, clock: clock)
        guard await following.reach(watermark, until: limit, clock: clock) else {
            throw .notStarted(
                "this replica has not followed as far as the watermark", at: question.place,
                remedy: "ask again, or another replica")
        }
        while true {
            let registry = following.registry.progress
            let found = try await read(question)
            if found.snapshot != nil || watermark.submission == nil { return found }
            guard await following.registryMoves(from: registry, until: limit, clock: clock) else { return found }
        }
    }
}
