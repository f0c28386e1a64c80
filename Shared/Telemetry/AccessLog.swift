public import Wire

/// Which ended calls the access log has a line for.
public enum AccessLogScope: String, Sendable, CaseIterable {
    case off, errors, all
}

/// What the access log says of one call.
public struct AccessRecord: Sendable, Equatable {
    public var path: String
    public var identity: String
    public var peer: String
    public var code: StatusCode
    public var durationNanoseconds: UInt64
    public var bytesReceived: Int
    public var bytesSent: Int
    public var backend: String?
    public var trace: TraceContext.TraceID?

    public init(
        path: String, identity: String, peer: String, code: StatusCode, durationNanoseconds: UInt64,
        bytesReceived: Int, bytesSent: Int, backend: String?, trace: TraceContext.TraceID?
    ) {
        self.path = path
        self.identity = identity
        self.peer = peer
        self.code = code
        self.durationNanoseconds = durationNanoseconds
        self.bytesReceived = bytesReceived
        self.bytesSent = bytesSent
        self.backend = backend
        self.trace = trace
    }
}

/// Decides which calls get a line: those of its scope, and no more than so many a second, since a caller that fails
/// ten thousand times a second must not fill the disk. One a loop, confined to it.
public struct AccessLog {
    private let scope: AccessLogScope
    private var budget: LineBudget
    /// Lines that were left out.
    public private(set) var suppressed: UInt64 = 0

    public init(_ scope: AccessLogScope, maximumLinesPerSecond: Int) {
        self.scope = scope
        budget = LineBudget(linesPerSecond: maximumLinesPerSecond)
    }

    /// Whether the call that ended so, now, gets a line.
    @inlinable
    public mutating func admits(_ code: StatusCode, at now: MonotonicInstant) -> Bool {
        isWanted(code) && takeLine(now)
    }

    @usableFromInline
    func isWanted(_ code: StatusCode) -> Bool {
        switch scope {
        case .off: false
        case .errors: code != .ok
        case .all: true
        }
    }

    @usableFromInline
    mutating func takeLine(_ now: MonotonicInstant) -> Bool {
        guard budget.admit(at: now) == nil else { return true }
        suppressed += 1
        return false
    }
}
