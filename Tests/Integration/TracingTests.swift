import Foundation
import Hummingbird
import Logging
import Messages
import NIOCore
import NIOPosix
import RPC
import Synchronization
import TestProcesses
import TestTurns
import Testing
import Transport
import Wire

/// Spans of real processes, as a collector gets them.
@Suite("Traces", .serialized, .takesTurnsWithProcesses)
struct TracingTests {
    /// An OTLP collector: keeps what is posted to it.
    private final class Collector: Sendable {
        struct Span: Sendable {
            var service: String
            var name: String
            var traceID: String
            var spanID: String
            var parentID: String?
            var kind: Int
        }

        private let received = Mutex<[Span]>([])

        var spans: [Span] { received.withLock { $0 } }

        /// Serves while `body` runs with its port.
        func serve(_ body: @escaping @Sendable (Int) async throws -> Void) async throws {
            let router = Hummingbird.Router(context: BasicRequestContext.self)
            router.post("v1/traces") { request, _ -> HTTPResponse.Status in
                let bytes = try await request.body.collect(upTo: 1 << 22)
                let found = try Self.spans(in: Data(bytes.readableBytesView))
                self.received.withLock { $0 += found }
                return .ok
            }
            let (ports, listening) = AsyncStream<Int>.makeStream()
            let application = Application(
                router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
                onServerRunning: { listening.yield($0.localAddress?.port ?? 0) },
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await application.run() }
                for await port in ports {
                    try await body(port)
                    break
                }
                group.cancelAll()
                while (try? await group.next()) != nil {}
            }
        }

        private static func spans(in body: Data) throws -> [Span] {
            let request = try JSONSerialization.jsonObject(with: body) as? [String: Any]
            var spans: [Span] = []
            for resource in request?["resourceSpans"] as? [[String: Any]] ?? [] {
                let attributes = (resource["resource"] as? [String: Any])?["attributes"] as? [[String: Any]] ?? []
                let name = attributes.first { $0["key"] as? String == "service.name" }?["value"] as? [String: Any]
                for scope in resource["scopeSpans"] as? [[String: Any]] ?? [] {
                    for span in scope["spans"] as? [[String: Any]] ?? [] {
                        spans.append(
                            Span(
                                service: name?["stringValue"] as? String ?? "", name: span["name"] as? String ?? "",
                                traceID: span["traceId"] as? String ?? "", spanID: span["spanId"] as? String ?? "",
                                parentID: span["parentSpanId"] as? String, kind: span["kind"] as? Int ?? 0))
                    }
                }
            }
            return spans
        }
    }

    private static let method = "quality.registry.v1.RegistryService/ListCampaigns"

    private func settings(_ port: Int, ratio: Double = 0) -> [String: String] {
        ["tracing.endpoint": "http://127.0.0.1:\(port)", "tracing.sampleRatio": "\(ratio)"]
    }

    @Test("a caller's sampled trace goes through gateway and service, each span below the one before")
    func passedOn() async throws {
        let collector = Collector()
        try await collector.serve { port in
            let suite = try await RunningSuite()
            try await suite.start(.gateway, settings: settings(port))
            try await suite.start(.registry, settings: settings(port))
            try await suite.identity(organisation: "top", "viewer")
            let client = try await suite.client(as: "top-viewer")
            let registry = RegistryV1.RegistryServiceClient(client)
            // A call without a trace leaves none: nobody samples by itself.
            _ = try await registry.listCampaigns(.init())
            let trace = TraceContext(
                traceID: .init(high: 0x4bf9_2f35_77b3_4da6, low: 0xa3ce_929d_0e0e_4736), spanID: 0x00f0_67aa_0ba9_02b7,
                flags: 1)
            _ = try await registry.listCampaigns(.init(), options: CallOptions(trace: trace))
            try await suite.eventually("three spans are exported") { collector.spans.count >= 3 }
            await client.close()
            try await suite.stop(.registry)
            try await suite.stop(.gateway)
            let spans = collector.spans
            #expect(spans.count == 3, "\(spans)")
            #expect(spans.allSatisfy { $0.traceID == "4bf92f3577b34da6a3ce929d0e0e4736" && $0.name == Self.method })
            var parent = "00f067aa0ba902b7"
            for (service, kind) in [("gateway", 2), ("gateway", 3), ("registry", 2)] {
                let span = try #require(spans.first { $0.parentID == parent })
                #expect(span.service == service && span.kind == kind)
                parent = span.spanID
            }
        }
    }

    @Test("with a ratio of 1 the gateway begins a trace for a call that has none")
    func begun() async throws {
        let collector = Collector()
        try await collector.serve { port in
            let suite = try await RunningSuite()
            try await suite.start(.gateway, settings: settings(port, ratio: 1))
            try await suite.start(.registry, settings: settings(port))
            try await suite.identity(organisation: "top", "viewer")
            let client = try await suite.client(as: "top-viewer")
            _ = try await RegistryV1.RegistryServiceClient(client).listCampaigns(.init())
            try await suite.eventually("the whole trace is exported") {
                collector.spans.filter { $0.name == Self.method }.count >= 3
            }
            await client.close()
            try await suite.stop(.registry)
            try await suite.stop(.gateway)
            let spans = collector.spans.filter { $0.name == Self.method }
            #expect(Set(spans.map(\.traceID)).count == 1)
            #expect(spans.filter { $0.parentID == nil }.map(\.service) == ["gateway"])
        }
    }

    @Test("a collector that is not there costs spans, not calls")
    func noCollector() async throws {
        let suite = try await RunningSuite()
        // Nobody listens there.
        try await suite.start(.gateway, settings: settings(1, ratio: 1))
        try await suite.start(.registry)
        try await suite.identity(organisation: "top", "viewer")
        let client = try await suite.client(as: "top-viewer")
        for _ in 0..<20 { _ = try await RegistryV1.RegistryServiceClient(client).listCampaigns(.init()) }
        try await suite.logs(.gateway, "spans are lost")
        await client.close()
        try await suite.stop(.registry)
        #expect(try await suite.stop(.gateway) == .exited(0))
    }

    @Test("the gateway logs calls that failed, and with log.access=all every one, as JSON when asked")
    func accessLog() async throws {
        let suite = try await RunningSuite()
        try await suite.start(.gateway, settings: ["log.access": "all", "log.format": "json"])
        try await suite.start(.registry)
        try await suite.identity(organisation: "top", "viewer")
        let client = try await suite.client(as: "top-viewer")
        let registry = RegistryV1.RegistryServiceClient(client)
        _ = try await registry.listCampaigns(.init())
        _ = try? await registry.getCampaign(.init(code: "none"))
        await client.close()
        try await suite.stop(.registry)
        try await suite.stop(.gateway)
        let lines = try suite.log(of: .gateway).split(separator: "\n").map {
            try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: String])
        }
        // The registry's own ask what time it is.
        let calls = lines.filter {
            $0["logger"] == "access" && $0["identity"] != "spiffe://\(RunningSuite.domain)/service/registry"
        }
        #expect(calls.map { $0["code"] } == ["OK", "NOT_FOUND"])
        #expect(calls.first?["method"] == Self.method)
        #expect(calls.allSatisfy { $0["identity"] == "spiffe://\(RunningSuite.domain)/org/top/viewer" })
        #expect(calls.allSatisfy { $0["backend"] == "127.0.0.1:\(suite.port(of: .registry))" })
    }
}
