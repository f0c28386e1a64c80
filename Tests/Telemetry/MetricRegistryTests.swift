import CoreMetrics
import Testing

@testable import Telemetry

@Suite("The metrics backend")
struct MetricRegistryTests {
    private func text(_ registry: MetricRegistry) -> [String] {
        PrometheusText.encoded(registry.families).split(separator: "\n").map(String.init)
    }

    @Test("a counter of one label set counts once, however many were made of it")
    func counter() {
        let registry = MetricRegistry()
        for _ in 0..<3 {
            Counter(label: "ejections_total", dimensions: [("backend", "a:1")], factory: registry).increment(by: 2)
        }
        Counter(label: "ejections_total", dimensions: [("backend", "b:1")], factory: registry).increment()
        #expect(
            text(registry) == [
                "# TYPE ejections_total counter", "ejections_total{backend=\"a:1\"} 6",
                "ejections_total{backend=\"b:1\"} 1",
            ])
    }

    @Test("a gauge shows its last value, a meter goes up and down")
    func gauge() {
        let registry = MetricRegistry()
        Gauge(label: "certificate_expiry", factory: registry).record(12.5)
        let meter = Meter(label: "waiting", factory: registry)
        meter.increment()
        meter.increment(by: 2.0)
        meter.decrement()
        #expect(text(registry).contains("certificate_expiry 12.5"))
        #expect(text(registry).contains("waiting 2"))
        #expect(text(registry).contains("# TYPE waiting gauge"))
    }

    @Test("a timer is a histogram in seconds")
    func timer() {
        let registry = MetricRegistry()
        let timer = Timer(label: "queue_delay_seconds", factory: registry)
        timer.recordMilliseconds(3)
        timer.recordMilliseconds(900)
        let lines = text(registry)
        #expect(lines.contains("# TYPE queue_delay_seconds histogram"))
        #expect(lines.contains("queue_delay_seconds_bucket{le=\"0.004096\"} 1"))
        #expect(lines.contains("queue_delay_seconds_bucket{le=\"+Inf\"} 2"))
        #expect(lines.contains("queue_delay_seconds_sum 0.903"))
        #expect(lines.contains("queue_delay_seconds_count 2"))
    }

    @Test("a recorder is a histogram of plain numbers")
    func recorder() {
        let registry = MetricRegistry()
        let recorder = Recorder(label: "batch_size", factory: registry)
        for size in [1, 4, 5, 1 << 30] { recorder.record(size) }
        let lines = text(registry)
        #expect(lines.contains("batch_size_bucket{le=\"4\"} 2"))
        #expect(lines.contains("batch_size_bucket{le=\"16\"} 3"))
        #expect(lines.contains("batch_size_bucket{le=\"+Inf\"} 4"))
    }

    @Test("series beyond the limit are counted together in one that says other")
    func overflow() {
        let registry = MetricRegistry(maximumSeries: 4)
        for caller in 0..<100 {
            Counter(label: "refused_total", dimensions: [("caller", "c\(caller)")], factory: registry).increment()
        }
        let lines = text(registry)
        #expect(lines.count == 6)
        #expect(lines.contains("refused_total{caller=\"other\"} 96"))
    }

    @Test("names beyond the limit are kept nowhere")
    func names() {
        let registry = MetricRegistry(maximumNames: 2)
        for name in ["a", "b", "c"] { Counter(label: name, factory: registry).increment() }
        #expect(registry.families.map(\.name).sorted() == ["a", "b"])
    }

    @Test("one name has one kind: the first")
    func kinds() {
        let registry = MetricRegistry()
        Counter(label: "twice", factory: registry).increment()
        Gauge(label: "twice", factory: registry).record(7)
        #expect(text(registry) == ["# TYPE twice counter", "twice 1"])
    }
}

@Suite("Prometheus' text format")
struct PrometheusTextTests {
    @Test("what a label's value or a help may hold cannot break the text")
    func escaping() {
        let family = MetricFamily(
            "calls", "line\nbreak \\", .gauge, [.init([.init("who", "a\"b\\c\nd")], .number(1))])
        #expect(
            PrometheusText.encoded([family])
                == "# HELP calls line\\nbreak \\\\\n# TYPE calls gauge\ncalls{who=\"a\\\"b\\\\c\\nd\"} 1\n")
    }

    @Test("a name stands once, its series together, and one of another kind is left out")
    func joined() {
        let text = PrometheusText.encoded([
            MetricFamily("b", "", .counter, [.init([.init("x", "1")], .number(1))]),
            MetricFamily("a", "", .gauge, [.init([], .number(0.25))]),
            MetricFamily("b", "", .counter, [.init([.init("x", "2")], .number(3e9))]),
            MetricFamily("b", "", .gauge, [.init([], .number(9))]), MetricFamily("empty", "", .gauge, []),
        ])
        #expect(text == "# TYPE a gauge\na 0.25\n# TYPE b counter\nb{x=\"1\"} 1\nb{x=\"2\"} 3000000000\n")
    }

    @Test(
        "names are made legal", arguments: [("a.b-c", "a_b_c"), ("9lives", "_lives"), ("", "_"), ("ok_1:x", "ok_1:x")])
    func names(given: String, legal: String) {
        #expect(PrometheusText.name(given) == legal)
    }

    @Test("not a number and infinity have their words")
    func numbers() {
        #expect([.nan, .infinity, -.infinity, 1e18].map(PrometheusText.value) == ["NaN", "+Inf", "-Inf", "1e+18"])
    }
}
