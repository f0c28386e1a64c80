import Foundation
import Messages
import RPC
import TestProcesses
import TestTurns
import Testing
import Transport
import Wire

@Suite("Two copies of a service", .serialized, .takesTurnsWithProcesses)
struct CopiesTests {
    @Test("statistics in two copies give one answer, and go on answering when one is killed")
    func statistics() async throws {
        let units = ManyUnits(count: 20)
        let suite = try await RunningSuite()
        try suite.addCopy(of: .statistics)
        try await suite.startAll()
        try await suite.startCopies(of: .statistics)
        try await suite.identity(organisation: "top", "publisher")
        try await suite.identity(organisation: "top", "reporter")
        try await suite.identity(organisation: "top", "viewer")
        let receipts = try await suite.publishAndPush(units)
        let show = [
            "stats", "show", ManyUnits.campaign, ManyUnits.form, "--output", "csv", "--holding", receipts,
        ]
        // Each qmctl is a connection of its own; the gateway takes the endpoints in turn.
        let answer = try await suite.succeed(as: "top-viewer", show).output
        #expect(answer.contains(",visitors,人数,人次,\(units.visitorsTotal),20,20,"))
        for _ in 0..<4 {
            #expect(try await suite.succeed(as: "top-viewer", show).output == answer)
        }

        try await suite.kill(.statistics)
        try await suite.eventually("the gateway has seen that one is gone") {
            try await suite.qmctl(as: "top-viewer", show).exitCode == 0
        }
        for _ in 0..<4 {
            #expect(try await suite.succeed(as: "top-viewer", show).output == answer)
        }
    }

    @Test("a copy that is stopped and keeps its connections gets no calls until it goes on")
    func stopped() async throws {
        let suite = try await RunningSuite()
        try suite.addCopy(of: .registry)
        // As soon as connections are asked at all.
        try await suite.start(
            .gateway, settings: ["limits.silenceSeconds": "1", "balancing.slowStartSeconds": "0"])
        try await suite.start(.registry)
        try await suite.startCopies(of: .registry)
        try await suite.identity(organisation: "top", "viewer")
        let client = try await suite.client(as: "top-viewer")
        let health = RPCV1.HealthServiceClient(client)
        var options = CallOptions(timeout: .seconds(60))
        options.metadata.append("route-service", RegistryV1.RegistryService.name)
        func call() async throws {
            #expect(try await health.check(RPCV1.CheckRequest(), options: options).status == .serving)
        }
        let copy = "127.0.0.1:\(try #require(suite.copyPort(of: .registry)))"
        // The gateway has looked for it before it was there, and looks again after a pause.
        try await suite.logs(.gateway, "endpoint is reached again", copy)
        for _ in 0..<10 { try await call() }

        suite.signalCopies(of: .registry, SIGSTOP)
        try await suite.logs(.gateway, "endpoint does not answer", copy)
        for _ in 0..<50 { try await call() }
        // Nor has one been sent again because it was lost there.
        try #require(suite.lines(of: .gateway, with: ["logger=access", "code=UNAVAILABLE"]).isEmpty)

        suite.signalCopies(of: .registry, SIGCONT)
        try await suite.logs(.gateway, "endpoint answers again", copy)
        // Now it is the only one.
        try await suite.kill(.registry)
        for _ in 0..<10 { try await call() }
        await client.close()
    }
}
