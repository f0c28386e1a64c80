public import Wire

/// One stretch of a trace: a call as one process saw it.
public struct Span: Sendable, Equatable {
    /// OpenTelemetry's numbers.
    public enum Kind: Int, Sendable {
        /// A call that came in.
        case server = 2
        /// A call that was sent out.
        case client = 3
    }

    public var traceID: TraceContext.TraceID
    public var spanID: UInt64
    /// The span that this one is a part of; `nil` at a trace's beginning.
    public var parentID: UInt64?
    public var kind: Kind
    /// "SERVICE/METHOD".
    public var path: String
    /// Nanoseconds since 1970.
    public var startedAtUnixNanoseconds: UInt64
    public var durationNanoseconds: UInt64 = 0
    public var code = StatusCode.ok
    /// Who called, on a server's span.
    public var identity: String?
    /// The endpoint that a call went to or, on a server's span, was given to.
    public var backend: String?
    /// How long the call waited at this process before it went on.
    public var queuedNanoseconds: UInt64?

    public init(
        traceID: TraceContext.TraceID, spanID: UInt64, parentID: UInt64?, kind: Kind, path: String,
        startedAtUnixNanoseconds: UInt64
    ) {
        self.traceID = traceID
        self.spanID = spanID
        self.parentID = parentID
        self.kind = kind
        self.path = path
        self.startedAtUnixNanoseconds = startedAtUnixNanoseconds
    }
}
