public import Wire

/// What is counted of the calls of one method, or of one backend, on one loop. Plain additions to memory that only that
/// loop touches: no lock, no atomic, nothing allocated. Read by ``snapshot``, on the loop too.
public final class CallFigures {
    /// The method's path, or the backend's HOST:PORT.
    public let name: String

    @usableFromInline enum Word {
        @usableFromInline static let started = 17
        @usableFromInline static let bytesReceived = 18
        @usableFromInline static let bytesSent = 19
        @usableFromInline static let nanoseconds = 20
        @usableFromInline static let buckets = 21
        @usableFromInline static let count = buckets + LatencyHistogram.bucketCount
    }

    /// Ended calls by code first, then what ``Word`` names. A pointer, since an array in a class is checked at each use.
    @usableFromInline let words: UnsafeMutablePointer<UInt64>

    init(name: String) {
        self.name = name
        words = .allocate(capacity: Word.count)
        words.initialize(repeating: 0, count: Word.count)
    }

    deinit {
        words.deallocate()
    }

    @inlinable
    public func began() { words[Word.started] &+= 1 }

    @inlinable
    public func received(bytes: Int) { words[Word.bytesReceived] &+= UInt64(truncatingIfNeeded: bytes) }

    @inlinable
    public func sent(bytes: Int) { words[Word.bytesSent] &+= UInt64(truncatingIfNeeded: bytes) }

    @inlinable
    public func ended(_ code: StatusCode, nanoseconds: UInt64) {
        words[Int(code.rawValue)] &+= 1
        words[Word.nanoseconds] &+= nanoseconds
        words[Word.buckets + LatencyHistogram.bucket(ofNanoseconds: nanoseconds)] &+= 1
    }

    public var snapshot: CallSnapshot {
        let all = UnsafeBufferPointer(start: words, count: Word.count)
        return CallSnapshot(
            started: all[Word.started], ended: Array(all[..<Word.started]), bytesReceived: all[Word.bytesReceived],
            bytesSent: all[Word.bytesSent],
            latency: LatencyHistogram(buckets: Array(all[Word.buckets...]), sumNanoseconds: all[Word.nanoseconds]))
    }
}

/// A copy of what ``CallFigures`` held at one moment, or the sum of several.
public struct CallSnapshot: Sendable, Equatable {
    public var started: UInt64
    /// By the code's number.
    public var ended: [UInt64]
    public var bytesReceived: UInt64
    public var bytesSent: UInt64
    public var latency: LatencyHistogram

    public init() {
        self.init(
            started: 0, ended: Array(repeating: 0, count: StatusCode.allCases.count), bytesReceived: 0, bytesSent: 0,
            latency: LatencyHistogram())
    }

    init(started: UInt64, ended: [UInt64], bytesReceived: UInt64, bytesSent: UInt64, latency: LatencyHistogram) {
        self.started = started
        self.ended = ended
        self.bytesReceived = bytesReceived
        self.bytesSent = bytesSent
        self.latency = latency
    }

    public var total: UInt64 { ended.reduce(0, &+) }

    /// Calls that ended because something did not work: not those that were answered with a caller's own mistake.
    public var failed: UInt64 {
        StatusCode.allCases.filter(\.isFailure).reduce(0) { $0 &+ ended[Int($1.rawValue)] }
    }

    /// Calls that have begun and not ended.
    public var open: UInt64 { started >= total ? started - total : 0 }

    public static func += (sum: inout Self, other: Self) {
        sum.started &+= other.started
        for index in sum.ended.indices { sum.ended[index] &+= other.ended[index] }
        sum.bytesReceived &+= other.bytesReceived
        sum.bytesSent &+= other.bytesSent
        sum.latency += other.latency
    }

    /// What was added after `earlier`, an earlier state of the same calls.
    public func since(_ earlier: Self) -> Self {
        CallSnapshot(
            started: started &- earlier.started, ended: zip(ended, earlier.ended).map { $0 &- $1 },
            bytesReceived: bytesReceived &- earlier.bytesReceived, bytesSent: bytesSent &- earlier.bytesSent,
            latency: latency.since(earlier.latency))
    }
}

extension StatusCode {
    /// Whether a server's operator has something to look into (OpenTelemetry's conventions for RPC, server side): the
    /// other codes answer what a caller did.
    public var isFailure: Bool {
        switch self {
        case .unknown, .deadlineExceeded, .unimplemented, .internal, .unavailable, .dataLoss, .resourceExhausted: true
        case .ok, .cancelled, .invalidArgument, .notFound, .alreadyExists, .permissionDenied, .failedPrecondition,
            .aborted, .outOfRange, .unauthenticated:
            false
        }
    }
}
