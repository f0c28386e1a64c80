import GatewayServer
import RPC
import Telemetry
import TestBench
import TestSupport
import TestTurns
import Testing
import TestingMessages
import Transport
import Wire

/// What is counted, logged and traced of calls that pass a gateway.
@Suite("Observed calls", .takesTurns)
struct ObservationTests {
    static let unary = "\(TestingV1.TestService.name)/UnaryCall"
    static let empty = "\(TestingV1.TestService.name)/EmptyCall"

    @Test("calls are counted by method and by backend, with codes, bytes and durations")
    func figures() async throws {
        let bench = try await GatewayBench()
        let client = try await bench.client(.throughGateway)
        for _ in 0..<3 { _ = try await client.unaryCall(TestingV1.SimpleRequest(responseBytes: 1000)) }
        await #expect(throws: RPCError.self) {
            _ = try await client.unaryCall(TestingV1.SimpleRequest(statusCode: 5, statusMessage: "no"))
        }
        let loops = await bench.statistics()
        // Gateway and service share the loops here, so that each call is counted twice.
        let calls = loops.methods.filter { $0.key.hasPrefix(TestingV1.TestService.name) }
        #expect(calls.values.reduce(0) { $0 + $1.total } == 8)
        #expect(loops.methods[Self.unary].map { $0.ended[5] } == 2)
        let backend = try #require(loops.backends[bench.backendEndpoints[0].description])
        #expect(backend.ended[0] == 3 && backend.ended[5] == 1 && backend.open == 0)
        #expect(backend.bytesReceived >= 3000 && backend.bytesSent > 0)
        #expect(backend.latency.count == 4)
        #expect(loops.server.handshakes.count >= 2 && loops.server.bytesReceived > 0)
        #expect(loops.client.handshakes.count >= 2 && loops.client.handshakes.sumNanoseconds > 0)
        #expect(loops.server.open >= 2 && loops.client.open == loops.server.open)
        #expect(loops.backendConnections[bench.backendEndpoints[0].description] ?? 0 > 0)
        await bench.stop()
    }

    @Test("a method that no service answers gets no figures of its own, however often its name changes")
    func inventedNames() async throws {
        let bench = try await GatewayBench()
        let transport = try await bench.transport(.throughGateway)
        for number in 0..<20 {
            for service in [TestingV1.TestService.name, "nobody.Service"] {
                let method = MethodDescriptor(service: service, name: "Invented\(number)")
                await #expect(throws: RPCError.self) {
                    _ = try await transport.unary(
                        method, TestingV1.Empty(), returning: TestingV1.Empty.self, options: CallOptions())
                }
            }
        }
        let names = await bench.statistics().methods.keys
        #expect(names.allSatisfy { !$0.contains("Invented") })
        #expect(names.contains("\(TestingV1.TestService.name)/other") && names.contains("other"))
        await bench.stop()
    }

    @Test("a call that the caller gives up is counted as cancelled, and is not open any more")
    func cancelled() async throws {
        let bench = try await GatewayBench()
        let client = try await bench.client(.throughGateway)
        let call = Task { try await client.unaryCall(TestingV1.SimpleRequest(delayMs: 60_000)) }
        _ = await bench.statistics { loops in loops.methods[Self.unary]?.open == 2 }
        call.cancel()
        _ = await call.result
        let loops = await bench.statistics { loops in
            loops.methods.values.allSatisfy { $0.open == 0 } && loops.backends.values.allSatisfy { $0.open == 0 }
        }
        let ended = loops.methods.values.map { $0.ended[Int(StatusCode.cancelled.rawValue)] }.reduce(0, +)
        #expect(ended == 2, "at the gateway and at the service")
        await bench.stop()
    }

    @Test("a sampled call leaves a server's and a client's span at the gateway and one at the service, in one line")
    func spans() async throws {
        let spans = SpanQueue()
        let bench = try await GatewayBench(telemetry: TelemetryOptions(spans: spans))
        let client = try await bench.client(.throughGateway)
        let trace = TraceContext(traceID: .init(high: 7, low: 9), spanID: 11, flags: 1)
        _ = try await client.emptyCall(TestingV1.Empty(), options: CallOptions(trace: trace))
        _ = await bench.statistics { _ in spans.counts.waiting >= 4 }
        let found = spans.take(100)
        #expect(found.count == 4 && found.allSatisfy { $0.traceID == trace.traceID && $0.code == .ok })
        // The test's client shares the loops, so its own attempt is the first span.
        var parent: UInt64? = 11
        for kind in [Span.Kind.client, .server, .client, .server] {
            let next = found.first { $0.parentID == parent }
            #expect(next?.kind == kind && next?.path == Self.empty)
            parent = next?.spanID
        }
        let atGateway = found.first { $0.backend == bench.backendEndpoints[0].description && $0.kind == .server }
        #expect(atGateway?.identity == "spiffe://quality.example/org/henan/reporter")
        #expect(atGateway?.queuedNanoseconds != nil)
        await bench.stop()
    }

    @Test("a trace that is not sampled is passed on and leaves no span")
    func unsampled() async throws {
        let spans = SpanQueue()
        let bench = try await GatewayBench(telemetry: TelemetryOptions(spans: spans, sampleRatio: 1))
        let client = try await bench.client(.throughGateway)
        let trace = TraceContext(traceID: .init(high: 7, low: 9), spanID: 11, flags: 0)
        _ = try await client.emptyCall(TestingV1.Empty(), options: CallOptions(trace: trace))
        _ = await bench.statistics { loops in loops.methods.values.allSatisfy { $0.open == 0 } }
        #expect(spans.counts.waiting == 0)
        await bench.stop()
    }

    @Test("the access log says who called what, how it ended, where it went and how much it moved")
    func accessLog() async throws {
        let (lines, log) = AsyncStream<AccessRecord>.makeStream()
        let bench = try await GatewayBench(
            telemetry: TelemetryOptions(accessLog: .errors, writeAccess: { log.yield($0) }))
        let client = try await bench.client(.throughGateway)
        _ = try await client.emptyCall(TestingV1.Empty())
        await #expect(throws: RPCError.self) {
            _ = try await client.unaryCall(TestingV1.SimpleRequest(statusCode: 9, statusMessage: "no"))
        }
        // The service's own line comes first, then the gateway's; the call that succeeded has none.
        var records: [AccessRecord] = []
        for await record in lines {
            records.append(record)
            if records.count == 2 { break }
        }
        #expect(records.map(\.code) == [.failedPrecondition, .failedPrecondition])
        #expect(records.map(\.identity).contains("spiffe://quality.example/org/henan/reporter"))
        let gateway = try #require(records.first { $0.backend != nil })
        #expect(gateway.path == Self.unary && gateway.backend == bench.backendEndpoints[0].description)
        #expect(gateway.bytesReceived > 0 && gateway.durationNanoseconds > 0)
        await bench.stop()
    }

    @Test("calls that are given up at once hide nobody's failure from the access log, and their paths are cut")
    func accessLogUnderResets() async throws {
        let (lines, log) = AsyncStream<AccessRecord>.makeStream()
        let bench = try await GatewayBench(
            telemetry: TelemetryOptions(
                accessLog: .errors, maximumAccessLinesPerSecond: 10, writeAccess: { log.yield($0) }),
            isSingleLoop: true)
        let peer = try await bench.peer(.throughGateway)
        await peer.greet()
        let path = "\(TestingV1.TestService.name)/" + String(repeating: "\u{1}", count: 200)
        var frames: [RawFrame] = []
        for number in UInt32(0)..<500 {
            let stream = 2 * number + 1
            frames.append(.call(stream, path, flags: []))
            frames.append(.reset(stream))
        }
        await peer.send(bytes: frames.bytes)
        #expect(await peer.framesUntilPong().of(.goAway).isEmpty)
        let client = try await bench.client(.throughGateway)
        await #expect(throws: RPCError.self) {
            _ = try await client.unaryCall(TestingV1.SimpleRequest(statusCode: 9, statusMessage: "no"))
        }
        for await record in lines {
            if record.backend != nil, record.code == .failedPrecondition { break }
            #expect(record.path.hasSuffix(" bytes)") || record.path == Self.unary)
        }
        let statistics = await bench.statistics { $0.suppressedAccessLines > 0 }
        #expect(statistics.suppressedAccessLines > 400)
        await bench.stop()
    }
}
