import Glibc
import TestProcesses
import TestTurns
import Testing

@Suite("A gateway that may open few files", .serialized, .takesTurnsWithProcesses)
struct FewDescriptorsTests {
    @Test("those who give way, and do not close, take none of the descriptors that it accepts and dials with")
    func lingering() async throws {
        let suite = try await RunningSuite()
        var identities: [String] = []
        for number in 0..<10 {
            try await suite.identity(organisation: "unit-\(number)", "viewer")
            identities.append(suite.identityDirectory("unit-\(number)-viewer"))
        }
        // Its services are not there yet: it dials them again and again.
        let gateway = try suite.launch(
            .gateway, settings: ["log.level": "info"],
            wrapper: ["/bin/sh", "-c", "ulimit -n 128; exec \"$0\" \"$@\""])
        try await suite.eventually("the gateway is ready") { gateway.log.contains("message=ready") }
        let port = suite.port(of: .gateway)
        var descriptors: [Int32] = []
        defer { for descriptor in descriptors { close(descriptor) } }
        for number in 0..<150 {
            let stranger = Stranger(identityDirectory: identities[number % identities.count])
            descriptors.append(try #require(try stranger.stay(atPort: port), "\(number) was refused: \(gateway.log)"))
        }
        try await suite.start(.registry)
        try await suite.eventually("the gateway reaches the registry") {
            try await suite.qmctl(as: "unit-0-viewer", "campaign", "list").exitCode == 0
        }
        #expect(gateway.log.contains("gave_way"))
        #expect(!gateway.log.contains("accepting paused"), "\(gateway.log)")
        #expect(!gateway.log.contains("as many sockets are open"), "\(gateway.log)")
        #expect(try await suite.stop(.gateway) == .exited(0))
    }
}
