import Following
import Journal
import Logging
import Messages
import RPC
import Reporting
import ReportingMessages
import StatisticsRules
import StatisticsServer
import StatisticsStorage
import Storage
import TestRandom
import TestStores
import TestSupport
import Testing
import Wire

@Suite("Statistics, following real journals") struct StatisticsServerTests {
    let directory = TemporaryDirectory()

    private func sources(
        registryEpoch: UInt8 = 1, submissionEpoch: UInt8 = 2
    ) async throws -> (registry: JournalSource, submission: JournalSource) {
        let registry = try JournalSource.registry(in: directory, epoch: registryEpoch)
        try await registry.publish(Sample.published)
        let submission = try JournalSource.submission(in: directory, epoch: submissionEpoch)
        return (registry, submission)
    }

    /// What the sample's units report, in an order of their own in each unit.
    private func report(to submission: JournalSource) async throws {
        try await submission.accept("zhengzhou", [Sample.visitors(10), Sample.value("0.1")])
        try await submission.accept("kaifeng", [Sample.visitors(30)])
        try await submission.accept("kaifeng-qixian", [Sample.visitors(20), Sample.value("0.2")])
        try await submission.accept("zhengzhou", version: 2, [Sample.visitors(12), Sample.value("0.1")])
        try await submission.accept(
            "gongyi", [Cell("visitors", .notApplicable)], rows: [Sample.host("H1", invited: .integer(8))])
        try await submission.accept("jiaoyu", [Sample.visitors(1000)])
    }

    @Test("an answer holds what its watermark says")
    func answer() async throws {
        let (registry, submission) = try await sources()
        try await report(to: submission)
        let process = try StatisticsProcess(in: directory, following: registry, submission)
        try await process.catchUp(registry, submission)
        let answer = try await process.client().getRollup(
            .init(campaign: Sample.campaignCode, form: Sample.formCode, grouping: .reportingLine))
        #expect(answer.groups.map(\.code).prefix(3) == ["", "henan", "zhengzhou"])
        let visitors = try #require(answer.groups.first?.sums.first)
        #expect(visitors.label == "接待参观来访人员总数")
        #expect(visitors.unit == "人次")
        #expect(visitors.sum == TypeV1.Decimal(unscaledValue: 32, scale: 0))
        #expect([visitors.withValue, visitors.expected, visitors.notApplicable, visitors.notReported] == [2, 4, 1, 1])
        #expect(answer.groups.first?.sums[1].sum == TypeV1.Decimal(unscaledValue: 30, scale: 2))
        #expect(answer.groups.first { $0.code == "jiaoyu" }?.beside == true)
        let control = try #require(answer.groups.first { $0.code == "kaifeng" }?.controlTotals.first)
        #expect(control.reported?.unscaledValue == 30)
        #expect(control.sum?.unscaledValue == 20)
        #expect(answer.watermark?.registry?.size == 1)
        #expect(answer.watermark?.submission?.size == 6)
        #expect(answer.rollupHash.count == 32)
    }

    @Test("a question that was given up is no error of anybody's")
    func givenUpQuestion() async throws {
        let (registry, submission) = try await sources()
        let process = try StatisticsProcess(in: directory, following: registry, submission)
        let handler = process.handler
        let error = await givenUp(StatisticsV1.StatisticsService.Methods.getCompleteness, by: "service/console") {
            (context) throws(RPCError) in
            try await handler.getCompleteness(
                .init(campaign: Sample.campaignCode, form: Sample.formCode), context: context)
        }
        #expect(error?.code == .cancelled)
        #expect(process.log.lines(from: .info).isEmpty)
    }

    @Test("completeness lists who has reported and who has not")
    func completeness() async throws {
        let (registry, submission) = try await sources()
        try await report(to: submission)
        let process = try StatisticsProcess(in: directory, following: registry, submission)
        try await process.catchUp(registry, submission)
        let answer = try await process.client().getCompleteness(
            .init(campaign: Sample.campaignCode, form: Sample.formCode))
        #expect(answer.units.map(\.reportingUnit) == Sample.units)
        #expect(answer.units.filter { !$0.reported }.map(\.reportingUnit) == ["kaifeng-tongxu"])
        #expect(answer.units.first?.version == 2)
        #expect(answer.units.first?.firstSealedUnixUs == 1_567_300_000_000_000)
        #expect([answer.expected, answer.reported] == [6, 5])
    }

    @Test("a request with a watermark waits until the projection holds it")
    func waits() async throws {
        let (registry, submission) = try await sources()
        let process = try StatisticsProcess(in: directory, following: registry, submission)
        try await process.whileFollowing {
            var watermark: StatisticsV1.Watermark?
            for version in 1...20 as ClosedRange<UInt64> {
                try await submission.accept("zhengzhou", version: version, [Sample.visitors(Int64(version))])
                watermark =
                    StatisticsWatermark(
                        registry: registry.store.journalHead, submission: submission.store.journalHead
                    ).forRequest
                let answer = try await process.client().getRollup(
                    .init(
                        campaign: Sample.campaignCode, form: Sample.formCode, grouping: .place, atLeast: watermark))
                #expect(answer.groups.first?.sums.first?.sum?.unscaledValue == Int64(version))
                #expect(answer.watermark == watermark)
            }
        }
    }

    @Test("who names accepted reports waits for their campaign too")
    func waitsForCampaign() async throws {
        let registry = try JournalSource.registry(in: directory)
        let submission = try JournalSource.submission(in: directory)
        try await submission.accept("zhengzhou", [Sample.visitors(3)])
        let process = try StatisticsProcess(in: directory, following: registry, submission)
        let watermark = StatisticsWatermark(registry: nil, submission: submission.store.journalHead).forRequest
        try await process.whileFollowing {
            async let answer = process.client().getCompleteness(
                .init(campaign: Sample.campaignCode, form: Sample.formCode, atLeast: watermark))
            // Lets the request find no campaign; it is answered all the same when it comes later than this.
            for _ in 0..<1_000 { await Task.yield() }
            try await registry.publish(Sample.published)
            #expect(try await answer.reported == 1)
        }
    }

    @Test("a replica that lags answers UNAVAILABLE and not started, within half of the deadline")
    func lags() async throws {
        let (registry, submission) = try await sources()
        let process = try StatisticsProcess(in: directory, following: registry, submission)
        try await process.catchUp(registry, submission)
        try await submission.accept("zhengzhou", [])
        let watermark = StatisticsWatermark(registry: nil, submission: submission.store.journalHead).forRequest
        for timeout in [nil, Duration.seconds(4)] {
            let call = Task { () throws(RPCError) in
                try await process.client().getCompleteness(
                    .init(campaign: Sample.campaignCode, form: Sample.formCode, atLeast: watermark),
                    options: CallOptions(timeout: timeout))
            }
            let patience = Duration.seconds(timeout == nil ? 5 : 2)
            let end = process.clock.now.advanced(byMicroseconds: patience.wholeMicroseconds)
            try await Patience.until("the request waits") { process.clock.nextWake == end }
            process.clock.advance(by: patience)
            guard case .failure(let error as RPCError) = await call.result else {
                Issue.record("answered by a replica that lags")
                continue
            }
            #expect(error.code == .unavailable)
            #expect(error.isNotStarted)
        }
    }

    @Test("a replica that was never at the journals' ends answers UNAVAILABLE and not started, and not 0 of 60")
    func neverCaughtUp() async throws {
        let (registry, submission) = try await sources()
        let process = try StatisticsProcess(in: directory, following: registry, submission)
        // It knows the campaign, and no report.
        let registryAlone = Task { try await process.following.registry.run() }
        try await process.following.registry.waitUntilCaughtUp()
        registryAlone.cancel()
        try await registryAlone.value
        let question = StatisticsV1.GetCompletenessRequest(campaign: Sample.campaignCode, form: Sample.formCode)
        let call = Task { () throws(RPCError) in try await process.client().getCompleteness(question) }
        let end = process.clock.now.advanced(byMicroseconds: PatientWait.longestMicroseconds)
        try await Patience.until("the request waits") { process.clock.nextWake == end }
        process.clock.advance(by: .microseconds(Int64(PatientWait.longestMicroseconds)))
        let error = await #expect(throws: RPCError.self) { try await call.value }
        #expect(error?.code == .unavailable && error?.isNotStarted == true)
        let waiting = Task { () throws(RPCError) in try await process.client().getCompleteness(question) }
        try await process.catchUp(registry, submission)
        #expect(try await waiting.value.reported == 0)
    }

    @Test("a restart in the middle changes nothing")
    func restart() async throws {
        let (registry, submission) = try await sources()
        try await submission.accept("zhengzhou", [Sample.visitors(1)])
        do {
            let process = try StatisticsProcess(in: directory, following: registry, submission)
            try await process.catchUp(registry, submission)
            process.store.close()
        }
        try await submission.accept("gongyi", [Sample.visitors(2)])
        let again = try StatisticsProcess(in: directory, following: registry, submission)
        try await again.catchUp(registry, submission)
        let fresh = try StatisticsProcess(in: directory, following: registry, submission, name: "fresh")
        try await fresh.catchUp(registry, submission)
        #expect(try await again.answers() == (try await fresh.answers()))
    }

    @Test("a journal of another epoch is followed from its start and gives the same bytes")
    func rebuild() async throws {
        let (registry, submission) = try await sources()
        try await report(to: submission)
        // Only the journal that is lost told of this one.
        try await submission.accept("kaifeng-tongxu", [Sample.visitors(5)])
        do {
            let process = try StatisticsProcess(in: directory, following: registry, submission)
            try await process.catchUp(registry, submission)
            process.store.close()
        }
        let (newRegistry, newSubmission) = try await sources(registryEpoch: 3, submissionEpoch: 4)
        try await report(to: newSubmission)
        let rebuilt = try StatisticsProcess(in: directory, following: newRegistry, newSubmission)
        try await rebuilt.catchUp(newRegistry, newSubmission)
        let fresh = try StatisticsProcess(in: directory, following: newRegistry, newSubmission, name: "fresh")
        try await fresh.catchUp(newRegistry, newSubmission)
        #expect(try await rebuilt.answers() == (try await fresh.answers()))
    }

    @Test("the same entries again, in any order, give the same answers")
    func duplicates() async throws {
        let (registry, submission) = try await sources()
        try await report(to: submission)
        let process = try StatisticsProcess(in: directory, following: registry, submission)
        try await process.catchUp(registry, submission)
        let expected = try await process.answers()
        let entries = try await submission.entries()
        var random = SplitMix(seed: 7)
        for _ in 0..<10 {
            let order = (entries + entries).shuffled(using: &random)
            try await process.store.commit(StatisticsIntake(submission: order))
            #expect(try await process.answers() == expected)
        }
    }

    @Test("who has read a form before reads what has changed since, and has the same answer as who reads it all")
    func readAgain() async throws {
        let (registry, submission) = try await sources()
        let process = try StatisticsProcess(in: directory, following: registry, submission)
        let reader = StatisticsReader(process.store)
        var random = SplitMix(seed: 11)
        var versions: [String: UInt64] = [:]
        for count in 0..<30 as Range<Int64> {
            let unit = Sample.units.randomElement(using: &random)!
            versions[unit, default: 0] += 1
            try await submission.accept(unit, version: versions[unit]!, [Sample.visitors(count)])
            try await process.catchUp(registry, submission)
            let again = try await reader.form(Sample.key)
            let fresh = try await StatisticsReader(process.store).form(Sample.key)
            #expect(again.watermark == fresh.watermark)
            for grouping in Grouping.allCases {
                let hash = try #require(again.snapshot?.rollup(grouping, .everything)?.hash)
                #expect(hash == fresh.snapshot?.rollup(grouping, .everything)?.hash)
            }
        }
    }

    @Test("figures that cannot be read fail whoever asks for them, and nobody else")
    func unreadableFigures() async throws {
        let (registry, submission) = try await sources()
        let accepted = AcceptedReport(
            campaign: Sample.campaignCode, form: Sample.formCode, formVersion: 1, reportingUnit: "gongyi",
            reportVersion: 1, digest: .zero, timeliness: .onTime, correctedLate: false)
        // The field `report`, three bytes that are no message.
        let body: [UInt8] = [0x0a, 3, 0xff, 0xff, 0xff]
        try await submission.store.deciding {
            $0.append(kind: AcceptedReport.journalKind, statement: accepted.statement, body: body)
        }
        let process = try StatisticsProcess(in: directory, following: registry, submission)
        try await process.catchUp(registry, submission)
        let error = await #expect(throws: RPCError.self) { try await process.answers() }
        #expect(error?.code == .internal)
        try await submission.accept("gongyi", version: 2, [Sample.visitors(2)])
        try await process.catchUp(registry, submission)
        _ = try await process.answers()
    }

    @Test("an entry that cannot be read stops the following, and leaves nothing behind")
    func unreadable() async throws {
        let (registry, submission) = try await sources()
        try await submission.append("something.new", TypeV1.Decimal(unscaledValue: 1, scale: 0))
        try await submission.append("report.accepted", TypeV1.Date(year: 2019, month: 9, day: 1))
        let process = try StatisticsProcess(in: directory, following: registry, submission)
        try await process.whileFollowing {
            var progress = process.following.submission.progress
            while true {
                if case .failing(let reason) = progress.condition {
                    #expect(reason.contains("report.accepted"))
                    break
                }
                progress = try await process.following.submission.waitForChange(from: progress)
            }
        }
    }
}

extension StatisticsWatermark {
    /// As an answer carries it.
    var forRequest: StatisticsV1.Watermark {
        func message(_ cursor: LogCursor) -> TypeV1.Cursor {
            TypeV1.Cursor(epoch: cursor.epoch.bytes, size: cursor.size)
        }
        return .init(registry: registry.map(message), submission: submission.map(message))
    }
}
