public import Wire

/// What the status page shows: how things went since a few minutes ago. Handed a reading every
/// ``samplePeriodSeconds``; keeps the figures of the last ``maximumSamples`` and the readings of the last few, of which
/// the tables' rates are made.
public struct StatusHistory: Sendable {
    public static let samplePeriodSeconds = 2
    static let maximumSamples = 150
    /// Rates and percentiles of the tables are over so many periods: steady enough to be read.
    private static let windowPeriods = 5

    /// One reading.
    public struct Reading: Sendable {
        public var loops: LoopSnapshot
        public var process: ProcessFigures
        public var unresponsiveLoops: Int
        public var at: MonotonicInstant
        public var unixMilliseconds: UInt64

        public init(
            loops: LoopSnapshot, process: ProcessFigures, unresponsiveLoops: Int, at: MonotonicInstant,
            unixMilliseconds: UInt64
        ) {
            self.loops = loops
            self.process = process
            self.unresponsiveLoops = unresponsiveLoops
            self.at = at
            self.unixMilliseconds = unixMilliseconds
        }
    }

    /// The figures of one period.
    public struct Sample: Sendable, Equatable {
        public var unixMilliseconds: UInt64
        public var callsPerSecond: Double
        /// Failed of all calls that ended, 0 to 1.
        public var failedShare: Double
        public var medianSeconds: Double?
        public var p99Seconds: Double?
        public var inFlight: UInt64
        public var lagSeconds: Double
        /// Of one processor.
        public var processorShare: Double
    }

    /// How one method, or one backend, went in the window.
    public struct Row: Sendable, Equatable {
        public var name: String
        public var callsPerSecond: Double
        public var failedShare: Double
        public var medianSeconds: Double?
        public var p99Seconds: Double?
        public var inFlight: UInt64
        public var total: UInt64
        public var totalFailed: UInt64
        public var bytesPerSecond: Double
        /// Of a backend: what is thought of it; `nil` for one that is no longer called.
        public var endpoint: EndpointSnapshot?
    }

    public private(set) var samples: [Sample] = []
    private var readings: [Reading] = []

    public init() {}

    public mutating func add(_ reading: Reading) {
        if let last = readings.last {
            samples.append(Self.sample(from: last, to: reading))
            if samples.count > Self.maximumSamples { samples.removeFirst() }
        }
        readings.append(reading)
        if readings.count > Self.windowPeriods + 1 { readings.removeFirst() }
    }

    /// The last reading; `nil` before the first.
    public var current: Reading? { readings.last }

    private static func sample(from earlier: Reading, to later: Reading) -> Sample {
        let seconds = Self.seconds(earlier, later)
        let calls = later.loops.calls
        let ended = calls.since(earlier.loops.calls)
        return Sample(
            unixMilliseconds: later.unixMilliseconds, callsPerSecond: Double(ended.total) / seconds,
            failedShare: share(ended.failed, of: ended.total), medianSeconds: ended.latency.quantile(0.5),
            p99Seconds: ended.latency.quantile(0.99), inFlight: calls.open,
            lagSeconds: later.loops.lag.since(earlier.loops.lag).quantile(1) ?? 0,
            processorShare: max(0, later.process.cpuSeconds - earlier.process.cpuSeconds) / seconds)
    }

    private static func seconds(_ earlier: Reading, _ later: Reading) -> Double {
        max(Double(later.at.microseconds(since: earlier.at)) / 1e6, 0.001)
    }

    private static func share(_ part: UInt64, of all: UInt64) -> Double {
        all == 0 ? 0 : Double(part) / Double(all)
    }

    /// How each method went, the busiest first.
    public var methods: [Row] { rows(\.methods) }

    /// How each backend went, by name: those that are called now, whether they answer or not, and those that calls are
    /// still on.
    public var backends: [Row] {
        let endpoints = current?.loops.endpoints ?? [:]
        var rows: [Row] = []
        for var row in self.rows(\.backends) {
            row.endpoint = endpoints[row.name]
            if row.endpoint != nil || row.inFlight > 0 || row.callsPerSecond > 0 { rows.append(row) }
        }
        let known = Set(rows.map(\.name))
        for (name, endpoint) in endpoints where !known.contains(name) {
            rows.append(
                Row(
                    name: name, callsPerSecond: 0, failedShare: 0, inFlight: 0, total: 0, totalFailed: 0,
                    bytesPerSecond: 0, endpoint: endpoint))
        }
        return rows.sorted { $0.name < $1.name }
    }

    private func rows(_ calls: (LoopSnapshot) -> [String: CallSnapshot]) -> [Row] {
        guard let earliest = readings.first, let latest = readings.last else { return [] }
        let before = calls(earliest.loops)
        let seconds = Self.seconds(earliest, latest)
        return calls(latest.loops).map { name, now in
            let ended = now.since(before[name] ?? CallSnapshot())
            let bytes = ended.bytesReceived &+ ended.bytesSent
            return Row(
                name: name, callsPerSecond: Double(ended.total) / seconds,
                failedShare: Self.share(ended.failed, of: ended.total), medianSeconds: ended.latency.quantile(0.5),
                p99Seconds: ended.latency.quantile(0.99), inFlight: now.open, total: now.total,
                totalFailed: now.failed, bytesPerSecond: Double(bytes) / seconds)
        }.sorted { ($0.callsPerSecond, $0.total, $1.name) > ($1.callsPerSecond, $1.total, $0.name) }
    }

    /// All calls of the window.
    public var window: Row? {
        guard let earliest = readings.first, let latest = readings.last else { return nil }
        let now = latest.loops.calls
        let ended = now.since(earliest.loops.calls)
        let seconds = Self.seconds(earliest, latest)
        return Row(
            name: "", callsPerSecond: Double(ended.total) / seconds,
            failedShare: Self.share(ended.failed, of: ended.total), medianSeconds: ended.latency.quantile(0.5),
            p99Seconds: ended.latency.quantile(0.99), inFlight: now.open, total: now.total, totalFailed: now.failed,
            bytesPerSecond: Double(ended.bytesReceived &+ ended.bytesSent) / seconds)
    }
}
