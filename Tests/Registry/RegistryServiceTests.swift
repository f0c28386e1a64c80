import Cryptography
import Foundation
import Journal
import Logging
import Messages
import RPC
import RegistryServer
import RegistryStorage
import Reporting
import ReportingMessages
import Storage
import TestStores
import Testing
import Wire

/// A registry over a store in a directory of its own, called in process. Its clock stands still.
final class TestRegistry: Sendable {
    let store: Store
    private let router: Router
    let log = LogLines()
    let handler: RegistryHandler
    private let directory: URL
    private let keepsDirectory: Bool

    init(
        in directory: URL? = nil,
        startingAt instant: Int64 = DivisionHistoryTests.date(2018, 8, 29).startUnixMicroseconds
    ) throws {
        let folder = directory ?? FileManager.default.temporaryDirectory.appending(path: "registry-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        self.directory = folder
        keepsDirectory = directory != nil
        store = try Store(
            opening: StoreOptions(
                testing: "registry", at: folder.appending(path: "registry.db").path(),
                migrations: RegistrySchema.migrations, wallClock: { instant }))
        var router = Router()
        handler = RegistryHandler(
            store, divisions: DivisionHistoryTests.history, logger: log.logger, wallClock: { instant })
        handler.serve(on: &router)
        self.router = router
    }

    deinit {
        store.close()
        if !keepsDirectory { try? FileManager.default.removeItem(at: directory) }
    }

    func client(_ name: String = "org/fujian/publisher") -> RegistryV1.RegistryServiceClient {
        RegistryV1.RegistryServiceClient(
            InProcessTransport(router, caller: CallerIdentity(uri: "spiffe://quality.test/\(name)")!))
    }

    /// Every entry of the journal, as a service reads it.
    func journal() async throws -> [TypeV1.JournalEntry] {
        let responses = try await client("service/statistics").follow(TypeV1.FollowRequest(stopAtEnd: true))
        var entries: [TypeV1.JournalEntry] = []
        for try await response in responses { entries += response.entries }
        return entries
    }
}

extension RegistryV1.PublishCampaignRequest {
    static func sample(
        _ change: (inout Campaign) -> Void = { _ in }, organisations: [Organisation] = SampleCampaign.organisations
    ) -> Self {
        var campaign = SampleCampaign.campaign
        change(&campaign)
        return Self(
            campaign: RegistryV1.Campaign(campaign), organisations: organisations.map { RegistryV1.Organisation($0) })
    }
}

/// The status that `body` fails with, and its detail.
func failure<Value>(
    _ body: () async throws -> Value
) async throws -> (code: StatusCode, message: String, detail: TypeV1.ErrorDetail) {
    do {
        _ = try await body()
    } catch let error as RPCError {
        return (error.code, error.message, try TypeV1.ErrorDetail.decode(error.details))
    }
    Issue.record("it did not fail")
    throw CancellationError()
}

@Suite("Publishing through the registry")
struct PublishingTests {
    @Test("a campaign comes back with the instants that its dates mean in Shanghai, and is there afterwards")
    func publishes() async throws {
        let registry = try TestRegistry()
        let response = try await registry.client().publishCampaign(.sample())
        let form = try #require(response.campaign?.forms.first)
        // 2018-10-13T00:00:00+08:00 and 2019-01-01T00:00:00+08:00.
        #expect(form.dueUnixUs == 1_539_360_000_000_000)
        #expect(form.lockUnixUs == 1_546_272_000_000_000)
        #expect(!response.alreadyPublished)

        let reader = registry.client("org/fujian-fuzhou/reporter")
        let there = try await reader.getCampaign(.init(code: "fujian-2018"))
        #expect(there.campaign == response.campaign)
        #expect(there.position == response.position)
        #expect(try await reader.getForm(.init(campaign: "fujian-2018", form: "statistics")).form == form)
        let expected = try await reader.listExpectedReporters(.init(campaign: "fujian-2018", form: "statistics"))
        #expect(expected.organisations.map(\.code) == ["fujian-fuzhou", "fujian-jiaoyu", "fujian-pingtan"])
        let summary = try await reader.listCampaigns(.init()).campaigns
        #expect(summary.map(\.code) == ["fujian-2018"])
        #expect(summary.first?.publishedUnixUs == DivisionHistoryTests.date(2018, 8, 29).startUnixMicroseconds)
    }

    @Test("the journal has every organisation, then the campaign with all that followers need")
    func journals() async throws {
        let registry = try TestRegistry()
        let response = try await registry.client().publishCampaign(.sample())
        let entries = try await registry.journal()
        #expect(
            entries.map(\.kind) == Array(repeating: "organisation.registered", count: 4) + ["campaign.published"])
        #expect(response.position?.index == 4)
        let published = try RegistryV1.CampaignPublished.decode(try #require(entries.last).body)
        #expect(published.campaign == response.campaign)
        #expect(published.organisations.count == 4)
        #expect(published.divisions.map(\.code) == ["350000", "350100", "350128"])
    }

    @Test("the same campaign again changes nothing, whoever of those who may sends it")
    func publishesOnce() async throws {
        let registry = try TestRegistry()
        let first = try await registry.client().publishCampaign(.sample())
        let second = try await registry.client().publishCampaign(.sample())
        #expect(second.alreadyPublished)
        #expect(second.campaign == first.campaign)
        #expect(second.position == first.position)
        #expect(try await registry.journal().count == 5)
    }

    @Test("two copies at once publish one campaign")
    func concurrentCopies() async throws {
        let registry = try TestRegistry()
        let responses = try await withThrowingTaskGroup { group in
            for _ in 0..<8 {
                group.addTask { try await registry.client().publishCampaign(.sample()) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(responses.filter { !$0.alreadyPublished }.count == 1)
        #expect(Set(responses.map(\.position)).count == 1)
        #expect(try await registry.journal().count == 5)
    }

    @Test("another campaign under the same code is ALREADY_EXISTS")
    func refusesAnother() async throws {
        let registry = try TestRegistry()
        _ = try await registry.client().publishCampaign(.sample())
        let found = try await failure { try await registry.client().publishCampaign(.sample { $0.theme = "另一主题" }) }
        #expect(found.code == .alreadyExists)
        #expect(found.message.contains("'fujian-2018'"))
        #expect(try await registry.client().getCampaign(.init(code: "fujian-2018")).campaign?.theme == "建设质量强省")
    }

    @Test("an organisation that is registered with other data is named, and nothing is kept")
    func namesConflict() async throws {
        let registry = try TestRegistry()
        _ = try await registry.client().publishCampaign(.sample())
        var organisations = SampleCampaign.organisations
        organisations[1].name = "福州市市场监管局"
        organisations.append(
            Organisation(
                code: "fujian-xiamen", name: "厦门市局", kind: .authority, divisionCode: "350200", reportsTo: "fujian"))
        let found = try await failure {
            try await registry.client().publishCampaign(
                .sample({ $0.code = "fujian-2018-b" }, organisations: organisations))
        }
        #expect(found.code == .alreadyExists)
        #expect(found.message.contains("'fujian-fuzhou' is registered with other data"))
        #expect(found.message.contains("name is '福州市局' there and '福州市市场监管局' here: send it as it is registered"))
        let unknown = try await failure {
            try await registry.client().getOrganisation(.init(code: "fujian-xiamen"))
        }
        #expect(unknown.code == .notFound)
        #expect(try await registry.journal().count == 5)
    }

    @Test("an organisation registered again is the same answer; with other data each field that differs is named")
    func registeredAgain() async throws {
        let registry = try TestRegistry()
        _ = try await registry.client().publishCampaign(.sample())
        let fuzhou = RegistryV1.Organisation(SampleCampaign.organisations[1])
        let entries = try await registry.journal().count
        #expect(try await registry.client().registerOrganisation(.init(organisation: fuzhou)).organisation == fuzhou)
        var moved = fuzhou
        moved.divisionCode = "350200"
        moved.reportsTo = "fujian-pingtan"
        let refusal = try await failure {
            try await registry.client().registerOrganisation(.init(organisation: moved))
        }
        #expect(refusal.code == .alreadyExists)
        #expect(
            refusal.message.hasSuffix(
                "division_code is '350100' there and '350200' here; "
                    + "reports_to is 'fujian' there and 'fujian-pingtan' here: "
                    + "send it as it is registered; it is not changed by that, nor gets another superior"),
            "\(refusal.message)")
        #expect(try await registry.journal().count == entries)
    }

    @Test("a question that was given up is no error of anybody's")
    func givenUpQuestion() async throws {
        let registry = try TestRegistry()
        let handler = registry.handler
        let error = await givenUp(RegistryV1.RegistryService.Methods.getOrganisation, by: "service/console") {
            (context) throws(RPCError) in
            try await handler.getOrganisation(.init(code: "fujian-xiamen"), context: context)
        }
        #expect(error?.code == .cancelled)
        #expect(registry.log.lines(from: .info).isEmpty)
    }

    @Test("a wrong campaign is INVALID_ARGUMENT with every finding, and leaves nothing behind")
    func findsEverything() async throws {
        let registry = try TestRegistry()
        let found = try await failure {
            try await registry.client().publishCampaign(
                .sample { campaign in
                    campaign.title = " "
                    campaign.forms[0].lockDate = SampleCampaign.date(10, 1)
                    campaign.forms[0].rules[0].left = [.init(field: "none")]
                })
        }
        #expect(found.code == .invalidArgument)
        #expect(
            found.detail.findings.map(\.pointer) == [
                "/title", "/forms/statistics/lock_date", "/forms/statistics/rules/total",
            ])
        #expect(found.detail.findings.allSatisfy { $0.severity == .blocking && !$0.message.isEmpty })
        #expect(try await registry.journal().isEmpty)
    }

    @Test("what the messages cannot say is found together: no date, no kind, no comparison")
    func findsUntranslatable() async throws {
        let registry = try TestRegistry()
        var request = RegistryV1.PublishCampaignRequest.sample()
        request.campaign?.endsOn = TypeV1.Date(year: 2018, month: 9, day: 31)
        request.campaign?.forms[0].rules[0].comparison = .unrecognized(9)
        request.organisations[0].kind = .unspecified
        let found = try await failure { [request] in try await registry.client().publishCampaign(request) }
        #expect(found.code == .invalidArgument)
        #expect(found.detail.findings.count == 3)
        #expect(
            try await failure { try await registry.client().publishCampaign(.init()) }.code == .invalidArgument)
    }

    @Test(
        "nobody but a publisher above publishes",
        arguments: ["org/fujian/reporter", "org/henan/publisher", "service/submission", "org/fujian-fuzhou/publisher"])
    func refusesOthers(_ caller: String) async throws {
        let registry = try TestRegistry()
        let found = try await failure { try await registry.client(caller).publishCampaign(.sample()) }
        #expect(found.code == .permissionDenied)
        #expect(found.message.contains("spiffe://quality.test/\(caller)"))
        #expect(found.detail.remedy.contains("publisher"))
    }

    @Test("a registry that starts again knows what it knew")
    func survivesRestart() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "registry-\(UUID())")
        defer { try? FileManager.default.removeItem(at: directory) }
        var first: RegistryV1.PublishCampaignResponse?
        do {
            let registry = try TestRegistry(in: directory)
            first = try await registry.client().publishCampaign(.sample())
            registry.store.close()
        }
        let registry = try TestRegistry(in: directory)
        let again = try await registry.client().publishCampaign(.sample())
        #expect(again.alreadyPublished)
        #expect(again.position == first?.position)
        #expect(try await registry.journal().count == 5)
    }
}

@Suite("Organisations, identities and divisions in the registry")
struct OrganisationServiceTests {
    static func published() async throws -> TestRegistry {
        let registry = try TestRegistry()
        _ = try await registry.client().publishCampaign(.sample())
        return registry
    }

    static let county = RegistryV1.Organisation(
        code: "fujian-fuzhou-minqing", name: "闽清县局", kind: .authority, divisionCode: "350124",
        reportsTo: "fujian-fuzhou")

    @Test("an organisation is registered once, with its superiors; other data under its code is refused")
    func registers() async throws {
        let registry = try await Self.published()
        let client = registry.client("org/fujian-fuzhou/publisher")
        for _ in 0..<2 {
            let response = try await client.registerOrganisation(.init(organisation: Self.county))
            #expect(response.organisation == Self.county)
        }
        #expect(try await registry.journal().count == 6)
        let there = try await client.getOrganisation(.init(code: Self.county.code))
        #expect(there.superiors.map(\.code) == ["fujian-fuzhou", "fujian"])
        var other = Self.county
        other.divisionCode = "350125"
        let found = try await failure { [other] in try await client.registerOrganisation(.init(organisation: other)) }
        #expect(found.code == .alreadyExists)
    }

    @Test("an organisation that is wrong is refused with what is wrong")
    func refusesWrong() async throws {
        let registry = try await Self.published()
        var wrong = Self.county
        wrong.code = "Fujian"
        wrong.divisionCode = "350182"
        let found = try await failure { [wrong] in
            try await registry.client().registerOrganisation(.init(organisation: wrong))
        }
        #expect(found.code == .invalidArgument)
        #expect(
            found.detail.findings.map(\.pointer) == ["/organisations/Fujian", "/organisations/Fujian/division_code"],
            "长乐市 became 长乐区 in 2017")
        wrong = Self.county
        wrong.reportsTo = "fujian-atlantis"
        let denied = try await failure { [wrong] in
            try await registry.client().registerOrganisation(.init(organisation: wrong))
        }
        #expect(denied.code == .permissionDenied, "nobody is known to stand above an unknown superior")
    }

    @Test("organisations are listed by page, all or those below one at any depth")
    func lists() async throws {
        let registry = try await Self.published()
        let client = registry.client()
        _ = try await client.registerOrganisation(.init(organisation: Self.county))
        var codes: [String] = []
        var token = ""
        repeat {
            let page = try await client.listOrganisations(.init(superior: "fujian", pageSize: 3, pageToken: token))
            #expect(page.organisations.count <= 3)
            codes += page.organisations.map(\.code)
            token = page.nextPageToken
        } while !token.isEmpty
        #expect(codes == ["fujian-fuzhou", "fujian-fuzhou-minqing", "fujian-jiaoyu", "fujian-pingtan"])
        #expect(try await client.listOrganisations(.init()).organisations.count == 5)
        #expect(
            try await failure { try await client.listOrganisations(.init(pageSize: 1001)) }.code == .invalidArgument)
        #expect(try await failure { try await client.listOrganisations(.init(superior: "x")) }.code == .notFound)
    }

    @Test("identities are registered by a publisher above and shown to the organisation and those above")
    func identities() async throws {
        let registry = try await Self.published()
        let identity = RegistryV1.Identity(
            uri: "spiffe://quality.test/org/fujian-fuzhou/reporter", organisationCode: "fujian-fuzhou", role: "reporter"
        )
        for _ in 0..<2 { _ = try await registry.client().registerIdentity(.init(identity: identity)) }
        #expect(try await registry.journal().last?.kind == "identity.registered")
        #expect(try await registry.journal().count == 6)
        for caller in ["org/fujian/viewer", "org/fujian-fuzhou/reporter", "service/gateway"] {
            let list = try await registry.client(caller).listIdentities(.init(organisationCode: "fujian-fuzhou"))
            #expect(list.identities == [identity])
        }
        let denied = try await failure {
            try await registry.client("org/fujian-pingtan/reporter")
                .listIdentities(.init(organisationCode: "fujian-fuzhou"))
        }
        #expect(denied.code == .permissionDenied)
    }

    @Test(
        "a name that does not say what the identity says is refused",
        arguments: [
            ("spiffe://other.test/org/fujian-fuzhou/reporter", "reporter"),
            ("spiffe://quality.test/org/fujian-pingtan/reporter", "reporter"),
            ("spiffe://quality.test/org/fujian-fuzhou/viewer", "reporter"),
            ("spiffe://quality.test/org/fujian-fuzhou/root", "root"), ("fujian-fuzhou", "reporter"),
        ])
    func refusesOtherNames(_ uri: String, _ role: String) async throws {
        let registry = try await Self.published()
        let found = try await failure {
            try await registry.client().registerIdentity(
                .init(identity: .init(uri: uri, organisationCode: "fujian-fuzhou", role: role)))
        }
        #expect(found.code == .invalidArgument)
    }

    @Test("a division is looked up on a date, and one that no longer holds says what became of it")
    func divisions() async throws {
        let registry = try TestRegistry()
        let client = registry.client("org/fujian-fuzhou/viewer")
        let then = TypeV1.Date(year: 2019, month: 9, day: 1)
        let there = try await client.getDivision(.init(code: "411626", on: then))
        #expect(there.division?.name == "淮阳县")
        #expect(there.ancestors.map(\.name) == ["周口市", "河南省"])
        let found = try await failure {
            try await client.getDivision(.init(code: "411626", on: TypeV1.Date(year: 2020, month: 1, day: 1)))
        }
        #expect(found.code == .notFound)
        #expect(found.message.contains("from 2019-12-31 on it is 411603 淮阳区"))
        #expect(try await client.getDivision(.init(code: "411626")).division != nil, "today is in 2018 here")
        #expect(try await client.listDivisions(.init()).divisions.count == 34)
        #expect(try await client.listDivisions(.init(parentCode: "350000", on: then)).divisions.count == 9)
        #expect(
            try await failure {
                try await client.getDivision(.init(code: "410000", on: TypeV1.Date(year: 2019, month: 2, day: 30)))
            }.code == .invalidArgument)
        #expect(try await failure { try await client.getDivision(.init(code: "999999")) }.code == .notFound)
    }

    @Test("only services follow the journal")
    func followIsForServices() async throws {
        let registry = try TestRegistry()
        let found = try await failure {
            let responses = try await registry.client().follow(TypeV1.FollowRequest(stopAtEnd: true))
            for try await _ in responses {}
        }
        #expect(found.code == .permissionDenied)
    }
}
