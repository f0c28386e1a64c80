import Cryptography
import Journal
import Messages
import RPC
import Reporting
import ReportingMessages
import Serving
import Storage
import SubmissionStorage
import TestStores
import Testing
import Wire

@Suite("Who may do what, and what is kept from whom")
struct AccessTests {
    private func code(_ body: () async throws -> Void) async -> StatusCode? {
        do {
            try await body()
            return nil
        } catch {
            return (error as? RPCError)?.code
        }
    }

    private func push(
        _ bench: SubmissionBench, for unit: String, as caller: CallerIdentity
    ) async -> StatusCode? {
        await code {
            _ = try await bench.client(caller).push(
                SubmissionV1.PushRequest(
                    report: SubmissionV1.Report(Sample.count(unit, events: 1)), idempotencyKey: "key-\(unit)"))
        }
    }

    @Test("a reporter pushes for its unit and for those below it, and for nobody else")
    func push() async throws {
        let bench = try await SubmissionBench.published()
        #expect(await push(bench, for: "zhengzhou-erqi", as: Sample.reporter("zhengzhou-erqi")) == nil)
        #expect(await push(bench, for: "henan-kaifeng", as: Sample.reporter("henan-zhengzhou")) == .permissionDenied)
        #expect(await push(bench, for: "henan", as: Sample.reporter("henan-zhengzhou")) == .permissionDenied)
        #expect(
            await push(bench, for: "henan-zhengzhou", as: Sample.member("henan-zhengzhou", "viewer"))
                == .permissionDenied)
        #expect(
            await push(bench, for: "henan-zhengzhou", as: Sample.member("henan-zhengzhou", "root")) == .permissionDenied
        )
        #expect(await push(bench, for: "henan-zhengzhou", as: Sample.service("statistics")) == .permissionDenied)
        #expect(try await bench.journal().count == 1)
        #expect(await push(bench, for: "henan-zhengzhou", as: Sample.reporter("henan")) == nil)
        let entries = try await bench.journal().map { try SubmissionV1.ReportAccepted.decode($0.body) }
        #expect(
            Set(entries.map(\.pushedBy)) == [
                "spiffe://quality.test/org/zhengzhou-erqi/reporter", "spiffe://quality.test/org/henan/reporter",
            ])
    }

    @Test("unknown campaign, form and unit are NOT_FOUND; a campaign of others is no place to report to")
    func unknown() async throws {
        let bench = try await SubmissionBench.published()
        var report = Sample.count(events: 1)
        report.campaign = "henan-2099"
        #expect(await bench.refusal(report)?.code == .notFound)
        report = Sample.count(events: 1)
        report.form = "nothing"
        let form = try #require(await bench.refusal(report))
        #expect(form.code == .notFound)
        #expect(form.message.contains("'summary', 'count'"))
        #expect(await push(bench, for: "henan-nowhere", as: Sample.reporter("henan-nowhere")) == .notFound)
        #expect(await push(bench, for: "fujian", as: Sample.reporter("fujian")) == .failedPrecondition)
        #expect(try await bench.journal().isEmpty)
    }

    @Test("a push for a campaign that is published but not here yet waits for the journal")
    func waits() async throws {
        let places = WaitingPlaces()
        let bench = try await SubmissionBench(places: places, isHeldBack: true)
        try await bench.registry.publish(Sample.campaign, Sample.organisations)
        async let response = bench.push(Sample.count(events: 1))
        while places.waiting < 1 { await Task.yield() }
        bench.registry.letGo()
        #expect(try await response.receipt?.reportVersion == 1)
    }

    @Test("without the registry an unknown campaign is UNAVAILABLE, and a known one goes on")
    func registryGone() async throws {
        let bench = try await SubmissionBench.published()
        _ = try await bench.push(Sample.count(events: 1))
        bench.registry.disappear()
        _ = try await bench.push(Sample.count(events: 2), base: 1, key: "key-00000002")
        var report = Sample.count(events: 1)
        report.campaign = "henan-2099"
        #expect(await bench.refusal(report)?.code == .unavailable)
    }

    @Test("reports are read by their unit, its superiors and services")
    func read() async throws {
        let bench = try await SubmissionBench.published()
        _ = try await bench.push(Sample.count("henan-zhengzhou", events: 1))
        _ = try await bench.push(Sample.count("henan-kaifeng", events: 1))
        func read(as caller: CallerIdentity) async -> StatusCode? {
            await code {
                _ = try await bench.client(caller).getReport(
                    SubmissionV1.GetReportRequest(
                        campaign: "henan-2019", form: "count", reportingUnit: "henan-zhengzhou"))
            }
        }
        #expect(await read(as: Sample.member("henan-zhengzhou", "viewer")) == nil)
        #expect(await read(as: Sample.member("henan", "publisher")) == nil)
        #expect(await read(as: Sample.service("notification")) == nil)
        #expect(await read(as: Sample.reporter("henan-kaifeng")) == .permissionDenied)
        #expect(await read(as: Sample.reporter("zhengzhou-erqi")) == .permissionDenied)

        func list(as caller: CallerIdentity) async throws -> [String] {
            try await bench.client(caller).listReports(
                SubmissionV1.ListReportsRequest(campaign: "henan-2019")
            ).reports.map(\.reportingUnit)
        }
        #expect(try await list(as: Sample.member("henan", "viewer")) == ["henan-kaifeng", "henan-zhengzhou"])
        #expect(try await list(as: Sample.reporter("henan-kaifeng")) == ["henan-kaifeng"])
        #expect(try await list(as: Sample.reporter("zhengzhou-erqi")) == [])
        #expect(await code { _ = try await list(as: Sample.member("henan", "root")) } == .permissionDenied)
    }

    @Test("what has not been reported is NOT_FOUND")
    func nothingYet() async throws {
        let bench = try await SubmissionBench.published()
        let client = bench.client(Sample.reporter("henan-zhengzhou"))
        var request = SubmissionV1.GetReportRequest(
            campaign: "henan-2019", form: "count", reportingUnit: "henan-zhengzhou")
        #expect(await code { _ = try await client.getReport(request) } == .notFound)
        _ = try await bench.push(Sample.count(events: 1))
        request.version = .max
        #expect(await code { _ = try await client.getReport(request) } == .notFound)
    }

    @Test("a list comes in pages, each report once")
    func pages() async throws {
        let bench = try await SubmissionBench.published()
        for unit in ["henan", "henan-zhengzhou", "henan-kaifeng", "zhengzhou-erqi"] {
            _ = try await bench.push(Sample.count(unit, events: 1))
        }
        _ = try await bench.push(Sample.report(), key: "key-00000009")
        let client = bench.client(Sample.member("henan", "viewer"))
        var request = SubmissionV1.ListReportsRequest(campaign: "henan-2019", pageSize: 2)
        var seen: [String] = []
        repeat {
            let page = try await client.listReports(request)
            #expect(page.reports.count <= 2)
            seen += page.reports.map { "\($0.form)/\($0.reportingUnit)" }
            request.pageToken = page.nextPageToken
        } while !request.pageToken.isEmpty
        #expect(
            seen == [
                "count/henan", "count/henan-kaifeng", "count/henan-zhengzhou", "count/zhengzhou-erqi",
                "summary/henan-zhengzhou",
            ])
        request.form = "summary"
        #expect(try await client.listReports(request).reports.map(\.form) == ["summary"])
        request.pageToken = "no token of ours"
        #expect(await code { _ = try await client.listReports(request) } == .invalidArgument)
    }

    @Test("personal values stand neither in the journal nor, in clear, in the store; the unit gets them back")
    func personal() async throws {
        let bench = try await SubmissionBench.published()
        let first = try await bench.push(Sample.report())
        let journal = try await bench.journal()
        let entry = try #require(journal.last)
        let body = String(decoding: entry.body, as: UTF8.self)
        #expect(!body.contains("13800000000") && !body.contains("张三丰"))
        #expect(body.contains("commitment:"))
        // The digest of the same content is the same again, or a retry would not be known as one.
        #expect(try await bench.push(Sample.report()).repeatedPush)

        let request = SubmissionV1.GetReportRequest(
            campaign: "henan-2019", form: "summary", reportingUnit: "henan-zhengzhou")
        let superior = try await bench.client(Sample.member("henan", "viewer")).getReport(request)
        #expect(try superior.report.map { try Report($0) } == Sample.report())
        let service = try await bench.client(Sample.service("statistics")).getReport(request)
        #expect(!"\(service)".contains("张三丰"))
        #expect(service.receipt == first.receipt)

        tamper(withStoreAt: bench.storePath, "DELETE FROM personal_key")
        let erased = try await bench.client(Sample.member("henan", "viewer")).getReport(request)
        #expect(!"\(erased)".contains("张三丰"))
        #expect(try fault(of: erased.receipt) == nil)
    }

    @Test("the journal is followed by services only")
    func follow() async throws {
        let bench = try await SubmissionBench.published()
        _ = try await bench.push(Sample.report())
        let request = TypeV1.FollowRequest(stopAtEnd: true)
        let denied = try await bench.client(Sample.reporter("henan-zhengzhou")).follow(request)
        #expect(await code { for try await _ in denied {} } == .permissionDenied)
        let entries = try await bench.client(Sample.service("statistics")).follow(request).reduce(into: 0) {
            $0 += $1.entries.count
        }
        #expect(entries == 1)
    }

    @Test("the receipt key is the one that signs the store's log, also under the log's name")
    func receiptKey() async throws {
        let bench = try await SubmissionBench.published()
        let key = try await bench.client(Sample.reporter("henan")).getReceiptKey(SubmissionV1.GetReceiptKeyRequest())
        #expect(key.publicKey == SubmissionBench.key.verifyingKey.rawRepresentation)
        #expect(key.verifierKey == bench.store.logKey?.text)
    }
}
