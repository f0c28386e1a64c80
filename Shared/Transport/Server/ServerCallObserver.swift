internal import NIOCore
internal import RPC
internal import Telemetry
internal import Wire

/// What the server's end of a connection notes of its calls: figures, spans, lines of the access log. A call is noted
/// once, at its outcome, whoever decided it; what is noted first counts.
struct ServerCallObserver {
    private struct Observed {
        let figures: CallFigures
        let beganAt: MonotonicInstant
        var bytesReceived: Int
        var bytesSent = 0
        var backend: CallFigures?
        let trace: TraceContext.TraceID?
        var details: Details?
    }

    /// Of the few calls of which more is kept: sampled ones, and those whose method has no figures of its own.
    private final class Details {
        var span: Span?
        let unknownPath: String?

        init(span: Span?, unknownPath: String?) {
            self.span = span
            self.unknownPath = unknownPath
        }
    }

    private let loop: ConnectionLoop
    private var calls = StreamTable<Observed>()

    init(_ loop: ConnectionLoop) {
        self.loop = loop
    }

    private var telemetry: LoopTelemetry { loop.telemetry }

    /// A call began. Its trace goes on as that of this process's span, if there is one.
    mutating func began(_ id: UInt32, _ head: inout CallHead, messageBytes: Int, at now: MonotonicInstant) {
        let span = telemetry.trace(.server, &head.trace, path: head.path)
        let (figures, isKnown) = telemetry.statistics.method(head.path)
        figures.began()
        figures.received(bytes: messageBytes)
        var details: Details?
        if span != nil || !isKnown {
            details = Details(
                span: span, unknownPath: isKnown ? nil : String(decoding: head.path, as: UTF8.self))
        }
        calls.insert(
            Observed(
                figures: figures, beganAt: now, bytesReceived: messageBytes,
                trace: head.trace.isEmpty ? nil : TraceContext(parsing: head.trace)?.traceID, details: details),
            id: id)
    }

    /// When a call began that has not ended.
    func beganAt(_ id: UInt32) -> MonotonicInstant? { calls[id]?.beganAt }

    mutating func received(_ id: UInt32, bytes: Int) {
        calls.withElement(id) { call in
            call.bytesReceived += bytes
            call.figures.received(bytes: bytes)
        }
    }

    mutating func sent(_ id: UInt32, bytes: Int) {
        calls.withElement(id) { call in
            call.bytesSent += bytes
            call.figures.sent(bytes: bytes)
        }
    }

    /// The call was given to a backend.
    mutating func forwarded(_ id: UInt32, to backend: CallFigures) {
        calls.withElement(id) { call in
            call.backend = backend
            if let details = call.details, details.span != nil {
                details.span?.queuedNanoseconds = loop.now.nanoseconds &- call.beganAt.nanoseconds
            }
        }
    }

    /// A call was refused before anything was noted of it.
    mutating func refused(_ id: UInt32, _ head: CallHead, _ code: StatusCode, on connection: ServerConnection) {
        var head = head
        began(id, &head, messageBytes: 0, at: loop.now)
        ended(id, code, on: connection)
    }

    mutating func ended(_ id: UInt32, _ code: StatusCode, on connection: ServerConnection) {
        guard let call = calls.remove(id) else { return }
        let now = loop.now
        let nanoseconds = now.nanoseconds &- call.beganAt.nanoseconds
        call.figures.ended(code, nanoseconds: nanoseconds)
        if let details = call.details { note(details, of: call, code, nanoseconds, connection) }
        let path = call.details?.unknownPath ?? call.figures.name
        let identity = connection.identity?.uri ?? "none"
        let unlogged = telemetry.logsAccess(
            code, bytesSent: call.bytesSent, at: now,
            lineBytes: AccessRecord.lineBytes(path: path, identity: identity, backend: call.backend?.name))
        guard let unlogged else { return }
        telemetry.options.writeAccess(
            AccessRecord(
                path: path, identity: identity, peer: PeerAddress.text(connection.context?.remoteAddress),
                code: code, durationNanoseconds: nanoseconds, bytesReceived: call.bytesReceived,
                bytesSent: call.bytesSent, backend: call.backend?.name, trace: call.trace, unlogged: unlogged))
    }

    private func note(
        _ details: Details, of call: Observed, _ code: StatusCode, _ nanoseconds: UInt64,
        _ connection: ServerConnection
    ) {
        // Anybody can invent names, but only a method that exists ends so: from then on it has figures of its own.
        if code.isFromMethod, let path = details.unknownPath { telemetry.statistics.methods.register(path) }
        guard var span = details.span else { return }
        span.durationNanoseconds = nanoseconds
        span.code = code
        span.identity = connection.identity?.uri
        span.backend = call.backend?.name
        telemetry.record(span)
    }
}

extension StatusCode {
    /// Whether only the method itself ends a call so, neither a gateway nor a connection nor a router.
    fileprivate var isFromMethod: Bool {
        switch self {
        case .ok, .notFound, .alreadyExists, .failedPrecondition, .aborted, .outOfRange: true
        case .cancelled, .unknown, .invalidArgument, .deadlineExceeded, .permissionDenied, .resourceExhausted,
            .unimplemented, .internal, .unavailable, .dataLoss, .unauthenticated:
            false
        }
    }
}
