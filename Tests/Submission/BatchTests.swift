import Journal
import Messages
import RPC
import Reporting
import ReportingMessages
import SubmissionServer
import TestSupport
import Testing
import Wire

@Suite("Batches and streams")
struct BatchTests {
    private func item(_ report: Report, base: UInt64 = 0, key: String) -> SubmissionV1.PushRequest {
        SubmissionV1.PushRequest(report: SubmissionV1.Report(report), baseVersion: base, idempotencyKey: key)
    }

    /// Good, broken total, good, unknown campaign, second version of the first.
    private var items: [SubmissionV1.PushRequest] {
        var broken = Sample.report("henan-kaifeng")
        broken.cells[0].value = .integer(1)
        var unknown = Sample.count(events: 1)
        unknown.campaign = "nowhere"
        return [
            item(Sample.count(events: 1), key: "batch-item-1"), item(broken, key: "batch-item-2"),
            item(Sample.count("henan-kaifeng", events: 2), key: "batch-item-3"), item(unknown, key: "batch-item-4"),
            item(Sample.count(events: 5), base: 1, key: "batch-item-5"),
        ]
    }

    @Test("case 9: each item alone: every item has its verdict, in order")
    func each() async throws {
        let bench = try await SubmissionBench.published()
        let client = bench.client(Sample.reporter("henan"))
        let response = try await client.pushBatch(SubmissionV1.PushBatchRequest(items: items, atomicity: .each))
        #expect(codes(response.verdicts) == [0, 3, 0, 5, 0])
        #expect(response.verdicts.map(\.index) == [0, 1, 2, 3, 4])
        #expect(response.verdicts.map(\.idempotencyKey) == items.map(\.idempotencyKey))
        for verdict in response.verdicts {
            guard case .accepted(let accepted) = verdict.outcome else { continue }
            #expect(try fault(of: accepted.receipt) == nil)
        }
        #expect(try await bench.reports().map(\.version) == [1, 2])
        #expect(
            try await bench.journal().map(\.kind).sorted()
                == ["report.accepted", "report.accepted", "report.accepted", "report.rejected"])
    }

    @Test("as a whole: one refusal refuses every item and leaves nothing behind but itself")
    func whole() async throws {
        let bench = try await SubmissionBench.published()
        let client = bench.client(Sample.reporter("henan"))
        var stale = items
        stale[1] = item(Sample.count("zhengzhou-erqi", events: 1), base: 4, key: "batch-item-2")
        stale.remove(at: 3)
        let refused = try await client.pushBatch(SubmissionV1.PushBatchRequest(items: stale, atomicity: .whole))
        #expect(codes(refused.verdicts) == [10, 10, 10, 10])
        guard case .refused(let own) = refused.verdicts[1].outcome else { throw RPCError(.unknown, "accepted") }
        #expect(own.detail?.place == "base_version")
        #expect(try await bench.reports().isEmpty)
        #expect(try await bench.journal().map(\.kind) == ["report.rejected"])

        stale[1] = item(Sample.count("zhengzhou-erqi", events: 1), key: "batch-item-2")
        let accepted = try await client.pushBatch(SubmissionV1.PushBatchRequest(items: stale, atomicity: .whole))
        #expect(codes(accepted.verdicts) == [0, 0, 0, 0])
        #expect(try await bench.reports().count == 3)
    }

    @Test("as a whole and large: waits for its turn, and nobody else does")
    func wholeInTurn() async throws {
        let bench = try await SubmissionBench.published()
        let places = bench.service.wholeBatches
        let client = bench.client(Sample.reporter("henan"))
        func batch(_ unit: String, _ count: UInt64) -> SubmissionV1.PushBatchRequest {
            SubmissionV1.PushBatchRequest(
                items: (0..<count).map {
                    item(Sample.count(unit, events: Int64($0)), base: $0, key: "batch-\(unit)-\($0)")
                }, atomicity: .whole)
        }
        let large = try await places.holding(Sample.reporter("henan-kaifeng")) {
            let large = Task { try await client.pushBatch(batch("zhengzhou-erqi", 9)) }
            try await Patience.until("the large batch waits") { places.waiting == 1 }
            #expect(
                codes(try await client.pushBatch(batch("henan-kaifeng", 8)).verdicts) == Array(repeating: 0, count: 8))
            #expect(try await bench.journal().count == 8)
            return large
        }
        #expect(codes(try await large.value.verdicts) == Array(repeating: 0, count: 9))
        #expect(places.taken == 0 && places.waiting == 0)
    }

    @Test("as a whole: a report that its findings block refuses the batch before anything is written")
    func wholeBlocked() async throws {
        let bench = try await SubmissionBench.published()
        let refused = try await bench.client(Sample.reporter("henan")).pushBatch(
            SubmissionV1.PushBatchRequest(items: items, atomicity: .whole))
        #expect(codes(refused.verdicts) == [10, 3, 10, 5, 10])
        #expect(try await bench.journal().map(\.kind) == ["report.rejected"])
    }

    @Test("a batch says how it stands, and has a limit")
    func limits() async throws {
        let bench = try await SubmissionBench.published()
        let client = bench.client(Sample.reporter("henan"))
        await #expect(throws: RPCError.self) {
            try await client.pushBatch(SubmissionV1.PushBatchRequest(items: items))
        }
        let many = Array(repeating: items[0], count: 1001)
        await #expect(throws: RPCError.self) {
            try await client.pushBatch(SubmissionV1.PushBatchRequest(items: many, atomicity: .each))
        }
        #expect(try await bench.journal().isEmpty)
    }

    @Test("a stream of pushes: every item has its verdict, duplicates and later versions among them")
    func stream() async throws {
        let bench = try await SubmissionBench.published()
        let call = try await bench.client(Sample.reporter("henan")).pushStream()
        let count = 300
        for index in 0..<count {
            let version = UInt64(index / 2)
            try await call.send(
                SubmissionV1.PushStreamRequest(
                    item: item(
                        Sample.count(events: Int64(version)), base: version, key: "stream-item-\(version)")))
        }
        try await call.send(SubmissionV1.PushStreamRequest())
        let response = try await call.response()
        #expect(response.verdicts.map(\.index) == Array(0...UInt32(count)))
        #expect(codes(response.verdicts) == Array(repeating: 0, count: count) + [3])
        let repeated = response.verdicts.map { verdict in
            if case .accepted(let accepted) = verdict.outcome { accepted.repeatedPush } else { false }
        }
        #expect(repeated == (0..<count).map { $0 % 2 == 1 } + [false])
        #expect(try await bench.reports().map(\.version) == [150])
    }

    @Test("names of any length are told by their beginnings, so that the verdicts fit an answer")
    func longNames() async throws {
        let bench = try await SubmissionBench.published()
        let long = String(repeating: "长", count: 4_000)
        let items = (0..<40).flatMap { index -> [SubmissionV1.PushRequest] in
            var reports = Array(repeating: SubmissionV1.Report(Sample.count(events: 1)), count: 5)
            reports[0].campaign = long
            reports[1].form = long
            reports[2].reportingUnit = long
            reports[3].cells[0].field = long
            return reports.enumerated().map { number, report in
                SubmissionV1.PushRequest(
                    report: report, idempotencyKey: number == 4 ? long : "long-\(number)-\(index)-of-its-name")
            }
        }
        let response = try await bench.client(Sample.reporter("henan-zhengzhou")).pushBatch(
            .init(items: items, atomicity: .each))
        #expect(codes(response.verdicts) == Array(repeating: [5, 5, 7, 3, 3], count: 40).flatMap { $0 })
        for var verdict in response.verdicts {
            guard case .refused(var refusal) = verdict.outcome else { continue }
            refusal.detail?.findings = []
            verdict.outcome = .refused(refusal)
            #expect(try verdict.encodedBytes().count <= SubmissionService.verdictBytes)
        }
    }

    @Test("a stream of too many items says how many were carried out, in its text and its details")
    func tooManyItems() async throws {
        let bench = try await SubmissionBench.published()
        let call = try await bench.client(Sample.reporter("henan")).pushStream()
        let error = await #expect(throws: RPCError.self) {
            for index in 0...SubmissionService.streamItems {
                let version = index / SubmissionService.streamChunkItems
                let report = Sample.count("henan", events: Int64(version))
                try await call.send(
                    .init(item: item(report, base: UInt64(version), key: "too-many-\(1_000 + version)")))
            }
            _ = try await call.response()
        }
        let what =
            "the first 2304 items were carried out, no other: "
            + "what was taken in stays, and sent again with its key gets the same receipt"
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.hasSuffix("in shorter streams; \(what)") == true, "\(error?.message ?? "")")
        #expect(try TypeV1.ErrorDetail.decode(error?.details ?? []).remedy.hasSuffix("; \(what)"))
        // One version from each piece that is taken in together.
        #expect(try await bench.reports().map(\.version) == [9])
    }

    @Test(
        "what is said of the items of a stream that fails",
        arguments: [
            (0, 0, "no item was carried out"),
            (0, 5, "some of the items 0 to 4 may have been carried out"),
            (5, 5, "the first 5 items were carried out, no other"),
            (5, 9, "the first 5 items were carried out, and some of the items 5 to 8 may have been"),
        ])
    func whatIsSaid(carriedOut: Int, begun: Int, what: String) {
        let again = begun > 0 ? ": what was taken in stays, and sent again with its key gets the same receipt" : ""
        let error = RPCError(.unavailable, "why", isNotStarted: true).telling(carriedOut: carriedOut, begun: begun)
        #expect(error.message == "why; \(what)\(again)")
        #expect(error.details.isEmpty)
        #expect(error.isNotStarted == (begun == 0))
    }

    @Test("a stream ends before its verdicts would no longer fit one answer, and says so")
    func longVerdicts() async throws {
        let bench = try await SubmissionBench.published()
        var campaign = Sample.campaign
        campaign.code = "henan-2020"
        campaign.forms = (10..<20).map { number in
            var form = Sample.plainForm
            form.code = "form-\(number)-" + String(repeating: "x", count: 56)
            return form
        }
        try await bench.registry.publish(campaign, [])
        var report = SubmissionV1.Report(Sample.count(events: 1))
        report.campaign = campaign.code
        report.form = String(repeating: "y", count: 300)
        let call = try await bench.client(Sample.reporter("henan")).pushStream()
        let error = await #expect(throws: RPCError.self) {
            for index in 0..<SubmissionService.streamItems {
                let key = "\(100_000 + index)" + String(repeating: "-", count: 58)
                try await call.send(.init(item: SubmissionV1.PushRequest(report: report, idempotencyKey: key)))
            }
            _ = try await call.response()
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("would not fit one answer") == true, "\(String(describing: error))")
        #expect(error?.message.contains("items were carried out, no other") == true)
    }

    @Test("the same pushes in any order, any number of times, end in the same reports")
    func anyOrder() async throws {
        let units = ["henan", "henan-zhengzhou", "henan-kaifeng", "zhengzhou-erqi"]
        let pushes = units.flatMap { unit in
            (0..<4).map { version in
                item(
                    Sample.count(unit, events: Int64(version * 7)), base: UInt64(version),
                    key: "\(unit)-version-\(version)")
            }
        }
        var states: Set<[[UInt8]]> = []
        for seed in 0..<3 {
            let bench = try await SubmissionBench.published()
            var generator = SeededGenerator(state: UInt64(seed + 1))
            var waiting = (pushes + pushes).shuffled(using: &generator)
            // Whoever is refused for a stale base tries again, as a client does.
            while !waiting.isEmpty {
                let response = try await bench.client(Sample.reporter("henan")).pushBatch(
                    SubmissionV1.PushBatchRequest(items: waiting, atomicity: .each))
                waiting = zip(waiting, codes(response.verdicts)).filter { $1 != 0 }.map(\.0)
                    .shuffled(using: &generator)
            }
            let reports = try await bench.reports()
            #expect(reports.map(\.version) == [4, 4, 4, 4])
            states.insert(reports.map(\.digest))
        }
        #expect(states.count == 1)
    }
}

/// SplitMix64: the same order each time.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
