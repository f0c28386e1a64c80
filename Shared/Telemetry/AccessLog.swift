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
    /// Lines that were left out since the last one of their kind.
    public var unlogged: Int

    /// A path that is too long for a line is cut.
    public init(
        path: String, identity: String, peer: String, code: StatusCode, durationNanoseconds: UInt64,
        bytesReceived: Int, bytesSent: Int, backend: String?, trace: TraceContext.TraceID?, unlogged: Int = 0
    ) {
        self.path = LogText.cut(path, to: LogText.pathBytes)
        self.identity = identity
        self.peer = peer
        self.code = code
        self.durationNanoseconds = durationNanoseconds
        self.bytesReceived = bytesReceived
        self.bytesSent = bytesSent
        self.backend = backend
        self.trace = trace
        self.unlogged = unlogged
    }

    /// How long its line is at most, of these texts.
    public static func lineBytes(path: String, identity: String, backend: String?) -> Int {
        fixedBytes + min(LogText.writtenBytes(path), LogText.pathBytes) + identity.utf8.count
            + (backend?.utf8.count ?? 0)
    }

    /// The keys, the time, the numbers and the peer's address.
    private static let fixedBytes = 320
}

/// Decides which calls get a line: those of its scope, and no more than so many lines and bytes a second, since a caller
/// that fails ten thousand times a second must not fill the disk. One a loop, confined to it.
///
/// Calls that their callers gave up before anything had come of them cost those next to nothing. They have a few lines of
/// their own, so that they take none that others need.
public struct AccessLog {
    /// Of ten lines of calls that failed there may be one of a call that was given up.
    private static let linesForOneGivenUp = 10

    private let scope: AccessLogScope
    private var budget: LineBudget
    private var givenUp: LineBudget
    /// Lines that were left out.
    public private(set) var suppressed: UInt64 = 0

    public init(_ scope: AccessLogScope, maximumLinesPerSecond: Int, maximumBytesPerSecond: Int = .max) {
        self.scope = scope
        budget = LineBudget(linesPerSecond: maximumLinesPerSecond, bytesPerSecond: maximumBytesPerSecond)
        givenUp = LineBudget(
            linesPerSecond: max(1, maximumLinesPerSecond / Self.linesForOneGivenUp),
            bytesPerSecond: max(1, maximumBytesPerSecond / Self.linesForOneGivenUp))
    }

    /// Whether the call that ended so, now, gets a line: the number of lines like it that were left out since the last, or
    /// `nil` for none.
    ///
    /// - Parameters:
    ///   - bytesSent: of its response.
    ///   - lineBytes: how long its line would be.
    @inlinable
    public mutating func admits(
        _ code: StatusCode, bytesSent: Int, at now: MonotonicInstant, lineBytes: @autoclosure () -> Int
    ) -> Int? {
        isWanted(code) ? takeLine(code, bytesSent, now, lineBytes()) : nil
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
    mutating func takeLine(
        _ code: StatusCode, _ bytesSent: Int, _ now: MonotonicInstant, _ lineBytes: @autoclosure () -> Int
    ) -> Int? {
        let unlogged =
            code == .cancelled && bytesSent == 0
            ? givenUp.admit(at: now, lineBytes: lineBytes()) : budget.admit(at: now, lineBytes: lineBytes())
        if unlogged == nil { suppressed += 1 }
        return unlogged
    }
}
