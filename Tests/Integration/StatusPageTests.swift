import Foundation
import Messages
import RPC
import TestProcesses
import TestSupport
import TestTurns
import Testing
import Transport
import Wire

/// The status page of a real gateway with calls on it, in a real browser.
@Suite("The status page", .serialized, .takesTurnsWithProcesses)
struct StatusPageTests {
    /// A gateway and a registry, both with an admin port, and calls that go on until the task ends.
    private struct Scene {
        let suite: RunningSuite
        let port: Int
        let calls: Task<Void, any Error>

        init() async throws {
            let suite = try await RunningSuite()
            port = try suite.freePort()
            try await suite.start(.gateway, settings: ["admin.port": "\(port)"])
            try await suite.start(.registry)
            try await suite.identity(organisation: "top", "viewer")
            self.suite = suite
            let client = try await suite.client(as: "top-viewer")
            calls = Task {
                let registry = RegistryV1.RegistryServiceClient(client)
                while !Task.isCancelled {
                    _ = try? await registry.getCampaign(.init(code: "none"))
                    _ = try? await registry.listCampaigns(.init())
                }
                await client.close()
            }
        }

        func end() async throws {
            calls.cancel()
            try await calls.value
            try await suite.stop(.registry)
            #expect(try await suite.stop(.gateway) == .exited(0))
        }
    }

    private static let callsShown = "document.querySelector('#figure-calls')?.firstChild?.textContent"

    @Test("figures move, nothing is loaded from elsewhere, nothing complains; and the page says when nobody answers")
    func live() async throws {
        let scene = try await Scene()
        let browser = try Browser()
        let origin = "http://127.0.0.1:\(scene.port)"
        try await browser.open(origin + "/", width: 1600, height: 1000, isDark: false)
        try await browser.wait(until: "Number.parseFloat(\(Self.callsShown)) > 0")
        try await browser.wait(until: "document.querySelectorAll('#methods tbody tr').length >= 2")
        // Its row comes with the first sample after its first answer, which may be a later one.
        try await browser.wait(until: "document.querySelector('#methods').innerText.includes('ListCampaigns')")
        // The other services' processes do not run here.
        #expect(try await browser.evaluate("document.querySelector('#state').textContent") == "有故障")
        let problems = try await browser.evaluate("document.querySelector('#problems').innerText")
        #expect(problems.contains("StatisticsService 没有可用的端点") && !problems.contains("RegistryService"))
        #expect(try await browser.evaluate("document.querySelector('#methods').innerText").contains("ListCampaigns"))
        let backends = try await browser.evaluate("document.querySelector('#backends').innerText")
        #expect(backends.contains("127.0.0.1:\(scene.suite.port(of: .registry))") && backends.contains("正常"))
        // The charts grow: a sample every two seconds.
        let line = "document.querySelector('#tiles .line').getAttribute('d')"
        let before = try await browser.evaluate(line)
        try await browser.wait(until: "\(line) !== '\(before)'")
        try await browser.wait(until: "(\(line).match(/L/g) || []).length >= 2")
        try await Self.keep(browser.screenshot(), "status-wide-light.png")

        var seen = await browser.observations
        #expect(seen.complaints.isEmpty, "\(seen.complaints)")
        #expect(seen.requests.allSatisfy { $0.hasPrefix(origin + "/") || $0.hasPrefix("data:") }, "\(seen.requests)")
        #expect(seen.requests.contains(origin + "/status.json"))

        try await scene.end()
        try await browser.wait(until: "!document.querySelector('#alarm').hidden")
        #expect(try await browser.evaluate("document.querySelector('#state').textContent") == "无应答")
        #expect(try await browser.evaluate("document.querySelector('#alarm').textContent").contains("没有应答"))
        seen = await browser.observations
        #expect(seen.requests.allSatisfy { $0.hasPrefix(origin) || $0.hasPrefix("data:") })
        try await Self.keep(browser.screenshot(), "status-silent.png")
    }

    @Test("the page fits a telephone and a wall, in light and dark", arguments: [360, 768, 1280, 2560])
    func sizes(width: Int) async throws {
        let scene = try await Scene()
        let browser = try Browser()
        try await browser.open(
            "http://127.0.0.1:\(scene.port)/", width: width, height: 900, isDark: width != 1280)
        try await browser.wait(until: "document.querySelectorAll('#methods tbody tr').length >= 2")
        try await browser.wait(until: "document.querySelectorAll('#facts dd').length >= 9")
        let overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        #expect(try await browser.evaluate(overflow) == "0")
        let cut = """
            [...document.querySelectorAll('th, td, dd, dt, h1, h2, p')].filter(e => e.offsetParent \
            && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.textContent).join('|')
            """
        #expect(try await browser.evaluate(cut) == "")
        let paper = try await browser.evaluate("getComputedStyle(document.body).backgroundColor")
        #expect(paper == (width != 1280 ? "rgb(15, 21, 19)" : "rgb(245, 246, 243)"))
        // Text against what lies behind it, by WCAG 2's formula: 4.5 is what normal text needs.
        #expect(try await browser.evaluate(Self.lowestContrast) == "true")
        let seen = await browser.observations
        #expect(seen.complaints.isEmpty, "\(seen.complaints)")
        try await Self.keep(browser.screenshot(), "status-\(width).png")
        try await scene.end()
    }

    /// Whether every text on the page has a contrast of at least 4.5.
    static let lowestContrast = """
        (() => {
          const parts = color => color.match(/[0-9.]+/g).map(Number);
          const light = color => { const [r, g, b] = parts(color).map(v => v / 255)
            .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126*r + 0.7152*g + 0.0722*b; };
          const behind = e => { while (e) { const c = getComputedStyle(e).backgroundColor;
            if ((parts(c)[3] ?? 1) > 0) return c; e = e.parentElement; } return "rgb(255,255,255)"; };
          return [...document.querySelectorAll('th, td, dd, dt, h1, h2, p, li, small, span, footer, summary')]
            .filter(e => e.offsetParent && e.textContent.trim()).every(e => {
              const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
              return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) >= 4.5; });
        })()
        """

    /// For a person to look at: where QM_SCREENSHOTS says.
    static func keep(_ picture: Data, _ name: String) throws {
        #expect(picture.count > 10_000)
        guard let directory = ProcessInfo.processInfo.environment["QM_SCREENSHOTS"] else { return }
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try picture.write(to: URL(fileURLWithPath: directory + "/" + name))
    }

    @Test("an admin port that another program has is one line and exit code 1, and nothing was said to be ready")
    func taken() async throws {
        let suite = try await RunningSuite()
        try await suite.start(.gateway)
        let port = suite.port(of: .gateway)
        let process = try suite.launch(.registry, settings: ["admin.port": "\(port)"])
        #expect(await process.ending() == .exited(1))
        #expect(process.log.contains("admin: 127.0.0.1:\(port): the port is in use"))
        #expect(!process.log.contains("ready"))
        try await suite.stop(.gateway)
    }

    @Test("metrics of a real gateway count its calls by method and by backend")
    func metrics() async throws {
        let scene = try await Scene()
        let method = "quality.registry.v1.RegistryService/ListCampaigns"
        let backend = "127.0.0.1:\(scene.suite.port(of: .registry))"
        try await scene.suite.eventually("the gateway counts calls") {
            guard let metrics = HTTPGet("/metrics", port: scene.port), metrics.status == 200 else { return false }
            return [
                "rpc_server_calls_total{method=\"\(method)\",code=\"OK\"}",
                "rpc_server_call_duration_seconds_bucket{method=\"\(method)\",le=\"+Inf\"}",
                "rpc_client_calls_total{backend=\"\(backend)\",code=\"NOT_FOUND\"}",
                "rpc_client_backend_connections{backend=\"\(backend)\"} 1", "tls_handshakes_total{side=\"server\"",
                "event_loop_lag_seconds_count", "process_resident_memory_bytes", "quality_month_build_info{version=",
                "event_loops_unresponsive 0",
            ].allSatisfy(metrics.body.contains)
        }
        #expect(HTTPGet("/readyz", port: scene.port)?.status == 200)
        try await scene.end()
        #expect(HTTPGet("/readyz", port: scene.port) == nil)
        // Stopping is no fault.
        #expect(!scene.suite.log(of: .gateway).contains("level=error"))
    }
}
