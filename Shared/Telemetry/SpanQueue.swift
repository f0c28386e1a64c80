internal import Synchronization

/// Spans that wait to be exported: added from the loops, taken by the exporter. Bounded: with a collector that is slow
/// or gone, spans are lost and counted, and calls do not notice.
public final class SpanQueue: Sendable {
    private struct State {
        var spans: [Span] = []
        var dropped: UInt64 = 0
        var exported: UInt64 = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    public init(capacity: Int = 8192) {
        self.capacity = capacity
    }

    public func add(_ span: Span) {
        state.withLock { state in
            if state.spans.count < capacity { state.spans.append(span) } else { state.dropped += 1 }
        }
    }

    /// Takes the oldest spans, at most `limit`.
    public func take(_ limit: Int) -> [Span] {
        state.withLock { state in
            let batch = Array(state.spans.prefix(limit))
            state.spans.removeFirst(batch.count)
            return batch
        }
    }

    /// Says what became of spans that were taken.
    public func settled(_ count: Int, isExported: Bool) {
        state.withLock { state in
            if isExported { state.exported += UInt64(count) } else { state.dropped += UInt64(count) }
        }
    }

    public var counts: (waiting: Int, exported: UInt64, dropped: UInt64) {
        state.withLock { ($0.spans.count, $0.exported, $0.dropped) }
    }

    public var families: [MetricFamily] {
        let counts = counts
        return [
            ("tracing_spans_exported_total", counts.exported), ("tracing_spans_dropped_total", counts.dropped),
        ].map { MetricFamily($0, MetricCatalog.help(of: $0), .counter, [.init([], .number(Double($1)))]) }
    }
}
