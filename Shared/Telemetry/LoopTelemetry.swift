public import Wire

/// How calls are observed on every loop of a process.
public struct TelemetryOptions: Sendable {
    /// Where spans go; `nil`: traces only pass through.
    public var spans: SpanQueue?
    /// The share of calls without a trace that begin one, 0 to 1.
    public var sampleRatio: Double
    public var accessLog: AccessLogScope
    public var maximumAccessLinesPerSecond: Int
    public var maximumAccessBytesPerSecond: Int
    /// Writes a line of the access log. Called on the loop.
    public var writeAccess: @Sendable (AccessRecord) -> Void
    /// Nanoseconds since 1970, for spans. Called on the loop, for sampled calls only.
    public var unixNanoseconds: @Sendable () -> UInt64

    public init(
        spans: SpanQueue? = nil, sampleRatio: Double = 0, accessLog: AccessLogScope = .off,
        maximumAccessLinesPerSecond: Int = 200, maximumAccessBytesPerSecond: Int = .max,
        writeAccess: @escaping @Sendable (AccessRecord) -> Void = { _ in },
        unixNanoseconds: @escaping @Sendable () -> UInt64 = { 0 }
    ) {
        self.spans = spans
        self.sampleRatio = sampleRatio
        self.accessLog = accessLog
        self.maximumAccessLinesPerSecond = maximumAccessLinesPerSecond
        self.maximumAccessBytesPerSecond = maximumAccessBytesPerSecond
        self.writeAccess = writeAccess
        self.unixNanoseconds = unixNanoseconds
    }
}

/// What one event loop notes of its calls: figures, spans, the access log. Confined to it.
public final class LoopTelemetry {
    public let statistics = LoopStatistics()
    public let options: TelemetryOptions
    private var sampler: TraceSampler
    private var accessLog: AccessLog
    /// The bytes that a frame's trace is replaced with: one place for calls that come in, one for those that go out.
    private let incoming: UnsafeMutableRawBufferPointer
    private let outgoing: UnsafeMutableRawBufferPointer

    /// - Parameter seed: random, another for each loop.
    public init(_ options: TelemetryOptions, seed: UInt64) {
        self.options = options
        sampler = TraceSampler(isRecording: options.spans != nil, ratio: options.sampleRatio, seed: seed)
        accessLog = AccessLog(
            options.accessLog, maximumLinesPerSecond: options.maximumAccessLinesPerSecond,
            maximumBytesPerSecond: options.maximumAccessBytesPerSecond)
        incoming = .allocate(byteCount: TraceContext.byteCount, alignment: 8)
        outgoing = .allocate(byteCount: TraceContext.byteCount, alignment: 8)
    }

    deinit {
        incoming.deallocate()
        outgoing.deallocate()
    }

    /// Has a call go on with the right trace: `trace` is replaced by bytes that are valid until the next call of that
    /// kind. Returns the span to be recorded at the call's end, for a sampled call.
    public func trace(
        _ kind: Span.Kind, _ trace: inout UnsafeRawBufferPointer, path: UnsafeRawBufferPointer
    ) -> Span? {
        let context: TraceContext
        let parentID: UInt64?
        switch sampler.decide(trace) {
        case .unchanged: return nil
        case .carry(let unsampled):
            replace(&trace, with: unsampled, kind)
            return nil
        case .record(let own, let parent): (context, parentID) = (own, parent)
        }
        replace(&trace, with: context, kind)
        return Span(
            traceID: context.traceID, spanID: context.spanID, parentID: parentID, kind: kind,
            path: String(decoding: path, as: UTF8.self), startedAtUnixNanoseconds: options.unixNanoseconds())
    }

    private func replace(_ trace: inout UnsafeRawBufferPointer, with context: TraceContext, _ kind: Span.Kind) {
        let memory: UnsafeMutableRawBufferPointer
        switch kind {
        case .server: memory = incoming
        case .client: memory = outgoing
        }
        context.write(to: memory)
        trace = UnsafeRawBufferPointer(memory)
    }

    /// Hands on a span that is complete.
    public func record(_ span: Span) {
        options.spans?.add(span)
    }

    /// Whether the call that ended so, now, gets a line in the access log, see ``AccessLog/admits(_:bytesSent:at:lineBytes:)``.
    public func logsAccess(
        _ code: StatusCode, bytesSent: Int, at now: MonotonicInstant, lineBytes: @autoclosure () -> Int
    ) -> Int? {
        accessLog.admits(code, bytesSent: bytesSent, at: now, lineBytes: lineBytes())
    }

    public var snapshot: LoopSnapshot {
        var snapshot = statistics.snapshot
        snapshot.suppressedAccessLines = accessLog.suppressed
        return snapshot
    }
}
