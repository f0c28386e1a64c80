import Messages
import RPC
import Reporting
import ReportingMessages
import SubmissionServer
import TestStores
import Testing
import Wire

@Suite("Who may is judged before anything is told, by every method of submission")
struct JudgementOrderTests {
    private typealias Methods = SubmissionV1.SubmissionService.Methods
    private typealias Client = SubmissionV1.SubmissionServiceClient

    /// A question about somebody else's unit that is wrong in every other way as well.
    private static func ask(_ method: MethodDescriptor, about unit: String, _ client: Client) async throws {
        var report = SubmissionV1.Report(Sample.report(unit))
        report.campaign = "henan-2099"
        report.form = "nothing"
        report.cells += report.cells
        let push = SubmissionV1.PushRequest(report: report, baseVersion: 9, idempotencyKey: "?")
        switch method {
        case Methods.push: _ = try await client.push(push)
        case Methods.pushBatch:
            let batch = try await client.pushBatch(.init(items: [push], atomicity: .each))
            try refuse(batch.verdicts)
        case Methods.pushStream:
            let call = try await client.pushStream()
            try await call.send(.init(item: push))
            try refuse(try await call.response().verdicts)
        case Methods.getReport:
            _ = try await client.getReport(
                .init(campaign: "henan-2099", form: "nothing", reportingUnit: unit, version: 99))
        case Methods.listReports:
            _ = try await client.listReports(
                .init(
                    campaign: "henan-2099", form: "nothing", reportingUnit: unit, pageSize: 100_000, pageToken: "none"))
        case Methods.follow: for try await _ in try await client.follow(.init(stopAtEnd: true)) {}
        case Methods.getCheckpoint: _ = try await client.getCheckpoint(.init(minimumSize: .max))
        case Methods.getConsistencyProof: _ = try await client.getConsistencyProof(.init(oldSize: 9))
        case Methods.getInclusionProof: _ = try await client.getInclusionProof(.init(index: 9))
        case Methods.getHashTiles: _ = try await client.getHashTiles(.init(tileLevel: 99))
        default: Issue.record("\(method.name) is not judged here")
        }
    }

    private static func refuse(_ verdicts: [SubmissionV1.Verdict]) throws {
        guard case .refused(let refusal) = verdicts.first?.outcome else { return }
        throw RPCError(StatusCode(rawValue: UInt8(refusal.code)) ?? .unknown, refusal.message)
    }

    /// What every caller may ask.
    private static let open = [Methods.getReceiptKey]
    /// What everybody with a known role may ask: they tell of no unit.
    private static let byRole = [
        Methods.getCheckpoint, Methods.getConsistencyProof, Methods.getInclusionProof, Methods.getHashTiles,
    ]

    @Test(
        "another's unit, one that does not exist, and a caller of no known role are PERMISSION_DENIED, whatever is wrong",
        arguments: SubmissionV1.SubmissionService.Methods.all.filter { !(open + byRole).contains($0) })
    func denied(method: MethodDescriptor) async throws {
        let bench = try await SubmissionBench.published()
        _ = try await bench.push(Sample.count("henan-kaifeng", events: 1))
        let units = ["henan-kaifeng", "henan", "fujian", "henan-nowhere", "no code at all"]
        let told = await answers(about: units) { unit in
            try await Self.ask(method, about: unit, bench.client(Sample.reporter("henan-zhengzhou")))
        }
        #expect(told.count == 1, "\(told)")
        #expect(told.allSatisfy { $0.hasPrefix("PERMISSION_DENIED: ") }, "\(told)")
        let unknownRole = await #expect(throws: RPCError.self) {
            let caller = Sample.member("henan-zhengzhou", "root")
            try await Self.ask(method, about: "henan-zhengzhou", bench.client(caller))
        }
        #expect(unknownRole?.code == .permissionDenied)
        #expect(try await bench.journal().count == 1)
    }

    @Test(
        "while the registry cannot be asked all of these are UNAVAILABLE, in the same words",
        arguments: SubmissionV1.SubmissionService.Methods.all.filter {
            !(open + byRole + [Methods.follow]).contains($0)
        })
    func unknownWithoutRegistry(method: MethodDescriptor) async throws {
        let bench = try await SubmissionBench.withoutRegistry()
        let units = ["henan-kaifeng", "henan", "fujian", "henan-nowhere"]
        let told = await answers(about: units) { unit in
            try await Self.ask(method, about: unit, bench.client(Sample.reporter("henan-zhengzhou")))
        }
        #expect(told.count == 1, "\(told)")
        #expect(told.allSatisfy { $0.hasPrefix("UNAVAILABLE: ") }, "\(told)")
    }

    @Test(
        "nor does it show by waiting which of others' units there are", arguments: ["henan-kaifeng", "henan-nowhere"])
    func deniedAfterTheSameWait(unit: String) async throws {
        let bench = try await SubmissionBench.withoutRegistry()
        let pushing = WaitingCall(), reading = WaitingCall()
        let caller = Sample.reporter("henan-zhengzhou")
        let push = SubmissionV1.PushRequest(
            report: SubmissionV1.Report(Sample.count(unit, events: 1)), idempotencyKey: "key-00000001")
        let read = SubmissionV1.GetReportRequest(campaign: "henan-2019", form: "count", reportingUnit: unit)
        _ = try? await bench.service.push(push, context: pushing.context(caller, Methods.push))
        _ = try? await bench.service.getReport(read, context: reading.context(caller, Methods.getReport))
        #expect([pushing.said, reading.said] == [1, 1])
    }

    @Test("a unit that was put below the caller a moment ago is its own to report for")
    func newlyBelow() async throws {
        let bench = try await SubmissionBench.published()
        _ = try await bench.push(Sample.count(events: 1))
        let moved = [Sample.organisation("henan-kaifeng", "henan-zhengzhou")]
        var campaign = Sample.campaign
        campaign.code = "henan-2020"
        try await bench.registry.publish(campaign, moved)
        let answer = try await bench.client(Sample.reporter("henan-zhengzhou")).push(
            .init(report: .init(Sample.count("henan-kaifeng", events: 1)), idempotencyKey: "key-00000002"))
        #expect(answer.receipt?.reportingUnit == "henan-kaifeng")
    }

    @Test("and as long as nothing of it was ever followed")
    func nothingFollowed() async throws {
        let bench = try await SubmissionBench(isHeldBack: true)
        bench.registry.disappear()
        let units = ["henan-kaifeng", "henan-nowhere"]
        let told = await answers(about: units) { unit in
            try await Self.ask(Methods.getReport, about: unit, bench.client(Sample.reporter("henan")))
        }
        #expect(told.count == 1, "\(told)")
        #expect(told.allSatisfy { $0.hasPrefix("UNAVAILABLE: ") }, "\(told)")
    }

    @Test("of the log, a caller of no known role gets not even hashes; any other does", arguments: byRole)
    func proofs(method: MethodDescriptor) async throws {
        let bench = try await SubmissionBench.published()
        for (caller, expected) in [
            (Sample.member("henan-zhengzhou", "root"), StatusCode.permissionDenied),
            (
                Sample.member("henan-zhengzhou", "viewer"),
                method == Methods.getCheckpoint ? .outOfRange : .invalidArgument
            ),
        ] {
            let error = await #expect(throws: RPCError.self) {
                try await Self.ask(method, about: "henan-zhengzhou", bench.client(caller))
            }
            #expect(error?.code == expected)
        }
    }

    @Test("a batch and a stream of who never pushes are refused as a whole, however long or wrong they are")
    func wholeBatch() async throws {
        let bench = try await SubmissionBench.published()
        let items = Array(repeating: SubmissionV1.PushRequest(), count: SubmissionService.batchItems + 1)
        for caller in [Sample.member("henan", "viewer"), Sample.service("statistics")] {
            let error = await #expect(throws: RPCError.self) {
                try await bench.client(caller).pushBatch(.init(items: items))
            }
            #expect(error?.code == .permissionDenied)
        }
    }
}
