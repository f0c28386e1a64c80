internal import CoreMetrics
internal import Synchronization

/// One series of the registry. What swift-metrics hands out, so all of it may be called from any thread.
class MetricCell: @unchecked Sendable {
    let labels: [MetricFamily.Label]

    init(_ labels: [MetricFamily.Label]) {
        self.labels = labels
    }

    var value: MetricFamily.Value { .number(0) }
}

final class CounterCell: MetricCell, CounterHandler, @unchecked Sendable {
    private let count = Atomic<Int64>(0)

    func increment(by amount: Int64) {
        // A counter only grows: a scraper takes anything else for a restart.
        if amount > 0 { count.wrappingAdd(amount, ordering: .relaxed) }
    }

    func reset() { count.store(0, ordering: .relaxed) }

    override var value: MetricFamily.Value { .number(Double(count.load(ordering: .relaxed))) }
}

final class FloatingCounterCell: MetricCell, FloatingPointCounterHandler, @unchecked Sendable {
    private let sum = Mutex(0.0)

    func increment(by amount: Double) {
        if amount > 0 { sum.withLock { $0 += amount } }
    }

    func reset() { sum.withLock { $0 = 0 } }

    override var value: MetricFamily.Value { .number(sum.withLock { $0 }) }
}

/// A gauge: swift-metrics' meter, and its recorder that does not aggregate.
final class GaugeCell: MetricCell, MeterHandler, RecorderHandler, @unchecked Sendable {
    private let level = Mutex(0.0)

    func set(_ value: Int64) { level.withLock { $0 = Double(value) } }
    func set(_ value: Double) { level.withLock { $0 = value } }
    func increment(by amount: Double) { level.withLock { $0 += amount } }
    func decrement(by amount: Double) { level.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }

    override var value: MetricFamily.Value { .number(level.withLock { $0 }) }
}

/// A timer: a histogram in seconds.
final class TimerCell: MetricCell, TimerHandler, @unchecked Sendable {
    private let durations = Mutex(LatencyHistogram())

    func recordNanoseconds(_ duration: Int64) {
        durations.withLock { $0.record(nanoseconds: UInt64(max(0, duration))) }
    }

    override var value: MetricFamily.Value { MetricFamily.Value(durations.withLock { $0 }) }
}

/// A recorder that aggregates: a histogram of plain numbers, bounded by powers of four.
final class RecorderCell: MetricCell, RecorderHandler, @unchecked Sendable {
    private static let bounds: [Double] = (0...12).map { Double(UInt64(1) << UInt64(2 * $0)) }
    private let values = Mutex((counts: Array(repeating: UInt64(0), count: bounds.count + 1), sum: 0.0))

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        let index = Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count
        values.withLock { values in
            values.counts[index] += 1
            values.sum += value
        }
    }

    override var value: MetricFamily.Value {
        let (counts, sum) = values.withLock { $0 }
        var below: UInt64 = 0
        var buckets: [MetricFamily.Bucket] = []
        for (bound, count) in zip(Self.bounds, counts) {
            below += count
            buckets.append(MetricFamily.Bucket(upperBound: bound, count: below))
        }
        return .histogram(buckets: buckets, count: below + counts[Self.bounds.count], sum: sum)
    }
}
