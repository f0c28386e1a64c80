import Foundation
import TestProcesses
import TestTurns
import Testing

@Suite("The policy of the real gateway", .serialized, .takesTurnsWithProcesses)
struct PolicyTests {
    private static let closed = "roles: {\"*\": [quality.rpc.v1.*]}\n"

    @Test("it denies, is read anew while calls go on, and a broken one changes nothing")
    func reload() async throws {
        let suite = try await RunningSuite()
        let policy = try suite.write(Self.closed, to: "policy.yaml")
        let shipped = try String(contentsOfFile: RunningSuite.project("compose/policy.yaml"), encoding: .utf8)
        try await suite.start(.gateway, settings: ["policy": policy])
        try await suite.start(.registry)
        try await suite.identity(organisation: "top", "viewer")
        let list = ["campaign", "list"]

        let denied = try await suite.qmctl(as: "top-viewer", list)
        #expect(denied.exitCode == 1, "\(denied.errors)")
        #expect(denied.errors.contains("'viewer'") && denied.errors.contains("RegistryService/ListCampaigns"))
        let refusals = try await suite.logs(
            .gateway, "call refused", "cause=policy", "role=viewer", "ListCampaigns")
        #expect(refusals.count == 1, "\(refusals)")

        _ = try suite.write(shipped, to: "policy.yaml")
        try await suite.eventually("the gateway goes by the new policy") {
            try await suite.qmctl(as: "top-viewer", list).exitCode == 0
        }

        _ = try suite.write("roles:\n  viewer: nothing\n", to: "policy.yaml")
        try await suite.logs(.gateway, "stay as they were", "policy.yaml:2")
        try await suite.succeed(as: "top-viewer", list)
        // Nobody waits for the next look: a signal is enough.
        _ = try suite.write(Self.closed, to: "policy.yaml")
        suite.signal(.gateway, SIGHUP)
        try await suite.eventually("the gateway goes by the closed policy") {
            try await suite.qmctl(as: "top-viewer", list).exitCode == 1
        }
        #expect(try await suite.stop(.gateway) == .exited(0))
    }

    @Test("a route that is added to the file is gone by, without a restart")
    func routes() async throws {
        let suite = try await RunningSuite()
        try await suite.start(.gateway)
        try await suite.start(.registry)
        try await suite.identity(organisation: "top", "viewer")
        try await suite.succeed(as: "top-viewer", "campaign", "list")
        let configuration = suite.directory + "/gateway.yaml"
        let text = try String(contentsOfFile: configuration, encoding: .utf8)
        let without = text.split(separator: "\n").filter { !$0.contains("RegistryService") }.joined(separator: "\n")
        _ = try suite.write(without, to: "gateway.yaml")
        try await suite.eventually("nothing leads to the registry") {
            let result = try await suite.qmctl(as: "top-viewer", "campaign", "list")
            return result.exitCode != 0 && result.errors.contains("no route")
        }
        _ = try suite.write(text, to: "gateway.yaml")
        try await suite.eventually("the registry answers again") {
            try await suite.qmctl(as: "top-viewer", "campaign", "list").exitCode == 0
        }
    }
}
