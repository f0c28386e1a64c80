internal import Admin
internal import Glibc
internal import Logging
internal import Metrics
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import Telemetry
internal import Transport

/// What this process tells operations: gathers the figures of its loops, keeps the last minutes for the status page, and
/// serves the admin port.
final class ProcessTelemetry: Sendable {
    /// How long a loop may take to hand over its figures before it is left out, and said to be unresponsive.
    private static let gatheringTimeout: TimeAmount = .seconds(1)

    private let service: String
    private let loops: ConnectionLoops
    private let spans: SpanQueue?
    private let registry: MetricRegistry
    private let history = Mutex(StatusHistory())
    /// Of the admin port alone.
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let instance = "\(ProcessTelemetry.hostName):\(getpid())"

    init(service: String, loops: ConnectionLoops, spans: SpanQueue?, registry: MetricRegistry) {
        self.service = service
        self.loops = loops
        self.spans = spans
        self.registry = registry
    }

    static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Nanoseconds since 1970.
    static func unixNanoseconds() -> UInt64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }

    // MARK: Gathering

    private func gather() async -> (loops: LoopSnapshot, unresponsive: Int) {
        var sum = LoopSnapshot()
        var unresponsive = 0
        for loop in loops.all {
            if let snapshot = await snapshot(of: loop) { sum += snapshot } else { unresponsive += 1 }
        }
        return (sum, unresponsive)
    }

    private func snapshot(of loop: ConnectionLoop) async -> LoopSnapshot? {
        let promise = group.next().makePromise(of: LoopSnapshot?.self)
        let isAnswered = Mutex(false)
        @Sendable func answer(_ snapshot: LoopSnapshot?) {
            let isFirst = isAnswered.withLock { answered in
                defer { answered = true }
                return !answered
            }
            if isFirst { promise.succeed(snapshot) }
        }
        let timer = group.next().scheduleTask(in: Self.gatheringTimeout) { answer(nil) }
        loop.eventLoop.execute { answer(loop.telemetry.snapshot) }
        let snapshot = try? await promise.futureResult.get()
        timer.cancel()
        return snapshot ?? nil
    }

    /// Takes a reading for the status page, every two seconds until the task is cancelled.
    func sample() async {
        for loop in loops.all { loop.measureLag() }
        while !Task.isCancelled {
            let (loops, unresponsive) = await gather()
            let reading = StatusHistory.Reading(
                loops: loops, process: .now(), unresponsiveLoops: unresponsive, at: .now,
                unixMilliseconds: Self.unixNanoseconds() / 1_000_000)
            history.withLock { $0.add(reading) }
            try? await Task.sleep(for: .seconds(StatusHistory.samplePeriodSeconds))
        }
    }

    /// What is thought of the endpoints that this process calls.
    func endpoints() async -> [String: EndpointSnapshot] { await gather().loops.endpoints }

    // MARK: Serving

    private func metrics() async -> String {
        let (loops, unresponsive) = await gather()
        let own = MetricFamily.program(
            "qm-\(service)", version: SuiteVersion.text, unresponsiveLoops: unresponsive)
        return PrometheusText.encoded(
            loops.families + registry.families + ProcessFigures.now().families + (spans?.families ?? []) + own)
    }

    /// The admin port's server; its own log goes to `logger`.
    func server(
        host: String, port: Int, logger: Logger, maximumConnections: Int, isRehearsal: Bool,
        health: @escaping @Sendable () -> HealthStatus, onListening: @escaping @Sendable (Int) -> Void
    ) -> AdminServer {
        let source = AdminSource(
            metrics: { [self] in await metrics() },
            status: { [self] in
                let (notServing, impaired) =
                    switch health() {
                    case .serving, .noted: ("", "")
                    case .impaired(let reason): ("", reason)
                    case .notServing(let reason): (reason, "")
                    }
                return StatusDocument(
                    service: service, version: SuiteVersion.text, instance: instance, notReadyReason: notServing,
                    impairedReason: impaired, isRehearsal: isRehearsal, history: history.withLock { $0 },
                    families: registry.families + (spans?.families ?? [])
                ).json
            },
            notReadyReason: {
                switch health() {
                case .serving, .noted: nil
                case .impaired(let reason), .notServing(let reason): reason
                }
            },
            remark: { if case .noted(let reason) = health() { reason } else { nil } })
        return AdminServer(
            host: host, port: port, group: group, source: source, logger: logger,
            maximumConnections: maximumConnections, onListening: onListening)
    }

    func exporter(to endpoint: String, logger: Logger) -> TraceExporter? {
        spans.map { spans in
            TraceExporter(spans, endpoint: endpoint, logger: logger) { [service, instance] batch in
                OTLPTraces.encoded(batch, service: service, instance: instance, version: SuiteVersion.text)
            }
        }
    }
}
