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
        #expect(((object["backends"] as? [[String: Any]])?.first?["name"] as? String) == "host\"<script>:1")
    }

    @Test("before the first reading the document is empty")
    func empty() {
        let document = StatusDocument(
            service: "s", version: "", instance: "", notReadyReason: "", history: StatusHistory(), families: [])
        #expect(document.json == "{}")
    }
}
