import Messages
import RPC
import Reporting
import Serving
import StatisticsServer
import StatisticsStorage
import Storage
import TestStores
import Testing
import Wire

@Suite("Questions that wait for a watermark")
struct WaitingTests {
    let directory = TemporaryDirectory()

    private func process(_ places: WaitingPlaces) async throws -> (StatisticsProcess, StatisticsV1.Watermark?) {
        let registry = try JournalSource.registry(in: directory)
        try await registry.publish(Sample.published)
        let submission = try JournalSource.submission(in: directory)
        let process = try StatisticsProcess(in: directory, following: registry, submission, places: places)
        try await process.catchUp(registry, submission)
        // Nobody follows any more: what comes now is waited for until the caller gives up.
        try await submission.accept("zhengzhou", [Sample.visitors(1)])
        return (process, StatisticsWatermark(registry: nil, submission: submission.store.journalHead).forRequest)
    }

    private static func question(_ watermark: StatisticsV1.Watermark?) -> StatisticsV1.GetRollupRequest {
        .init(campaign: Sample.campaignCode, form: Sample.formCode, atLeast: watermark)
    }

    @Test("a caller that has its share waiting is UNAVAILABLE at once, and takes nothing from others")
    func shares() async throws {
        let places = WaitingPlaces(limit: 4, share: 2)
        let (process, watermark) = try await process(places)
        let caller = "org/henan/viewer"
        let waiting = (0..<2).map { _ in
            Task { try await process.client(caller).getRollup(Self.question(watermark)) }
        }
        while places.waiting < 2 { await Task.yield() }
        // The clock stands still: whatever waited would be waiting for ever.
        let error = await #expect(throws: RPCError.self) {
            try await process.client(caller).getRollup(Self.question(watermark))
        }
        #expect(error?.code == .unavailable)
        #expect(error?.isNotStarted == true)
        #expect(error?.retryPushbackMilliseconds == WaitingPlaces.pushbackMilliseconds)
        // What need not wait is answered, its own and others'.
        _ = try await process.client(caller).getRollup(Self.question(nil))
        let other = Task { try await process.client("org/kaifeng/viewer").getRollup(Self.question(watermark)) }
        while places.waiting < 3 { await Task.yield() }
        for task in waiting + [other] { task.cancel() }
        for task in waiting + [other] { _ = await task.result }
        while places.waiting > 0 { await Task.yield() }
    }

    @Test("a watermark that is reached already needs no place")
    func reached() async throws {
        let (process, _) = try await process(WaitingPlaces(limit: 0, share: 0))
        let answer = try await process.client().getRollup(Self.question(nil))
        _ = try await process.client().getRollup(Self.question(answer.watermark))
    }

    @Test("a question that waits says so on the way that it came; one that need not wait does not")
    func saysSo() async throws {
        let (process, watermark) = try await process(WaitingPlaces(limit: 1, share: 1))
        let reached = WaitingCall(), waiting = WaitingCall()
        let caller = try #require(CallerIdentity(uri: "spiffe://quality.test/org/henan/viewer"))
        let method = StatisticsV1.StatisticsService.Methods.getRollup
        let answer = try await process.handler.getRollup(Self.question(nil), context: reached.context(caller, method))
        _ = try await process.handler.getRollup(
            Self.question(answer.watermark), context: reached.context(caller, method))
        #expect(reached.said == 0)
        let question = Task {
            try await process.handler.getRollup(Self.question(watermark), context: waiting.context(caller, method))
        }
        while waiting.said < 1 { await Task.yield() }
        question.cancel()
        _ = await question.result
        #expect(waiting.said == 1)
    }

    @Test("a role that nobody knows waits for nothing", arguments: StatisticsV1.StatisticsService.Methods.all)
    func unknownRole(method: MethodDescriptor) async throws {
        let (process, watermark) = try await process(WaitingPlaces(limit: 0, share: 0))
        let client = process.client("org/henan/root")
        let error = await #expect(throws: RPCError.self) {
            switch method {
            case StatisticsV1.StatisticsService.Methods.getRollup:
                _ = try await client.getRollup(
                    .init(campaign: "none", form: "none", grouping: .unrecognized(9), atLeast: watermark))
            case StatisticsV1.StatisticsService.Methods.getCompleteness:
                _ = try await client.getCompleteness(.init(campaign: "none", form: "none", atLeast: watermark))
            default: Issue.record("\(method.name) is not judged here")
            }
        }
        #expect(error?.code == .permissionDenied)
    }
}
