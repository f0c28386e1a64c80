internal import JSONText
internal import Wire

/// What the status page asks for every two seconds, as JSON. Not an interface for others: those read the metrics.
public struct StatusDocument: Sendable {
    public var service: String
    public var version: String
    public var instance: String
    /// Why the process serves no calls; empty when it does.
    public var notReadyReason: String
    /// Why it does not serve everything; empty when it does.
    public var impairedReason: String
    /// Its clock is not the real one.
    public var isRehearsal: Bool
    public var history: StatusHistory
    /// What swift-metrics' users say: of these the page shows certificates, endpoints, ejections and retries.
    public var families: [MetricFamily]

    public init(
        service: String, version: String, instance: String, notReadyReason: String, impairedReason: String = "",
        isRehearsal: Bool = false, history: StatusHistory, families: [MetricFamily]
    ) {
        self.service = service
        self.version = version
        self.instance = instance
        self.notReadyReason = notReadyReason
        self.impairedReason = impairedReason
        self.isRehearsal = isRehearsal
        self.history = history
        self.families = families
    }

    public var json: String {
        guard let current = history.current, let window = history.window else { return object([]) }
        let samples = history.samples
        let process = current.process
        return object([
            ("service", text(service)), ("version", text(version)), ("instance", text(instance)),
            ("notReady", text(notReadyReason)), ("impaired", text(impairedReason)),
            ("isRehearsal", "\(isRehearsal)"), ("at", "\(current.unixMilliseconds)"),
            ("startedAt", number(process.startedAtSeconds)), ("total", row(window)),
            (
                "history",
                object([
                    ("at", array(samples) { "\($0.unixMilliseconds)" }),
                    ("calls", array(samples) { number($0.callsPerSecond) }),
                    ("failed", array(samples) { number($0.failedShare) }),
                    ("p50", array(samples) { number($0.medianSeconds) }),
                    ("p99", array(samples) { number($0.p99Seconds) }),
                    ("inFlight", array(samples) { "\($0.inFlight)" }),
                    ("lag", array(samples) { number($0.lagSeconds) }),
                    ("cpu", array(samples) { number($0.processorShare) }),
                ])
            ),
            ("methods", array(history.methods, row)), ("backends", array(history.backends, backend)),
            (
                "connections",
                object([
                    ("server", "\(current.loops.server.open)"), ("client", "\(current.loops.client.open)"),
                    ("handshakes", "\(current.loops.server.handshakes.count)"),
                    ("refused", "\(current.loops.server.failedHandshakes.values.reduce(0, +))"),
                ])
            ),
            (
                "process",
                object([
                    ("memory", "\(process.residentBytes)"), ("descriptors", "\(process.openDescriptors)"),
                    ("maximumDescriptors", "\(process.maximumDescriptors)"), ("threads", "\(process.threads)"),
                    ("unresponsiveLoops", "\(current.unresponsiveLoops)"),
                ])
            ),
            ("gauges", array(shownSeries, series)),
        ])
    }

    /// Plain numbers of the registry; histograms are for the scraper.
    private var shownSeries: [(name: String, labels: [MetricFamily.Label], value: Double)] {
        families.sorted { $0.name < $1.name }.flatMap { family in
            family.series.prefix(64).compactMap { series in
                if case .number(let value) = series.value { (family.name, series.labels, value) } else { nil }
            }
        }
    }

    private func series(_ series: (name: String, labels: [MetricFamily.Label], value: Double)) -> String {
        object([
            ("name", text(series.name)),
            ("labels", object(series.labels.map { ($0.name, text($0.value)) })), ("value", number(series.value)),
        ])
    }

    private func row(_ row: StatusHistory.Row) -> String {
        object([
            ("name", text(row.name)), ("calls", number(row.callsPerSecond)), ("failed", number(row.failedShare)),
            ("p50", number(row.medianSeconds)), ("p99", number(row.p99Seconds)), ("inFlight", "\(row.inFlight)"),
            ("total", "\(row.total)"), ("totalFailed", "\(row.totalFailed)"), ("bytes", number(row.bytesPerSecond)),
        ])
    }

    private func text(_ text: String) -> String { jsonText(text, isForPage: true) }

    private func backend(_ row: StatusHistory.Row) -> String {
        let endpoint = row.endpoint
        return object([
            ("figures", self.row(row)), ("state", endpoint.map { text($0.state.rawValue) } ?? "null"),
            ("isPartly", "\(endpoint?.isPartly ?? false)"),
            ("ejectedUntil", endpoint?.ejectedUntil.flatMap(unixMilliseconds).map { "\($0)" } ?? "null"),
            ("services", array((endpoint?.services ?? []).filter { !$0.isEmpty }.sorted(), text)),
        ])
    }

    /// By the clock of the last reading.
    private func unixMilliseconds(_ instant: MonotonicInstant) -> UInt64? {
        guard let current = history.current else { return nil }
        return current.unixMilliseconds + instant.microseconds(since: current.at) / 1000
            - current.at.microseconds(since: instant) / 1000
    }

    private func object(_ members: [(String, String)]) -> String {
        "{" + members.map { "\(text($0)):\($1)" }.joined(separator: ",") + "}"
    }

    private func array<Element>(_ elements: [Element], _ text: (Element) -> String) -> String {
        "[" + elements.map(text).joined(separator: ",") + "]"
    }

    private func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "null" }
        return "\((value * 1e6).rounded() / 1e6)"
    }
}
