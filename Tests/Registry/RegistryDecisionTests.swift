import Journal
import Reporting
import Storage
import Testing

@testable import RegistryRules
@testable import RegistryStorage

/// What the registry decides, in memory: over rows that a test holds, with no database.
@Suite("The registry's decisions")
struct RegistryDecisionTests {
    private let henan = Organisation(
        code: "henan", name: "河南省市场监督管理局", kind: .authority, divisionCode: "410000", reportsTo: nil)
    private let zhengzhou = Organisation(
        code: "henan-zhengzhou", name: "郑州市市场监督管理局", kind: .authority, divisionCode: "410100", reportsTo: "henan")
    private let publisher = Caller.organisation(code: "henan", role: "publisher")

    private func registering(_ organisation: Organisation) -> RegisteringOrganisation {
        RegisteringOrganisation(organisation, caller: publisher, divisions: DivisionHistoryTests.history)
    }

    private func rows(_ organisations: Organisation...) -> WorkingSet {
        WorkingSet(
            holding: organisations.map(OrganisationRow.init), sealedUnixMicroseconds: 1_567_300_000_000_000)
    }

    @Test("an organisation is journaled once, however often it is registered")
    func organisation() throws {
        let rows = rows(henan)
        try rows.make(registering(zhengzhou))
        try rows.make(registering(zhengzhou))
        #expect(rows.row(OrganisationRow.self, "henan-zhengzhou")?.organisation == zhengzhou)
        #expect(rows.appended.map(\.kind) == ["organisation.registered"])
    }

    @Test("another under the same code is refused, and leaves nothing")
    func other() throws {
        let rows = rows(henan, zhengzhou)
        var renamed = zhengzhou
        renamed.name = "郑州"
        #expect(throws: RegistryRefusal.organisationDiffers(registered: zhengzhou, offered: renamed)) {
            try rows.make(registering(renamed))
        }
        #expect(rows.row(OrganisationRow.self, "henan-zhengzhou")?.organisation == zhengzhou)
        #expect(rows.appended.isEmpty)
    }

    @Test("an identity follows its organisation's line, as far as it goes up")
    func identity() throws {
        let rows = rows(henan, zhengzhou)
        let identity = RegisteredIdentity(
            uri: "spiffe://quality.example/org/henan-zhengzhou/reporter", organisationCode: "henan-zhengzhou",
            role: "reporter")
        for _ in 0..<2 { try rows.make(RegisteringIdentity(identity, caller: publisher)) }
        #expect(rows.appended.map(\.kind) == ["identity.registered"])
        let stranger = Caller.organisation(code: "fujian", role: "publisher")
        #expect(throws: RegistryRefusal.self) { try rows.make(RegisteringIdentity(identity, caller: stranger)) }
        let unknown = RegisteredIdentity(
            uri: "spiffe://quality.example/org/henan/viewer", organisationCode: "henan", role: "viewer")
        let empty = self.rows()
        #expect(throws: RegistryRefusal.unknownOrganisation(code: "henan")) {
            try empty.make(RegisteringIdentity(unknown, caller: publisher))
        }
    }
}
