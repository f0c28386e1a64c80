public import CoreMetrics
internal import Synchronization

/// The backend of swift-metrics: keeps what its counters, meters, recorders and timers say, for ``families``. A timer is
/// a histogram in seconds, so its name should end in "_seconds".
///
/// Made for what happens now and then. What happens at every call is counted by ``LoopStatistics``.
public final class MetricRegistry: MetricsFactory {
    /// Series of one name; one more is the overflow series, whose label values are all "other".
    private let maximumSeries: Int
    /// Names; a metric beyond them is kept nowhere.
    private let maximumNames: Int
    private let metrics = Mutex<[String: Metric]>([:])

    private struct Metric {
        let kind: MetricFamily.Kind
        var cells: [[MetricFamily.Label]: MetricCell] = [:]
    }

    public init(maximumSeries: Int = 256, maximumNames: Int = 512) {
        self.maximumSeries = maximumSeries
        self.maximumNames = maximumNames
    }

    /// The cell of a series, made at its first use. One that is there already under another kind keeps its kind: what
    /// the second maker counts goes nowhere, rather than to spoil the exposition.
    private func cell<Cell: MetricCell>(
        _ kind: MetricFamily.Kind, _ label: String, _ dimensions: [(String, String)],
        make: ([MetricFamily.Label]) -> Cell
    ) -> Cell {
        let name = PrometheusText.name(label)
        let labels = dimensions.map { MetricFamily.Label(PrometheusText.name($0.0), $0.1) }
        return metrics.withLock { metrics in
            guard metrics[name] != nil || metrics.count < maximumNames else { return make(labels) }
            var metric = metrics[name] ?? Metric(kind: kind)
            guard metric.kind == kind else { return make(labels) }
            var key = labels.sorted { $0.name < $1.name }
            if metric.cells[key] == nil, metric.cells.count >= maximumSeries {
                key = key.map { MetricFamily.Label($0.name, FiguresTable.other) }
            }
            if let known = metric.cells[key] { return known as? Cell ?? make(labels) }
            let cell = make(key)
            metric.cells[key] = cell
            metrics[name] = metric
            return cell
        }
    }

    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        cell(.counter, label, dimensions, make: CounterCell.init)
    }

    public func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        cell(.counter, label, dimensions, make: FloatingCounterCell.init)
    }

    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        cell(.gauge, label, dimensions, make: GaugeCell.init)
    }

    public func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        aggregate
            ? cell(.histogram, label, dimensions, make: RecorderCell.init)
            : cell(.gauge, label, dimensions, make: GaugeCell.init)
    }

    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        cell(.histogram, label, dimensions, make: TimerCell.init)
    }

    // A series stays once it is there: a counter that went away and came back would look like a restart.
    public func destroyCounter(_ handler: any CounterHandler) {}
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    public func destroyMeter(_ handler: any MeterHandler) {}
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    public func destroyTimer(_ handler: any TimerHandler) {}

    /// Everything that was counted, by name.
    public var families: [MetricFamily] {
        metrics.withLock { $0 }.map { name, metric in
            MetricFamily(
                name, MetricCatalog.help(of: name), metric.kind,
                metric.cells.values.map { MetricFamily.Series($0.labels, $0.value) }
                    .sorted { $0.labels.map(\.value).lexicographicallyPrecedes($1.labels.map(\.value)) })
        }
    }
}
