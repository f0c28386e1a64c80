import Messages
import RPC
import Reporting
import ReportingMessages
import Serving
import SubmissionRules
import Testing
import Wire

@Suite("What is asked of the registry")
struct RegistryQuestionsTests {
    @Test("nothing is asked while nobody waits, and one question answers all who came before it began")
    func shared() {
        var questions = RegistryQuestions()
        #expect(!questions.isWanted)
        let first = questions.now
        for _ in 0..<1_000 { questions.want(since: first) }
        #expect(questions.isWanted)
        questions.begin()
        #expect(!questions.isWanted)
        #expect(questions.answer(since: first) == .notYet)
        questions.reach()
        #expect(questions.answer(since: first) == .complete)
        #expect(!questions.isWanted)
        // What came before an answered question needs none.
        questions.want(since: first)
        #expect(!questions.isWanted)
    }

    @Test("who comes while a question is under way waits for the next one: something may have been published meanwhile")
    func late() {
        var questions = RegistryQuestions()
        questions.want(since: questions.now)
        questions.begin()
        let late = questions.now
        #expect(!questions.knowsOfInterest(since: late))
        questions.want(since: late)
        #expect(!questions.isWanted)
        questions.reach()
        #expect(questions.answer(since: late) == .notYet)
        #expect(questions.isWanted)
        questions.begin()
        questions.reach()
        #expect(questions.answer(since: late) == .complete)
    }

    @Test("a question that failed says so to those who waited for it, and who comes then asks again")
    func failed() {
        var questions = RegistryQuestions()
        let first = questions.now
        questions.want(since: first)
        questions.begin()
        questions.fail("no registry")
        #expect(questions.answer(since: first) == .failed("no registry"))
        let second = questions.now
        #expect(questions.answer(since: second) == .notYet)
        questions.want(since: second)
        questions.begin()
        questions.reach()
        #expect(questions.answer(since: second) == .complete)
        #expect(questions.answer(since: first) == .complete)
    }

    @Test("while a question is overdue who comes is told so at once, until it is answered or fails")
    func overdue() {
        var questions = RegistryQuestions()
        let first = questions.now
        questions.want(since: first)
        questions.begin()
        questions.becomeOverdue("no word")
        let late = questions.now
        for moment in [first, late] { #expect(questions.answer(since: moment) == .failed("no word")) }
        #expect(!questions.isWanted)
        var failed = questions
        questions.reach()
        #expect(questions.answer(since: first) == .complete)
        #expect(questions.answer(since: late) == .notYet)
        failed.fail("no registry")
        #expect(failed.answer(since: first) == .failed("no registry"))
        #expect(failed.answer(since: late) == .notYet)
        for after in [questions, failed] {
            #expect(!after.isOverdue)
            var after = after
            after.want(since: late)
            #expect(after.isWanted)
        }
    }

    @Test("who comes once the registry was heard of otherwise waits for the next question")
    func heard() {
        var questions = RegistryQuestions()
        let first = questions.now
        questions.want(since: first)
        questions.begin()
        questions.hear()
        #expect(questions.answer(since: first) == .notYet)
        questions.becomeOverdue("no word")
        questions.hear()
        let late = questions.now
        questions.want(since: late)
        #expect(questions.answer(since: late) == .notYet)
        questions.fail("no word")
        #expect(questions.answer(since: first) == .failed("no word"))
        #expect(questions.isWanted)
    }

    // MARK: In the service

    private static func unknown(_ number: Int) -> SubmissionV1.PushRequest {
        var report = Sample.count("henan-zhengzhou", events: 1)
        report.campaign = "none-\(number)"
        return SubmissionV1.PushRequest(
            report: SubmissionV1.Report(report), idempotencyKey: "key-\(10_000_000 + number)")
    }

    @Test("a batch asks once, whatever it names that nobody knows")
    func batch() async throws {
        let bench = try await SubmissionBench.published()
        _ = try await bench.push(Sample.count("henan-zhengzhou", events: 1))
        let before = bench.registry.questions
        let answer = try await bench.client(Sample.reporter("henan-zhengzhou")).pushBatch(
            .init(items: (0..<200).map(Self.unknown), atomicity: .each))
        #expect(answer.verdicts.count == 200)
        for verdict in answer.verdicts {
            guard case .refused(let refusal) = verdict.outcome else {
                Issue.record("accepted")
                continue
            }
            #expect(refusal.code == UInt32(StatusCode.notFound.rawValue))
        }
        #expect(bench.registry.questions == before + 1)
    }

    @Test("a code that no campaign can have is not asked about")
    func noCode() async throws {
        let bench = try await SubmissionBench.withoutRegistry()
        var report = Sample.count(events: 1)
        report.campaign = "Henan 2019"
        #expect(await bench.refusal(report)?.code == .notFound)
        #expect(bench.registry.questions == 0)
    }

    @Test("a report that names two things nobody knows asks once")
    func report() async throws {
        let bench = try await SubmissionBench.published()
        _ = try await bench.push(Sample.count("henan-zhengzhou", events: 1))
        let before = bench.registry.questions
        let error = await #expect(throws: RPCError.self) {
            try await bench.client(Sample.service("notification")).getReport(
                .init(campaign: "none", form: "count", reportingUnit: "nowhere"))
        }
        #expect(error?.code == .notFound)
        #expect(bench.registry.questions == before + 1)
    }

    @Test("a list of a campaign published a moment ago is a list, and of one that nobody knows NOT_FOUND")
    func list() async throws {
        let bench = try await SubmissionBench()
        try await bench.registry.publish(Sample.campaign, Sample.organisations)
        let client = bench.client(Sample.member("henan-zhengzhou", "viewer"))
        func list(_ campaign: String) async throws -> [SubmissionV1.ReportSummary] {
            try await client.listReports(.init(campaign: campaign, reportingUnit: "henan-zhengzhou")).reports
        }
        #expect(try await list(Sample.campaign.code).isEmpty)
        let error = await #expect(throws: RPCError.self) { try await list("none") }
        #expect(error?.code == .notFound)
    }

    @Test("calls that wait at once share one question")
    func atOnce() async throws {
        let places = WaitingPlaces()
        let bench = try await SubmissionBench(places: places, isHeldBack: true)
        try await bench.registry.publish(Sample.campaign, Sample.organisations)
        let pushes = (0..<50).map { number in
            Task { try await bench.client(Sample.reporter("henan-zhengzhou")).push(Self.unknown(number)) }
        }
        while places.waiting < pushes.count { await Task.yield() }
        bench.registry.letGo()
        for push in pushes {
            let error = await #expect(throws: RPCError.self) { try await push.value }
            #expect(error?.code == .notFound)
        }
        // The one that was under way when the later ones came, and the next.
        #expect(bench.registry.questions <= 2)
    }

    @Test("what was published a moment ago is taken in, whatever else is asked about meanwhile")
    func published() async throws {
        let bench = try await SubmissionBench.published()
        let stranger = Task {
            var number = 0
            while !Task.isCancelled {
                number += 1
                _ = try? await bench.client(Sample.reporter("henan-kaifeng")).push(Self.unknown(number))
            }
        }
        for number in 0..<20 {
            let campaign = Campaign(
                code: "new-\(number)", title: "质量开放日", year: 2019, issuer: "henan", beginsOn: Sample.dueDate,
                endsOn: Sample.lockDate, forms: [Sample.plainForm])
            try await bench.registry.publish(campaign, [])
            var report = Sample.count("henan-zhengzhou", events: 1)
            report.campaign = campaign.code
            _ = try await bench.push(report, key: "key-\(20_000_000 + number)")
        }
        stranger.cancel()
        await stranger.value
    }
}
