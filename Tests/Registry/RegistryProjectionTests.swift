import Journal
import Reporting
import Storage
import TestStores
import Testing

@testable import RegistryRules
@testable import RegistryStorage

@Suite("The registry's rows follow from its log")
struct RegistryProjectionTests {
    private let directory = TemporaryDirectory()

    private func filled() async throws -> Store {
        let instant = DivisionHistoryTests.date(2018, 8, 29).startUnixMicroseconds
        let store = try Store(
            opening: StoreOptions(
                testing: "registry", at: directory.file("store.db"), migrations: RegistrySchema.migrations,
                wallClock: { instant }))
        let registry = RegistryStore(store, divisions: DivisionHistoryTests.history)
        let publisher = Caller.organisation(code: "fujian", role: "publisher")
        _ = try await registry.publish(
            SampleCampaign.campaign, organisations: SampleCampaign.organisations, by: publisher)
        try await registry.register(
            RegisteredIdentity(
                uri: "spiffe://quality.example/org/fujian-fuzhou/reporter", organisationCode: "fujian-fuzhou",
                role: "reporter"), by: publisher)
        return store
    }

    private func faults(_ store: Store) async throws -> [String] {
        try #require(try await store.verify(RegistryProjection()) { _ in }).faults.told
    }

    @Test("those that its decisions wrote have no fault")
    func whole() async throws {
        #expect(try await faults(try await filled()) == [])
    }

    @Test(
        "each that is changed, missing or too many is named",
        arguments: [
            (
                "UPDATE organisation SET reports_to = NULL WHERE code = 'fujian-fuzhou'",
                "reports_to is NULL and should be 'fujian'"
            ),
            ("DELETE FROM identity", "identity ('fujian-fuzhou', "),
            ("UPDATE campaign SET published_unix_us = 7", "published_unix_us is 7 and should be "),
            ("UPDATE campaign SET body = ?", "campaign ('fujian-2018'): body is 01 (1 bytes) and should be "),
            (
                "DELETE FROM expected_reporter WHERE organisation_code = 'fujian-jiaoyu'",
                "expected_reporter ('fujian-2018', 'statistics', 'fujian-jiaoyu'): is missing"
            ),
            (
                "INSERT INTO expected_reporter (campaign, form, organisation_code) "
                    + "VALUES ('fujian-2018', 'statistics', 'fujian')", "'fujian'): no entry of the log brings it about"
            ),
        ])
    func changed(sql: String, words: String) async throws {
        let store = try await filled()
        tamper(withStoreAt: directory.file("store.db"), sql, [1])
        let faults = try await faults(store)
        #expect(faults.count == 1 && faults.first?.contains(words) == true, "\(faults)")
    }
}
