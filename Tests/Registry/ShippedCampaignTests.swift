import ConsoleFiles
import Foundation
import Messages
import RPC
import Testing

@Suite("The campaigns that are shipped, published")
struct ShippedCampaignTests {
    @Test(
        "each is right as it stands, journaled with its organisations and divisions, and publishes once",
        arguments: [
            ("henan-2019-open-day", "henan", 23, 21), ("fujian-2018-quality-month", "fujian", 13, 11),
        ])
    func publishes(_ code: String, _ issuer: String, _ organisationCount: Int, _ divisionCount: Int) async throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../compose/campaigns/\(code).yaml")
        let request = try CampaignFile.read([UInt8](Data(contentsOf: file)), name: file.lastPathComponent)
        let registry = try TestRegistry()
        let publisher = registry.client("org/\(issuer)/publisher")
        let response = try await publisher.publishCampaign(request)
        #expect(response.campaign?.code == code)
        #expect(try await publisher.publishCampaign(request).alreadyPublished)

        let entries = try await registry.journal()
        #expect(entries.count == organisationCount + 1)
        let published = try RegistryV1.CampaignPublished.decode(try #require(entries.last).body)
        #expect(published.organisations.count == organisationCount)
        #expect(published.divisions.count == divisionCount)
    }
}
