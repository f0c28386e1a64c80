import Messages
import RPC
import Reporting
import TestStores
import Testing
import Wire

@Suite("Who may see which figures") struct StatisticsAccessTests {
    let directory = TemporaryDirectory()

    private func process() async throws -> StatisticsProcess {
        let registry = try JournalSource.registry(in: directory)
        try await registry.publish(Sample.published)
        let submission = try JournalSource.submission(in: directory)
        for unit in Sample.units { try await submission.accept(unit, [Sample.visitors(1)]) }
        let process = try StatisticsProcess(in: directory, following: registry, submission)
        try await process.catchUp(registry, submission)
        return process
    }

    private func groups(_ caller: String, _ process: StatisticsProcess) async throws -> [String] {
        try await process.client(caller).getRollup(
            .init(campaign: Sample.campaignCode, form: Sample.formCode, grouping: .reportingLine)
        ).groups.map(\.code)
    }

    @Test("services and the issuer see everything, a unit its own line")
    func visible() async throws {
        let process = try await process()
        #expect(try await groups("service/console", process).count == 8)
        #expect(try await groups("org/henan/viewer", process).count == 8)
        #expect(
            try await groups("org/kaifeng/reporter", process) == ["", "kaifeng", "kaifeng-qixian", "kaifeng-tongxu"])
        #expect(try await groups("org/jiaoyu/viewer", process) == ["", "jiaoyu"])
        let units = try await process.client("org/kaifeng/viewer").getCompleteness(
            .init(campaign: Sample.campaignCode, form: Sample.formCode))
        #expect(units.units.map(\.reportingUnit) == ["kaifeng", "kaifeng-qixian", "kaifeng-tongxu"])
        #expect(units.expected == 3)
    }

    @Test(
        "whoever is not of the campaign is denied, and told what to do",
        arguments: ["org/fujian/viewer", "org/henan/clerk"])
    func denied(caller: String) async throws {
        let process = try await process()
        let error = await #expect(throws: RPCError.self) { try await groups(caller, process) }
        #expect(error?.code == .permissionDenied)
        let detail = try TypeV1.ErrorDetail.decode(try #require(error).details)
        #expect(detail.thing.contains(caller))
        #expect(detail.place == "campaign 'henan-2019-open-day', form 'summary'")
        #expect(!detail.remedy.isEmpty)
    }

    @Test("an unknown campaign, form, grouping or watermark is named")
    func badQuestions() async throws {
        let process = try await process()
        func code(_ request: StatisticsV1.GetRollupRequest) async -> StatusCode? {
            do throws(RPCError) {
                _ = try await process.client().getRollup(request)
                return nil
            } catch {
                #expect(!error.details.isEmpty)
                return error.code
            }
        }
        #expect(await code(.init(campaign: "absent", form: Sample.formCode)) == .notFound)
        #expect(await code(.init(campaign: Sample.campaignCode, form: "absent")) == .notFound)
        #expect(
            await code(.init(campaign: Sample.campaignCode, form: Sample.formCode, grouping: .unrecognized(9)))
                == .invalidArgument)
        let broken = TypeV1.Cursor(epoch: Array(repeating: 1, count: 15), size: 1)
        #expect(
            await code(
                .init(
                    campaign: Sample.campaignCode, form: Sample.formCode, atLeast: .init(submission: broken)))
                == .invalidArgument)
        // Not given: by reporting line.
        #expect(await code(.init(campaign: Sample.campaignCode, form: Sample.formCode)) == nil)
    }
}
