import Admin
import Foundation
import Logging
import NIOPosix
import Synchronization
import Telemetry
import TestTurns
import Testing
import Wire

/// What the status page says of a process in this state or that, in a real browser: the figures are the test's.
@Suite("The states of the status page", .serialized, .takesTurnsWithProcesses)
struct StatusStatesTests {
    private static let now = MonotonicInstant(nanoseconds: 1_000_000_000_000)
    private static let unixMilliseconds: UInt64 = 1_574_300_000_000
    private static let registry = "quality.registry.v1.RegistryService"
    private static let statistics = "quality.statistics.v1.StatisticsService"

    /// The document of a gateway, `endpoints` by service.
    private static func document(
        notReady: String = "", calls: (ok: Int, failed: Int) = (80, 0), certificateDays: Double = 200,
        revocationsDays: Double = 20, maximumDescriptors: UInt64 = 1 << 20,
        _ endpoints: [String: [EndpointReport]]
    ) -> String {
        let loop = LoopStatistics()
        let method = loop.methods.register("\(registry)/ListCampaigns")
        var owners: [AnyObject] = []
        for (service, reports) in endpoints {
            let owner = NSObject()
            owners.append(owner)
            loop.endpoints(of: service, by: ObjectIdentifier(owner), are: reports)
            for report in reports { loop.backends.register(report.name).began() }
        }
        var history = StatusHistory()
        for second in 0..<20 {
            history.add(
                StatusHistory.Reading(
                    loops: loop.snapshot,
                    process: ProcessFigures(
                        cpuSeconds: Double(second) / 8, residentBytes: 60 << 20, openDescriptors: 90,
                        maximumDescriptors: maximumDescriptors, threads: 5,
                        startedAtSeconds: Double(unixMilliseconds / 1000) - 90_000),
                    unresponsiveLoops: 0, at: now.advanced(byMicroseconds: UInt64(second) * 2_000_000),
                    unixMilliseconds: unixMilliseconds + UInt64(second) * 2000))
            for (count, code) in [(calls.ok, StatusCode.ok), (calls.failed, .unavailable)] {
                for number in 0..<(count + count * second % 7) {
                    method.began()
                    method.ended(code, nanoseconds: UInt64(number + second) * 40_000)
                }
            }
        }
        let ends = [("certificate", certificateDays), ("authority", 3000), ("revocations", revocationsDays)]
        return StatusDocument(
            service: "gateway", version: "1.0", instance: "host:1", notReadyReason: notReady, history: history,
            families: [
                MetricFamily(
                    "tls_certificate_expires_seconds", "", .gauge,
                    ends.map { .init([.init("which", $0)], .number($1 * 86_400)) })
            ]
        ).json
    }

    /// One endpoint in each state, of one service; another service has one that serves.
    private static let troubled: [String: [EndpointReport]] = [
        registry: [
            EndpointReport(name: "192.168.100.101:17101", state: .serving),
            EndpointReport(
                name: "192.168.100.102:17101", state: .ejected,
                ejectedUntil: now.advanced(byMicroseconds: 98_000_000)),
            EndpointReport(name: "192.168.100.103:17101", state: .ejected),
            EndpointReport(name: "192.168.100.104:17101", state: .unhealthy),
            EndpointReport(name: "192.168.100.105:17101", state: .connecting),
            EndpointReport(name: "192.168.100.106:17101", state: .silent),
        ],
        statistics: [EndpointReport(name: "statistics-1.province.quality.example:17103", state: .serving)],
    ]
    private static let sound = [registry: [EndpointReport(name: "127.0.0.1:7101", state: .serving)]]

    /// Serves a page of these figures while `body` looks at it.
    private func withPage(_ body: (_ origin: String, _ show: (String) -> Void) async throws -> Void) async throws {
        let shown = Mutex("{}")
        let (ports, listening) = AsyncStream<Int>.makeStream()
        let server = AdminServer(
            host: "127.0.0.1", port: 0, group: MultiThreadedEventLoopGroup.singleton,
            source: AdminSource(
                metrics: { "" }, status: { shown.withLock { $0 } }, notReadyReason: { nil }),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { listening.yield($0) }
        let serving = Task { try await server.run() }
        defer { serving.cancel() }
        for await port in ports {
            try await body("http://127.0.0.1:\(port)/") { text in shown.withLock { $0 = text } }
            break
        }
    }

    private static let state = "document.querySelector('#state').textContent"
    private static let problems = "document.querySelector('#problems').innerText"
    /// The rows of the endpoints, a line each, what a cell holds between bars.
    private static let rows = """
        [...document.querySelectorAll('#backends tbody tr')].map(row => [...row.cells].slice(0, 2)\
        .map(cell => cell.innerText.replace(/\\s*\\n\\s*/g, ' ').trim()).join('|')).join('\\n')
        """

    @Test("an endpoint that was ejected, does not serve or cannot be reached is shown so, and in the head")
    func endpoints() async throws {
        try await withPage { origin, show in
            show(Self.document(Self.troubled))
            let browser = try Browser()
            try await browser.open(origin, width: 1280, height: 900, isDark: false)
            try await browser.wait(until: "document.querySelectorAll('#backends tbody tr').length === 7")
            let until = try await browser.evaluate("clock(\(Self.unixMilliseconds + 98_000))")
            #expect(
                try await browser.evaluate(Self.rows).split(separator: "\n") == [
                    "192.168.100.101:17101 RegistryService|正常",
                    "192.168.100.102:17101 RegistryService|已摘除 至 \(until)",
                    "192.168.100.103:17101 RegistryService|已摘除 等待试探",
                    "192.168.100.104:17101 RegistryService|不服务 自报", "192.168.100.105:17101 RegistryService|未连接",
                    "192.168.100.106:17101 RegistryService|无应答",
                    "statistics-1.province.quality.example:17103 StatisticsService|正常",
                ])
            #expect(try await browser.evaluate(Self.state) == "需要留意")
            let problems = try await browser.evaluate(Self.problems)
            #expect(problems.contains("端点 192.168.100.102:17101 已摘除（至 \(until)）：RegistryService"))
            #expect(problems.split(separator: "\n").count == 5)
            // No part of an address is on two lines, and no address of numbers is.
            #expect(try await browser.evaluate(Self.brokenAddresses) == "")
            #expect(await browser.observations.complaints.isEmpty)

            // The only copies of a service are gone.
            show(
                Self.document([
                    Self.registry: [
                        EndpointReport(name: "127.0.0.1:7101", state: .ejected, ejectedUntil: Self.now),
                        EndpointReport(name: "127.0.0.1:7111", state: .connecting),
                    ]
                ]))
            try await browser.wait(until: "\(Self.state) === '有故障'")
            let past = try await browser.evaluate("clock(\(Self.unixMilliseconds))")
            let both = "127.0.0.1:7101 已摘除（至 \(past)）、127.0.0.1:7111 未连接"
            #expect(try await browser.evaluate(Self.problems) == "RegistryService 没有可用的端点：\(both)")
        }
    }

    /// Parts of addresses that stand on two lines, and whole ones that begin with a digit.
    private static let brokenAddresses = """
        [...document.querySelectorAll('#backends .address, #backends .whole')]\
        .filter(e => (e.classList.contains('whole') || /^[0-9]/.test(e.textContent)) && e.getClientRects().length > 1)\
        .map(e => e.textContent).join('|')
        """

    @Test("the head says at once whether all is well, and if not, what is not")
    func head() async throws {
        let cases: [(document: String, state: String, problem: String)] = [
            (Self.document(Self.sound), "一切正常", ""),
            (Self.document(calls: (80, 20), Self.sound), "有故障", "的调用失败"),
            (Self.document(notReady: "stopping", Self.sound), "未就绪", "未就绪：stopping"),
            (Self.document(certificateDays: 20, Self.sound), "需要留意", "证书还有 20 天到期"),
            (Self.document(certificateDays: 0, Self.sound), "有故障", "证书已过期"),
            (Self.document(revocationsDays: 3, Self.sound), "需要留意", "吊销名单还有 3 天到期"),
            (Self.document(revocationsDays: -1, Self.sound), "有故障", "吊销名单已过期"),
            (Self.document(maximumDescriptors: 100, Self.sound), "需要留意", "文件描述符已用 90%"),
            (Self.document(Self.sound), "一切正常", ""),
        ]
        try await withPage { origin, show in
            show(cases[0].document)
            let browser = try Browser()
            try await browser.open(origin, width: 1280, height: 900, isDark: false)
            for (document, state, problem) in cases {
                show(document)
                // Of two cases with one state the second is told by what it says.
                try await browser.wait(
                    until: """
                        \(Self.state) === '\(state)' && (\(Self.problems).includes('\(problem)') || '\(problem)' === '') \
                        && document.querySelector('#problems').hidden === \(problem.isEmpty)
                        """)
                #expect(try await browser.evaluate("document.title").hasPrefix(state))
            }
            #expect(await browser.observations.complaints.isEmpty)
        }
    }

    @Test("trouble fits a telephone and a wall, in light and dark", arguments: [360, 768, 1280, 2560], [true, false])
    func sizes(width: Int, isDark: Bool) async throws {
        try await withPage { origin, show in
            show(Self.document(Self.troubled))
            let browser = try Browser()
            try await browser.open(origin, width: width, height: 900, isDark: isDark)
            try await browser.wait(until: "document.querySelectorAll('#backends tbody tr').length === 7")
            let overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            #expect(try await browser.evaluate(overflow) == "0")
            let cut = """
                [...document.querySelectorAll('th, td, dd, dt, h1, h2, p, li')].filter(e => e.offsetParent \
                && e.getBoundingClientRect().right > e.closest('.card, header, main').getBoundingClientRect().right + 1)\
                .map(e => e.textContent).join('|')
                """
            #expect(try await browser.evaluate(cut) == "")
            #expect(try await browser.evaluate(Self.brokenAddresses) == "")
            #expect(try await browser.evaluate(StatusPageTests.lowestContrast) == "true")
            try await StatusPageTests.keep(
                browser.screenshot(), "status-trouble-\(width)-\(isDark ? "dark" : "light").png")
        }
    }
}
