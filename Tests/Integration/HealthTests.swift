import Foundation
import Messages
import RPC
import TestProcesses
import TestStores
import TestSupport
import TestTurns
import Testing
import Transport
import Wire

@Suite("Health tells the truth", .serialized, .takesTurnsWithProcesses)
struct HealthTests {
    private func readiness(_ port: Int) -> HTTPGet? { HTTPGet("/readyz", port: port) }

    @Test(
        "a store without room on its disk takes nothing in, and says so wherever one asks; reads go on",
        .enabled(if: RunningSuite.keepsFiles))
    func disk() async throws {
        let suite = try await RunningSuite()
        let port = try suite.freePort()
        try await suite.start(.gateway)
        // More than any disk has.
        try await suite.start(
            .registry, settings: ["store.reserveMebibytes": "1048576", "admin.port": "\(port)"])
        try await suite.identity(organisation: "province", "publisher")
        try await Patience.until("the registry has looked at its disk") { readiness(port)?.status == 503 }
        let answer = try #require(readiness(port))
        #expect(answer.body.contains("which are kept to end cleanly: make room"))
        let client = try await suite.client(as: "province-publisher")
        let registry = RegistryV1.RegistryServiceClient(client)
        #expect(try await registry.listCampaigns(.init()).campaigns.isEmpty)
        let error = await #expect(throws: RPCError.self) {
            try await registry.registerOrganisation(
                .init(organisation: .init(code: "province", name: "Province", kind: .authority, divisionCode: "410100"))
            )
        }
        #expect(error?.code == .unavailable && error?.message.contains("make room") == true, "\(error?.message ?? "")")
        await client.close()
        let health = try await suite.qmctl(as: "province-publisher", "health")
        #expect(health.exitCode == 1)
        #expect(health.output.contains(/quality\.registry\.v1\.RegistryService +impaired +the disk of its store/))
        #expect(HTTPGet("/metrics", port: port)?.body.contains("health_condition{condition=\"store\"} 2") == true)
        #expect(suite.lines(of: .registry, with: ["the store takes nothing in", "condition=store"]).count == 1)
        #expect(try await suite.stop(.registry) == .exited(0))
        try await suite.start(.registry, settings: ["admin.port": "\(port)"])
        try await Patience.until("the registry is well") { readiness(port)?.status == 200 }
    }

    @Test("when a store was backed up last is a metric of its service", .enabled(if: RunningSuite.keepsFiles))
    func backup() async throws {
        let suite = try await RunningSuite()
        let port = try suite.freePort()
        try await suite.start(.gateway)
        try await suite.start(.registry, settings: ["admin.port": "\(port)"])
        func says(_ value: Regex<Substring>) -> Bool {
            HTTPGet("/metrics", port: port)?.body.contains(value) == true
        }
        try await Patience.until("it was never") { says(/\nstore_last_backup_timestamp_seconds 0\n/) }
        let command = try SuiteProcess(
            path: RunningSuite.executable("qm-registry"),
            arguments: ["store", "backup", suite.storePath(of: .registry), suite.directory + "/one.backup"],
            logPath: suite.directory + "/backup.log")
        #expect(await command.ending() == .exited(0))
        try await Patience.until("it was now") { says(/\nstore_last_backup_timestamp_seconds 1[0-9]{9}/) }
    }

    @Test("statistics that cannot read the reports' journal does not say that nobody reported, and is well when it can")
    func missingJournal() async throws {
        let suite = try await RunningSuite()
        let (gatewayPort, port) = (try suite.freePort(), try suite.freePort())
        try await suite.start(.gateway, settings: ["admin.port": "\(gatewayPort)"])
        try await suite.start(.registry)
        try await suite.start(.statistics, settings: ["follow.lagSeconds": "1", "admin.port": "\(port)"])
        try await suite.identity(organisation: "province", "viewer")
        try await Patience.until("statistics says so") {
            readiness(port)?.body.contains("the journal of submission has not been followed to its end") == true
        }
        #expect(readiness(port)?.status == 503)
        let client = try await suite.client(as: "province-viewer")
        let statistics = StatisticsV1.StatisticsServiceClient(client)
        let question = StatisticsV1.GetCompletenessRequest(campaign: "none", form: "none")
        let error = await #expect(throws: RPCError.self) {
            try await statistics.getCompleteness(question, options: CallOptions(timeout: .seconds(2)))
        }
        #expect(error?.code == .unavailable)
        // The gateway serves the others.
        try await Patience.until("the gateway misses it") {
            readiness(gatewayPort)?.body.contains("SubmissionService has no endpoint that serves") == true
        }
        #expect(readiness(gatewayPort)?.status == 200)
        try await suite.start(.submission)
        try await Patience.until("statistics is well") { readiness(port)?.status == 200 }
        let unknown = await #expect(throws: RPCError.self) { try await statistics.getCompleteness(question) }
        #expect(unknown?.code == .notFound)
        try await Patience.until("the gateway is well") { readiness(gatewayPort)?.body.contains("Submission") == false }
        await client.close()
        for words in ["not everything is served", "all is well again"] {
            try await Patience.until("its log says '\(words)'") {
                suite.lines(of: .statistics, with: [words, "journal of submission"]).count == 1
            }
        }
    }
}
