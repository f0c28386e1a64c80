import RPC
import TestBench
import TestTurns
import Testing
import TestingMessages
import Transport
import Wire

/// Calls that end early, in every way and on every side, leave the windows of the connections they went over as wide as
/// they were: afterwards a response of many windows still comes through.
@Suite(.takesTurns) struct GatewayCreditTests {
    /// Windows small enough that a few lost ones would be the end.
    private static let limits = ConnectionLimits(streamCreditBytes: 16_384, connectionCreditBytes: 65_536)

    private func afterwards(_ disturb: (TestingV1.TestServiceClient) async throws -> Void) async throws {
        let bench = try await GatewayBench(backendCount: 1, limits: Self.limits)
        let transport = try await bench.transport(.throughGateway, limits: Self.limits)
        let client = TestingV1.TestServiceClient(transport)
        try await disturb(client)
        let body = [UInt8](repeating: 7, count: 500_000)
        let response = try await client.unaryCall(
            TestingV1.SimpleRequest(responseBytes: 500_000, payload: TestingV1.Payload(body: body)))
        #expect(response.payload?.body.count == 500_000)
        await transport.close()
        await bench.stop()
    }

    @Test("responses that nobody read on")
    func cancelledResponses() async throws {
        try await afterwards { client in
            let request = TestingV1.StreamingOutputRequest(responseBytes: [UInt32](repeating: 10_000, count: 20))
            for _ in 0..<50 {
                let responses = try await client.streamingOutputCall(request)
                var iterator = responses.makeAsyncIterator()
                #expect(try await iterator.next() != nil)
                responses.cancel()
            }
        }
    }

    @Test("responses that were all there before the first was read")
    func slowlyReadResponses() async throws {
        try await afterwards { client in
            let request = TestingV1.StreamingOutputRequest(responseBytes: [1, 12_000])
            for _ in 0..<50 {
                let responses = try await client.streamingOutputCall(request)
                // Another call goes there and back meanwhile.
                _ = try await client.emptyCall(TestingV1.Empty())
                var sizes: [Int?] = []
                for try await response in responses { sizes.append(response.payload?.body.count) }
                #expect(sizes == [1, 12_000])
            }
        }
    }

    @Test("requests that the service did not read to the end")
    func refusedRequests() async throws {
        try await afterwards { client in
            for _ in 0..<50 {
                let call = try await client.fullDuplexCall()
                // The call may be over before all of this is sent, and even before the first send has returned.
                try? await call.send(TestingV1.StreamingOutputRequest(statusCode: 9, statusMessage: "enough"))
                let filler = TestingV1.StreamingOutputRequest(
                    payload: TestingV1.Payload(body: [UInt8](repeating: 1, count: 6_000)))
                for _ in 0..<4 { try? await call.send(filler) }
                await #expect(throws: RPCError.self) {
                    for try await _ in call.responses {}
                }
            }
        }
    }

    @Test("requests given up half way")
    func cancelledRequests() async throws {
        try await afterwards { client in
            let filler = TestingV1.StreamingInputRequest(
                payload: TestingV1.Payload(body: [UInt8](repeating: 1, count: 6_000)))
            for _ in 0..<50 {
                let call = try await client.streamingInputCall()
                try await call.send(filler)
                try await call.send(filler)
                call.call.cancel()
            }
        }
    }

    @Test("calls of a service that nobody serves")
    func unroutedRequests() async throws {
        try await afterwards { client in
            let nowhere = MethodDescriptor(service: "quality.nowhere.v1.Service", name: "Do")
            let request = TestingV1.Payload(body: [UInt8](repeating: 1, count: 6_000))
            for _ in 0..<50 {
                await #expect(throws: RPCError.self) {
                    try await client.transport.unary(
                        nowhere, request, returning: TestingV1.Empty.self, options: CallOptions())
                }
            }
        }
    }
}
