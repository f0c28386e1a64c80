import Testing
import Wire

@testable import Telemetry

@Suite("Tracing")
struct TracingTests {
    static let sampled = TraceContext(traceID: .init(high: 0x4bf9_2f35, low: 7), spanID: 0xf067, flags: 1)

    private func decide(_ sampler: inout TraceSampler, _ trace: [UInt8]) -> TraceSampler.Decision {
        trace.withUnsafeBytes { sampler.decide($0) }
    }

    @Test("a trace context is the 25 bytes of the standard's parts, and reads back")
    func roundTrip() {
        #expect(Self.sampled.encoded.count == 25)
        #expect(Self.sampled.encoded.withUnsafeBytes { TraceContext(parsing: $0) } == Self.sampled)
        #expect([UInt8](repeating: 0, count: 25).withUnsafeBytes { TraceContext(parsing: $0) } == nil, "ids of zero")
        #expect(Self.sampled.encoded.dropLast().withUnsafeBytes { TraceContext(parsing: $0) } == nil)
        #expect(Self.sampled.traceID.description == "000000004bf92f350000000000000007")
    }

    @Test("a sampled call gets a span below the caller's, with the same trace id and flags")
    func sampledCall() throws {
        var sampler = TraceSampler(isRecording: true, ratio: 0, seed: 1)
        guard case .record(let context, let parent) = decide(&sampler, Self.sampled.encoded) else {
            Issue.record("not recorded")
            return
        }
        #expect(context.traceID == Self.sampled.traceID && context.flags == 1)
        #expect(context.spanID != Self.sampled.spanID && context.spanID != 0 && parent == Self.sampled.spanID)
    }

    @Test("a call whose trace is not sampled passes unchanged, whatever the ratio")
    func unsampledCall() {
        var sampler = TraceSampler(isRecording: true, ratio: 1, seed: 1)
        var trace = Self.sampled
        trace.flags = 0
        #expect(decide(&sampler, trace.encoded) == .unchanged)
    }

    @Test("who records nothing passes everything on unchanged")
    func notRecording() {
        var sampler = TraceSampler(isRecording: false, ratio: 1, seed: 1)
        #expect(decide(&sampler, Self.sampled.encoded) == .unchanged)
        #expect(decide(&sampler, []) == .unchanged)
    }

    @Test("of calls without a trace the share of the ratio begins one, and the others carry the decision")
    func ratio() {
        var sampler = TraceSampler(isRecording: true, ratio: 0.25, seed: 42)
        var recorded = 0
        var ids: Set<UInt64> = []
        for _ in 0..<10_000 {
            switch decide(&sampler, []) {
            case .record(let context, let parent):
                recorded += 1
                #expect(parent == nil && context.isSampled)
                ids.insert(context.spanID)
            case .carry(let context): #expect(!context.isSampled)
            case .unchanged: Issue.record("no decision")
            }
        }
        #expect((2200...2800).contains(recorded))
        #expect(ids.count == recorded)
        var none = TraceSampler(isRecording: true, ratio: 0, seed: 42)
        #expect(decide(&none, []) == .unchanged)
    }

    @Test("a loop's telemetry replaces the bytes of a sampled call and makes the span")
    func loop() throws {
        let spans = SpanQueue()
        let telemetry = LoopTelemetry(
            TelemetryOptions(spans: spans, unixNanoseconds: { 1_700_000_000_000_000_000 }), seed: 3)
        let span: Span? = Self.sampled.encoded.withUnsafeBytes { bytes in
            var trace = bytes
            let span = Array("a.S/M".utf8).withUnsafeBytes { telemetry.trace(.server, &trace, path: $0) }
            let onward = TraceContext(parsing: trace)
            #expect(onward?.spanID == span?.spanID && onward?.traceID == Self.sampled.traceID)
            return span
        }
        let found = try #require(span)
        #expect(found.parentID == Self.sampled.spanID && found.path == "a.S/M" && found.kind == .server)
        #expect(found.startedAtUnixNanoseconds == 1_700_000_000_000_000_000)
    }

    @Test("with a full queue the newest spans are lost and counted")
    func queue() {
        let queue = SpanQueue(capacity: 2)
        for id in 1...5 as ClosedRange<UInt64> {
            queue.add(
                Span(
                    traceID: Self.sampled.traceID, spanID: id, parentID: nil, kind: .client, path: "a/b",
                    startedAtUnixNanoseconds: 0))
        }
        #expect(queue.take(10).map(\.spanID) == [1, 2])
        queue.settled(2, isExported: true)
        #expect(queue.counts == (0, 2, 3))
    }

    @Test("spans are written as OTLP has them: ids in hexadecimal, instants as texts, kinds as numbers")
    func otlp() {
        var span = Span(
            traceID: .init(high: 1, low: 2), spanID: 3, parentID: 4, kind: .server, path: "a.S/M",
            startedAtUnixNanoseconds: 1_700_000_000_000_000_001)
        span.durationNanoseconds = 9
        span.code = .unavailable
        span.identity = "spiffe://d/org/c/\"r"
        let text = OTLPTraces.encoded([span], service: "gateway", instance: "h:1", version: "0")
        for part in [
            "\"traceId\":\"00000000000000010000000000000002\"", "\"spanId\":\"0000000000000003\"",
            "\"parentSpanId\":\"0000000000000004\"", "\"kind\":2", "\"name\":\"a.S/M\"",
            "\"startTimeUnixNano\":\"1700000000000000001\"", "\"endTimeUnixNano\":\"1700000000000000010\"",
            "{\"key\":\"rpc.method\",\"value\":{\"stringValue\":\"M\"}}", "spiffe://d/org/c/\\\"r",
            "\"status\":{\"code\":2,\"message\":\"UNAVAILABLE\"}",
            "{\"key\":\"service.name\",\"value\":{\"stringValue\":\"gateway\"}}",
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }
}

@Suite("The access log")
struct AccessLogTests {
    @Test("its scope decides which codes get a line")
    func scope() {
        let now = MonotonicInstant(nanoseconds: 5_000_000_000)
        for (scope, codes) in [(AccessLogScope.off, []), (.errors, [.notFound]), (.all, [.ok, .notFound])]
            as [(AccessLogScope, [StatusCode])]
        {
            var log = AccessLog(scope, maximumLinesPerSecond: 10)
            #expect([.ok, .notFound].filter { log.admits($0, bytesSent: 0, at: now, lineBytes: 1) != nil } == codes)
        }
    }

    @Test("so many lines and bytes a second, the rest is counted, and said with the next")
    func limit() {
        var log = AccessLog(.errors, maximumLinesPerSecond: 2, maximumBytesPerSecond: 100)
        func admitted(at nanoseconds: UInt64, lineBytes: Int = 1) -> [Int] {
            (0..<5).compactMap { _ in
                log.admits(
                    .unavailable, bytesSent: 0, at: MonotonicInstant(nanoseconds: nanoseconds), lineBytes: lineBytes)
            }
        }
        #expect(admitted(at: 1_000_000_000) == [0, 0])
        #expect(admitted(at: 1_900_000_000) == [])
        #expect(admitted(at: 2_000_000_000) == [8, 0])
        #expect(log.suppressed == 11)
        #expect(admitted(at: 3_000_000_000, lineBytes: 70) == [3])
        #expect(log.suppressed == 15)
    }

    @Test("calls that were given up before anything came of them take no line of others, and have a few of their own")
    func givenUp() {
        let now = MonotonicInstant(nanoseconds: 1_000_000_000)
        var log = AccessLog(.errors, maximumLinesPerSecond: 20)
        func lines(_ code: StatusCode, bytesSent: Int = 0) -> Int {
            (0..<1_000).count { _ in log.admits(code, bytesSent: bytesSent, at: now, lineBytes: 1) != nil }
        }
        #expect(lines(.cancelled) == 2)
        #expect(log.admits(.unavailable, bytesSent: 0, at: now, lineBytes: 1) == 0)
        // One of which a part was sent is like any other.
        #expect(lines(.cancelled, bytesSent: 1) == 19)
        #expect(log.suppressed == 998 + 981)
        // However few lines there are.
        var scarce = AccessLog(.all, maximumLinesPerSecond: 1)
        #expect(scarce.admits(.cancelled, bytesSent: 0, at: now, lineBytes: 1) == 0)
        #expect(scarce.admits(.ok, bytesSent: 0, at: now, lineBytes: 1) == 0)
    }
}
