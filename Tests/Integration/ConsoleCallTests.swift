import Foundation
import TestProcesses
import TestTurns
import Testing

@Suite("qmctl asks the real programs what they serve, and calls it", .takesTurnsWithProcesses)
struct ConsoleCallTests {
    @Test("health, describe and call go through the gateway to each service")
    func calls() async throws {
        let suite = try await RunningSuite()
        try await suite.startAll()
        try await suite.identity(organisation: "top", "viewer")

        let health = try await suite.succeed(as: "top-viewer", "health")
        for service in [
            "registry.v1.Registry", "submission.v1.Submission", "statistics.v1.Statistics",
            "notification.v1.Notification",
        ] {
            #expect(health.output.contains("quality.\(service)Service"), "\(health.output)")
        }
        #expect(!health.output.contains("not serving"))

        let push = try await suite.succeed(as: "top-viewer", "describe", "Submission/Push")
        #expect(push.output.contains("returns (quality.submission.v1.PushResponse)"))
        #expect(push.output.contains("message quality.type.v1.Decimal {"))
        let template = try await suite.succeed(as: "top-viewer", "describe", "Submission/Push", "--template")
        _ = try template.json()

        let campaigns = try await suite.succeed(as: "top-viewer", "call", "Registry/ListCampaigns", "-d", "{}")
        _ = try campaigns.json()
        let missing = try await suite.qmctl(
            as: "top-viewer", "call", "Registry/GetForm", "-d", "{\"campaign\": \"none\", \"form\": \"none\"}")
        #expect(missing.exitCode == 1, "\(missing.output)\(missing.errors)")
        let routed = try await suite.succeed(
            as: "top-viewer", "call", "Reflection/ListServices", "--metadata",
            "route-service=quality.submission.v1.SubmissionService")
        #expect(routed.output.contains("quality.submission.v1.SubmissionService"))
        #expect(!routed.output.contains("quality.registry.v1.RegistryService"))

        _ = try await suite.stop(.notification)
        let without = try await suite.qmctl(as: "top-viewer", "health")
        #expect(without.exitCode == 1)
        let lines = without.output.split(separator: "\n").filter { $0.contains("not serving") }
        #expect(lines.count == 1 && lines[0].contains("NotificationService"), "\(without.output)")
    }
}
