internal import Telemetry
internal import Wire

/// What the client's end of a connection notes of its calls: the figures of its backend, and a span for each attempt of
/// a sampled call.
struct ClientCallObserver {
    private struct Observed {
        let beganAt: MonotonicInstant
        let span: Box?
    }

    private final class Box {
        let span: Span

        init(_ span: Span) {
            self.span = span
        }
    }

    let backend: CallFigures
    private let loop: ConnectionLoop
    private var calls = StreamTable<Observed>()

    /// - Parameter backend: HOST:PORT.
    init(_ loop: ConnectionLoop, backend: String) {
        self.loop = loop
        self.backend = loop.telemetry.statistics.backends.register(backend)
    }

    /// A call is about to be sent: it carries the trace of its own span, if there is one.
    func trace(_ head: inout CallHead) -> Span? {
        loop.telemetry.trace(.client, &head.trace, path: head.path)
    }

    mutating func began(_ id: UInt32, _ span: Span?) {
        backend.began()
        calls.insert(Observed(beganAt: loop.now, span: span.map(Box.init)), id: id)
    }

    mutating func ended(_ id: UInt32, _ code: StatusCode) {
        guard let call = calls.remove(id) else { return }
        let nanoseconds = loop.now.nanoseconds &- call.beganAt.nanoseconds
        backend.ended(code, nanoseconds: nanoseconds)
        guard var span = call.span?.span else { return }
        span.durationNanoseconds = nanoseconds
        span.code = code
        span.backend = backend.name
        loop.telemetry.record(span)
    }

    // MARK: The connection

    func connected() {
        loop.telemetry.statistics.backendConnections(backend, change: 1)
    }

    func disconnected() {
        loop.telemetry.statistics.backendConnections(backend, change: -1)
    }
}
