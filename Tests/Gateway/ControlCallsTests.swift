import GatewayRules
import GatewayServer
import Logging
import Messages
import RPC
import Synchronization
import Telemetry
import TestBench
import TestSupport
import TestTurns
import Testing
import TestingMessages
import TestingService
import Transport
import Wire

/// Keeps every line of warning.
private struct Warnings: LogHandler {
    final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning

    init(_ lines: Lines) {
        self.lines = lines
    }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.all.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
    }
}

/// Health and reflection calls that are held open, of a service and of the gateway itself, over TLS.
@Suite("Calls of the class control, through a gateway", .takesTurns)
struct ControlCallsTests {
    private static let watchPath = "\(RPCV1.HealthService.name)/Watch"

    private func uri(_ name: String) -> String { "spiffe://quality.example/org/\(name)/viewer" }

    /// Long enough for any test; what watches has no deadline.
    private static let patient = CallOptions(timeout: Patience.limit)

    private static func routed(_ options: CallOptions) -> CallOptions {
        var options = options
        options.metadata.append("route-service", TestingV1.TestService.name)
        return options
    }

    private func bench(
        _ health: PatientHealth, openCalls: UInt32, concurrentCalls: Int,
        lines: Warnings.Lines = Warnings.Lines()
    ) async throws -> GatewayBench {
        var policy = GatewayBench.open
        policy.serviceLimits = ServiceLimits(
            concurrentCalls: concurrentCalls, queuedCalls: 100, queueTargetMicroseconds: 600_000_000,
            queueIntervalMicroseconds: 600_000_000)
        var backend = GatewayBench.Backend()
        backend.limits.concurrentStreams = openCalls
        backend.register = { router in
            TestService().register(on: &router)
            health.register(on: &router)
        }
        return try await GatewayBench(
            backend, policy: policy, gatewayLoops: GatewayBench.oneLoop,
            logger: Logger(label: "test") { _ in Warnings(lines) })
    }

    private func health(_ bench: GatewayBench, _ name: String) async throws -> RPCV1.HealthServiceClient {
        RPCV1.HealthServiceClient(try await bench.transport(.throughGateway, as: uri(name)))
    }

    /// Watches of the service's health, all in one write.
    private func flood(_ peer: FramePeer, _ count: UInt32) async throws {
        var metadata = Metadata()
        metadata.append("route-service", TestingV1.TestService.name)
        let block = try MetadataBlock.encoded(metadata)
        let calls = (0..<count).map { RawFrame.call($0 * 2 + 1, Self.watchPath, metadata: block) }
        await peer.send(bytes: calls.bytes)
    }

    private func peer(_ bench: GatewayBench, _ name: String) async throws -> FramePeer {
        let peer = try await bench.peer(.throughGateway, bench.authority.issue("URI:\(uri(name))"))
        await peer.greet()
        return peer
    }

    @Test("floods of watches leave room for checks and for every other call, on the one connection that there is")
    func floods() async throws {
        let health = PatientHealth()
        // 16 and 8 beside them, and some for those whose handlers are about to return.
        let bench = try await bench(health, openCalls: 40, concurrentCalls: 16)
        let (henan, fujian) = (try await peer(bench, "henan"), try await peer(bench, "fujian"))
        try await flood(henan, 9)
        // As many as there may be have begun; who has all of them gets no more.
        let refusal = await henan.frames { $0.status != nil }.last
        #expect(refusal?.stream == 17)
        #expect(refusal?.status?.code == .unavailable)
        #expect(refusal?.status?.isNotStarted == true)
        #expect(refusal?.status?.text.contains("holds most of them") == true)
        try await Patience.until("eight are watched") { health.open == 8 }
        // Another has as many in the end, from whoever has more: those that began first.
        try await flood(fujian, 4)
        var ended: [UInt32] = []
        func nextEnd() async {
            let end = await henan.frames { $0.status != nil }.last
            #expect(end?.status?.code == .unavailable)
            #expect(end?.status?.isNotStarted == false)
            #expect(end?.status?.text.contains(TestingV1.TestService.name) == true)
            ended.append(end?.stream ?? 0)
        }
        for _ in 0..<4 { await nextEnd() }
        // And who only checks finds room beside both.
        let checker = try await self.health(bench, "hainan")
        for _ in 0..<20 {
            #expect(try await checker.check(.init(), options: Self.routed(Self.patient)).status == .serving)
        }
        await nextEnd()
        #expect(ended == [1, 3, 5, 7, 9])
        // All places are there for the others.
        let client = TestingV1.TestServiceClient(try await bench.transport(.throughGateway, as: uri("hainan")))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<64 { group.addTask { _ = try await client.emptyCall(.init(), options: Self.patient) } }
            try await group.waitForAll()
        }
        try await Patience.until("seven are watched") { health.open == 7 }
        await bench.stop()
    }

    @Test("there is room for as many calls as the copies' connections take, as they come and go")
    func roomOfCopies() async throws {
        var policy = GatewayBench.open
        policy.serviceLimits = ServiceLimits(
            queueTargetMicroseconds: 600_000_000, queueIntervalMicroseconds: 600_000_000, givenUpMicroseconds: 0)
        var backend = GatewayBench.Backend()
        backend.count = 2
        // So few that those which end with a copy do not have it ejected.
        backend.limits.concurrentStreams = 3
        let bench = try await GatewayBench(backend, policy: policy, isSingleLoop: true)
        let client = try await bench.client(.throughGateway)
        _ = try await client.emptyCall(.init())
        let names = bench.backendEndpoints.map(\.description)
        _ = await bench.statistics { loops in names.allSatisfy { loops.backendConnections[$0] == 1 } }
        let calls = (0..<24).map { _ in
            Task { try await client.unaryCall(.init(delayMs: 600_000), options: Self.patient) }
        }
        func reached(_ what: String, _ isReached: (_ inFlight: Int, _ waiting: Int) -> Bool) async throws {
            try await Patience.until(what) {
                let load = try await bench.gateway.load()
                return isReached(load.reduce(0) { $0 + $1.callsInFlight }, load.reduce(0) { $0 + $1.waitingCalls })
            }
        }
        // Of six one is for health.
        try await reached("five are open") { $0 == 5 && $1 == 19 }
        // The services have them: 24 calls at the gateway, and five there.
        let unary = "\(TestingV1.TestService.name)/UnaryCall"
        _ = await bench.statistics { $0.methods[unary]?.open == 29 }
        // Two or three of them end with their copy, and none begins where the others are.
        await bench.stopBackend(0)
        try await reached("those of one copy are open") { (2...3).contains($0) && $1 == 19 }
        try await bench.restartBackend(0)
        try await reached("five are open again") { $0 == 5 && (16...17).contains($1) }
        for call in calls { call.cancel() }
        for call in calls { _ = await call.result }
        await bench.stop()
    }

    @Test(
        "a connection that takes fewer calls than the policy has places is sent no more than it takes; this is said once"
    )
    func scarceRoom() async throws {
        let health = PatientHealth()
        let lines = Warnings.Lines()
        let bench = try await bench(health, openCalls: 9, concurrentCalls: 1_000, lines: lines)
        let client = TestingV1.TestServiceClient(try await bench.transport(.throughGateway, as: uri("henan")))
        _ = try await client.emptyCall(.init())
        // Calls that take their time, more than there is room for: eight are open, and a ninth is for health.
        let calls = (0..<24).map { _ in
            Task { try await client.unaryCall(.init(delayMs: 600_000), options: Self.patient) }
        }
        try await Patience.until("eight calls are open and the others wait") {
            let load = try await bench.gateway.load()
            return load.reduce(0) { $0 + $1.callsInFlight } == 8 && load.reduce(0) { $0 + $1.waitingCalls } == 16
        }
        let checker = try await self.health(bench, "hainan")
        for _ in 0..<20 { _ = try await checker.check(.init(), options: Self.routed(Self.patient)) }
        let said = lines.all.withLock { $0.filter { $0.contains("fewer calls may be open at a service") } }
        #expect(said.count == 1)
        for word in ["limits.openCalls", "limits.services.concurrentCalls", "1125", TestingV1.TestService.name] {
            #expect(said.first?.contains(word) == true, "\(said)")
        }
        for call in calls { call.cancel() }
        for call in calls { _ = await call.result }
        await bench.stop()
    }
}
