import Journal
import Messages
import RPC
import Reporting
import ReportingMessages
import Serving
import SubmissionServer
import TestSupport
import Testing
import Wire

@Suite("Batches and streams while the registry cannot be asked")
struct LostRegistryTests {
    private static let unavailable = UInt32(StatusCode.unavailable.rawValue)

    private func item(
        _ unit: String = "henan-zhengzhou", campaign: String = Sample.campaign.code, base: UInt64 = 0, key: String
    ) -> SubmissionV1.PushRequest {
        var report = Sample.count(unit, events: 1)
        report.campaign = campaign
        return SubmissionV1.PushRequest(report: SubmissionV1.Report(report), baseVersion: base, idempotencyKey: key)
    }

    /// Known, two campaigns that are not, a unit that does not exist, known.
    private var items: [SubmissionV1.PushRequest] {
        [
            item(key: "lost-item-1"), item(campaign: "henan-2020", key: "lost-item-2"),
            item(campaign: "henan-2021", key: "lost-item-3"), item("henan-nowhere", key: "lost-item-4"),
            item("henan-kaifeng", key: "lost-item-5"),
        ]
    }

    private func stream(
        _ items: [SubmissionV1.PushRequest], _ bench: SubmissionBench
    ) async throws -> [SubmissionV1.Verdict] {
        let call = try await bench.client(Sample.reporter("henan")).pushStream()
        for item in items { try await call.send(.init(item: item)) }
        return try await call.response().verdicts
    }

    private func batch(
        _ items: [SubmissionV1.PushRequest], _ bench: SubmissionBench, _ atomicity: SubmissionV1.Atomicity = .each
    ) async throws -> [SubmissionV1.Verdict] {
        try await bench.client(Sample.reporter("henan")).pushBatch(.init(items: items, atomicity: atomicity)).verdicts
    }

    private static let campaign2020 = Campaign(
        code: "henan-2020", title: "质量开放日", year: 2020, issuer: "henan", beginsOn: Sample.dueDate,
        endsOn: Sample.lockDate, forms: [Sample.plainForm])

    @Test(
        "an item that names what is not known here is UNAVAILABLE, and no other; one question is asked for all",
        arguments: [true, false])
    func alone(isStream: Bool) async throws {
        let bench = try await SubmissionBench.withoutRegistry()
        let before = bench.registry.questions
        let verdicts = isStream ? try await stream(items, bench) : try await batch(items, bench)
        #expect(codes(verdicts) == [0, Self.unavailable, Self.unavailable, Self.unavailable, 0])
        #expect(bench.registry.questions == before + 1)
        guard case .refused(let refusal) = verdicts[1].outcome else { throw RPCError(.unknown, "accepted") }
        #expect(refusal.detail?.place == "campaign 'henan-2020'")
        #expect(refusal.detail?.remedy.contains("send it again later") == true)
        // Nothing is kept of it, since nobody knows yet whether it was wrong.
        #expect(try await bench.journal().map(\.kind) == ["report.accepted", "report.accepted"])
        bench.registry.reappear()
        try await bench.registry.publish(Self.campaign2020, [])
        #expect(codes(try await batch(items, bench)) == [0, 0, 5, 7, 0])
        #expect(try await bench.journal().count == 3)
    }

    @Test("its own unit, not known here, is UNAVAILABLE too")
    func ownUnit() async throws {
        let bench = try await SubmissionBench.withoutRegistry()
        let answer = try await bench.client(Sample.reporter("henan-nowhere")).pushBatch(
            .init(items: [item("henan-nowhere", key: "lost-item-1")], atomicity: .each))
        #expect(codes(answer.verdicts) == [Self.unavailable])
    }

    @Test("a batch as a whole and a single push fail, and leave nothing")
    func whole() async throws {
        let bench = try await SubmissionBench.withoutRegistry()
        let whole = await #expect(throws: RPCError.self) { try await batch(items, bench, .whole) }
        #expect(whole?.code == .unavailable)
        let single = await #expect(throws: RPCError.self) {
            try await bench.client(Sample.reporter("henan")).push(items[1])
        }
        #expect(single?.code == .unavailable)
        #expect(try await bench.journal().isEmpty)
    }

    @Test("an item without a place to wait in is UNAVAILABLE, and no other")
    func noPlace() async throws {
        let bench = try await SubmissionBench.withoutRegistry(places: WaitingPlaces(limit: 0, share: 0))
        #expect(codes(try await stream([items[0], items[1]], bench)) == [0, Self.unavailable])
    }

    @Test("a stream waits for it once, and again when that was a while ago")
    func once() async throws {
        let bench = try await SubmissionBench.withoutRegistry()
        let before = bench.registry.questions
        let call = try await bench.client(Sample.reporter("henan")).pushStream()
        let perChunk = SubmissionService.streamChunkItems
        func send(_ chunks: Range<Int>) async throws {
            for chunk in chunks {
                for index in 1..<perChunk {
                    try await call.send(
                        .init(item: item(campaign: "henan-\(chunk)-\(index)", key: "lost-\(chunk)-\(index)")))
                }
                try await call.send(.init(item: item(base: UInt64(chunk), key: "known-item-\(chunk)")))
            }
        }
        try await send(0..<3)
        try await Patience.until("three chunks are dealt with") { try await bench.journal().count == 3 }
        #expect(bench.registry.questions == before + 1)
        bench.monotonicClock.advance(by: .seconds(10))
        try await send(3..<4)
        let verdicts = try await call.response().verdicts
        #expect(verdicts.count == 4 * perChunk)
        #expect(codes(verdicts).filter { $0 == Self.unavailable }.count == 4 * (perChunk - 1))
        #expect(bench.registry.questions == before + 2)
    }

    @Test("a unit that is not known to be the caller's is UNAVAILABLE, in the same words whether it exists or not")
    func foreign() async throws {
        let bench = try await SubmissionBench.withoutRegistry()
        func refusals(of unit: String) async -> [RPCError?] {
            let client = bench.client(Sample.reporter("henan-zhengzhou"))
            return [
                await #expect(throws: RPCError.self) { try await client.push(item(unit, key: "lost-item-1")) },
                await #expect(throws: RPCError.self) {
                    try await client.getReport(
                        .init(campaign: Sample.campaign.code, form: "count", reportingUnit: unit))
                },
                await #expect(throws: RPCError.self) {
                    try await client.listReports(.init(campaign: Sample.campaign.code, reportingUnit: unit))
                },
            ]
        }
        let units = ["henan-kaifeng", "henan", "henan-nowhere"]
        for unit in units {
            for refusal in await refusals(of: unit) {
                #expect(refusal?.code == .unavailable)
                #expect(refusal?.retryPushbackMilliseconds == 1_000)
                #expect(
                    refusal?.message == "the registry cannot be asked (no registry): unit '\(unit)': "
                        + "what is not known here may be published all the same: send it again later")
            }
        }
        bench.registry.reappear()
        for unit in units {
            #expect(await refusals(of: unit).map(\.?.code) == Array(repeating: .permissionDenied, count: 3))
        }
    }

    @Test("a unit that was registered while the registry could not be asked is taken in when it can")
    func registeredMeanwhile() async throws {
        let bench = try await SubmissionBench.withoutRegistry()
        let unit = "zhengzhou-new"
        let push = item(unit, key: "lost-item-1")
        let client = bench.client(Sample.reporter("henan-zhengzhou"))
        let early = await #expect(throws: RPCError.self) { try await client.push(push) }
        #expect(early?.code == .unavailable)
        #expect(try await bench.journal().isEmpty)
        bench.registry.reappear()
        try await bench.registry.publish(Self.campaign2020, [Sample.organisation(unit, "henan-zhengzhou")])
        _ = try await client.push(push)
    }

    // MARK: A registry that does not answer

    /// One question is overdue, on which a push has waited.
    private func silent() async throws -> SubmissionBench {
        let bench = try await SubmissionBench.withoutRegistry()
        bench.registry.reappear()
        bench.registry.fallSilent()
        let before = bench.registry.questions
        let push = Task {
            try await bench.client(Sample.reporter("henan")).push(item(campaign: "henan-2020", key: "lost-item-1"))
        }
        try await Patience.until("the registry is asked") { bench.registry.questions == before + 1 }
        bench.losePatience()
        #expect(await #expect(throws: RPCError.self) { try await push.value }?.code == .unavailable)
        return bench
    }

    @Test("after one question without an answer nobody waits: no push, batch, stream or read")
    func silence() async throws {
        let bench = try await silent()
        let asked = bench.registry.questions
        // Nobody's patience ends any more: whoever waits here waits for ever.
        for number in 0..<3 {
            let single = await #expect(throws: RPCError.self) {
                try await bench.client(Sample.reporter("henan-zhengzhou")).push(items[number + 1])
            }
            #expect(single?.code == .unavailable)
        }
        #expect(codes(try await batch(items, bench)) == [0, 14, 14, 14, 0])
        #expect(codes(try await stream([items[1]], bench)) == [14])
        for unit in ["henan-kaifeng", "henan-nowhere"] {
            let read = await #expect(throws: RPCError.self) {
                try await bench.client(Sample.reporter("henan-zhengzhou")).getReport(
                    .init(campaign: Sample.campaign.code, form: "count", reportingUnit: unit))
            }
            #expect(read?.code == .unavailable)
        }
        #expect(bench.registry.questions == asked)
    }

    @Test("its answer at last opens the way to the next question")
    func answers() async throws {
        let bench = try await silent()
        let asked = bench.registry.questions
        bench.registry.speak()
        try await Patience.until("an unknown campaign is NOT_FOUND") {
            codes(try await batch([items[1]], bench)) == [5]
        }
        #expect(bench.registry.questions > asked)
    }

    @Test("so does anything that its journal brings")
    func journalGoesOn() async throws {
        let bench = try await silent()
        let asked = bench.registry.questions
        try await bench.registry.publish(Self.campaign2020, [])
        try await Patience.until("it is asked anew") {
            let push = Task {
                try await bench.client(Sample.reporter("henan")).push(item(campaign: "henan-2021", key: "lost-item-9"))
            }
            defer { push.cancel() }
            await Task.yield()
            return bench.registry.questions > asked
        }
    }
}
