import Foundation
import Testing
import Wire

@testable import Telemetry

@Suite("What the status page shows")
struct StatusHistoryTests {
    /// Readings two seconds apart, each after `change` was made to the loop's statistics.
    private struct Process {
        let loop = LoopStatistics()
        var history = StatusHistory()
        private var seconds: UInt64 = 1000
        private let method: CallFigures

        init() {
            method = loop.methods.register("a.S/M")
            read()
        }

        mutating func calls(_ ok: Int, failed: Int = 0, mistaken: Int = 0, microseconds: UInt64 = 500) {
            for (count, code) in [(ok, StatusCode.ok), (failed, .unavailable), (mistaken, .notFound)] {
                for _ in 0..<count {
                    method.began()
                    method.ended(code, nanoseconds: microseconds * 1000)
                }
            }
            read()
        }

        private mutating func read() {
            history.add(
                StatusHistory.Reading(
                    loops: loop.snapshot,
                    process: ProcessFigures(
                        cpuSeconds: Double(seconds) / 4, residentBytes: 1 << 20, openDescriptors: 9,
                        maximumDescriptors: 1024, threads: 3, startedAtSeconds: 1e9), unresponsiveLoops: 0,
                    at: MonotonicInstant(nanoseconds: seconds * 1_000_000_000), unixMilliseconds: seconds * 1000))
            seconds += 2
        }
    }

    @Test("a sample is the rate, the share of failures and the percentiles of its period alone")
    func samples() {
        var process = Process()
        process.calls(90, failed: 10, microseconds: 1000)
        process.calls(4, microseconds: 50)
        let samples = process.history.samples
        #expect(samples.map(\.callsPerSecond) == [50, 2])
        #expect(samples.map(\.failedShare) == [0.1, 0])
        #expect(samples[0].medianSeconds! > 0.0008 && samples[1].medianSeconds! < 0.0001)
        #expect(samples.map(\.processorShare) == [0.25, 0.25])
    }

    @Test("callers' own mistakes are no failures")
    func mistakes() {
        var process = Process()
        process.calls(5, mistaken: 5)
        #expect(process.history.samples.last?.failedShare == 0)
        #expect(process.history.methods.first?.total == 10)
    }

    @Test("a period without calls has no percentiles")
    func quiet() {
        var process = Process()
        process.calls(0)
        #expect(process.history.samples.last?.medianSeconds == nil)
        #expect(process.history.samples.last?.callsPerSecond == 0)
    }

    @Test("the tables cover the last ten seconds, and the history five minutes")
    func window() {
        var process = Process()
        process.calls(1000)
        for _ in 0..<200 { process.calls(2) }
        #expect(process.history.samples.count == 150)
        #expect(process.history.methods.first?.callsPerSecond == 1)
        #expect(process.history.methods.first?.total == 1400)
    }

    @Test("the document is JSON, whatever names and reasons hold")
    func json() throws {
        var process = Process()
        process.loop.backends.register("host\"<script>:1").began()
        process.calls(3)
        let document = StatusDocument(
            service: "gateway", version: "1", instance: "h:1", notReadyReason: "a\nb\u{1}</script>",
            history: process.history,
            families: [MetricFamily("x_total", "", .counter, [.init([.init("k", "v\\")], .number(2))])])
        let text = document.json
        #expect(!text.contains("<"))
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["notReady"] as? String == "a\nb\u{1}</script>")
        #expect(((object["methods"] as? [[String: Any]])?.first?["total"] as? Int) == 3)
        #expect(((object["gauges"] as? [[String: Any]])?.first?["value"] as? Double) == 2)
        let backends = try #require(object["backends"] as? [[String: Any]])
        #expect(backends.map { ($0["figures"] as? [String: Any])?["name"] as? String } == ["host\"<script>:1"])
    }

    @Test("before the first reading the document is empty")
    func empty() {
        let document = StatusDocument(
            service: "s", version: "", instance: "", notReadyReason: "", history: StatusHistory(), families: [])
        #expect(document.json == "{}")
    }

    @Test("endpoints are shown as the loops judge them, also those that never had a call, and no longer when forgotten")
    func endpoints() throws {
        var process = Process()
        let owner = NSObject()
        func report(_ reports: [EndpointReport]) {
            process.loop.endpoints(of: "a.S", by: ObjectIdentifier(owner), are: reports)
            process.calls(1)
        }
        let until = MonotonicInstant(nanoseconds: 1_032_000_000_000)
        process.loop.backends.register("a:1").began()
        process.loop.backends.register("a:1").ended(.ok, nanoseconds: 1)
        report([
            EndpointReport(name: "a:1", state: .ejected, ejectedUntil: until),
            EndpointReport(name: "b:1", state: .connecting),
        ])
        let rows = process.history.backends
        #expect(rows.map(\.name) == ["a:1", "b:1"])
        #expect(rows.map(\.endpoint?.state) == [.ejected, .connecting])
        let document = StatusDocument(
            service: "s", version: "", instance: "", notReadyReason: "", history: process.history, families: [])
        #expect(document.json.contains("\"state\":\"ejected\",\"isPartly\":false,\"ejectedUntil\":1032000"))
        report([])
        for _ in 0..<6 { process.calls(1) }
        #expect(process.history.backends == [])
    }

    @Test("of loops that judge differently the one that leaves an endpoint out is shown, with the latest end")
    func manyLoops() {
        func snapshot(_ state: EndpointState, _ seconds: UInt64? = nil) -> LoopSnapshot {
            let loop = LoopStatistics()
            let until = seconds.map { MonotonicInstant(nanoseconds: $0 * 1_000_000_000) }
            loop.endpoints(
                of: "a.S", by: ObjectIdentifier(loop),
                are: [EndpointReport(name: "a:1", state: state, ejectedUntil: until)])
            return loop.snapshot
        }
        func sum(_ snapshots: LoopSnapshot...) -> EndpointSnapshot? {
            snapshots.reduce(into: LoopSnapshot()) { $0 += $1 }.endpoints["a:1"]
        }
        let ejected = sum(snapshot(.serving), snapshot(.ejected, 5), snapshot(.ejected, 9))
        #expect(ejected?.state == .ejected && ejected?.isPartly == true)
        #expect(ejected?.ejectedUntil == MonotonicInstant(nanoseconds: 9_000_000_000))
        let quiet = sum(snapshot(.idle), snapshot(.serving), snapshot(.connecting))
        #expect(quiet?.state == .serving && quiet?.isPartly == false)
        #expect(sum(snapshot(.idle), snapshot(.connecting))?.state == .connecting)
        #expect(sum(snapshot(.ejected), snapshot(.ejected))?.isPartly == false)
        let silent = sum(snapshot(.silent), snapshot(.serving))
        #expect(silent?.state == .silent && silent?.isPartly == true)
    }
}
