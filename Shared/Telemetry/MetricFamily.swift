/// One metric with all its series, as Prometheus sees it.
public struct MetricFamily: Sendable, Equatable {
    public enum Kind: String, Sendable {
        case counter, gauge, histogram
    }

    public struct Label: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public enum Value: Sendable, Equatable {
        case number(Double)
        /// Bounds with the number of values at or below each, and then all of them.
        case histogram(buckets: [Bucket], count: UInt64, sum: Double)
    }

    public struct Bucket: Sendable, Equatable {
        public var upperBound: Double
        public var count: UInt64
    }

    public struct Series: Sendable, Equatable {
        public var labels: [Label]
        public var value: Value

        public init(_ labels: [Label], _ value: Value) {
            self.labels = labels
            self.value = value
        }
    }

    public var name: String
    public var help: String
    public var kind: Kind
    public var series: [Series]

    public init(_ name: String, _ help: String, _ kind: Kind, _ series: [Series]) {
        self.name = name
        self.help = help
        self.kind = kind
        self.series = series
    }
}

extension MetricFamily.Value {
    init(_ histogram: LatencyHistogram) {
        self = .histogram(
            buckets: histogram.exposed.map { MetricFamily.Bucket(upperBound: $0.upperBoundSeconds, count: $0.count) },
            count: histogram.count, sum: Double(histogram.sumNanoseconds) / 1e9)
    }
}
