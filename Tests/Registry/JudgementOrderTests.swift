import Messages
import RPC
import Reporting
import ReportingMessages
import TestStores
import Testing
import Wire

@Suite("Who may is judged before anything is told, by every method of the registry")
struct RegistryJudgementOrderTests {
    private typealias Methods = RegistryV1.RegistryService.Methods
    private typealias Client = RegistryV1.RegistryServiceClient

    /// Public within the suite to everybody with a known role: they are judged by the role alone.
    private static let open = [
        Methods.getCampaign, Methods.listCampaigns, Methods.getForm, Methods.listExpectedReporters,
        Methods.getOrganisation, Methods.listOrganisations, Methods.getDivision, Methods.listDivisions,
        Methods.getCheckpoint, Methods.getConsistencyProof, Methods.getInclusionProof, Methods.getHashTiles,
    ]

    /// A question that is wrong in every way, about `unit` where the method names one.
    private static func ask(_ method: MethodDescriptor, about unit: String, _ client: Client) async throws {
        let organisation = RegistryV1.Organisation(
            code: unit, name: " ", kind: .unspecified, divisionCode: "?", reportsTo: "")
        let noDate = TypeV1.Date(year: 2019, month: 2, day: 30)
        switch method {
        case Methods.publishCampaign:
            var request = RegistryV1.PublishCampaignRequest.sample()
            request.campaign?.issuer = unit
            request.campaign?.title = ""
            request.campaign?.endsOn = noDate
            request.campaign?.slogans = Array(repeating: "", count: 1_000)
            request.organisations = [organisation]
            _ = try await client.publishCampaign(request)
        case Methods.registerOrganisation: _ = try await client.registerOrganisation(.init(organisation: organisation))
        case Methods.registerIdentity:
            _ = try await client.registerIdentity(
                .init(identity: .init(uri: "no name", organisationCode: unit, role: "root")))
        case Methods.listIdentities: _ = try await client.listIdentities(.init(organisationCode: unit))
        case Methods.follow: for try await _ in try await client.follow(.init(stopAtEnd: true)) {}
        case Methods.getCampaign: _ = try await client.getCampaign(.init(code: "none"))
        case Methods.listCampaigns: _ = try await client.listCampaigns(.init())
        case Methods.getForm: _ = try await client.getForm(.init(campaign: "none", form: "none"))
        case Methods.listExpectedReporters:
            _ = try await client.listExpectedReporters(.init(campaign: "none", form: "none"))
        case Methods.getOrganisation: _ = try await client.getOrganisation(.init(code: unit))
        case Methods.listOrganisations:
            _ = try await client.listOrganisations(.init(superior: unit, pageSize: 1_000_000))
        case Methods.getDivision: _ = try await client.getDivision(.init(code: "?", on: noDate))
        case Methods.listDivisions: _ = try await client.listDivisions(.init(parentCode: "?", on: noDate))
        case Methods.getCheckpoint: _ = try await client.getCheckpoint(.init(minimumSize: .max))
        case Methods.getConsistencyProof: _ = try await client.getConsistencyProof(.init(oldSize: 9))
        case Methods.getInclusionProof: _ = try await client.getInclusionProof(.init(index: 9))
        case Methods.getHashTiles: _ = try await client.getHashTiles(.init(tileLevel: 99))
        default: Issue.record("\(method.name) is not judged here")
        }
    }

    @Test(
        "another's unit, and one that does not exist, are PERMISSION_DENIED, whatever is wrong",
        arguments: RegistryV1.RegistryService.Methods.all.filter { !open.contains($0) })
    func denied(method: MethodDescriptor) async throws {
        let registry = try TestRegistry()
        _ = try await registry.client().publishCampaign(.sample())
        let entries = try await registry.journal().count
        let told = await answers(about: ["fujian-pingtan", "fujian", "hainan", "?"]) { unit in
            try await Self.ask(method, about: unit, registry.client("org/fujian-fuzhou/publisher"))
        }
        #expect(told.count == 1, "\(told)")
        #expect(told.allSatisfy { $0.hasPrefix("PERMISSION_DENIED: ") }, "\(told)")
        #expect(try await registry.journal().count == entries)
    }

    @Test("a role that nobody knows gets nothing from any method", arguments: RegistryV1.RegistryService.Methods.all)
    func unknownRole(method: MethodDescriptor) async throws {
        let registry = try TestRegistry()
        let error = await #expect(throws: RPCError.self) {
            try await Self.ask(method, about: "fujian", registry.client("org/fujian/root"))
        }
        #expect(error?.code == .permissionDenied)
    }

    @Test("what is registered of others is not told to who offers it again, alone or with a campaign")
    func others() async throws {
        let registry = try TestRegistry()
        _ = try await registry.client().publishCampaign(.sample())
        let stranger = registry.client("org/hainan/publisher")
        let claimed = RegistryV1.Organisation(
            code: "fujian-fuzhou", name: "海南福州", kind: .authority, divisionCode: "460000", reportsTo: "hainan")
        let alone = try await failure { try await stranger.registerOrganisation(.init(organisation: claimed)) }
        #expect(alone.code == .permissionDenied)
        #expect(!alone.message.contains("福州市局"))
        var request = RegistryV1.PublishCampaignRequest.sample { campaign in
            campaign.code = "hainan-2018"
            campaign.issuer = "hainan"
        }
        request.organisations = [
            .init(code: "hainan", name: "海南省局", kind: .authority, divisionCode: "460000"), claimed,
        ]
        let along = try await failure { [request] in try await stranger.publishCampaign(request) }
        #expect(along.code == .permissionDenied)
        #expect(!along.message.contains("福州市局"))
    }

    @Test("a campaign of more than any may have is refused by its numbers, before it is read")
    func oversize() async throws {
        let registry = try TestRegistry()
        var request = RegistryV1.PublishCampaignRequest.sample()
        request.campaign?.slogans = Array(repeating: "", count: 100_000)
        request.campaign?.notices = Array(repeating: RegistryV1.Notice(), count: 20_000)
        request.campaign?.forms[0].rules[0].comparison = .unrecognized(9)
        let found = try await failure { [request] in try await registry.client().publishCampaign(request) }
        #expect(found.code == .invalidArgument)
        #expect(found.detail.findings.map(\.pointer) == ["/slogans", "/notices"])
        request = .sample()
        request.campaign?.forms[0].expectedReporters = Array(repeating: "?", count: 5_001)
        request.campaign?.forms[0].fields += Array(repeating: .init(), count: 500)
        let form = try await failure { [request] in try await registry.client().publishCampaign(request) }
        #expect(
            form.detail.findings.map(\.pointer) == [
                "/forms/statistics/fields", "/forms/statistics/expected_reporters",
            ])
    }
}
