import RPC
import Synchronization
import TestBench
import TestTurns
import Testing
import TestingMessages
import TestingService
import Transport
import Wire

/// What the gateway does with calls that a backend has not begun. The client of these tests sends such a call once more
/// by itself, so a call that fails has been tried twice as often as the gateway alone tries.
@Suite("Calls that a copy did not begin", .takesTurns)
struct SendingAgainTests {
    /// A gateway before two copies of the test service.
    private struct Bench {
        let gateway: GatewayBench
        let services: [ReplicaService]

        init(limits: ConnectionLimits = ConnectionLimits()) async throws {
            let made = Made()
            var backend = GatewayBench.Backend()
            backend.count = 2
            backend.limits = limits
            backend.register = { router in
                let service = ReplicaService()
                service.register(on: &router)
                made.services.withLock { $0.append(service) }
            }
            gateway = try await GatewayBench(backend, limits: limits, gatewayLoops: GatewayBench.oneLoop)
            services = made.services.withLock { $0 }
        }

        private final class Made: Sendable {
            let services = Mutex<[ReplicaService]>([])
        }

        func client(limits: ConnectionLimits = ConnectionLimits()) async throws -> TestingV1.TestServiceClient {
            TestingV1.TestServiceClient(try await gateway.transport(.throughGateway, limits: limits))
        }

        /// Calls until the gateway, which has one loop, is connected to both copies: both have been called then.
        func connect(_ client: TestingV1.TestServiceClient) async throws {
            while services.contains(where: { $0.calls == 0 }) {
                _ = try await client.unaryCall(TestingV1.SimpleRequest())
            }
        }

        func stop() async { await gateway.stop() }
    }

    private let later = RPCError(.unavailable, "later", isNotStarted: true)

    private func bench(_ error: RPCError? = nil) async throws -> (Bench, TestingV1.TestServiceClient) {
        let bench = try await Bench()
        let client = try await bench.client()
        try await bench.connect(client)
        if let error {
            for service in bench.services { service.fail(error) }
        }
        return (bench, client)
    }

    private func calls(_ bench: Bench) -> Int { bench.services.map(\.calls).reduce(0, +) }

    @Test("go to another copy as they came, and the caller sees nothing of it")
    func otherCopy() async throws {
        let (bench, client) = try await bench()
        bench.services[0].fail(later)
        let before = bench.services.map(\.calls)
        let uri = "spiffe://quality.example/org/henan/reporter"
        for _ in 0..<50 {
            let response = try await client.unaryCall(
                TestingV1.SimpleRequest(
                    responseBytes: 1000, payload: TestingV1.Payload(body: [UInt8](repeating: 1, count: 10_000))),
                options: CallOptions(timeout: .seconds(60)))
            #expect(response.payload?.body.count == 1000)
            #expect(response.caller == uri)
            #expect((1..<60_000_000).contains(response.remainingUs))
        }
        #expect(bench.services[1].calls == before[1] + 50)
        #expect(bench.services[0].calls > before[0])
        await bench.stop()
    }

    @Test("are tried once more, and no further")
    func once() async throws {
        let (bench, client) = try await bench(later)
        let before = calls(bench)
        let error = await #expect(throws: RPCError.self) { try await client.unaryCall(TestingV1.SimpleRequest()) }
        #expect(error?.isNotStarted == true)
        #expect(error?.message == "later")
        #expect(calls(bench) == before + 4)
        await bench.stop()
    }

    @Test("pass to the caller when their request came in several frames")
    func severalFrames() async throws {
        let (bench, client) = try await bench(later)
        let before = calls(bench)
        let large = TestingV1.SimpleRequest(payload: TestingV1.Payload(body: [UInt8](repeating: 1, count: 40_000)))
        let error = await #expect(throws: RPCError.self) { try await client.unaryCall(large) }
        #expect(error?.isNotStarted == true)
        #expect(calls(bench) == before + 2)
        await bench.stop()
    }

    @Test("pass to the caller when the copy forbids another attempt, or has too much to do")
    func passedOn() async throws {
        for code in [StatusCode.unavailable, .resourceExhausted] {
            let refusal = RPCError(code, "enough", isNotStarted: true, retryPushbackMilliseconds: -1)
            let (bench, client) = try await bench(refusal)
            let before = calls(bench)
            let error = await #expect(throws: RPCError.self) { try await client.unaryCall(TestingV1.SimpleRequest()) }
            #expect(error == refusal)
            #expect(calls(bench) == before + 1)
            await bench.stop()
        }
    }

    @Test("are told from calls that may have been carried out: those fail")
    func maybeStarted() async throws {
        let (bench, client) = try await bench(RPCError(.unavailable, "broken"))
        let before = calls(bench)
        let error = await #expect(throws: RPCError.self) { try await client.unaryCall(TestingV1.SimpleRequest()) }
        #expect(error?.isNotStarted == false)
        #expect(calls(bench) == before + 1)
        await bench.stop()
    }

    @Test("leave the windows of all connections as wide as they were")
    func windows() async throws {
        let limits = ConnectionLimits(streamCreditBytes: 16_384, connectionCreditBytes: 65_536)
        let bench = try await Bench(limits: limits)
        let client = try await bench.client(limits: limits)
        try await bench.connect(client)
        bench.services[0].fail(later)
        let request = TestingV1.SimpleRequest(payload: TestingV1.Payload(body: [UInt8](repeating: 1, count: 12_000)))
        for _ in 0..<200 { _ = try await client.unaryCall(request) }
        bench.services[0].recover()
        let body = [UInt8](repeating: 7, count: 500_000)
        for _ in 0..<4 {
            let response = try await client.unaryCall(
                TestingV1.SimpleRequest(responseBytes: 500_000, payload: TestingV1.Payload(body: body)))
            #expect(response.payload?.body.count == 500_000)
        }
        await bench.stop()
    }
}
